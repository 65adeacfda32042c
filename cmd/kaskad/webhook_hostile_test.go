package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// raw sends bytes to the public listener as they are and returns the status of the answer; 0: it closed without one.
func (p *plant) raw(lines ...string) (status int, header http.Header) {
	p.t.Helper()
	c, err := net.Dial("tcp", p.public)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, strings.Join(lines, "\r\n")); err != nil && !errors.Is(err, net.ErrClosed) {
		p.t.Logf("the gateway closed while we wrote: %v", err)
	}
	in := bufio.NewReader(c)
	for {
		answer, err := http.ReadResponse(in, nil)
		if err != nil {
			return 0, nil
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusContinue {
			return answer.StatusCode, answer.Header
		}
	}
}

// What strangers send is answered 4xx, logged little, and changes nothing, while good callers are served.
func TestHostileCallers(t *testing.T) {
	t.Parallel()
	p := hooked(t, nil)
	address, token := p.hook()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	path, secret := at.Path, at.Path[strings.LastIndexByte(at.Path, '/')+1:]
	const host = "Host: bots.example.com"
	auth := "X-Telegram-Bot-Api-Secret-Token: " + token
	post := func(path string, more ...string) []string {
		return append([]string{"POST " + path + " HTTP/1.1", host, "Content-Type: application/json"}, more...)
	}
	whole := func(path string, more ...string) []string {
		return append(post(path, append([]string{"Content-Length: 2"}, more...)...), "", "{}")
	}
	for name, c := range map[string]struct {
		lines []string
		want  int
	}{
		"a guessed secret":                  {whole("/in/telegram/"+strings.Repeat("x", len(secret)), auth), 404},
		"the path without the header":       {whole(path), 403},
		"the header of another":             {whole(path, auth+"x"), 403},
		"the channel alone, forged":         {whole("/in/telegram"), 403},
		"a channel that is off":             {whole("/in/viber/"+secret, auth), 404},
		"two slashes":                       {whole("//in/telegram/"+secret, auth), 404},
		"two slashes inside":                {whole("/in//telegram/"+secret, auth), 404},
		"up and down":                       {whole("/in/telegram/../telegram/"+secret, auth), 404},
		"an escaped slash":                  {whole("/in/telegram%2f"+secret, auth), 404},
		"an escaped letter":                 {whole("/in/%74elegram/"+secret, auth), 404},
		"a slash at the end":                {whole(path+"/", auth), 404},
		"a dot at the end":                  {whole(path+"/.", auth), 404},
		"a whole address":                   {whole("http://bots.example.com//in/telegram/"+secret, auth), 404},
		"GET":                               {[]string{"GET " + path + " HTTP/1.1", host, auth, "", ""}, 405},
		"HEAD":                              {[]string{"HEAD " + path + " HTTP/1.1", host, auth, "", ""}, 405},
		"PUT":                               {[]string{"PUT " + path + " HTTP/1.1", host, auth, "Content-Length: 2", "", "{}"}, 405},
		"OPTIONS *":                         {[]string{"OPTIONS * HTTP/1.1", host, "", ""}, 404},
		"CONNECT":                           {[]string{"CONNECT bots.example.com:443 HTTP/1.1", host, "", ""}, 404},
		"no host":                           {[]string{"POST " + path + " HTTP/1.1", auth, "Content-Length: 2", "", "{}"}, 400},
		"a body of two lengths":             {append(post(path, auth, "Content-Length: 2", "Content-Length: 3"), "", "{}"), 400},
		"a body that is no JSON":            {append(post(path, auth, "Content-Length: 2"), "", "{]"), 400},
		"a body larger than it may be":      {append(post(path, auth, "Content-Length: 2000000"), "", strings.Repeat("x", 1<<20+10)), 413},
		"a chunk larger than it may be":     {append(post(path, auth, "Transfer-Encoding: chunked"), "", "200000", strings.Repeat("x", 0x200000)), 413},
		"chunks that are none":              {append(post(path, auth, "Transfer-Encoding: chunked"), "", "zz", ""), 400},
		"a header larger than it may be":    {whole(path, auth, "X-Padding: "+strings.Repeat("x", 40<<10)), 431},
		"headers without end":               {whole(path, auth, strings.Repeat("X-Padding: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", 4000)+"X: y"), 431},
		"100-continue at a wrong address":   {post("/in/telegram/guess", "Expect: 100-continue", "Content-Length: 2000000", "", ""), 404},
		"100-continue with another wish":    {post(path, auth, "Expect: 200-ok", "Content-Length: 2", "", ""), 417},
		"a body that nobody finishes":       {append(post("/in/telegram/guess", "Content-Length: 2000000"), "", "{"), 404},
		"from home, says the caller":        {whole(path, "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 149.154.167.197"), 403},
		"the API from the world":            {[]string{"GET /v1/status HTTP/1.1", host, "X-Forwarded-For: 127.0.0.1", "", ""}, 404},
		"the figures from the world":        {[]string{"GET /metrics HTTP/1.1", host, "", ""}, 404},
		"TLS where none is spoken":          {[]string{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "", ""}, 400},
		"nothing but noise":                 {[]string{"\x00\x01\x02", "", ""}, 400},
		"HTTP/2 by prior knowledge":         {[]string{"PRI * HTTP/2.0", "", "SM", "", ""}, 404},
		"an update sent to the wrong place": {whole("/in/telegram/"+secret+"/"+token, auth), 404},
	} {
		t.Run(name, func(t *testing.T) {
			status, _ := p.raw(c.lines...)
			if status != c.want {
				t.Errorf("answered %d, want %d", status, c.want)
			}
		})
	}
	if said := p.said("C-1"); len(said) != 0 {
		t.Errorf("strangers wrote %v", said)
	}
	p.stop()
	words := p.log.String()
	if strings.Contains(words, secret) || strings.Contains(words, token) {
		t.Errorf("the log holds a secret:\n%s", words)
	}
	if n := strings.Count(words, "webhook call"); n > 12 { // a sentence for each way in and reason
		t.Errorf("%d lines about refused calls:\n%s", n, words)
	}
	p.check()
}

// Hundreds of connections that say little keep nobody out.
func TestManySlowCallersKeepNobodyOut(t *testing.T) {
	t.Parallel()
	p := hooked(t, nil)
	address, token := p.hook()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	slow := []string{
		"",               // says nothing
		"POST /in/teleg", // never ends its line
		"POST /in/telegram HTTP/1.1\r\nHost: x\r\nX-Slow: ",                                                                                              // never ends its header
		"POST /in/telegram HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{",                                                                      // never ends its body
		"POST " + at.Path + " HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: " + token + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxxxxx\r\n", // chunked without end, with the right secret
	}
	const many, side = 1500, 50 // more than the gateway takes; side by side, for each is given up after a while
	var callers sync.WaitGroup
	for n := range side {
		callers.Go(func() {
			for i := n; i < many; i += side {
				c, err := net.Dial("tcp", p.public)
				if err != nil {
					t.Errorf("connection %d: %v", i, err)
					return
				}
				t.Cleanup(func() { c.Close() })
				if _, err := io.WriteString(c, slow[i%len(slow)]); err != nil {
					t.Logf("connection %d was closed at once: %v", i, err)
				}
			}
		})
	}
	callers.Wait()
	for i := range 50 {
		if _, err := p.tg.Say(42, fmt.Sprint("привіт ", i)); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "the customer's words", func() bool { return len(p.said("C-1")) == 50 })
	id := p.mustSend(bonus(1))
	p.await(id, "done")
	p.stop()
	if !strings.Contains(p.log.String(), "too many connections") {
		t.Errorf("the log does not tell of it:\n%s", p.log)
	}
	p.check()
}

// A body that trickles is given up after a while.
func TestATrickleIsGivenUp(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a quarter of a minute")
	}
	t.Parallel()
	p := hooked(t, nil)
	p.hook()
	c, err := net.Dial("tcp", p.public)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /in/telegram HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(patience))
	quit := make(chan struct{})
	defer close(quit)
	go func() {
		for {
			select {
			case <-quit:
				return
			case <-time.After(500 * time.Millisecond):
				_, _ = io.WriteString(c, "1\r\nx\r\n") // the answer is what counts
			}
		}
	}()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusRequestTimeout {
		t.Errorf("answered %d, want 408", answer.StatusCode)
	}
	p.finish()
}

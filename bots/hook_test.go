package bots_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

type parser func(bots.Call) (bots.Batch, error)

func (p parser) Parse(c bots.Call) (bots.Batch, error) { return p(c) }

// hookTest is a handler with one way in, and what reached its ends.
type hookTest struct {
	http.Handler
	received    []bots.Batch
	quarantined []string
	now         time.Time
	log         strings.Builder
}

func newHookTest(t *testing.T, hook bots.Hook, receiveErr, quarantineErr error) *hookTest {
	t.Helper()
	ht := &hookTest{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	var err error
	ht.Handler, err = bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{hook},
		Receive: func(_ context.Context, b bots.Batch) (bots.Answer, error) {
			if receiveErr == nil {
				ht.received = append(ht.received, b)
			}
			return b.Answer, receiveErr
		},
		Quarantine: func(_ context.Context, channel string, raw []byte, reason string) error {
			if quarantineErr == nil {
				ht.quarantined = append(ht.quarantined, fmt.Sprintf("%s %s %s", channel, reason, raw))
			}
			return quarantineErr
		},
		Log: slog.New(slog.NewTextHandler(&ht.log, nil)),
		Now: func() time.Time { return ht.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return ht
}

func (ht *hookTest) do(method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	ht.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func TestHookPaths(t *testing.T) {
	ok := parser(func(bots.Call) (bots.Batch, error) { return bots.Batch{}, nil })
	sms := bots.Hook{Path: "sms/main", Secret: "s3cret", Methods: []string{"GET", "POST"}, Webhook: ok}
	viber := bots.Hook{Path: "viber", Secret: "s3cret", Bare: true, Webhook: ok}
	signed := bots.Hook{Path: "viber", Bare: true, Webhook: ok}
	cases := map[string]struct {
		hook         bots.Hook
		method, path string
		want         int
	}{
		"the secret path":               {sms, "POST", "/in/sms/main/s3cret", 200},
		"by GET where allowed":          {sms, "GET", "/in/sms/main/s3cret?id=1", 200},
		"another method":                {sms, "PUT", "/in/sms/main/s3cret", 405},
		"wrong secret":                  {sms, "POST", "/in/sms/main/guessed", 404},
		"wrong secret, other method":    {sms, "PUT", "/in/sms/main/guessed", 404},
		"no secret":                     {sms, "POST", "/in/sms/main", 404},
		"empty secret":                  {sms, "POST", "/in/sms/main/", 404},
		"a part of the secret":          {sms, "POST", "/in/sms/main/s3cre", 404},
		"more after the secret":         {sms, "POST", "/in/sms/main/s3cret/x", 404},
		"another provider":              {sms, "POST", "/in/sms/other/s3cret", 404},
		"unknown channel":               {sms, "POST", "/in/icq/s3cret", 404},
		"not ours at all":               {sms, "POST", "/out/sms/main/s3cret", 404},
		"GET where only POST is known":  {viber, "GET", "/in/viber/s3cret", 405},
		"signed: the channel alone":     {viber, "POST", "/in/viber", 200},
		"signed: the secret too":        {viber, "POST", "/in/viber/s3cret", 200},
		"signed: never a wrong secret":  {viber, "POST", "/in/viber/guessed", 404},
		"signed without a secret":       {signed, "POST", "/in/viber", 200},
		"signed without a secret, else": {signed, "POST", "/in/viber/", 404},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ht := newHookTest(t, tc.hook, nil, nil)
			w := ht.do(tc.method, tc.path, "")
			if w.Code != tc.want || (len(ht.received) == 1) != (tc.want == 200) {
				t.Errorf("%s %s: %d and %d batches, want %d", tc.method, tc.path, w.Code, len(ht.received), tc.want)
			}
			if w.Code == 404 && w.Body.String() != "404 page not found\n" {
				t.Errorf("404 says %q", w.Body)
			}
			if strings.Contains(ht.log.String(), "s3cret") || strings.Contains(ht.log.String(), "guessed") {
				t.Errorf("the log holds a secret: %s", &ht.log)
			}
		})
	}
}

func TestHookAnswers(t *testing.T) {
	const person = "person's words"
	cases := map[string]struct {
		parse                     parser
		body                      string
		receiveErr, quarantineErr error
		want                      int
		answer                    string
		quarantined               int
	}{
		"stored, then answered as the provider wants": {
			parse: func(bots.Call) (bots.Batch, error) {
				return bots.Batch{Answer: bots.Answer{Body: []byte("OK")}}, nil
			}, want: 200, answer: "OK"},
		"not stored, not acknowledged": {
			parse: func(bots.Call) (bots.Batch, error) {
				return bots.Batch{Answer: bots.Answer{Body: []byte("OK")}}, nil
			}, receiveErr: errors.New("disk full"), want: 503},
		"forged": {
			parse: func(bots.Call) (bots.Batch, error) { return bots.Batch{}, fmt.Errorf("viber: %w", bots.ErrForged) },
			want:  403},
		"malformed": {
			parse: func(bots.Call) (bots.Batch, error) { return bots.Batch{}, bots.ErrMalformed },
			want:  400},
		"a panic goes to quarantine and is acknowledged": {
			parse: func(bots.Call) (bots.Batch, error) { panic(person) }, want: 200, quarantined: 1},
		"a runtime panic too": {
			parse: func(c bots.Call) (bots.Batch, error) { _ = c.Body[len(c.Body)]; return bots.Batch{}, nil },
			want:  200, quarantined: 1},
		"an unforeseen error too": {
			parse: func(bots.Call) (bots.Batch, error) { return bots.Batch{}, errors.New("out of time") },
			want:  200, quarantined: 1},
		"but not when quarantine is broken": {
			parse: func(bots.Call) (bots.Batch, error) { panic(person) }, quarantineErr: errors.New("disk full"), want: 503},
		"too large": {
			parse: func(bots.Call) (bots.Batch, error) { return bots.Batch{}, nil },
			body:  strings.Repeat("x", 101), want: 413},
		"just not too large": {
			parse: func(bots.Call) (bots.Batch, error) { return bots.Batch{}, nil },
			body:  strings.Repeat("x", 100), want: 200},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ht := newHookTest(t, bots.Hook{Path: "viber", Secret: "s3cret", Webhook: tc.parse, MaxBody: 100}, tc.receiveErr, tc.quarantineErr)
			if tc.body == "" {
				tc.body = person
			}
			w := ht.do("POST", "/in/viber/s3cret", tc.body)
			if w.Code != tc.want || len(ht.quarantined) != tc.quarantined {
				t.Errorf("answered %d with %d in quarantine, want %d with %d", w.Code, len(ht.quarantined), tc.want, tc.quarantined)
			}
			if tc.want == 200 && w.Body.String() != tc.answer {
				t.Errorf("answered %q, want %q", w.Body, tc.answer)
			}
			if tc.want == 503 && w.Header().Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			if log := ht.log.String(); strings.Contains(log, "person") || strings.Contains(log, "s3cret") {
				t.Errorf("the log tells too much: %s", log)
			} else if (tc.want != 200 || tc.quarantined > 0) && strings.Count(log, "\n") == 0 {
				t.Error("nothing was logged")
			}
			if strings.Contains(w.Body.String(), "person") {
				t.Errorf("the answer tells too much: %s", w.Body)
			}
		})
	}
}

func TestQuarantinedCallCanBeReplayed(t *testing.T) {
	var raw []byte
	h, err := bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{{Path: "sms/own", Channel: "sms", Secret: "s", Methods: []string{"GET"},
			Webhook: parser(func(bots.Call) (bots.Batch, error) { panic("poison") })}},
		Receive: func(context.Context, bots.Batch) (bots.Answer, error) { return bots.Answer{}, nil },
		Quarantine: func(_ context.Context, channel string, r []byte, reason string) error {
			if channel != "sms" || !strings.Contains(reason, "panic in Parse at hook_test.go:") {
				t.Errorf("quarantine of %q because of %q", channel, reason)
			}
			raw = r
			return nil
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "/in/sms/own/s?id=7", strings.NewReader("b\xffdy"))
	r.Header.Set("X-Signature", "abc")
	h.ServeHTTP(httptest.NewRecorder(), r)
	var call bots.Call
	if err := json.Unmarshal(raw, &call); err != nil {
		t.Fatal(err)
	}
	if call.Method != "GET" || call.Query.Get("id") != "7" || string(call.Body) != "b\xffdy" || call.Header.Get("X-Signature") != "abc" || call.At.IsZero() {
		t.Errorf("the call came back as %+v", call)
	}
}

func TestHookLogIsBounded(t *testing.T) {
	ht := newHookTest(t, bots.Hook{Path: "viber", Secret: "s3cret", Webhook: parser(func(bots.Call) (bots.Batch, error) {
		return bots.Batch{}, bots.ErrForged
	})}, nil, nil)
	for range 100 {
		ht.do("POST", "/in/viber/s3cret", "")
		ht.do("POST", "/in/viber/guess", "")
		ht.do("POST", "/in/guess/guess", "")
	}
	if n := strings.Count(ht.log.String(), "\n"); n != 3 {
		t.Errorf("300 refused calls gave %d lines, want 3:\n%s", n, &ht.log)
	}
	ht.now = ht.now.Add(2 * time.Minute)
	ht.do("POST", "/in/viber/s3cret", "")
	if !strings.Contains(ht.log.String(), "held_back=99") {
		t.Errorf("the log does not tell what it held back:\n%s", &ht.log)
	}
}

// The answer goes out after the batch is stored, even if the caller hung up meanwhile; the store's work is not broken off.
func TestHookWritesFirst(t *testing.T) {
	stored := make(chan error, 1)
	started := make(chan struct{})
	h, err := bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{{Path: "viber", Secret: "s", Webhook: parser(func(bots.Call) (bots.Batch, error) { return bots.Batch{}, nil })}},
		Receive: func(ctx context.Context, _ bots.Batch) (bots.Answer, error) {
			close(started)
			select {
			case <-ctx.Done():
				stored <- ctx.Err()
			case <-time.After(100 * time.Millisecond):
				stored <- nil
			}
			return bots.Answer{}, nil
		},
		Quarantine: func(context.Context, string, []byte, string) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "POST", srv.URL+"/in/viber/s", strings.NewReader("{}"))
	go func() { <-started; cancel() }()
	if res, err := http.DefaultClient.Do(req); err == nil {
		res.Body.Close()
		t.Error("the caller was answered before the batch was stored")
	}
	if err := <-stored; err != nil {
		t.Errorf("the store's work was broken off: %v", err)
	}
}

func TestHookOverHTTP(t *testing.T) {
	ht := newHookTest(t, bots.Hook{Path: "viber", Secret: "s3cret", MaxBody: 10, Webhook: parser(func(c bots.Call) (bots.Batch, error) {
		return bots.Batch{Answer: bots.Answer{Status: 201, Type: "application/json", Body: c.Body}}, nil
	})}, nil, nil)
	srv := httptest.NewServer(ht)
	defer srv.Close()
	for body, want := range map[string]int{`{"a":1}`: 201, strings.Repeat("x", 1<<20): 413} {
		res, err := http.Post(srv.URL+"/in/viber/s3cret", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != want || want == 201 && (string(got) != body || res.Header.Get("Content-Type") != "application/json") {
			t.Errorf("a body of %d: %d %q", len(body), res.StatusCode, got)
		}
	}
	req, _ := http.NewRequest("POST", srv.URL+"/in/viber/s3cret", strings.NewReader("{}"))
	req.Header.Set("X-Padding", strings.Repeat("x", 40<<10))
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Fatalf("a long header: %v, %v; want 431", res, err)
	}
	res.Body.Close()
}

func TestHookTable(t *testing.T) {
	ok := parser(func(bots.Call) (bots.Batch, error) { return bots.Batch{}, nil })
	bad := map[string][]bots.Hook{
		"no path":          {{Secret: "s", Webhook: ok}},
		"no secret":        {{Path: "viber", Webhook: ok}},
		"secret with /":    {{Path: "viber", Secret: "a/b", Webhook: ok}},
		"secret with ?":    {{Path: "viber", Secret: "a?b", Webhook: ok}},
		"nobody parses":    {{Path: "viber", Secret: "s"}},
		"two of that name": {{Path: "sms/a", Secret: "s", Webhook: ok}, {Path: "sms/a", Secret: "t", Webhook: ok}},
	}
	for name, table := range bad {
		_, err := bots.NewHookHandler(bots.Hooks{Table: table,
			Receive:    func(context.Context, bots.Batch) (bots.Answer, error) { return bots.Answer{}, nil },
			Quarantine: func(context.Context, string, []byte, string) error { return nil }})
		if err == nil || strings.Contains(err.Error(), "a/b") {
			t.Errorf("%s: error = %v", name, err)
		}
	}
}

// Calls that will be refused for their signature must not fill the memory: large bodies are bounded together, small ones pass.
func TestLargeBodiesAreBoundedTogether(t *testing.T) {
	const large = 8 << 20
	ht := newHookTest(t, bots.Hook{Path: "viber", Bare: true, MaxBody: large, Webhook: parser(func(bots.Call) (bots.Batch, error) {
		return bots.Batch{}, bots.ErrForged
	})}, nil, nil)
	var ends []func() int
	for range 8 {
		r, w := io.Pipe()
		answer := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			ht.ServeHTTP(answer, httptest.NewRequest("POST", "/in/viber", r))
		}()
		for _, n := range []int{large - 2, 1} { // all but one byte, so that it goes on waiting
			if _, err := w.Write(make([]byte, n)); err != nil { // the second is read only after the first was counted
				t.Fatal(err)
			}
		}
		ends = append(ends, func() int { w.Close(); <-done; return answer.Code })
	}
	if w := ht.do("POST", "/in/viber", strings.Repeat("x", large)); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("one more large call: %d, want 503 and when to come again", w.Code)
	}
	if w := ht.do("POST", "/in/viber", "{}"); w.Code != 403 {
		t.Errorf("a small call meanwhile: %d", w.Code)
	}
	for _, end := range ends {
		if code := end(); code != 403 {
			t.Errorf("a large call that was let in: %d", code)
		}
	}
	if w := ht.do("POST", "/in/viber", strings.Repeat("x", large)); w.Code != 403 {
		t.Errorf("a large call afterwards: %d", w.Code)
	}
}

// A call that nobody could make anything of is acknowledged, and told of now and then: names of fields, nothing of what is in them.
func TestHookTellsOfWhatItCouldNotRead(t *testing.T) {
	ht := newHookTest(t, bots.Hook{Path: "sms/own", Channel: "sms", Secret: "s", Webhook: parser(func(bots.Call) (bots.Batch, error) {
		return bots.Batch{Unread: "msgId, state"}, nil
	})}, nil, nil)
	for range 3 {
		if w := ht.do("POST", "/in/sms/own/s", `{"msgId":"5","state":"secret words"}`); w.Code != http.StatusOK {
			t.Fatalf("answered %d", w.Code)
		}
	}
	if got := ht.log.String(); strings.Count(got, "msgId, state") != 1 || strings.Contains(got, "secret words") {
		t.Errorf("the log says %s", got)
	}
}

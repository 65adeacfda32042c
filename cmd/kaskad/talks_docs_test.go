package main

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// TestEveryCallOfTheDocs makes every call that docs/api.md shows, in its order, against a running gateway: none is refused.
func TestEveryCallOfTheDocs(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/api.md")
	mustAll(t, err)
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick+"[alerts]\nstaff = true\n")
	p.start()
	p.person("C-100", shopper, "+380501112233", nil)
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-200", map[string]any{}, nil))
	_, err = p.tg.Say(shopper, "Скільки бонусів?")
	mustAll(t, err)
	waitFor(t, "the conversation", func() bool {
		var head talkHead
		return p.call("GET", "/v1/conversations/ext:C-100", nil, &head) == nil && head.State == "open"
	})
	learnt := map[string]string{"001k0t9t2v9zk": p.message(""), "after=41": "after=1", "$TRY": p.testKey().key} // there are not so many changes
	made := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(raw), -1) {
		for _, command := range strings.Split("\n"+block[1], "\ncurl ")[1:] {
			made++
			p.plays(command, learnt)
		}
	}
	p.finish()
	if made < 28 {
		t.Errorf("the docs show %d calls; were they found?", made)
	}
}

// plays makes one call as curl would.
func (p *plant) plays(command string, learnt map[string]string) {
	p.t.Helper()
	for doc, real := range learnt {
		command = strings.ReplaceAll(command, doc, real)
	}
	command = strings.NewReplacer("$B", "http://"+p.admin, "$KEY", p.key, "$ADMIN", p.key).Replace(command)
	r, socket := p.request(words(command))
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if socket {
			network, address = "unix", filepath.Join(p.dir, "data", app.SocketName)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}}
	answer, err := client.Do(r.WithContext(ctx))
	mustAll(p.t, err)
	defer answer.Body.Close()
	call := r.Method + " " + r.URL.Path
	if strings.HasSuffix(call, "/v1/stream") && answer.StatusCode == 200 {
		return // it does not end
	}
	body, err := io.ReadAll(answer.Body)
	mustAll(p.t, err)
	if strings.Contains(call, "/v1/quarantine/") && answer.StatusCode == 404 && strings.Contains(string(body), "unknown_quarantined") {
		return // nothing is there: the call is, its path too
	}
	if strings.Contains(call, "/v1/duplicates/") && answer.StatusCode == 404 && strings.Contains(string(body), "unknown_contact") {
		return // no contacts have these ids: the call is, its path too
	}
	if strings.Contains(call, "/v1/holds/") && answer.StatusCode == 404 && strings.Contains(string(body), "unknown_hold") {
		return // no hold has this id: the call is, its path too
	}
	if strings.Contains(call, "/v1/erased/") && answer.StatusCode == 404 && strings.Contains(string(body), "unknown_contact") {
		return // nobody of this id was erased: the call is, its path too
	}
	if strings.Contains(call, "/media/") && answer.StatusCode == 404 && strings.Contains(string(body), "no_media") {
		return // Telegram hands out no files: the call is, its path too
	}
	if answer.StatusCode >= 300 {
		p.t.Errorf("%s is answered %d %s", call, answer.StatusCode, body)
		return
	}
	doc := map[string]string{"POST /v1/deliveries": "001k0t9stznw7", "POST /v1/keys": "67jyv3w6", "POST /v1/webhooks": "wh_k3q7zx7w2htm5r4a"}[call]
	var made struct{ ID string }
	if doc != "" {
		mustAll(p.t, json.Unmarshal(body, &made))
		if strings.HasPrefix(made.ID, "4") && call == "POST /v1/deliveries" {
			doc = "4" + doc[1:] // of the test side
		}
		learnt[doc] = made.ID
	}
	if strings.HasSuffix(call, "/replies") {
		mustAll(p.t, json.Unmarshal(body, &made))
		learnt["001k0t9v0b2xd"] = p.message(made.ID)
	}
}

// message waits until the conversation of the docs has the message of a delivery, which its channel has taken, or without one a message
// of the person, and returns its id.
func (p *plant) message(delivery string) (id string) {
	p.t.Helper()
	waitFor(p.t, "a message", func() bool {
		var talk struct {
			Items []struct{ ID, Delivery, Kind, Status string }
		}
		if err := p.call("GET", "/v1/conversations/ext:C-100/messages", nil, &talk); err != nil {
			return false
		}
		for _, m := range talk.Items {
			if m.Delivery == delivery && m.Kind == "text" && (m.Status == "accepted" || m.Status == "received") {
				id = m.ID
			}
		}
		return id != ""
	})
	return id
}

// request reads the words of a curl command.
func (p *plant) request(args []string) (r *http.Request, socket bool) {
	p.t.Helper()
	method, url, body, header := "", "", "", http.Header{}
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-sS", "-sSN":
			continue
		case "-X":
			method = args[i+1]
		case "-H":
			name, value, _ := strings.Cut(args[i+1], ": ")
			header.Set(name, value)
		case "-d":
			body = args[i+1]
		case "--unix-socket":
			socket = true
		default:
			url = args[i]
			continue
		}
		i++
	}
	if method == "" && body != "" {
		method = "POST"
	}
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	mustAll(p.t, err)
	r.Header = header
	return r, socket
}

// words splits a command as a shell does: quotes of both kinds, and lines that go on.
func words(s string) (all []string) {
	word, quote, some := "", rune(0), false
	for _, c := range strings.ReplaceAll(s, "\\\n", " ") {
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote, some = c, true
		case c == quote:
			quote = 0
		case quote == 0 && (c == ' ' || c == '\n'):
			if some {
				all = append(all, word)
			}
			word, some = "", false
		default:
			word, some = word+string(c), true
		}
	}
	if some {
		all = append(all, word)
	}
	return all
}

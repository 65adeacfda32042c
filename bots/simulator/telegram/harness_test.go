package telegram

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"

	"kaskad/bots/simulator/internal/stagetest"
)

const anna = 42

// start runs a server without rates that knows Anna, who pressed Start long ago.
func start(t *testing.T, opt Options) *Server {
	t.Helper()
	if opt.Rate == 0 {
		opt.Rate, opt.ChatRate = -1, -1
	}
	if opt.Speed == 0 {
		opt.Speed = 1000
	}
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stagetest.Close(t, s) })
	must(t, s.AddPerson(Person{ID: anna, FirstName: "Anna", Username: "anna", LanguageCode: "uk", Phone: "380501112233", Started: true}))
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got is an answer as it came over the wire.
type got struct {
	Status      int
	Header      http.Header
	OK          bool
	Result      json.RawMessage
	ErrorCode   int `json:"error_code"`
	Description string
	Parameters  struct {
		RetryAfter int   `json:"retry_after"`
		MigrateTo  int64 `json:"migrate_to_chat_id"`
	}
}

func (g got) into(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(g.Result, v); err != nil || !g.OK {
		t.Fatalf("answer %+v: %v", g, err)
	}
}

func read(t *testing.T, resp *http.Response, err error) got {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	g := got{Status: resp.StatusCode, Header: resp.Header}
	if err := json.Unmarshal(body, &g); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if g.OK != (g.Status == 200) || g.ErrorCode != 0 && g.ErrorCode != g.Status {
		t.Errorf("HTTP status %d, body %s", g.Status, body)
	}
	return g
}

// call makes a call as a form; pairs are names and values.
func call(t *testing.T, s *Server, method string, pairs ...string) got {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := http.PostForm(s.URL()+"/bot"+s.Token()+"/"+method, form)
	return read(t, resp, err)
}

func say(t *testing.T, s *Server, text string) got {
	t.Helper()
	return call(t, s, "sendMessage", "chat_id", "42", "text", text)
}

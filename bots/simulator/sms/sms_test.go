package sms

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

const (
	anna = "+380501112233"
	olha = "+380672223344"
)

func start(t *testing.T, opt Options) *Server {
	t.Helper()
	if opt.Speed == 0 {
		opt.Speed = 1000
	}
	s, err := New(opt)
	must(t, err)
	t.Cleanup(func() { stagetest.Close(t, s) })
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
	HTTP      int
	Header    http.Header
	Raw       string
	Status    string
	Code      string
	Error     string
	MessageID string `json:"message_id"`
	Parts     int
	Price     string
	Balance   string
	State     string
	Ref       string
}

func read(t *testing.T, resp *http.Response, err error) got {
	t.Helper()
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	g := got{HTTP: resp.StatusCode, Header: resp.Header, Raw: string(body)}
	_ = json.Unmarshal(body, &g)
	return g
}

func request(t *testing.T, s *Server, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/send", strings.NewReader(body))
	must(t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.Token())
	return req
}

func post(t *testing.T, s *Server, body string) got {
	t.Helper()
	resp, err := http.DefaultClient.Do(request(t, s, body))
	return read(t, resp, err)
}

func send(t *testing.T, s *Server, to, text string) got {
	t.Helper()
	body, err := json.Marshal(map[string]string{"to": to, "from": "Shop", "text": text, "ref": "d1/0"})
	must(t, err)
	return post(t, s, string(body))
}

func get(t *testing.T, s *Server, path string, query url.Values) got {
	t.Helper()
	query.Set("token", s.Token())
	resp, err := http.Get(s.URL() + path + "?" + query.Encode())
	return read(t, resp, err)
}

func TestSendAndPay(t *testing.T) {
	s := start(t, Options{Balance: 2_00, Habits: Always()})
	if g := send(t, s, anna, strings.Repeat("ж", 71)); g.HTTP != 200 || g.Status != "ok" || g.MessageID != "SM000001" || g.Parts != 2 || g.Price != "1.00" {
		t.Errorf("two parts: %+v", g)
	}
	if m := s.Messages(anna); len(m) != 1 || m[0].Encoding != UCS2 || m[0].Ref != "d1/0" || m[0].From != "Shop" || m[0].Status != Accepted {
		t.Errorf("messages: %+v", m)
	}
	if g := get(t, s, "/balance", url.Values{}); g.Balance != "1.00" || s.Balance() != 100 {
		t.Errorf("balance: %+v", g)
	}
	send(t, s, anna, "one")
	send(t, s, anna, "two")
	if g := send(t, s, anna, "three"); g.HTTP != 200 || g.Status != "error" || g.Code != "49" {
		t.Errorf("no money: %+v", g)
	}
	s.SetBalance(50)
	if g := send(t, s, anna, "three"); g.Status != "ok" {
		t.Errorf("money again: %+v", g)
	}
	if g := get(t, s, "/status", url.Values{"message_id": {"SM000002"}}); g.State != Accepted || g.Ref != "d1/0" {
		t.Errorf("status: %+v", g)
	}
}

func TestRefusals(t *testing.T) {
	tests := map[string]struct{ body, code string }{
		"no JSON":                {`to=+380501112233`, "40"},
		"an array":               {`[]`, "40"},
		"half an object":         {`{"to":"+380501112233"`, "40"},
		"an unknown field":       {`{"to":"+380501112233","from":"Shop","text":"x","sender":"Shop"}`, "40"},
		"a field twice":          {`{"to":"+380501112233","from":"Shop","text":"x","text":"y"}`, "40"},
		"a number for a string":  {`{"to":380501112233,"from":"Shop","text":"x"}`, "40"},
		"an object for a string": {`{"to":{"a":"b"},"from":"Shop","text":"x"}`, "40"},
		"something behind":       {`{"to":"+380501112233","from":"Shop","text":"x"}{}`, "40"},
		"a long ref":             {`{"to":"+380501112233","from":"Shop","text":"x","ref":"` + strings.Repeat("r", 65) + `"}`, "40"},
		"a callback outside":     {`{"to":"+380501112233","from":"Shop","text":"x","callback":"https://shop.example/in"}`, "40"},
		"no number":              {`{"from":"Shop","text":"x"}`, "42"},
		"a number without plus":  {`{"to":"380501112233","from":"Shop","text":"x"}`, "42"},
		"a number with blanks":   {`{"to":"+380 50 1112233","from":"Shop","text":"x"}`, "42"},
		"a number too long":      {`{"to":"+3805011122334455","from":"Shop","text":"x"}`, "42"},
		"no sender":              {`{"to":"+380501112233","text":"x"}`, "43"},
		"a sender of 12":         {`{"to":"+380501112233","from":"ShopShopShop","text":"x"}`, "43"},
		"a Cyrillic sender":      {`{"to":"+380501112233","from":"Крамниця","text":"x"}`, "43"},
		"no text":                {`{"to":"+380501112233","from":"Shop"}`, "44"},
		"nine parts":             {`{"to":"+380501112233","from":"Shop","text":"` + strings.Repeat("a", 8*153+1) + `"}`, "45"},
		"the stop list":          {`{"to":"+380670000404","from":"Shop","text":"x"}`, "404"},
		"an unreachable number":  {`{"to":"+380670000051","from":"Shop","text":"x"}`, "51"},
	}
	s := start(t, Options{})
	must(t, s.AddPerson(Person{Phone: "+380670000404", Stopped: true}))
	must(t, s.AddPerson(Person{Phone: "+380670000051", Unreachable: true}))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if g := post(t, s, tt.body); g.HTTP != 200 || g.Status != "error" || g.Code != tt.code || g.Error == "" {
				t.Errorf("got %d %s, want 200 and code %s", g.HTTP, g.Raw, tt.code)
			}
		})
	}
	if m := s.Messages(""); len(m) != 0 || s.Balance() != 1000_00 {
		t.Errorf("refused messages were accepted or paid: %v, %s left", m, s.Balance())
	}
	s.SetStopped("+380670000404", false)
	s.SetUnreachable("+380670000051", false)
	if send(t, s, "+380670000404", "x").Status != "ok" || send(t, s, "+380670000051", "x").Status != "ok" {
		t.Error("a number stayed refused")
	}
}

func TestVariants(t *testing.T) {
	s := start(t, Options{ErrorStatus: map[string]int{"44": 422}})
	fields := url.Values{"to": {anna}, "from": {"380441234567"}, "text": {"form"}, "token": {s.Token()}}
	resp, err := http.PostForm(s.URL()+"/send", fields)
	if g := read(t, resp, err); g.Status != "ok" {
		t.Errorf("form: %+v", g)
	}
	fields.Set("text", "query")
	if g := get(t, s, "/send", fields); g.Status != "ok" {
		t.Errorf("query: %+v", g)
	}
	fields.Set("flash", "1")
	if g := get(t, s, "/send", fields); g.Code != "40" {
		t.Errorf("unknown field in the query: %+v", g)
	}
	fields.Del("flash")
	fields.Add("to", olha)
	if g := get(t, s, "/send", fields); g.Code != "40" {
		t.Errorf("two numbers: %+v", g)
	}
	if g := send(t, s, anna, ""); g.HTTP != 422 || g.Code != "44" {
		t.Errorf("status on demand: %+v", g)
	}
	wrong := request(t, s, `{"to":"x"}`)
	wrong.Header.Set("Authorization", "Bearer nonsense")
	resp, err = http.DefaultClient.Do(wrong)
	if g := read(t, resp, err); g.HTTP != 401 || g.Code != "41" {
		t.Errorf("wrong token: %+v", g)
	}
	xml := request(t, s, "<sms/>")
	xml.Header.Set("Content-Type", "text/xml")
	resp, err = http.DefaultClient.Do(xml)
	if g := read(t, resp, err); g.Code != "40" {
		t.Errorf("XML: %+v", g)
	}
	resp, err = http.Get(s.URL() + "/nothing")
	if g := read(t, resp, err); g.HTTP != 404 {
		t.Errorf("unknown address: %+v", g)
	}
	resp, err = http.Post(s.URL()+"/balance", "application/json", nil)
	if g := read(t, resp, err); g.HTTP != 405 {
		t.Errorf("POST /balance: %+v", g)
	}
	if m := s.Messages(""); len(m) != 2 || m[0].Text != "form" || m[1].Text != "query" {
		t.Errorf("messages: %+v", m)
	}
	calls := s.Calls()
	if calls[0].Kind != "form" || calls[1].Kind != "query" || calls[1].Params["token"] != "" || calls[2].Code != "40" || calls[5].Status != 401 {
		t.Errorf("calls: %+v", calls)
	}
}

func TestCount(t *testing.T) {
	tests := map[string]struct {
		text     string
		encoding string
		parts    int
	}{
		"160 of GSM":                      {strings.Repeat("a", 160), GSM7, 1},
		"161 of GSM":                      {strings.Repeat("a", 161), GSM7, 2},
		"306 of GSM":                      {strings.Repeat("a", 306), GSM7, 2},
		"307 of GSM":                      {strings.Repeat("a", 307), GSM7, 3},
		"80 euros take two each":          {strings.Repeat("€", 80), GSM7, 1},
		"81 euros":                        {strings.Repeat("€", 81), GSM7, 2},
		"an escape pair is not cut":       {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 10), GSM7, 2},
		"a pair that moves on costs room": {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), GSM7, 3},
		"70 of Cyrillic":                  {strings.Repeat("ж", 70), UCS2, 1},
		"71 of Cyrillic":                  {strings.Repeat("ж", 71), UCS2, 2},
		"134 of Cyrillic":                 {strings.Repeat("ж", 134), UCS2, 2},
		"135 of Cyrillic":                 {strings.Repeat("ж", 135), UCS2, 3},
		"35 emoji":                        {strings.Repeat("😀", 35), UCS2, 1},
		"36 emoji":                        {strings.Repeat("😀", 36), UCS2, 2},
		"a surrogate pair is not cut":     {strings.Repeat("ж", 66) + "😀" + strings.Repeat("ж", 10), UCS2, 2},
		"a backtick is not GSM":           {"`", UCS2, 1},
		"a small c with cedilla is not":   {"ç", UCS2, 1},
		"a capital one is":                {"Ç", GSM7, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if encoding, parts := Count(tt.text); encoding != tt.encoding || parts != tt.parts {
				t.Errorf("Count = %s %d, want %s %d", encoding, parts, tt.encoding, tt.parts)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	tests := map[string]struct {
		fault  Fault
		status int // 0 = no answer
		stored int
	}{
		"hang after accept":     {Fault{Kind: HangAfterAccept}, 0, 1},
		"429":                   {Fault{Kind: FloodWait, RetryAfter: 7}, 429, 0},
		"refused with a code":   {Fault{Kind: Refuse, Code: "77"}, 200, 0},
		"500":                   {Fault{Kind: InternalError}, 500, 0},
		"500 that sent it":      {Fault{Kind: InternalError, CarryOut: true}, 500, 1},
		"502":                   {Fault{Kind: BadGateway}, 502, 0},
		"garbage that sent it":  {Fault{Kind: Garbage, CarryOut: true}, 200, 1},
		"cut before":            {Fault{Kind: CutBefore}, 0, 0},
		"cut after":             {Fault{Kind: CutAfter}, 0, 1},
		"a delay only delays":   {Fault{Kind: Delay, Delay: time.Second}, 200, 1},
		"a late answer":         {Fault{Kind: LateAnswer, Delay: time.Second}, 200, 1},
		"another number's":      {Fault{Kind: CutBefore, To: olha}, 200, 1},
		"one that skips a call": {Fault{Kind: CutBefore, Skip: 1}, 200, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{})
			s.Fail(tt.fault)
			client := &http.Client{Timeout: 100 * time.Millisecond}
			resp, err := client.Do(request(t, s, `{"to":"`+anna+`","from":"Shop","text":"x"}`))
			if (err != nil) != (tt.status == 0) {
				t.Fatalf("answer %v, error %v", resp, err)
			}
			if err == nil {
				g := read(t, resp, nil)
				if g.HTTP != tt.status || tt.fault.Kind == FloodWait && (g.Header.Get("Retry-After") != "7" || g.Code != "29") || g.Code != tt.fault.Code && tt.fault.Kind == Refuse {
					t.Errorf("answer: %d %s", g.HTTP, g.Raw)
				}
			}
			if n := len(s.Messages(anna)); n != tt.stored {
				t.Errorf("%d messages were accepted, want %d", n, tt.stored)
			}
			if c := s.Calls()[0]; c.Status != tt.status {
				t.Errorf("call: %+v", c)
			}
			s.ClearFaults()
			if g := send(t, s, anna, "after"); g.Status != "ok" {
				t.Errorf("the next call: %+v", g)
			}
		})
	}
}

package viber

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestSignature(t *testing.T) {
	const body = `{"event":"webhook","timestamp":1457764197627,"message_token":241256543215}`
	const want = "bd52434b46be1542d32bfa5e3332b757b927e183c5ef3b20a5f9877207dc55b9"
	if got := Sign("445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9", []byte(body)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDoors(t *testing.T) {
	s, _ := start(t, Options{})
	tests := map[string]struct {
		verb, path, token, body string
		http, status            int
	}{
		"an unknown path":            {"POST", "/pa/get_users", s.Token(), "{}", 404, -1},
		"outside of /pa":             {"POST", "/send_message", s.Token(), "{}", 404, -1},
		"a GET of a POST":            {"GET", "/pa/send_message", s.Token(), "", 405, -1},
		"account info by GET":        {"GET", "/pa/get_account_info", s.Token(), "", 200, 0},
		"account info by POST":       {"POST", "/pa/get_account_info", s.Token(), "{}", 200, 0},
		"no token":                   {"POST", "/pa/get_account_info", "", "{}", 200, 2},
		"a wrong token":              {"POST", "/pa/get_account_info", "x", "{}", 200, 2},
		"a token with bad JSON":      {"POST", "/pa/get_account_info", "x", "{", 200, 2},
		"no body":                    {"POST", "/pa/get_account_info", s.Token(), "", 200, 3},
		"half a body":                {"POST", "/pa/get_account_info", s.Token(), "{", 200, 3},
		"two bodies":                 {"POST", "/pa/get_account_info", s.Token(), "{}{}", 200, 3},
		"a list":                     {"POST", "/pa/get_account_info", s.Token(), "[]", 200, 3},
		"null":                       {"POST", "/pa/get_account_info", s.Token(), "null", 200, 3},
		"a body of more than 30 KB":  {"POST", "/pa/get_account_info", s.Token(), `{"a":"` + strings.Repeat("x", 30<<10) + `"}`, 200, 3},
		"a body of exactly 30 KB":    {"POST", "/pa/get_account_info", s.Token(), `{"a":"` + strings.Repeat("x", 30<<10-8) + `"}`, 200, 0},
		"an empty id for details":    {"POST", "/pa/get_user_details", s.Token(), `{"id":""}`, 200, 4},
		"an empty broadcast":         {"POST", "/pa/broadcast_message", s.Token(), `{}`, 200, 4},
		"online status for no lists": {"POST", "/pa/get_online", s.Token(), `{"ids":"x"}`, 200, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if g := raw(t, s, tt.verb, tt.path, tt.token, tt.body); g.HTTP != tt.http || g.Status != tt.status {
				t.Errorf("got HTTP %d, status %d, want %d, %d: %s", g.HTTP, g.Status, tt.http, tt.status, g.Raw)
			}
		})
	}
}

func TestWhoMayBeWrittenTo(t *testing.T) {
	s, _ := start(t, Options{})
	for id, who := range map[int]Person{2: {}, 3: {Subscribed: true, NoBots: true}, 4: {Subscribed: true, APIVersion: 3}, 5: {Subscribed: true}} {
		who.ID = UserID(id)
		must(t, s.AddPerson(who))
	}
	must(t, s.Leave(UserID(5)))
	tests := map[string]struct {
		to   string
		pair []any
		want int
		text string
	}{
		"a subscriber":             {anna, nil, 0, "ok"},
		"a non-subscriber":         {boris, nil, 6, "notSubscribed"},
		"nobody":                   {UserID(99), nil, 5, "receiverNotRegistered"},
		"a phone number":           {"+380501112233", nil, 999, "Bad receiver ID"},
		"no receiver":              {"", nil, 4, "missingData"},
		"no device for bots":       {UserID(3), nil, 11, "receiverNoSuitableDevice"},
		"a client too old":         {UserID(4), []any{"min_api_version", 4}, 13, "apiVersionNotSupported"},
		"a client just new enough": {UserID(4), []any{"min_api_version", 3}, 0, "ok"},
		"who left Viber":           {UserID(5), nil, 5, "receiverNotRegistered"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g := send(t, s, tt.to, tt.pair...)
			if g.HTTP != 200 || g.Status != tt.want || g.Message != tt.text {
				t.Errorf("got %+v, want %d %s", g, tt.want, tt.text)
			}
			if g.Token < 1<<53 {
				t.Errorf("token %d would fit a float64", g.Token)
			}
		})
	}
	if odd := s.Oddities(); len(odd) != 0 {
		t.Errorf("oddities: %v", odd)
	}
}

func TestUnknownReceiverOption(t *testing.T) {
	s, _ := start(t, Options{UnknownReceiver: 6})
	if g := send(t, s, UserID(99)); g.Status != 6 {
		t.Errorf("got %+v, want 6", g)
	}
}

func TestSetWebhook(t *testing.T) {
	s, b := start(t, Options{})
	bad := newBot(t)
	bad.status = 204
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	t.Cleanup(tls.Close)
	tests := map[string]struct {
		body map[string]any
		want int
	}{
		"no url":                        {map[string]any{}, 4},
		"a url that is a number":        {map[string]any{"url": 7}, 4},
		"no address":                    {map[string]any{"url": "://"}, 1},
		"ftp":                           {map[string]any{"url": "ftp://127.0.0.1/"}, 1},
		"an address outside":            {map[string]any{"url": "https://shop.example/in"}, 1},
		"nobody listens":                {map[string]any{"url": "http://127.0.0.1:1/"}, 1},
		"an answer that is not 200":     {map[string]any{"url": bad.URL}, 1},
		"a certificate nobody trusts":   {map[string]any{"url": tls.URL}, 1},
		"an event that there is not":    {map[string]any{"url": b.URL, "event_types": []string{"read"}}, 3},
		"event types that are no list":  {map[string]any{"url": b.URL, "event_types": "seen"}, 3},
		"a flag that is a string":       {map[string]any{"url": b.URL, "send_name": "yes"}, 3},
		"a good one with some of these": {map[string]any{"url": b.URL, "event_types": []string{"seen", "failed"}}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if g := call(t, s, "set_webhook", tt.body); g.HTTP != 200 || g.Status != tt.want {
				t.Errorf("got %+v, want %d", g, tt.want)
			}
		})
	}
	if g := call(t, s, "set_webhook", map[string]any{"url": b.URL}); len(g.EventTypes) != 6 {
		t.Errorf("all event types: %+v", g)
	}
	if n := len(bad.seen); n != 1 || bad.seen[0].Event != "webhook" || bad.seen[0].Token < 1<<53 || bad.seen[0].Timestamp == 0 {
		t.Errorf("the bad webhook got %+v", bad.seen)
	}
	if g := call(t, s, "get_account_info", map[string]any{}); g.Hook != b.URL || g.URI != "kaskaddemo" || g.Subs != 1 || len(g.EventTypes) != 6 {
		t.Errorf("account info: %+v", g)
	}
	if g := call(t, s, "set_webhook", map[string]any{"url": ""}); g.Status != 0 {
		t.Errorf("remove: %+v", g)
	}
	if g := send(t, s, anna); g.Status != 10 {
		t.Errorf("a message without a webhook: %+v", g)
	}
	if err := second(s.Say(anna, "hi")); err == nil {
		t.Error("Anna could chat with a bot that has no webhook")
	}
}

func TestEventTypes(t *testing.T) {
	s, b := start(t, Options{})
	call(t, s, "set_webhook", map[string]any{"url": b.URL, "event_types": []string{}})
	send(t, s, anna)
	must(t, s.Read(anna))
	must(t, s.Open(anna, "x"))
	must(t, second(s.Say(anna, "hi")))
	must(t, s.Unsubscribe(anna))
	must(t, s.Subscribe(anna))
	if got := b.events(t, s); got != "message unsubscribed subscribed" {
		t.Errorf("got %s", got)
	}
	if name := b.got()[0].Sender.Name; name != placeholder {
		t.Errorf("without send_name the bot was told %q", name)
	}
}

func TestSmallCalls(t *testing.T) {
	now := &stagetest.Clock{}
	s, _ := start(t, Options{Now: now.Now})
	must(t, s.AddPerson(Person{ID: boris}))
	must(t, s.AddPerson(Person{ID: UserID(3), Subscribed: true, HidesOnline: true}))
	must(t, s.AddPerson(Person{ID: UserID(4), Subscribed: true}))
	must(t, s.GoOffline(UserID(4)))
	for i, want := range []int{0, 0, 12} {
		if g := call(t, s, "get_user_details", map[string]any{"id": anna}); g.Status != want || want == 0 && g.User.Name != "Anna" {
			t.Errorf("details %d: %+v", i, g)
		}
	}
	now.Pass(12 * time.Hour)
	if g := call(t, s, "get_user_details", map[string]any{"id": anna}); g.Status != 0 {
		t.Errorf("details twelve hours later: %+v", g)
	}
	g := call(t, s, "get_online", map[string]any{"ids": []string{anna, boris, UserID(3), UserID(4), UserID(99)}})
	want := []int{0, 4, 2, 1, 4}
	for i, u := range g.Users {
		if u.Status != want[i] || u.Text == "" {
			t.Errorf("online %d: %+v, want %d", i, u, want[i])
		}
	}
	if len(g.Users) != 5 {
		t.Errorf("online: %+v", g)
	}
	if g := call(t, s, "get_online", map[string]any{"ids": make([]string, 101)}); g.Status != 3 {
		t.Errorf("online of 101: %+v", g)
	}
}

func TestNewRefusals(t *testing.T) {
	if s, err := New(Options{Addr: "0.0.0.0:0"}); err == nil {
		t.Error("an address that all can reach was accepted")
		_ = s.Close()
	}
}

func TestTokensAreDifferentAndLarge(t *testing.T) {
	seen := map[uint64]bool{}
	for n := range uint64(100_000) {
		token := scramble(n)
		if seen[token] || token < 1<<53 || token > 1<<63 {
			t.Fatalf("token %d of %d", token, n)
		}
		seen[token] = true
	}
	if again := UserID(7); !isUserID(again) || again == UserID(8) || again != strings.Clone(UserID(7)) {
		t.Error("user ids")
	}
}

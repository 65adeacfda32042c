package graph

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

// post is a text whose connection may die.
func post(ctx context.Context, t *testing.T, s *Server) error {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/v23.0/"+s.PhoneID()+"/messages", strings.NewReader(stagetest.JSON(t, message(anna))))
	must(t, err)
	req.GetBody = nil
	req.Header.Set("Authorization", "Bearer "+s.Token())
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

func TestFaultsThatAnswer(t *testing.T) {
	tests := map[string]struct {
		fault Fault
		http  int
		code  int
		raw   string
		shown int
	}{
		"throughput":               {Fault{Kind: AnswerError}, 400, 130429, `"message":"(#130429) Rate limit hit"`, 0},
		"throughput as seen":       {Fault{Kind: AnswerError, HTTP: 429}, 429, 130429, "Rate limit hit", 0},
		"too many for one person":  {Fault{Kind: AnswerError, Code: 131056}, 400, 131056, "pair rate limit hit", 0},
		"too many calls":           {Fault{Kind: AnswerError, Code: 4}, 400, 4, `"is_transient":true`, 0},
		"an account's calls":       {Fault{Kind: AnswerError, Code: 80007}, 400, 80007, "(#80007)", 0},
		"an expired token":         {Fault{Kind: AnswerError, Code: 190, Sub: 463}, 401, 190, `"error_subcode":463`, 0},
		"no permission":            {Fault{Kind: AnswerError, Code: 10}, 403, 10, "does not have permission", 0},
		"no permission, newer":     {Fault{Kind: AnswerError, Code: 200}, 403, 200, "API Permission", 0},
		"a bill that is not paid":  {Fault{Kind: AnswerError, Code: 131042}, 400, 131042, "Business eligibility payment issue", 0},
		"a locked account":         {Fault{Kind: AnswerError, Code: 131031}, 403, 131031, "Account has been locked", 0},
		"a number that is paused":  {Fault{Kind: AnswerError, Code: 131048, Details: "paused"}, 400, 131048, `"details":"paused"`, 0},
		"trouble at Meta's":        {Fault{Kind: AnswerError, Code: 131000}, 500, 131000, "Something went wrong", 0},
		"maintenance":              {Fault{Kind: AnswerError, Code: 2}, 503, 2, "(#2) API Service", 0},
		"a 500":                    {Fault{Kind: InternalError}, 500, 1, "An unknown error has occurred", 0},
		"a 500 that was carried":   {Fault{Kind: InternalError, CarryOut: true}, 500, 1, "An unknown error", 1},
		"a page of HTML":           {Fault{Kind: BadGateway}, 502, 0, "<html>", 0},
		"garbage":                  {Fault{Kind: Garbage}, 200, 0, `{"inp`, 0},
		"garbage after the deed":   {Fault{Kind: Garbage, CarryOut: true}, 200, 0, `{"inp`, 1},
		"a slow answer":            {Fault{Kind: Slow, Delay: time.Second}, 200, 0, "wamid.", 1},
		"one for others":           {Fault{Kind: AnswerError, To: boris}, 200, 0, "wamid.", 1},
		"one for another method":   {Fault{Kind: AnswerError, Method: Upload}, 200, 0, "wamid.", 1},
		"one for the next but one": {Fault{Kind: AnswerError, Skip: 1}, 200, 0, "wamid.", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, Options{})
			s.Fail(tt.fault)
			a := send(t, s, anna)
			if a.HTTP != tt.http || a.Error.Code != tt.code || !strings.Contains(a.Raw, tt.raw) || len(s.Messages(anna)) != tt.shown {
				t.Errorf("got %d %s and %d messages", a.HTTP, a.Raw, len(s.Messages(anna)))
			}
			s.ClearFaults()
			if a := send(t, s, anna); a.HTTP != 200 || a.id() == "" {
				t.Errorf("the next one: %s", a.Raw)
			}
			if n := s.Count(); n.Calls != 2 || n.Accepted != tt.shown+1 {
				t.Errorf("counted %+v", n)
			}
		})
	}
}

func TestFaultsUntilTheyAreLifted(t *testing.T) {
	s, _ := start(t, Options{})
	s.ExpireToken()
	for range 3 {
		if a := send(t, s, anna); a.HTTP != 401 || a.Error.Subcode != 463 || !strings.Contains(a.Error.Message, "Session has expired") {
			t.Fatalf("got %s", a.Raw)
		}
	}
	if a := ask(t, s, "GET", "/v23.0/"+s.PhoneID(), s.Token(), "", nil); a.HTTP != 401 {
		t.Errorf("the number: %s", a.Raw)
	}
	s.ClearFaults()
	if a := send(t, s, anna); a.HTTP != 200 {
		t.Errorf("lifted: %s", a.Raw)
	}
	s.Fail(Fault{Kind: AnswerError, Code: 80007, Regain: 17})
	if use := send(t, s, anna).Header.Get("X-Business-Use-Case-Usage"); !strings.Contains(use, `"call_count":100`) || !strings.Contains(use, `"estimated_time_to_regain_access":17`) {
		t.Errorf("usage %s", use)
	}
}

func TestConnectionsThatDie(t *testing.T) {
	tests := map[string]struct {
		kind  Kind
		shown int
	}{
		"before anything was done": {CutBefore, 0},
		"after it was done":        {CutAfter, 1},
		"hanging":                  {HangAfterAccept, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, Options{})
			s.Fail(Fault{Kind: tt.kind})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			dead := make(chan error, 1)
			go func() { dead <- post(ctx, t, s) }()
			if tt.kind == HangAfterAccept {
				must(t, second(s.WaitMessage(t.Context(), anna, 1)))
				cancel()
			}
			if err := <-dead; err == nil {
				t.Error("it was answered")
			}
			c, err := s.WaitCall(t.Context(), Messages, 1)
			if err != nil || c.HTTP != 0 || c.Fault != tt.kind || len(s.Messages(anna)) != tt.shown || s.Count().Calls != 1 {
				t.Errorf("call %+v, %v; %d messages", c, err, len(s.Messages(anna)))
			}
		})
	}
}

func TestCloseEndsWhatHangs(t *testing.T) {
	s, err := New(Options{Arrival: 1000 * time.Hour})
	must(t, err)
	must(t, s.AddPerson(Person{Phone: anna, Wrote: true}))
	s.Fail(Fault{Kind: HangAfterAccept})
	dead := make(chan error, 1)
	go func() { dead <- post(t.Context(), t, s) }()
	must(t, second(s.WaitCall(t.Context(), Messages, 1)))
	for s.Count().Accepted == 0 {
		runtime.Gosched()
	}
	stagetest.Close(t, s)
	if err := <-dead; err == nil {
		t.Error("it was answered")
	}
}

func TestRateLimits(t *testing.T) {
	now := &stagetest.Clock{}
	s, _ := start(t, Options{Now: now.Now, Throughput: 5, Pair: 3})
	code := func(to string) int { return send(t, s, to).Error.Code }
	for range 3 {
		if c := code(anna); c != 0 {
			t.Fatalf("refused with %d", c)
		}
	}
	if c := code(anna); c != 131056 {
		t.Errorf("the fourth to her: %d", c)
	}
	if c := code(boris); c != 0 {
		t.Errorf("others do not wait: %d", c)
	}
	if c := code(boris); c != 130429 {
		t.Errorf("the sixth in a second: %d", c)
	}
	now.Pass(6 * time.Second)
	if c := code(anna); c != 0 {
		t.Errorf("six seconds later: %d", c)
	}
	if c := code(anna); c != 131056 {
		t.Errorf("only one more after six seconds: %d", c)
	}
}

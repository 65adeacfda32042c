package viber

import (
	"context"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

// post is a send_message whose connection may die.
func post(ctx context.Context, t *testing.T, s *Server) error {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL()+"/pa/send_message", strings.NewReader(stagetest.JSON(t, text(anna))))
	must(t, err)
	req.GetBody = nil
	req.Header.Set("X-Viber-Auth-Token", s.Token())
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

func TestFaultsThatAnswer(t *testing.T) {
	tests := map[string]struct {
		fault  Fault
		http   int
		status int
		raw    string
		shown  int
	}{
		"too many requests":        {Fault{Kind: AnswerStatus}, 200, 12, `"status":12`, 0},
		"any status":               {Fault{Kind: AnswerStatus, Status: 24}, 200, 24, "noBalance", 0},
		"a status without a name":  {Fault{Kind: AnswerStatus, Status: 77}, 200, 77, "failure", 0},
		"a 500":                    {Fault{Kind: InternalError}, 500, -1, "Internal Server Error", 0},
		"a 500 that was carried":   {Fault{Kind: InternalError, CarryOut: true}, 500, -1, "Internal Server Error", 1},
		"a page of HTML":           {Fault{Kind: BadGateway}, 502, -1, "<html>", 0},
		"a slow answer":            {Fault{Kind: Slow, Delay: time.Second}, 200, 0, `"status":0`, 1},
		"a late answer":            {Fault{Kind: LateAnswer, Delay: time.Second}, 200, 0, `"status":0`, 1},
		"one for others":           {Fault{Kind: AnswerStatus, Receiver: boris}, 200, 0, `"status":0`, 1},
		"one for another method":   {Fault{Kind: AnswerStatus, Method: "get_online"}, 200, 0, `"status":0`, 1},
		"one for the next but one": {Fault{Kind: AnswerStatus, Skip: 1}, 200, 0, `"status":0`, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, _ := start(t, Options{})
			s.Fail(tt.fault)
			g := send(t, s, anna)
			if g.HTTP != tt.http || g.Status != tt.status || !strings.Contains(g.Raw, tt.raw) || len(s.Messages(anna)) != tt.shown {
				t.Errorf("got %+v and %d messages", g, len(s.Messages(anna)))
			}
			s.ClearFaults()
			if g := send(t, s, anna); g.Status != 0 {
				t.Errorf("the next one: %+v", g)
			}
		})
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
				_, err := s.WaitMessage(t.Context(), anna, 1)
				must(t, err)
				cancel()
			}
			if err := <-dead; err == nil {
				t.Error("an answer came")
			}
			c := s.CallsOf("send_message")
			for tt.shown == 1 && len(c) == 1 && c[0].Token == 0 && t.Context().Err() == nil { // the person sees the message before the call is written down
				time.Sleep(time.Millisecond)
				c = s.CallsOf("send_message")
			}
			if len(c) != 1 || c[0].HTTP != 0 || c[0].Fault != tt.kind || (c[0].Token != 0) != (tt.shown == 1) || len(s.Messages(anna)) != tt.shown {
				t.Errorf("calls %+v, %d messages", c, len(s.Messages(anna)))
			}
		})
	}
}

func TestGarbage(t *testing.T) {
	s, _ := start(t, Options{})
	s.Fail(Fault{Kind: Garbage, Times: 2, CarryOut: true})
	for range 2 {
		resp, err := http.DefaultClient.Do(sendRequest(t, s))
		must(t, err)
		_ = resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("got %s", resp.Status)
		}
	}
	if g := send(t, s, anna); g.Status != 0 || len(s.Messages(anna)) != 3 {
		t.Errorf("the third one: %+v", g)
	}
}

func sendRequest(t *testing.T, s *Server) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/pa/send_message", strings.NewReader(stagetest.JSON(t, text(anna))))
	must(t, err)
	req.Header.Set("X-Viber-Auth-Token", s.Token())
	return req
}

func TestCallsAreWrittenDown(t *testing.T) {
	s, _ := start(t, Options{})
	g := send(t, s, anna, "tracking_data", "d1/0")
	resp, err := http.DefaultClient.Do(sendRequest(t, s)) // without a Content-Type
	must(t, err)
	_ = resp.Body.Close()
	send(t, s, boris)
	c := s.CallsOf("send_message")
	if len(c) != 3 || c[0].Text("tracking_data") != "d1/0" || c[0].Text("min_api_version") != "" || c[0].Token != g.Token || c[0].HTTP != 200 || c[0].Error != "" {
		t.Errorf("calls: %+v", c)
	}
	if c[2].Status != 5 || c[2].Error == "" || c[2].Token != 0 {
		t.Errorf("a refused call: %+v", c[2])
	}
	if odd := s.Oddities(); len(odd) != 1 || odd[0].Path != "Content-Type" {
		t.Errorf("oddities: %v", odd)
	}
	if n := s.Connections(); n < 1 || n > len(s.Calls()) {
		t.Errorf("%d connections", n)
	}
	if _, err := s.WaitCall(t.Context(), "send_message", 3); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for what, err := range map[string]error{
		"a call":     second(s.WaitCall(ended, "send_message", 4)),
		"a message":  second(s.WaitMessage(ended, boris, 1)),
		"a callback": second(s.WaitCallback(ended, "seen", 1)),
	} {
		if err == nil {
			t.Errorf("%s that never comes was waited for", what)
		}
	}
}

func TestCloseEndsEverything(t *testing.T) {
	s, b := start(t, Options{Speed: 1, DeviceLag: time.Hour, Repeats: []time.Duration{time.Hour}})
	must(t, s.AddPerson(Person{ID: boris, Subscribed: true, Devices: 2, Habits: Always(Act{Do: WriteText, After: time.Hour, Text: "late"}, Act{Do: BeOffline, For: time.Hour})}))
	b.set(func() { b.status = 500 })
	send(t, s, boris)
	s.Fail(Fault{Kind: HangAfterAccept})
	hung := make(chan error, 1)
	go func() { hung <- post(context.Background(), t, s) }()
	if _, err := s.WaitMessage(t.Context(), anna, 1); err != nil {
		t.Fatal(err)
	}
	stagetest.Close(t, s)
	if err := <-hung; err == nil {
		t.Error("a call outlived Close with an answer")
	}
	if _, err := s.Repeat(s.Callbacks()[0]); err == nil {
		t.Error("a closed server called the bot")
	}
	if err := s.WaitIdle(context.Background()); err == nil {
		t.Error("nothing was left")
	}
}

func TestCloseWaitsForWhatRuns(t *testing.T) {
	s, _ := start(t, Options{})
	started, ended := make(chan struct{}), false
	must(t, s.SetHabits(anna, Always(Act{Do: CallFunc, Func: func(Message) {
		close(started)
		<-s.stage.Context().Done()
		for range 1000 {
			runtime.Gosched()
		}
		ended = true
	}})))
	send(t, s, anna)
	<-started
	must(t, s.Close())
	if !ended { // the race detector would see it, too
		t.Error("Close returned before a person's deed had ended")
	}
}

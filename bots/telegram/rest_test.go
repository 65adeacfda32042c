package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
)

// script is a Telegram in a bubble: it answers the polls one after the other, and then is silent for ever.
type script struct {
	begun   time.Time
	answers []string // "200 {…}", or "lost"
	polls   []poll
	removed int // webhooks
	over    chan struct{}
}

type poll struct {
	at     time.Duration
	offset string
}

func (s *script) Do(r *http.Request) (*http.Response, error) {
	switch path.Base(r.URL.Path) {
	case "getWebhookInfo":
		return answered(200, `{"ok":true,"result":{"url":"https://other.example/x"}}`), nil
	case "deleteWebhook":
		s.removed++
		return answered(200, `{"ok":true,"result":true}`), nil
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	s.polls = append(s.polls, poll{time.Since(s.begun), r.PostForm.Get("offset")})
	if len(s.polls) > len(s.answers) {
		close(s.over)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	text := s.answers[len(s.polls)-1]
	if text == "lost" {
		return nil, &bots.SendError{Fault: bots.Temporary, Err: errors.New("connection refused")}
	}
	var status int
	var body string
	_, err := fmt.Sscanf(text, "%d", &status)
	_, body, _ = strings.Cut(text, " ")
	return answered(status, body), err
}

func answered(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// play runs a bot against a script until the script is over, and returns what it logged.
func (s *script) play(t *testing.T, receive func(context.Context, bots.Batch) error) (log string) {
	t.Helper()
	var out strings.Builder
	synctest.Test(t, func(t *testing.T) {
		s.begun, s.over = time.Now(), make(chan struct{})
		opt := telegram.Options{Client: s, Polls: s, Log: slog.New(slog.NewTextHandler(&out, nil))}
		b := newBot(t, "http://telegram.example", opt)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.Run(ctx, receive) }()
		<-s.over
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	if strings.Contains(out.String(), secret) {
		t.Errorf("the log shows the token: %s", out.String())
	}
	return out.String()
}

func swallow(context.Context, bots.Batch) error { return nil }

// gaps are the whole seconds between polls.
func (s *script) gaps() (gaps []int) {
	for i := range s.polls[1:] {
		gaps = append(gaps, int((s.polls[i+1].at-s.polls[i].at)/time.Second))
	}
	return gaps
}

func times(n int, s string) (all []string) {
	for range n {
		all = append(all, s)
	}
	return all
}

func TestRestsAfterFailures(t *testing.T) {
	const (
		other    = `409 {"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}`
		revoked  = `401 {"ok":false,"error_code":401,"description":"Unauthorized"}`
		flood    = `429 {"ok":false,"error_code":429,"description":"Too Many Requests: retry after 40","parameters":{"retry_after":40}}`
		nothing  = `200 {"ok":true,"result":[{"update_id":7}]}`
		poisoned = `200 {"ok":true,"result":[{"message":{}}]}`
	)
	for name, c := range map[string]struct {
		answers []string
		least   []int // seconds between polls; at most a quarter and a second more
		log     string
	}{
		"no network":     {times(7, "lost"), []int{1, 2, 4, 8, 16, 30, 30}, "telegram could not be asked for updates"},
		"server errors":  {times(2, "502 <html>"), []int{1, 2}, "telegram could not be asked for updates"},
		"garbage":        {times(2, "200 {"), []int{1, 2}, "telegram could not be asked for updates"},
		"another poller": {times(8, other), []int{5, 10, 20, 40, 80, 160, 300, 300}, "another program polls telegram with the same token"},
		"another poller, and polls that work in between": {[]string{other, nothing, other, nothing, other}, []int{5, 0, 10, 0, 20}, ""},
		"a revoked token":  {times(3, revoked), []int{30, 60, 90}, "telegram does not know the token"},
		"a pause":          {times(1, flood), []int{40}, "telegram asks for a pause"},
		"no ids":           {times(3, poisoned), []int{3, 6, 12}, "telegram sent updates without ids"},
		"answers too soon": {times(3, `200 {"ok":true,"result":[]}`), []int{0, 3, 3}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: c.answers}
			log := s.play(t, swallow)
			for i, got := range s.gaps() {
				if got < c.least[i] || got > c.least[i]+c.least[i]/4+1 {
					t.Errorf("rests of %v s, want about %v", s.gaps(), c.least)
					break
				}
			}
			if n := strings.Count(log, c.log); c.log != "" && n != 1 {
				t.Errorf("%q stands %d times in the log, want once:\n%s", c.log, n, log)
			}
		})
	}
}

// While another program takes some of the updates, polls of ours that work are no hearing: deadlines wait for it, as for any time in which we
// are deaf. One meeting alone is none.
func TestAQuarrelIsNoHearing(t *testing.T) {
	const (
		other  = `409 {"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"}`
		update = `200 {"ok":true,"result":[{"update_id":7}]}`
	)
	quiet := times(20, update)
	s := &script{answers: append([]string{update, other, update, other, update, other, update}, quiet...)}
	var heard []bool
	s.play(t, func(_ context.Context, b bots.Batch) error {
		heard = append(heard, !b.Heard.IsZero())
		if len(heard) == 4 {
			time.Sleep(16 * time.Minute) // and the other is not met again
		}
		return nil
	})
	if got := fmt.Sprint(heard[:6]); got != "[true true false false true true]" {
		t.Errorf("heard %s", got)
	}
}

// A success in between starts the rests anew, and is logged.
func TestRestsStartAnew(t *testing.T) {
	s := &script{answers: []string{"lost", "lost", "lost", `200 {"ok":true,"result":[{"update_id":5}]}`, "lost", "lost"}}
	log := s.play(t, swallow)
	if got := fmt.Sprint(s.gaps()); got != "[1 2 4 0 1 2]" && got != "[1 2 5 0 1 2]" {
		t.Errorf("rests of %s s", got)
	}
	if !strings.Contains(log, "telegram answers again") {
		t.Errorf("the log is\n%s", log)
	}
}

// The offset is the highest id plus one, is kept while answers are lost, and is forgotten once an answer has confirmed it:
// after a week of silence the next id is any.
func TestOffsets(t *testing.T) {
	s := &script{answers: []string{
		`200 {"ok":true,"result":[{"update_id":999},{"update_id":1000}]}`,
		"lost",
		`200 {"ok":true,"result":[]}`,
		`200 {"ok":true,"result":[{"update_id":7}]}`,
		`200 {"ok":true,"result":[{"update_id":8,"message":{"date":"yesterday"}}]}`,
	}}
	var events []bots.Event
	s.play(t, func(_ context.Context, b bots.Batch) error {
		events = append(events, b.Events...)
		return nil
	})
	var got []string
	for _, p := range s.polls {
		got = append(got, p.offset)
	}
	if want := fmt.Sprint([]string{"", "1001", "1001", "", "8", "9"}); fmt.Sprint(got) != want {
		t.Errorf("asked with offsets %v, want %v", got, want)
	}
	if len(events) != 1 || events[0].Kind != "" || events[0].ID != "telegram:123:8" {
		t.Errorf("came: %+v, want the one that cannot be read", events)
	}
}

// A disk that stays broken is not asked more and more often, and Telegram keeps everything.
func TestRestsWhileNothingIsReceived(t *testing.T) {
	s := &script{answers: times(4, `200 {"ok":true,"result":[{"update_id":5,"message":{"message_id":1,"chat":{"id":42,"type":"private"}}}]}`)}
	log := s.play(t, func(context.Context, bots.Batch) error { return errors.New("the disk is full") })
	for i, least := range []int{3, 6, 12, 24} {
		if got := s.gaps()[i]; got < least || s.polls[i+1].offset != "" {
			t.Errorf("rests of %v s with offset %q, want 3, 6, 12, 24 and none", s.gaps(), s.polls[i+1].offset)
		}
	}
	if strings.Count(log, "updates could not be stored") != 1 || strings.Contains(log, "answers again") {
		t.Errorf("the log is\n%s", log)
	}
}

// A webhook that somebody sets while we poll is removed again.
func TestWebhookWhilePolling(t *testing.T) {
	s := &script{answers: []string{
		`200 {"ok":true,"result":[{"update_id":5}]}`,
		`409 {"ok":false,"error_code":409,"description":"Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"}`,
	}}
	log := s.play(t, swallow)
	if s.removed != 2 || !strings.Contains(log, "host=other.example") || !strings.Contains(log, "telegram has a webhook although updates are polled") {
		t.Errorf("removed %d webhooks, want 2; the log is\n%s", s.removed, log)
	}
}

// Telegram breaks off a list that gets too big: a short list of big updates is not the end.
func TestBigAnswerIsNotTheEnd(t *testing.T) {
	big := fmt.Sprintf(`200 {"ok":true,"result":[{"update_id":5,"message":{"text":%q}}]}`, strings.Repeat("x", 3<<20))
	s := &script{answers: []string{big, `200 {"ok":true,"result":[{"update_id":6}]}`}}
	var caughtUp []bool
	s.play(t, func(_ context.Context, b bots.Batch) error {
		caughtUp = append(caughtUp, b.CaughtUp)
		return nil
	})
	if fmt.Sprint(caughtUp) != "[false true]" {
		t.Errorf("caught up: %v, want only with the second answer", caughtUp)
	}
}

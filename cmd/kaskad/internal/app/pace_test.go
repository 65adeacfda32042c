package app

import (
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
)

// TestMarketingIsPacedByWhoWaits: the program counts who waits for an answer of people, tells the engine, and says so in its figures.
func TestMarketingIsPacedByWhoWaits(t *testing.T) {
	for name, c := range map[string]struct {
		paceAt, people int
		want           string // of the metric; empty: it is not there
	}{
		"nobody waits":               {1, 0, "0"},
		"as many as staff keep up":   {2, 2, "0"},
		"twice as many":              {1, 2, "10"},
		"many, and it is off":        {0, 3, ""},
		"more than the pace follows": {1, 30, "60"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, faults := load(t, fmt.Sprintf("[server]\ndata_dir = %q\n%s[staff]\npace_at = %d\n", t.TempDir(), aBot, c.paceAt))
			if faults.Errors() {
				t.Fatal(faults)
			}
			a, err := New(t.Context(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			for i := range c.people {
				chat := bots.Address{Channel: bots.Telegram, ID: fmt.Sprint(40 + i)}
				e := bots.Event{ID: fmt.Sprint("e", i), Channel: bots.Telegram, Kind: bots.Wrote, Chat: chat, MessageID: fmt.Sprint(i), Text: "Where is my order?", At: time.Now()}
				if err := a.engine.Receive(t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
					t.Fatal(err)
				}
			}
			a.countWaiting(t.Context())
			w := httptest.NewRecorder()
			api.NewHealth(a.healthOptions()).Metrics().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
			_, after, found := strings.Cut(w.Body.String(), "\nkaskad_marketing_slowed_seconds ")
			got, _, _ := strings.Cut(after, "\n")
			if found != (c.want != "") || got != c.want {
				t.Errorf("the figure is %q, want %q", got, c.want)
			}
		})
	}
}

// Whom nobody has answered for a week nobody means to answer: they slow marketing no more.
func TestWhoWaitsForGoodSlowsNoMarketing(t *testing.T) {
	cfg, faults := load(t, fmt.Sprintf("[server]\ndata_dir = %q\n%s[staff]\npace_at = 1\n", t.TempDir(), aBot))
	if faults.Errors() {
		t.Fatal(faults)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for i, waited := range []time.Duration{time.Minute, 6 * 24 * time.Hour, 8 * 24 * time.Hour, 100 * 24 * time.Hour} {
		at := bots.Ref{Kind: bots.Telegram, Value: fmt.Sprint(40 + i)}
		e := bots.Event{ID: fmt.Sprint("e", i), Channel: bots.Telegram, Kind: bots.Wrote, Chat: bots.Address{Channel: bots.Telegram, ID: at.Value}, MessageID: fmt.Sprint(i), Text: "Where is my order?", At: time.Now()}
		if err := a.engine.Receive(t.Context(), bots.Batch{Events: []bots.Event{e}}); err != nil {
			t.Fatal(err)
		}
		err := a.db.Update(t.Context(), func(tx fallback.Tx) error {
			talk := tx.Conversation(tx.FindContact(at))
			talk.Wait.Since = tx.Now().Add(-waited)
			tx.PutConversation(talk)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	a.countWaiting(t.Context())
	if gap, waiting := a.engine.Slowed(); waiting != 2 || gap != 10*time.Second {
		t.Errorf("%d wait, and marketing %s; want the two of this week, and 10s", waiting, gap)
	}
	if n, since, err := a.db.Waiting(t.Context()); err != nil || n != 4 || time.Since(since) < 99*24*time.Hour {
		t.Errorf("%d wait since %s, %v; want all four", n, since, err)
	}
}

func TestPaceAtIsBounded(t *testing.T) {
	for _, n := range []int{-1, mostPaceAt + 1} {
		if _, faults := load(t, fmt.Sprintf("%s[staff]\npace_at = %d\n", aBot, n)); !faults.Errors() {
			t.Errorf("%d is taken", n)
		}
	}
}

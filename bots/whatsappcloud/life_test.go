package whatsappcloud_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"sync"
	"testing"

	"kaskad/bots"
	"kaskad/bots/whatsappcloud"
)

// inbox is what an engine would be: it keeps events once.
type inbox struct {
	mu     sync.Mutex
	events []bots.Event
	seen   map[string]bool
}

func (in *inbox) receive(_ context.Context, b bots.Batch) (bots.Answer, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.seen == nil {
		in.seen = map[string]bool{}
	}
	for _, e := range b.Events {
		if !in.seen[e.ID] {
			in.seen[e.ID] = true
			in.events = append(in.events, e)
		}
	}
	return b.Answer, nil
}

func (in *inbox) quarantine(context.Context, string, []byte, string) error { return nil }

func (in *inbox) all() []bots.Event {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]bots.Event(nil), in.events...)
}

// listenFor opens the bot's way in, as the program does, and says where it is.
func listenFor(t *testing.T, b *whatsappcloud.Bot, in *inbox) (url string) {
	t.Helper()
	h, err := bots.NewHookHandler(bots.Hooks{
		Table: []bots.Hook{b.Hook()}, Receive: in.receive, Log: slog.New(slog.DiscardHandler),
		Quarantine: func(_ context.Context, _ string, raw []byte, reason string) error {
			t.Errorf("quarantine: %s: %s", reason, raw)
			return nil
		},
	})
	must(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL + "/in/whatsapp_cloud"
}

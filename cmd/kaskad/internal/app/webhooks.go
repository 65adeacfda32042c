package app

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/cmd/kaskad/internal/webhooks"
)

// Webhooks is where programs may be called that are told what happened.
type Webhooks struct {
	Networks []string `toml:"networks"` // that are not public, and may be called all the same
}

func (l *loader) told(w *Webhooks) {
	for i, n := range w.Networks {
		if _, err := netip.ParsePrefix(n); err != nil {
			l.add(fmt.Sprintf("webhooks.networks[%d]", i), "%q is no network: write one such as 192.168.1.0/24", n)
		}
	}
}

// networks are those that may be called; what is none was told when the configuration was read.
func (w *Webhooks) networks() (all []netip.Prefix) {
	for _, n := range w.Networks {
		if p, err := netip.ParsePrefix(n); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// openWebhooks makes what tells programs of the changes.
func (a *App) openWebhooks() {
	a.webhooks = webhooks.New(webhooks.Options{
		Feed:  hookFeed{a.shownStore(), a.db},
		Hooks: hookRecords{a.db.Records("webhook")}, Places: hookRecords{a.db.Records("webhook_place")}, Dead: hookRecords{a.db.Records("webhook_dead")},
		Networks: a.cfg.Webhooks.networks(), Test: a.world != nil, Log: a.log,
	})
}

// hookFeed are the changes as those who call the API read them: what belongs to staff is told nobody.
type hookFeed struct {
	shown interface {
		Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error)
	}
	*store.DB
}

func (f hookFeed) Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error) {
	return f.shown.Changes(ctx, after, limit)
}

// hookRecords are the store's records as webhooks want them.
type hookRecords struct{ store.Records }

func (r hookRecords) List(ctx context.Context, after string, limit int) ([]webhooks.Record, error) {
	list, err := r.Records.List(ctx, after, limit)
	all := make([]webhooks.Record, len(list))
	for i, x := range list {
		all[i] = webhooks.Record(x)
	}
	return all, err
}

// hooksDegraded is the name of webhooks among what is degraded; hooksLate is how long one fails before it stands there.
const (
	hooksDegraded = "webhooks"
	hooksLate     = 10 * time.Minute
)

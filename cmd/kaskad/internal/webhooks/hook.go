package webhooks

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hook is a program that is told.
type Hook struct {
	ID      string    `json:"id"`
	URL     string    `json:"url"`
	Name    string    `json:"name,omitempty"`
	Types   []string  `json:"types,omitempty"` // what it is told of; "delivery.*" is all that begins so; none: everything
	Secrets []Secret  `json:"secrets"`         // the newest first
	Created time.Time `json:"created"`
	By      string    `json:"by,omitempty"`
	Off     time.Time `json:"off,omitzero"` // since when it is told nothing; zero: it is
	Why     string    `json:"why,omitempty"`
	From    uint64    `json:"from"`          // it is told what happened after this change
	Era     int       `json:"era,omitempty"` // how often it was set back
}

// Why a hook is off.
const (
	OffGone    = "gone"     // it answered 410
	OffFailing = "failing"  // it has taken nothing for a long time
	OffByHand  = "disabled" // somebody said so
)

// Secret signs what a hook is told.
type Secret struct {
	Key   string    `json:"key"`            // whsec_… and base64
	Until time.Time `json:"until,omitzero"` // of one that was replaced: how long it signs, too
}

// RotateLife is how long a secret that was replaced signs beside the new one.
const RotateLife = 24 * time.Hour

func freshSecret() Secret {
	var key [32]byte
	rand.Read(key[:])
	return Secret{Key: "whsec_" + base64.StdEncoding.EncodeToString(key[:])}
}

// tells reports whether a hook wants to be told of a type.
func (h *Hook) tells(what string) bool {
	return len(h.Types) == 0 || slices.ContainsFunc(h.Types, func(t string) bool {
		head, all := strings.CutSuffix(t, "*")
		return t == what || all && strings.HasPrefix(what, head)
	})
}

// number is a change's number, as records and ids have it.
func number(n uint64) string { return strconv.FormatUint(n, 10) }

// List reads all hooks, in the order in which they were made.
func (w *Webhooks) List(ctx context.Context) ([]Hook, error) {
	all, err := w.Hooks.List(ctx, "", MaxHooks+1)
	if err != nil {
		return nil, err
	}
	var hooks []Hook
	for _, r := range all {
		var h Hook
		if err := json.Unmarshal(r.Data, &h); err != nil {
			return nil, err
		}
		hooks = append(hooks, h)
	}
	slices.SortStableFunc(hooks, func(a, b Hook) int { return a.Created.Compare(b.Created) })
	return hooks, nil
}

// Get reads a hook.
func (w *Webhooks) Get(ctx context.Context, id string) (Hook, error) {
	raw, err := w.Hooks.Get(ctx, id)
	if err != nil || raw == nil {
		return Hook{}, orUnknown(err)
	}
	var h Hook
	return h, json.Unmarshal(raw, &h)
}

func orUnknown(err error) error {
	if err != nil {
		return err
	}
	return ErrUnknown
}

// Make makes a hook, which is told what happens from now on.
func (w *Webhooks) Make(ctx context.Context, h Hook) (Hook, error) {
	all, err := w.List(ctx)
	if err != nil {
		return Hook{}, err
	}
	if len(all) >= MaxHooks {
		return Hook{}, ErrTooMany
	}
	h.ID, h.Secrets, h.Created, h.From = "wh_"+strings.ToLower(rand.Text()[:16]), []Secret{freshSecret()}, time.Now().UTC().Truncate(time.Second), w.Feed.LastChange()
	raw, err := json.Marshal(h)
	if err != nil {
		return Hook{}, err
	}
	if err := w.Hooks.Put(ctx, h.ID, raw); err != nil {
		return Hook{}, err
	}
	w.refresh()
	return h, nil
}

// Change changes a hook. One that is on again goes on where it was, as far as the changes are kept.
func (w *Webhooks) Change(ctx context.Context, id string, change func(*Hook)) (h Hook, err error) {
	err = w.Hooks.Update(ctx, id, func(old []byte) ([]byte, error) {
		if old == nil {
			return nil, ErrUnknown
		}
		h = Hook{}
		if err := json.Unmarshal(old, &h); err != nil {
			return nil, err
		}
		change(&h)
		return json.Marshal(h)
	})
	if err == nil { // at once: the next call has the new secret
		w.mu.Lock()
		if r := w.run[id]; r != nil && h.Off.IsZero() {
			r.change(h)
		}
		w.mu.Unlock()
	}
	w.refresh()
	return h, err
}

// Rotate gives a hook a new secret; the one before signs beside it for a day.
func (w *Webhooks) Rotate(ctx context.Context, id string) (Hook, error) {
	fresh, now := freshSecret(), time.Now()
	return w.Change(ctx, id, func(h *Hook) {
		h.Secrets = slices.DeleteFunc(slices.Clone(h.Secrets), func(s Secret) bool { return !s.Until.IsZero() })
		for i := range h.Secrets {
			h.Secrets[i].Until = now.Add(RotateLife).UTC().Truncate(time.Second)
		}
		h.Secrets = append([]Secret{fresh}, h.Secrets...)
	})
}

// Drop takes a hook away, with its dead letters.
func (w *Webhooks) Drop(ctx context.Context, id string) error {
	if _, err := w.Get(ctx, id); err != nil {
		return err
	}
	if err := w.Hooks.Delete(ctx, id); err != nil {
		return err
	}
	w.refresh()
	if err := w.Places.Delete(ctx, id); err != nil {
		return err
	}
	for {
		dead, err := w.DeadOf(ctx, id, 0, deadPage)
		if err != nil || len(dead) == 0 {
			return err
		}
		for _, d := range dead {
			if err := w.Dead.Delete(ctx, deadKey(id, d.Change)); err != nil {
				return err
			}
		}
	}
}

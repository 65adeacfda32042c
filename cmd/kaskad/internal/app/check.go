package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// CheckOptions are the flags of `kaskad check`.
type CheckOptions struct{ Live, Store bool }

// Findings is what a check found.
type Findings struct {
	Faults Faults   `json:"faults"`
	Lines  []string `json:"findings"` // what it learnt, for people
	failed bool
}

// Status is the error to leave with: the faults when they have not been printed yet.
func (f *Findings) Status(printed bool) error {
	if f.Faults.Errors() {
		if printed {
			return onlyErrors(f.Faults)
		}
		return fmt.Errorf("%w: the configuration has faults", ErrUsage)
	}
	if f.failed {
		return errors.New("the check found faults")
	}
	return nil
}

func onlyErrors(all Faults) Faults {
	var errs Faults
	for _, f := range all {
		if !f.Warning {
			errs = append(errs, f)
		}
	}
	return errs
}

// Check looks for everything that is wrong: with the configuration always, with channels and store when asked.
func Check(ctx context.Context, at Place, o CheckOptions) (*Findings, error) {
	cfg, faults := Load(string(at))
	found := &Findings{Faults: faults}
	if cfg == nil || faults.Errors() {
		return found, nil
	}
	found.statuses(cfg)
	if o.Live {
		found.live(ctx, at, cfg)
	}
	if o.Store {
		if err := found.store(ctx, at, cfg); err != nil {
			return nil, err
		}
	}
	return found, found.doors(ctx, at, cfg)
}

func (f *Findings) say(format string, args ...any) {
	f.Lines = append(f.Lines, fmt.Sprintf(format, args...))
}

// live asks every channel who we are.
func (f *Findings) live(ctx context.Context, at Place, cfg *Config) {
	channels, err := openChannels(cfg, deps{log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.failed = true
		f.say("channels: %v", err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(channels)) {
		if name == bots.WhatsApp {
			f.phone(ctx, at, cfg)
			continue
		}
		for _, sender := range channels[name].traits.Senders {
			ask, cancel := context.WithTimeout(ctx, 20*time.Second)
			who, err := channels[name].senders[sender].Check(ask)
			cancel()
			if err != nil {
				f.failed = true
				f.say("%s: %v", sender, err)
				continue
			}
			f.say("%s: we are %s", sender, who.Name)
			for _, w := range who.Warnings {
				f.say("%s: warning: %s", sender, w)
			}
		}
		if bot := channels[name].staff; bot != nil {
			f.room(ctx, at, cfg, bot)
		}
	}
	f.woken(ctx, cfg, channels)
}

// store compares records with indexes, through the running gateway or, when none runs, in the file itself.
func (f *Findings) store(ctx context.Context, at Place, cfg *Config) error {
	if missing := noStore(cfg, at); missing != nil {
		f.failed = true
		f.say("%v", missing)
		return nil
	}
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	var found struct{ Problems []string }
	if err := gate.Call(ctx, "POST", "/v1/store/check", nil, &found); err != nil {
		return err
	}
	for _, p := range found.Problems {
		f.failed = true
		f.say("store: %s", p)
	}
	if len(found.Problems) == 0 {
		f.say("store: records and indexes agree")
	}
	return f.quarantine(ctx, gate)
}

// quarantine says how much could not be taken: somebody should look at it.
func (f *Findings) quarantine(ctx context.Context, gate *Gate) error {
	var kept struct{ Items []struct{} }
	if err := gate.Call(ctx, "GET", "/v1/quarantine", nil, &kept); err != nil {
		return err
	}
	if n := len(kept.Items); n > 0 {
		f.say("quarantine: %d calls or events could not be taken and are kept; see: kaskad quarantine list", n)
	}
	return nil
}

// doors shows where providers reach us: their secrets are made by the program and kept in the store.
func (f *Findings) doors(ctx context.Context, at Place, cfg *Config) error {
	calls := func(p *sms.Provider) bool { return p != nil && p.Hears() }
	reports := slices.ContainsFunc(slices.Collect(maps.Values(providersOf(cfg))), calls)
	if cfg.Server.PublicURL == "" || !reports && !cfg.WhatsAppCloud.On() {
		return nil
	}
	if noStore(cfg, at) != nil {
		if cfg.WhatsAppCloud.On() {
			f.cloudDoor(cfg.Server.calledAt() + "/in/" + bots.WhatsAppCloud)
		}
		if reports {
			f.say("the addresses for reports are made at the first start; check shows them then")
		}
		return nil
	}
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	var list struct {
		Items []struct{ Name, URL string }
	}
	if err := gate.Call(ctx, "GET", "/v1/doors", nil, &list); err != nil {
		return err
	}
	where := entered(cfg)
	for _, door := range list.Items {
		if door.Name == bots.WhatsAppCloud {
			f.cloudDoor(door.URL)
			continue
		}
		f.say("%s: reports and replies come to %s", door.Name, door.URL)
		if at := where[door.Name]; at != "" {
			f.say("%s: where that address is entered: %s", door.Name, at)
		}
	}
	return nil
}

func final(state string) bool {
	s, ok := fallback.ParseState(state)
	return ok && s.Final()
}

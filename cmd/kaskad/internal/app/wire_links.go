package app

import (
	"context"
	"fmt"
	"strings"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/fallback"
	"kaskad/templates"
)

// openRedirect makes the tracked links. They have a secret of their own: who learns one kind of code can make none of the other.
func (a *App) openRedirect(ctx context.Context, s *secrets, pages *links.Links) error {
	secret, err := s.get(ctx, "links")
	if err != nil {
		return err
	}
	a.redirect, err = links.NewRedirect(links.RedirectOptions{
		PublicURL: a.cfg.Server.PublicURL, Secret: secret, Books: a.db, Wrong: pages.NoLink, Log: a.log,
		Receive: func(ctx context.Context, e bots.Event) error {
			return a.engine.Receive(ctx, bots.Batch{Events: []bots.Event{e}})
		},
	})
	return err
}

// mintLink is the engine's way to a tracked link; nil: links are sent as they are written.
func (a *App) mintLink() func(*fallback.Delivery, int) string {
	if a.cfg.Server.PublicURL == "" {
		return nil
	}
	return a.redirect.Mint
}

// sampleLink is a tracked link as long as real ones, which leads nowhere; empty without a public address.
func sampleLink(cfg *Config, n int) string {
	if cfg.Server.PublicURL == "" {
		return ""
	}
	return strings.TrimRight(cfg.Server.PublicURL, "/") + links.LinkPrefix + links.SampleCode(n)
}

// tracked warns of links that are sent as they are written, and refuses steps that wait for clicks which no template can bring.
func (l *loader) tracked(cfg *Config, words *templates.Set, channels map[string]fallback.Channel) {
	if cfg.Server.PublicURL == "" {
		for _, f := range words.Untracked() {
			l.faults = append(l.faults, Fault{File: f.File, Line: f.Line, Problem: f.Problem + ": " + f.Fix, Warning: true})
		}
		return
	}
	cascades, _ := cfg.Cascading().Cascade(channels)
	for name := range cfg.Cascading().Cascades {
		c := cascades[name]
		for _, s := range c.ByClick(channels) {
			if !words.CanTrack(s.Channel) {
				l.add(fmt.Sprintf("cascades.%s.steps[%d].until", name, s.Step), "only a click on a tracked link gives it on %s, and no template has one there: write [links] track = true into the front matter of the template that is sent so", s.Channel)
			}
		}
	}
}

package app

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/links"
	"kaskad/fallback"
	"kaskad/templates"
)

// openWays makes the ways in: links that are used again and again, one-time ones, and the page that offers the bots of either.
func (a *App) openWays(pages *links.Links) (err error) {
	a.wayIns, err = links.NewWays(links.WaysOptions{
		PublicURL: a.cfg.Server.PublicURL, Company: func() templates.Company { return company(a.cfg) }, Locale: a.cfg.Company.Locale,
		Open: a.openers(), Books: a.db, Wrong: pages.NoLink, Test: a.world != nil, Log: a.log,
		Words: func(locale string, p templates.Phrase) string { return a.words.Load().Phrase(locale, p) },
		Shown: func(ctx context.Context, pages map[fallback.FunnelKey]uint64) error {
			keys := slices.SortedFunc(maps.Keys(pages), byFunnelKey) // a transaction does the same each time it runs
			return a.db.Update(ctx, func(tx fallback.Tx) error {
				for _, k := range keys {
					tx.AddFunnel(k, fallback.Funnel{Shown: pages[k]})
				}
				return nil
			})
		},
	})
	return err
}

func byFunnelKey(a, b fallback.FunnelKey) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Day, b.Day))
}

// openers are the channels whose bots can be opened by a link.
func (a *App) openers() map[string]func(string) (string, error) {
	all := map[string]func(string) (string, error){}
	for name, c := range a.channels {
		if c.link != nil {
			all[name] = patient(c.startLink)
		}
	}
	return all
}

// askBotAgain is how long a channel that has not said who we are is left alone: whoever opens a page waits for it.
const askBotAgain = 15 * time.Second

// patient does not ask again at once what just failed.
func patient(ask func(string) (string, error)) func(string) (string, error) {
	var mu sync.Mutex
	var failed error
	var at time.Time
	return func(token string) (string, error) {
		mu.Lock()
		err, since := failed, time.Since(at)
		mu.Unlock()
		if err != nil && since < askBotAgain {
			return "", err
		}
		link, err := ask(token)
		mu.Lock()
		defer mu.Unlock()
		failed, at = err, time.Now()
		return link, err
	}
}

// inviteLink is the engine's way to the page behind a link in a text; nil: texts invite nobody.
func (a *App) inviteLink() func(string) string {
	if !a.cfg.Links.Recruit || a.cfg.Server.PublicURL == "" || len(a.wayIns.Open) == 0 {
		return nil
	}
	return func(token string) string { return a.wayIns.Page(token, "") }
}

// recruiting refuses texts that are to invite people where there is nothing to invite them to.
func (l *loader) recruiting(cfg *Config, channels map[string]fallback.Channel) {
	if !cfg.Links.Recruit {
		return
	}
	if cfg.Server.PublicURL == "" {
		l.add("links.recruit", "needs [server] public_url: the link in a text opens a page of ours")
	}
	if _, on := channels[bots.SMS]; !on {
		l.warn("links.recruit", "does nothing without [[sms]]: it is about texts")
	}
	for name := range channels {
		if bots.Messenger(name) {
			return
		}
	}
	l.warn("links.recruit", "does nothing: no messenger is on that people could be invited to")
}

// apiWays are the ways in as the API wants them.
func (a *App) apiWays() *api.Ways {
	return &api.Ways{Books: a.db, Page: a.wayIns.Page, Sheet: func(s api.Sheet) ([]byte, error) {
		sheet := links.Sheet{Name: s.Source.Name, Paper: s.Paper, Locale: s.Locale}
		for _, l := range s.Links {
			sheet.Links = append(sheet.Links, links.SheetLink(l))
		}
		return a.wayIns.Print(sheet)
	}, Speaks: func(locale string) (bool, []string) { return a.words.Load().Speaks(locale, templates.ScanTitle) }}
}

// greets reports whether a text is what our links write for people, in any language.
func (a *App) greets(text string) bool {
	return slices.ContainsFunc(a.words.Load().Phrases(templates.Hello), func(hello string) bool {
		return strings.EqualFold(strings.Join(strings.Fields(hello), " "), strings.Join(strings.Fields(text), " "))
	})
}

// numbered is a bot that people write to by its number.
type numbered interface {
	Number(ctx context.Context) (string, error)
}

// wayTo makes links to a WhatsApp number. They carry nothing but a text that the person sends: https://faq.whatsapp.com/5913398998672934
func wayTo(bot numbered, hello func() string) func(context.Context, string) (string, error) {
	if hello == nil {
		return nil
	}
	return func(ctx context.Context, token string) (string, error) {
		number, err := bot.Number(ctx)
		if err != nil {
			return "", err
		}
		text := strings.ReplaceAll(url.QueryEscape(bots.WayText(hello(), token)), "+", "%20")
		return "https://wa.me/" + number + "?text=" + text, nil
	}
}

package api

import (
	"context"
	"maps"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// Days are a stretch of time, as counts are kept: whole days, UTC.
type Days struct {
	Since time.Time `query:"since" doc:"From the day (UTC) of this time on; 30 days ago unless written"`
	Until time.Time `query:"until" doc:"To the end of the day (UTC) of this time; today unless written"`
}

// maxDays is how long a stretch may be.
const maxDays = 366

// read checks it.
func (d *Days) read(now time.Time) (since, until time.Time, err error) {
	if until = d.Until; until.IsZero() {
		until = now
	}
	if since = d.Since; since.IsZero() {
		since = until.AddDate(0, 0, -30)
	}
	since, until = since.UTC().Truncate(24*time.Hour), until.UTC().Truncate(24*time.Hour)
	if days := int(until.Sub(since)/(24*time.Hour)) + 1; days < 1 || days > maxDays {
		return since, until, unfit("invalid_field", "since", "From %s to %s is no stretch of 1 to %d days: since stands before until.", since.Format(time.DateOnly), until.Format(time.DateOnly), maxDays)
	}
	return since, until, nil
}

// FunnelCount is how far people came.
type FunnelCount struct {
	Shown     uint64 `json:"shown" doc:"Pages opened, as far as can be told: not by previews, once a minute for each caller"`
	Started   uint64 `json:"started" doc:"People who opened the bot"`
	Shared    uint64 `json:"shared" doc:"Of them, those whose phone came after that"`
	Consented uint64 `json:"consented" doc:"Of them, those who allowed marketing after that"`
}

// SourceFunnel is that of one source.
type SourceFunnel struct {
	Code string `json:"code" doc:"sms: the links in texts"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	FunnelCount
	Channels []ChannelFunnel `json:"channels" nullable:"false" doc:"The page that offers several channels is of none: what it was shown counts above alone"`
}

// ChannelFunnel is that of one channel of a source.
type ChannelFunnel struct {
	Channel string `json:"channel"`
	FunnelCount
}

type funnelIn struct {
	Page
	Days
	Source string `query:"source" maxLength:"64" doc:"This one alone"`
	Kind   string `query:"kind" maxLength:"32" doc:"Those of this kind alone"`
}

type funnelOut struct {
	Body struct {
		List[SourceFunnel]
		Since string `json:"since" format:"date"`
		Until string `json:"until" format:"date"`
	}
}

func (a *API) funnel(ctx context.Context, in *funnelIn) (*funnelOut, error) {
	since, until, err := in.read(time.Now())
	if err != nil {
		return nil, err
	}
	list, next, err := a.funnelSources(ctx, in)
	if err != nil {
		return nil, err
	}
	out := &funnelOut{}
	out.Body.Since, out.Body.Until = since.Format(time.DateOnly), until.Format(time.DateOnly)
	out.Body.Items, out.Body.Next = []SourceFunnel{}, next
	for i := range list {
		one, err := a.countSource(ctx, &list[i], out.Body.Since, out.Body.Until)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

// inTexts is the source of the links in texts, which nobody made.
func inTexts() bots.Source { return bots.Source{Code: bots.SourceSMS, Name: "SMS", Kind: bots.SMS} }

// funnelSources are those that are asked for, the links in texts first.
func (a *API) funnelSources(ctx context.Context, in *funnelIn) (list []bots.Source, next string, err error) {
	switch in.Source {
	case "":
		list, next, err = a.pageOfSources(ctx, in.Page, func(s *bots.Source) bool { return in.Kind == "" || s.Kind == in.Kind })
		if texts := inTexts(); err == nil && in.Cursor == "" && (in.Kind == "" || in.Kind == texts.Kind) {
			list = append([]bots.Source{texts}, list...)
		}
	case bots.SourceSMS:
		list = []bots.Source{inTexts()}
	default:
		var s bots.Source
		s, err = a.oneSource(ctx, in.Source)
		list = []bots.Source{s}
	}
	return list, next, err
}

// countSource reads the counts of one source. It is a view of its own: many sources must not hold one for long.
func (a *API) countSource(ctx context.Context, s *bots.Source, since, until string) (SourceFunnel, error) {
	out := SourceFunnel{Code: s.Code, Name: s.Name, Kind: s.Kind, Channels: []ChannelFunnel{}}
	byChannel, sum := map[string]fallback.Funnel{}, fallback.Funnel{}
	err := a.Ways.Books.Read(ctx, func(v fallback.View) error {
		v.Funnel(s.Code, since, until, func(k fallback.FunnelKey, n fallback.Funnel) {
			byChannel[k.Channel], sum = byChannel[k.Channel].Plus(n), sum.Plus(n)
		})
		return nil
	})
	out.FunnelCount = FunnelCount(sum)
	delete(byChannel, "")
	for _, channel := range slices.Sorted(maps.Keys(byChannel)) {
		out.Channels = append(out.Channels, ChannelFunnel{channel, FunnelCount(byChannel[channel])})
	}
	return out, err
}

type recruitsIn struct{ Days }

// Recruits are what the links in texts did.
type Recruits struct {
	Since   string `json:"since" format:"date"`
	Until   string `json:"until" format:"date"`
	Invited uint64 `json:"invited" doc:"Texts that carried a link to the bots"`
	Moved   uint64 `json:"moved" doc:"People who came by one, each counted once for ever"`
	Reached uint64 `json:"reached" doc:"Deliveries to those people, asked for after they came, that a free channel got through at no cost"`
	Saved   Money  `json:"saved" doc:"What those deliveries would have cost as nothing but an SMS, at the prices of the day they were asked for"`
}

type recruitsOut struct{ Body Recruits }

func (a *API) recruits(ctx context.Context, in *recruitsIn) (*recruitsOut, error) {
	since, until, err := in.read(time.Now())
	if err != nil {
		return nil, err
	}
	out := &recruitsOut{Recruits{Since: since.Format(time.DateOnly), Until: until.Format(time.DateOnly)}}
	b := &out.Body
	err = a.Ways.Books.Read(ctx, func(v fallback.View) error {
		n := v.Recruits(b.Since, b.Until)
		b.Invited, b.Moved, b.Reached, b.Saved = n.Invited, n.Moved, n.Reached, a.money(n.Saved)
		return nil
	})
	return out, err
}

package sms

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"kaskad/bots"
)

// poll is the compiled [sms.poll].
type poll struct {
	reports
	request     *request
	format      string
	batch       int
	fresh       bool // it tells what is new
	every       time.Duration
	words, code *query
}

func compilePoll(c Config, f *faults) *poll {
	d := c.Poll
	if !d.described() {
		return nil
	}
	if len(d.States) == 0 {
		d.States = c.Report.States
	}
	f.format("poll.format", d.Format)
	every, err := time.ParseDuration(d.Every)
	if err != nil || every < time.Second || every > time.Hour {
		f.add("poll.every", "%q: write how often, from \"1s\" to \"1h\"", d.Every)
	}
	p := &poll{
		reports: compileReports("poll", Report{Each: d.Each, ID: d.ID, Ref: d.Ref, To: d.To, Status: d.Status, States: d.States, At: d.At}, f),
		request: compileRequest("poll", c, d.Request, pollPlaceholders, f), format: d.Format, batch: d.Batch, fresh: d.New, every: every,
		words: f.query("poll.error", c.Accept.Error), code: f.query("poll.code", c.Accept.Code),
	}
	switch {
	case d.Status == "":
		f.add("poll.status", "an answer needs one; write where its word is")
	case !d.New && !p.request.uses["ids"]:
		f.add("poll", "{{.ids}} is nowhere; the provider must be told what is asked about, or write new = true")
	case !d.New && c.Accept.ID == "":
		f.add("poll", "answers have no accept.id that could be asked about")
	case d.New && d.ID == "" && d.Ref == "":
		f.add("poll.id", "nothing names the message; write where the answer has its id")
	case d.Batch > 1 && d.ID == "":
		f.add("poll.id", "with a batch of several, each answer must name its message")
	case d.Batch > maxPollBatch:
		f.add("poll.batch", "at most %d", maxPollBatch)
	}
	return p
}

// Awaited is a message whose fate its provider has not told yet.
type Awaited struct {
	ID     string  // the provider's, as its receipt had it
	Step   bots.ID // ours
	Phone  string  // E.164
	SentAt time.Time
}

// Polls reports whether statuses should be asked for: the description says how, and no reports come, or nobody has seen them
// come yet.
func (p *Provider) Polls() bool {
	return p.poll != nil && (p.cfg.Deaf || p.calls.status == nil || p.isUnverified("report"))
}

// PollsNew reports whether the provider tells what is new and needs no ids: Ask takes none then.
func (p *Provider) PollsNew() bool { return p.poll != nil && p.poll.fresh }

// PollBatch is how many messages one Ask takes.
func (p *Provider) PollBatch() int {
	if p.poll == nil {
		return 0
	}
	return p.poll.batch
}

// Ask asks the provider what became of some of its messages, at most PollBatch, in one request. What it does not know or has
// not decided gives no event.
func (p *Provider) Ask(ctx context.Context, about []Awaited) (bots.Batch, error) {
	k := p.poll
	switch {
	case k == nil:
		return bots.Batch{}, fmt.Errorf("%s: it cannot be asked for statuses", p.Name())
	case len(about) > k.batch, len(about) == 0 && !k.fresh:
		return bots.Batch{}, fmt.Errorf("%s: asked about %d messages; from 1 to %d can be asked about", p.Name(), len(about), k.batch)
	}
	asks := make(map[string]Awaited, len(about))
	ids, phones := make([]string, len(about)), make([]string, len(about))
	for i, m := range about {
		asks[m.ID], ids[i], phones[i] = m, m.ID, strings.TrimPrefix(m.Phone, "+")
	}
	a, err := p.ask(ctx, k.request, k.format, values{"ids": strings.Join(ids, ","), "phones": strings.Join(phones, ",")})
	if err != nil {
		return bots.Batch{}, err
	}
	read, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	return p.statuses(read, a, asks)
}

// statuses makes events of an answer. About messages that were not asked about it says nothing.
func (p *Provider) statuses(ctx context.Context, a asked, asks map[string]Awaited) (bots.Batch, error) {
	k, now := p.poll, time.Now()
	var items []any
	var err error
	if a.ok() {
		items, err = k.items(ctx, a.input)
	}
	if !a.ok() || err != nil {
		return bots.Batch{}, p.refusal(ctx, a, "the statuses", k.words, k.code)
	}
	var batch bots.Batch
	understood := len(items) == 0
	for _, item := range items {
		of := named{k.id.text(ctx, item), k.ref.text(ctx, item), k.status.text(ctx, item)}
		understood = understood || of.status != "" || k.says(ctx, item)
		m, ok := asks[of.id]
		if k.id == nil && len(asks) == 1 {
			for _, m = range asks {
				of.id, ok = m.ID, true
			}
		}
		switch {
		case ok:
			of.ref = cmp.Or(m.Step.String(), of.ref)
		case !k.fresh:
			continue
		}
		if e, ok := p.reported(ctx, &k.reports, item, now, of); ok {
			batch.Events = append(batch.Events, e)
		}
	}
	if !understood {
		return bots.Batch{}, p.refusal(ctx, a, "the statuses", k.words, k.code)
	}
	return batch, nil
}

// says reports whether an element has a status at all, if only an empty one.
func (k *reports) says(ctx context.Context, item any) bool {
	v, err := k.status.first(ctx, item)
	return err == nil && v != nil
}

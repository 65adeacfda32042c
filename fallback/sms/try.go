package sms

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// Tried is one attempt, with what people need to see when they try a description out.
type Tried struct {
	Asked   string // "POST /message/send.json"; empty when nothing was asked
	Status  int    // of HTTP; 0: no answer
	Answer  string // its beginning, without secrets; it may quote the message and the phone
	Code    string // the provider's own, as accept.code found it
	Receipt bots.Receipt
	Err     error // nil: accepted
}

// Try makes one attempt, exactly as Send does, and tells more about it: for `kaskad sms test`. Give the message a Step, so that
// its reports can be told from others; show Asked, Status, Answer and either Receipt or Err.
func (p *Provider) Try(ctx context.Context, out bots.Outgoing) (t Tried) {
	text := clean(out.Text)
	_, parts := Parts(text)
	if e := p.unsendable(out.To, text, parts); e != nil {
		t.Err = p.failed(e, text)
		return t
	}
	req, err := p.request.build(ctx, p.values(out, text))
	if err != nil {
		t.Err = p.failed(&bots.SendError{Fault: bots.Rejected, Err: err}, text)
		return t
	}
	t.Asked = req.Method + " " + req.URL.Path
	res, err := p.client.Call(req)
	if err != nil {
		t.Err = p.failed(bots.FaultOf(err), text)
		return t
	}
	now := time.Now()
	t.Status, t.Answer = res.Status, p.masked(string(res.Body))
	read, e := p.answers.judge(res, now)
	t.Code = read.code
	if e != nil {
		t.Err = p.failed(e, text)
		return t
	}
	if read.parts > 0 { // what it counts is what it bills
		parts = read.parts
	}
	t.Receipt = bots.Receipt{Sender: p.Name(), ID: read.id, Step: out.Step, Level: bots.Accepted, At: now, Parts: parts}
	return t
}

const maxShown = 2000 // bytes of an answer

// masked is an answer fit for the eyes of the operator whose account it is.
func (p *Provider) masked(answer string) string {
	for _, s := range p.secrets() {
		if s != "" {
			answer = strings.ReplaceAll(answer, s, "***")
		}
	}
	if len(answer) > maxShown {
		answer = strings.ToValidUTF8(answer[:maxShown], "") + "…"
	}
	return answer
}

// WaitStatus asks every so often what became of one message, until it is known or ctx ends: for `kaskad sms test`, where no
// gateway is running or nobody can call it. Where PollsNew it does not ask: it would take what others wait for.
func (p *Provider) WaitStatus(ctx context.Context, m Awaited, every time.Duration) (bots.Receipt, error) {
	if p.poll == nil || p.poll.fresh {
		return bots.Receipt{}, fmt.Errorf("%s: it cannot be asked about one message", p.Name())
	}
	for {
		batch, err := p.Ask(ctx, []Awaited{m})
		switch {
		case ctx.Err() != nil:
			return bots.Receipt{}, fmt.Errorf("%s: nothing final until now", p.Name())
		case err != nil:
			return bots.Receipt{}, err
		case len(batch.Events) > 0:
			return *batch.Events[0].Receipt, nil
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
		}
	}
}

// Understood is what one element of a provider's call was taken for.
type Understood struct {
	Word  string      // the status as the provider says it; empty: it has none
	Event *bots.Event // nil: it says nothing final, and nothing changes
	Text  string      // one line for people, without phone and text
}

// Understand tells what a call of the provider was taken for, element by element, and changes nothing: for `kaskad sms test`,
// which shows each Text. An error is what Parse says: forged, or not to be read.
func (p *Provider) Understand(call bots.Call) ([]Understood, error) {
	if _, err := p.Parse(call); err != nil {
		return nil, err
	}
	input, err := inputOf(call)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	items, err := p.calls.items(ctx, input)
	if err != nil {
		return nil, err
	}
	var all []Understood
	for _, item := range items {
		u := Understood{Word: p.calls.status.text(ctx, item)}
		if e, ok := p.event(ctx, item, call, len(items) == 1); ok {
			u.Event = &e
		}
		u.Text = u.sentence()
		all = append(all, u)
	}
	return all, nil
}

func (u Understood) sentence() string {
	word := discreet(u.Word, "")
	switch {
	case u.Event == nil && word == "":
		return "neither a report nor a message: nothing changes"
	case u.Event == nil:
		return "the status " + quoted(word) + " says nothing final, or names no message: nothing changes"
	case u.Event.Kind == bots.Wrote:
		return "a person wrote"
	case u.Event.Receipt.Failed:
		return "the status " + quoted(word) + " is taken as " + u.Event.Receipt.Fault.String()
	}
	return "the status " + quoted(word) + " is taken as " + u.Event.Receipt.Level.String()
}

func quoted(word string) string { return `"` + word + `"` }

// Question is something that nobody has seen work yet, and that only the operator can find out.
type Question struct {
	Part string // "report": the section of the description
	Text string
}

// questions are asked in this order: the way of a message.
var questions = []Question{
	{"request", "Did the phone get the message, from the right sender and with the right text?"},
	{"accept", "Is the id that was understood the one that the provider's pages show?"},
	{"faults", "Does a message to a wrong number come back with the fault that the description names?"},
	{"report", "Did a report come, and was its status understood? Compare its fields with [sms.report]."},
	{"inbound", "Answer the message from the phone: does what you wrote come, with number and text?"},
	{"poll", "Was the provider asked for the status, and was its word understood? Compare it with [sms.poll]."},
	{"balance", "Is the balance the one that the provider's pages show?"},
}

// Questions are what `kaskad sms test` asks after its message, for everything in the description that is marked unverified.
// When all is well, the operator writes unverified = [] into his [[sms]].
func (p *Provider) Questions() []Question {
	return slices.DeleteFunc(slices.Clone(questions), func(q Question) bool { return !slices.Contains(p.cfg.Unverified, q.Part) })
}

// secrets are what no error and no page may show.
func (p *Provider) secrets() []string {
	return []string{p.cfg.Token.Reveal(), p.cfg.Password.Reveal(), p.cfg.ReportURL.Reveal(), p.cfg.ReportSecret.Reveal()}
}

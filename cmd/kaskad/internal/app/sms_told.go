package app

import (
	"bytes"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback/sms"
)

// overheard is a provider's way in. What is told of a test message is noted and goes no further: no delivery of ours is meant,
// and a message to the same phone whose end is not known must not be taken for it.
type overheard struct {
	*sms.Provider
	tests *smsTests
}

// Parse reads a call as the provider does.
func (o overheard) Parse(call bots.Call) (bots.Batch, error) {
	batch, err := o.Provider.Parse(call)
	if !o.tests.awaited(o.Provider) {
		return batch, err
	}
	if err != nil {
		o.tests.refused(o.Provider, err)
		return batch, err
	}
	elements, err := o.Provider.Understand(call)
	if err != nil {
		return batch, nil // it was read a moment ago; what the engine does with it does not depend on tests
	}
	for _, u := range elements {
		o.tests.called(o.Provider, call, u, len(elements) == 1)
	}
	return o.tests.without(o.Provider, batch), nil
}

// early is what was told while the provider's id of a test was not known.
type early struct {
	text    string
	receipt *bots.Receipt
	raw     []byte
}

// awaited reports whether anything that a provider tells may be of a test.
func (s *smsTests) awaited(p *sms.Provider) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.of(p)) > 0
}

// of are the tests of a provider that are not forgotten; the caller holds mu.
func (s *smsTests) of(p *sms.Provider) []*smsTest {
	var all []*smsTest
	for _, t := range s.list {
		if t.provider == p && time.Since(t.shown.SentAt) < testLife {
			all = append(all, t)
		}
	}
	return all
}

// refused notes a call that could not be read, or was forged: a wrong secret looks like that.
func (s *smsTests) refused(p *sms.Provider, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.of(p) {
		t.tell("call", "a call was refused: "+err.Error())
	}
}

// called notes one element of a call with the tests that it is about.
func (s *smsTests) called(p *sms.Provider, call bots.Call, u sms.Understood, alone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.of(p) {
		switch {
		case u.Event != nil && u.Event.Kind == bots.Wrote:
			if u.Event.Chat.ID == t.about.Phone {
				t.tell("call", u.Text+" from the phone of the test: replies arrive")
			}
		case u.Event != nil:
			t.take(early{text: u.Text, receipt: u.Event.Receipt})
		case alone && call.Query.Get("ref") == t.about.Step.String():
			t.tell("call", u.Text)
		case alone:
			t.take(early{text: u.Text, raw: slices.Concat(call.Body, []byte(" "+call.Query.Encode()))})
		}
	}
}

const mostEarly = 32

// take notes what was told if it names the test, and keeps it while that cannot be said; the caller holds mu.
func (t *smsTest) take(e early) {
	if t.sending && len(t.early) < mostEarly && (e.receipt == nil || e.receipt.Step == 0) {
		t.early = append(t.early, e)
		return
	}
	t.hear(e)
}

func (t *smsTest) hear(e early) {
	switch {
	case e.receipt != nil && t.named(e.receipt):
		t.tell("call", e.text)
		t.end(e.receipt)
		t.shown.Called = true
	case e.receipt == nil && t.about.ID != "" && bytes.Contains(e.raw, []byte(t.about.ID)):
		t.tell("call", e.text)
	}
}

// named reports whether a receipt is about the test's message.
func (t *smsTest) named(r *bots.Receipt) bool {
	return r.Step == t.about.Step || r.ID != "" && r.ID == t.about.ID
}

// answered notes what the provider said when it was asked.
func (t *smsTest) answered(r *bots.Receipt) {
	if !t.named(r) || t.shown.End != "" {
		return
	}
	t.end(r)
	t.tell("answer", "asked for the status, it says what is taken as "+t.shown.End)
}

func (t *smsTest) end(r *bots.Receipt) {
	t.shown.End = r.Level.String()
	if r.Failed {
		t.shown.End = r.Fault.String()
	}
}

// tell adds a line, unless it says what the last one said.
func (t *smsTest) tell(how, text string) {
	if n := len(t.shown.Told); n == mostTold || n > 0 && t.shown.Told[n-1].Text == text {
		return
	}
	t.shown.Told = append(t.shown.Told, api.SMSTold{At: time.Now().UTC(), How: how, Text: text})
}

// polled takes what is about tests out of what a provider said when the gateway asked it.
func (s *smsTests) polled(p *sms.Provider, b bots.Batch) bots.Batch {
	s.mu.Lock()
	for _, t := range s.of(p) {
		for i := range b.Events {
			if r := b.Events[i].Receipt; r != nil {
				t.answered(r)
			}
		}
	}
	s.mu.Unlock()
	return s.without(p, b)
}

// without is a batch without the receipts of tests.
func (s *smsTests) without(p *sms.Provider, b bots.Batch) bots.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	tests := s.of(p)
	b.Events = slices.DeleteFunc(b.Events, func(e bots.Event) bool {
		return e.Receipt != nil && slices.ContainsFunc(tests, func(t *smsTest) bool { return t.named(e.Receipt) })
	})
	return b
}

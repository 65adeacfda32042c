package fallback_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const invited = "phone:+380501112299"

// inviting is an engine whose texts may carry links, and cost by the part.
func inviting(o *fallback.Options) {
	o.Rules.Codes.Key = "a key"
	o.Invite = func(token string) string { return "https://b.ua/go/" + token }
	o.Senders["sms/main"] = parts{o.Senders["sms/main"].(*sender)}
}

// lastText is what the last text said, and the token of its link.
func (r *rig) lastText() (text, token string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text = r.sent[len(r.sent)-1].Text
	_, token, _ = strings.Cut(text, "https://b.ua/go/")
	return text, token
}

func (r *rig) recruits() (n fallback.Recruits) {
	r.store.View(func(v fallback.View) { n = v.Recruits("2000-01-01", "9999-12-31") })
	return n
}

func (r *rig) text(to, purpose, text string) {
	r.t.Helper()
	r.ask(fallback.Ask{To: to, Text: text, Purpose: purpose, Admin: true, Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms"}}}})
}

// TestATextInvites is the way from a paid text to a free message.
func TestATextInvites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, inviting)
		defer r.stop()
		r.text(invited, "service", "Your order is ready")
		said, token := r.lastText()
		if !strings.HasPrefix(said, "Your order is ready\n") || len(token) != 13 {
			t.Fatalf("the text says %q", said)
		}
		r.event(bots.Event{Kind: bots.Started, Chat: bots.Address{Channel: "telegram", ID: "7"}, Payload: token, MessageID: "1"})
		r.event(bots.Event{Kind: bots.Started, Chat: bots.Address{Channel: "telegram", ID: "8"}, Payload: token, MessageID: "1"})
		c := r.store.Contact(r.store.Find(bots.Address{Channel: "telegram", ID: "7"}))
		if c == nil || c.Phone != "+380501112299" || c.Recruited.IsZero() || c.First.Source != bots.SourceSMS {
			t.Fatalf("the tap is of %+v", c)
		}
		if other := r.store.Contact(r.store.Find(bots.Address{Channel: "telegram", ID: "8"})); other.Phone != "" || !other.Recruited.IsZero() {
			t.Errorf("the second tap, of another person, is of %+v", other)
		}
		for range 2 {
			r.ask(fallback.Ask{To: invited, Text: "Thank you", Purpose: "service", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "telegram", Until: "accepted"}, {Channel: "sms"}}}})
			r.pass(time.Second)
		}
		r.text(invited, "service", "To the phone all the same") // and nothing is saved by it
		if said, token := r.lastText(); token != "" {
			t.Errorf("somebody whom Telegram reaches is invited: %q", said)
		}
		want := fallback.Recruits{Invited: 1, Moved: 1, Reached: 2, Saved: bots.Money{Amount: 2 * 9200, Currency: "UAH"}}
		if got := r.recruits(); got != want {
			t.Errorf("counted %+v, want %+v", got, want)
		}
	})
}

// TestWhoReadsATextCannotBeItsPerson: the token is on the wire alone, there again after a restart, and opens the link that was made for it.
func TestWhoReadsATextCannotBeItsPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, inviting)
		defer func() { r.stop() }()
		r.with(func() {
			r.sms.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary, RetryAfter: time.Minute}
				}
				return r.sms.ok(n, out), nil
			}
		})
		r.text(invited, "service", "Your order is ready")
		said, token := r.lastText()
		r.stop()
		r.begin(inviting)
		r.pass(2 * time.Minute)
		if again, _ := r.lastText(); len(r.sends()) != 2 || again != said {
			t.Errorf("%d attempts, the last says %q, the first %q", len(r.sends()), again, said)
		}
		r.store.View(func(v fallback.View) {
			kept := v.Message(r.step(1))
			if want := strings.Replace(said, token, "XXXXXXXXXXXXX", 1); len(token) != 13 || kept.Text != want || kept.Text == said {
				t.Errorf("kept is %q, want %q", kept.Text, want)
			}
		})
		r.event(bots.Event{Kind: bots.Started, Chat: bots.Address{Channel: "telegram", ID: "9"}, Payload: "XXXXXXXXXXXXX", MessageID: "1"})
		r.event(bots.Event{Kind: bots.Started, Chat: bots.Address{Channel: "telegram", ID: "7"}, Payload: token, MessageID: "1"})
		for id, want := range map[string]string{"7": "+380501112299", "9": ""} {
			if c := r.store.Contact(r.store.Find(bots.Address{Channel: "telegram", ID: id})); c == nil || c.Phone != want {
				t.Errorf("the tap of %s is of %+v, want the owner of %q", id, c, want)
			}
		}
	})
}

// TestWhoIsNotInvited: a link costs nothing, bothers nobody who said no, and stands in a text once.
func TestWhoIsNotInvited(t *testing.T) {
	stop := func(r *rig) {
		r.event(bots.Event{Kind: bots.Wrote, Chat: bots.Address{Channel: "sms", ID: "+380501112299"}, Text: "STOP"})
	}
	for name, c := range map[string]struct {
		text, purpose string
		before        func(*rig)
		to            func(*rig) string
	}{
		"a text that would take one part more":  {text: strings.Repeat("x", 40)},
		"an urgent one":                         {purpose: "urgent"},
		"one with a link of ours":               {text: "https://B.ua/u/x"},
		"one with a link to a bot":              {text: "t.me/shop_bot"},
		"one to somebody who said no":           {before: stop},
		"one to a number of two people":         {before: func(r *rig) { r.twice("+380501112299") }},
		"one to a number that is only claimed":  {to: func(r *rig) string { return r.claims("+380501112299") }},
		"one to somebody whom Telegram reaches": {before: func(r *rig) { r.reaches("+380501112299") }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, inviting)
				defer r.stop()
				if c.before != nil {
					c.before(r)
				}
				if c.text == "" {
					c.text = "Hi"
				}
				if c.purpose == "" {
					c.purpose = "service"
				}
				to := invited
				if c.to != nil {
					to = c.to(r)
				}
				r.text(to, c.purpose, c.text)
				if said, _ := r.lastText(); said != c.text {
					t.Errorf("the text says %q", said)
				}
				if n := r.recruits(); n.Invited != 0 {
					t.Errorf("counted %+v", n)
				}
			})
		})
	}
}

// has makes somebody who has a phone.
func (r *rig) has(phone string, more func(*bots.Contact)) (id bots.ID) {
	r.t.Helper()
	err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		c := &bots.Contact{ID: tx.NewID(), Created: tx.Now(), Phone: phone}
		c.Set(bots.Address{Channel: bots.SMS, ID: phone}, bots.Unverified, tx.Now())
		if more != nil {
			more(c)
		}
		tx.PutContact(c)
		id = c.ID
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) twice(phone string) {
	r.has(phone, nil)
	r.has(phone, nil)
}

func (r *rig) reaches(phone string) {
	r.has(phone, func(c *bots.Contact) { c.Set(bots.Address{Channel: bots.Telegram, ID: "5"}, bots.Active, time.Now()) })
}

func (r *rig) claims(phone string) string {
	return r.has(phone, func(c *bots.Contact) { c.PhoneClaimed = true }).String()
}

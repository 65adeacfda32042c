package dialogue

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// Whoever answers the bot's own question again and again is heard each time, and answered so often and no more: each answer may cost money.
func TestAFloodIsHeardAndNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		most := DefaultConfig().PerHour
		for name, c := range map[string]struct {
			answers int
			since   time.Duration
			intent  bots.Intent
			want    bool
		}{
			"a few":                  {most + 1, 0, bots.SaysYes, true},
			"as many as are borne":   {3 * most, 0, bots.SaysYes, true},
			"one more":               {3*most + 1, 0, bots.SaysYes, false},
			"one more, of a code":    {3*most + 1, 0, bots.WrongCode, false},
			"one more, an hour ago":  {3*most + 1, time.Hour, bots.SaysYes, true},
			"a yes, and many before": {10 * most, 0, bots.SaysNo, false},
		} {
			w := &world{changed: make(chan struct{})}
			w.talk.Bot.Hour, w.talk.Bot.Answers = time.Now().Add(-c.since), c.answers
			w.happened(bots.Change{Type: "message.received", Reason: bots.Botted + string(c.intent), Contact: 7, Message: 70, Channel: "telegram"})
			if err := w.run(t); err != nil {
				t.Fatal(err)
			}
			if got := len(w.asks) == 1; got != c.want {
				t.Errorf("%s: %d answers, want one: %t", name, len(w.asks), c.want)
			}
		}
	})
}

func TestACodeGoesOutAfterAFlood(t *testing.T) {
	c := &turn{d: New(Options{Config: DefaultConfig()}), tx: fakeTx{w: &world{}}, change: &bots.Change{Reason: bots.Botted + string(bots.ClaimsPhone)}}
	c.talk.Bot.Hour, c.talk.Bot.Answers = time.Now(), 1000
	if c.flooded() {
		t.Error("a code has bounds of its own")
	}
}

// What could not be read is no zero, and is not told as "no points".
func TestAnAnswerWithoutAValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := &bots.Contact{ID: 7, Phone: "+380501112233"}
		for name, c := range map[string]struct {
			value string
			why   error
			want  string
		}{
			"points":                {"120", nil, "balance"},
			"nobody there":          {"", ErrNothing, "balance_none"},
			"nothing in the answer": {"", ErrUnread, "balance_unread"},
			"no answer":             {"", errShut, "balance_down"},
		} {
			w := &world{phone: known.Phone, changed: make(chan struct{})}
			change := bots.Change{Type: "message.received", Reason: bots.Botted + string(bots.WantsBalance), Contact: 7, Message: 70, Channel: "telegram"}
			if err := w.bot().tell(t.Context(), &change, func(t *turn) error { return t.balance(known, c.value, c.why) }); err != nil {
				t.Fatal(err)
			}
			if got := slices.Collect(func(yield func(string) bool) {
				for _, a := range w.asks {
					yield(a.Template)
				}
			}); !slices.Equal(got, []string{c.want}) {
				t.Errorf("%s: the person reads %v, want %s", name, got, c.want)
			}
		}
	})
}

// A phone that the person disowned is that of somebody else in the retailer's system: it is never asked about.
func TestADisownedPhoneIsNotAskedAbout(t *testing.T) {
	b := &Balances{Phone: true}
	c := &bots.Contact{ID: 7, Phone: "+380501112233", PhoneHeard: true}
	if !b.can(c) || proven(c) == "" {
		t.Fatal("a phone that WhatsApp proves is asked about")
	}
	c.Disowned = c.Phone
	if b.can(c) || proven(c) != "" {
		t.Error("a disowned one is")
	}
	if c.ExternalID = "C-2"; !b.can(c) {
		t.Error("with a card of its own the retailer has told whose it is")
	}
}

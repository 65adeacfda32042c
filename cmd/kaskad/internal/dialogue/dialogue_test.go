package dialogue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/templates"
)

// world is an outbox, a person with or without a phone, and a road that notes what it is asked.
type world struct {
	mu      sync.Mutex
	changes []bots.Change
	cursor  uint64
	phone   string
	text    string // of the person's messages
	asks    []fallback.Ask
	talk    bots.Conversation
	fail    error
	keys    []string
	told    []bots.Change // by the dialogue
	sent    *fallback.Delivery
	changed chan struct{}
}

func (w *world) ChangesOf(_ context.Context, after uint64, limit int, types ...string) (found []bots.Change, upTo uint64, err error) {
	from := min(int(after), len(w.changes))
	for _, c := range w.changes[from:min(from+limit, len(w.changes))] {
		if upTo = c.ID; slices.Contains(types, c.Type) {
			found = append(found, c)
		}
	}
	return found, max(upTo, after), nil
}

func (w *world) Changed() <-chan struct{} { return w.changed }

func (w *world) Cursor(context.Context, string) (uint64, error) { return w.cursor, nil }

func (w *world) PutCursor(_ context.Context, _ string, at uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cursor = at
	return nil
}

// fakeTx is the little of a transaction that an answer reads and writes.
type fakeTx struct {
	fallback.Tx
	w *world
}

func (tx fakeTx) Now() time.Time { return time.Now() }

func (tx fakeTx) Contact(id bots.ID) *bots.Contact {
	return &bots.Contact{ID: id, Phone: tx.w.phone}
}

func (tx fakeTx) Same(id bots.ID) []bots.ID { return []bots.ID{id} }

func (tx fakeTx) Conversation(bots.ID) bots.Conversation { return tx.w.talk }

func (tx fakeTx) PutConversation(c bots.Conversation) { tx.w.talk = c }

func (tx fakeTx) Key(key string) (fallback.KeyUse, bool) {
	return fallback.KeyUse{}, slices.Contains(tx.w.keys, key)
}

func (tx fakeTx) PutKey(key string, _ fallback.KeyUse) { tx.w.keys = append(tx.w.keys, key) }

func (tx fakeTx) Change(c bots.Change) { tx.w.told = append(tx.w.told, c) }

func (tx fakeTx) Message(id bots.ID) *bots.Message {
	if id == 0 {
		return nil
	}
	return &bots.Message{ID: id, In: true, Text: tx.w.text, To: bots.Address{Channel: "telegram", ID: "42"}}
}

func (tx fakeTx) Delivery(bots.ID) *fallback.Delivery { return tx.w.sent }

func (w *world) Tell(_ context.Context, f func(fallback.Tx, func(fallback.Ask) error) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f(fakeTx{w: w}, func(a fallback.Ask) error {
		w.asks = append(w.asks, a)
		return w.fail
	})
}

func (w *world) Contact(_ context.Context, id bots.ID) (*bots.Contact, error) {
	return &bots.Contact{ID: id, Phone: w.phone}, nil
}

// bot is a dialogue in the world, which asks for the phone and says nothing else by itself.
func (w *world) bot() *Dialogue {
	words, err := templates.Load(templates.Options{Locale: "uk"}, templates.Builtin())
	if err != nil {
		panic(err)
	}
	cfg := DefaultConfig()
	cfg.Menu, cfg.AskConsent = false, false
	return New(Options{Feed: w, Road: w, Config: cfg, Locale: "uk", Words: func() *templates.Set { return words }})
}

func (w *world) happened(c bots.Change) {
	c.ID = uint64(len(w.changes) + 1)
	if c.At.IsZero() {
		c.At = time.Now()
	}
	w.changes = append(w.changes, c)
}

// run follows the changes until nothing moves any more.
func (w *world) run(t *testing.T) error {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.bot().Run(ctx) }()
	synctest.Wait()
	cancel()
	return <-done
}

func TestWhatIsAnswered(t *testing.T) {
	started := bots.Change{Type: "contact.linked", State: string(bots.Started), Contact: 7, Channel: "telegram"}
	for name, c := range map[string]struct {
		change bots.Change
		phone  string
		want   string
	}{
		"Start is welcomed, and a phone asked for":             {started, "", "welcome telegram ask"},
		"whose phone is known is not asked":                    {started, "+380501112233", "welcome telegram"},
		"a first message is for people":                        {bots.Change{Type: "contact.linked", State: string(bots.Wrote), Contact: 7, Channel: "telegram"}, "", ""},
		"who was greeted in the response is not greeted again": {bots.Change{Type: "contact.linked", State: string(bots.Started), Reason: bots.Welcomed, Contact: 7, Channel: "viber"}, "", ""},
		"a link that was another's":                            {bots.Change{Type: "contact.linked", State: "started", Reason: bots.LinkSpent, Contact: 7, Channel: "telegram"}, "", "link_used telegram ask"},
		"a link that was another's, of somebody who is known":  {bots.Change{Type: "contact.linked", State: "started", Reason: bots.LinkUnproven, Contact: 7, Channel: "telegram"}, "+380501112233", "link_other telegram ask"},
		"one that a text carried":                              {bots.Change{Type: "contact.linked", State: "wrote", Reason: bots.LinkUnproven, Contact: 7, Channel: "whatsapp"}, "+380501112233", "link_other whatsapp"},
		"a stop is confirmed where it was said":                {bots.Change{Type: "contact.consent", State: "denied", Reason: "keyword:стоп", Contact: 7, Channel: "sms"}, "", "stopped sms"},
		"a stop to everything has words of its own":            {bots.Change{Type: "contact.consent", State: "denied", Reason: "all:keyword:стоп все", Contact: 7, Channel: "sms"}, "", "stopped_all sms"},
		"one on the page has none":                             {bots.Change{Type: "contact.consent", State: "denied", Reason: "all:page", Contact: 7}, "", ""},
		"a block is no conversation":                           {bots.Change{Type: "contact.consent", State: "denied", Reason: "block:telegram", Contact: 7, Channel: "telegram"}, "", ""},
		"nor is the stop page":                                 {bots.Change{Type: "contact.consent", State: "denied", Reason: "page", Contact: 7}, "", ""},
		"nor a stop that came with a moved chat":               {bots.Change{Type: "contact.consent", State: "denied", Reason: "moved:keyword:стоп", Contact: 7, Channel: "telegram"}, "", ""},
		"nor a stop of somebody else on the phone":             {bots.Change{Type: "contact.consent", State: "denied", Reason: "shared:keyword:стоп", Contact: 7, Channel: "sms"}, "", ""},
		"a yes is confirmed as well":                           {bots.Change{Type: "contact.consent", State: "given", Reason: "keyword:start", Contact: 7, Channel: "telegram"}, "", "resumed telegram"},
		"a yes on a page, or told by the shop, is not":         {bots.Change{Type: "contact.consent", State: "given", Reason: "page", Contact: 7, Channel: "telegram"}, "", ""},
		"a delivery is none of our business":                   {bots.Change{Type: "delivery.done", Contact: 7, Channel: "telegram"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{phone: c.phone, changed: make(chan struct{})}
				w.happened(c.change)
				if err := w.run(t); err != nil {
					t.Fatal(err)
				}
				got := ""
				for _, a := range w.asks {
					got = a.Template + " " + a.Channel
					if a.AskContact {
						got += " ask"
					}
					if !a.Conversation || a.Key == "" || a.To != c.change.Contact.String() {
						t.Errorf("asked %+v, want an answer to the person under a key", a)
					}
				}
				if got != c.want {
					t.Errorf("said %q, want %q", got, c.want)
				}
			})
		})
	}
}

// A crash between the answer and its place in the changes asks again under the same key: the road says nothing twice.
func TestTheSameChangeAsksUnderTheSameKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{changed: make(chan struct{})}
		w.happened(bots.Change{Type: "contact.linked", State: string(bots.Started), Contact: 7, Channel: "telegram"})
		w.happened(bots.Change{Type: "contact.consent", State: "denied", Reason: "keyword:stop", Contact: 7, Channel: "telegram"})
		if err := w.run(t); err != nil {
			t.Fatal(err)
		}
		w.cursor = 0
		time.Sleep(time.Minute)
		if err := w.run(t); err != nil {
			t.Fatal(err)
		}
		keys := []string{}
		for _, a := range w.asks {
			keys = append(keys, a.Key)
		}
		if len(keys) != 4 || !slices.Equal(keys[:2], keys[2:]) {
			t.Errorf("keys %v", keys)
		}
	})
}

func TestAnAnswerThatCannotBeWordedIsLeftToStaff(t *testing.T) {
	answer := &fallback.Delivery{Plan: fallback.Plan{Purpose: fallback.Conversation}}
	asked := bots.Change{Type: "message.received", State: string(bots.Pressed), Reason: bots.Botted + string(bots.WantsPerson), Contact: 7, Channel: "telegram", Message: 9}
	failed := func(reason string) bots.Change {
		return bots.Change{Type: "delivery.failed", State: "failed", Reason: reason, Contact: 7, Channel: "telegram", Delivery: 5, Message: 6}
	}
	for name, c := range map[string]struct {
		change bots.Change
		sent   *fallback.Delivery
		want   string
	}{
		"a question of the person's":                     {asked, nil, "message.unanswered 9 0; conversation.opened"},
		"a greeting that was asked for by nothing":       {bots.Change{Type: "contact.linked", State: string(bots.Started), Contact: 7, Channel: "telegram"}, nil, ""},
		"an answer that was too long for the channel":    {failed(fallback.ReasonUnfit), answer, "message.unanswered 0 5; conversation.opened"},
		"one whose words the channel refused":            {failed("rejected:400"), answer, "message.unanswered 0 5; conversation.opened"},
		"one to somebody who shut us out":                {failed("refused"), answer, ""},
		"an answer of staff's, who are told by the desk": {failed("rejected:400"), &fallback.Delivery{Plan: fallback.Plan{Purpose: fallback.Conversation, Author: "Iryna"}}, ""},
		"a message that answers nobody":                  {failed("rejected:400"), &fallback.Delivery{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{fail: fmt.Errorf("no template"), changed: make(chan struct{}), sent: c.sent}
				w.happened(c.change)
				for range 2 { // the second time as after a crash that lost the place
					w.cursor = 0
					if err := w.run(t); err != nil {
						t.Error(err)
					}
				}
				var got []string
				for _, c := range w.told {
					line := c.Type
					if c.Type == fallback.Unanswered {
						line += fmt.Sprintf(" %d %d", c.Message, c.Delivery)
					}
					got = append(got, line)
				}
				if strings.Join(got, "; ") != c.want || (c.want != "") != (w.talk.State == bots.Open && w.talk.Unread == 1) {
					t.Errorf("told %q, the conversation is %+v; want %q", got, w.talk, c.want)
				}
			})
		})
	}
}

// A person may have two chats on one channel: a family has one card.
func TestAnAnswerGoesToTheChatOfTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{changed: make(chan struct{})}
		w.happened(bots.Change{Type: "message.received", State: string(bots.Pressed), Reason: bots.Botted + string(bots.WantsPerson), Contact: 7, Channel: "telegram", Message: 9})
		if err := w.run(t); err != nil || len(w.asks) != 1 || w.asks[0].Chat != (bots.Address{Channel: "telegram", ID: "42"}) {
			t.Errorf("%v: the answer is %+v", err, w.asks)
		}
	})
}

func TestAFullDiskIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{fail: fallback.ErrUnavailable, changed: make(chan struct{})}
		w.happened(bots.Change{Type: "contact.linked", State: string(bots.Started), Contact: 7, Channel: "telegram"})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.bot().Run(ctx) }()
		time.Sleep(3*retryAfter + time.Millisecond)
		synctest.Wait()
		w.mu.Lock()
		if w.cursor != 0 || len(w.asks) < 3 {
			t.Errorf("cursor %d after %d asks, want to stay and ask again", w.cursor, len(w.asks))
		}
		w.fail = nil
		w.mu.Unlock()
		time.Sleep(2 * retryAfter)
		synctest.Wait()
		if w.cursor != 1 {
			t.Errorf("cursor %d once there is room", w.cursor)
		}
		cancel()
		<-done
	})
}

package fallbacktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// stops is two people with one number between them, who say yes and no while messages are accepted, loaded, claimed, settled and fall
// back to the next channel, in any order. What they said is remembered here by itself: nothing may be claimed against it.
type stops struct {
	*script
	pick    func(what string, n int) int // a number below n
	people  [2]*wisher
	loaded  []fallback.Loaded // rendered, and not yet claimed
	calling []*fallback.Attempt
	story   []string
	wrong   string
}

// wisher is a person, and what holds of what they said.
type wisher struct {
	id       bots.ID
	chats    []string
	no, all  bool            // the person's own
	toldNo   bool            // the retailer's, of marketing
	toldAll  bool            // the retailer's, of everything
	toldOn   map[string]bool // by channel
	lastSaid time.Time       // of marketing, by anybody
	nos      map[string]time.Time
}

// says notes a no; a later one about the same takes its place.
func (p *wisher) says(about string) { p.nos[about] = time.Now() }

// beforeNos is a moment before every no that stands: a yes of then lifts none of them.
func (p *wisher) beforeNos() time.Time {
	first := p.lastSaid
	for _, at := range p.nos {
		first = earlier(first, at)
	}
	return first.Add(-time.Millisecond)
}

func newStops(s *script, town int, pick func(string, int) int) *stops {
	st := &stops{script: s, pick: pick}
	s.rules.PerDay, s.rules.PerWeek, s.rules.SameMessage = 0, 0, 0
	s.botted()
	number := fmt.Sprintf("sms:+3805011122%02d", town)
	for i, chats := range [][]string{{fmt.Sprintf("telegram:%d42", town), fmt.Sprintf("viber:v%d", town), number}, {fmt.Sprintf("telegram:%d43", town), number}} {
		st.people[i] = &wisher{id: s.person(chats...), chats: chats, toldOn: map[string]bool{}, nos: map[string]time.Time{}, lastSaid: time.Now()}
	}
	return st
}

// live does n things; it returns what was claimed that must not be.
func (st *stops) live(n int) string {
	for range n {
		time.Sleep(time.Second)
		acts := []func(*wisher){st.stops, st.resumes, st.resumedLate, st.denies, st.tells, st.tellsChannel, st.tellsAll, st.asks, st.asks, st.asks, st.loads, st.claims, st.claims, st.claims, st.claims, st.settles, st.waits}
		act := st.pick("what", len(acts))
		acts[act](st.people[st.pick("who", len(st.people))])
		if st.wrong != "" {
			return st.wrong + "\nafter " + strings.Join(st.story, ", ")
		}
	}
	return ""
}

func (st *stops) note(format string, args ...any) {
	st.story = append(st.story, fmt.Sprintf(format, args...))
}

func (st *stops) stops(p *wisher) {
	chat := p.chats[st.pick("chat", len(p.chats))]
	e := bots.Event{Kind: bots.Wrote, Chat: address(chat), Text: "stop", MessageID: fmt.Sprint(10_000 + len(st.story))}
	everything := false
	switch st.pick("how", 7) {
	case 6:
		if e.Chat.Channel != bots.SMS {
			e.Kind, e.Text, e.Data = bots.Pressed, "", "consent_no" // of the bot's question
		}
	case 1, 2:
		e.Text, everything = "стоп все", true
	case 3:
		e, everything = bots.Event{Kind: bots.Silenced, Channel: "page", Contact: p.id}, true
	case 4:
		e = bots.Event{Kind: bots.WayOut, Channel: "page", Contact: p.id}
	case 5:
		e = bots.Event{Kind: bots.NoAds, Channel: bots.WhatsAppCloud, Contact: p.id}
	}
	st.note("%s %s%s of %d", e.Kind, e.Text, chat, p.id)
	turn, err := st.tell(e)
	st.must(err)
	for _, one := range st.people {
		if one.id == turn.Contact.ID || e.Chat.Channel == bots.SMS {
			one.no, one.all, one.lastSaid = true, one.all || everything, time.Now()
			one.says("marketing")
			if everything {
				one.says("all")
			}
		}
	}
}

func (st *stops) resumes(p *wisher) {
	e := bots.Event{Kind: bots.Wrote, Chat: address(p.chats[0]), Text: "start", MessageID: fmt.Sprint(10_000 + len(st.story))}
	how := st.pick("how", 4)
	if e.Chat.Channel == bots.SMS { // whoever wrote there is not known for sure
		how = 1
	}
	switch how {
	case 3:
		e.Kind, e.Text, e.Data = bots.Pressed, "", "consent_yes"
	case 1:
		e = bots.Event{Kind: bots.Allowed, Channel: "page", Contact: p.id}
	case 2:
		st.note("unsilent %d", p.id)
		_, err := st.tell(bots.Event{Kind: bots.Unsilent, Channel: "page", Contact: p.id})
		st.must(err)
		p.all, p.toldAll = false, false
		delete(p.nos, "all")
		return
	}
	st.note("%s %d", e.Kind, p.id)
	_, err := st.tell(e)
	st.must(err)
	p.no, p.all, p.toldNo, p.toldAll, p.lastSaid = false, false, false, false, time.Now()
	p.toldOn[e.Chat.Channel] = false
	delete(p.nos, "marketing")
	delete(p.nos, "all")
	delete(p.nos, e.Chat.Channel)
}

// resumedLate is a yes from before every no that stands: it lifts nothing.
func (st *stops) resumedLate(p *wisher) {
	if address(p.chats[0]).Channel == bots.SMS {
		return
	}
	st.note("late start %d", p.id)
	_, err := st.tell(bots.Event{Kind: bots.Wrote, Chat: address(p.chats[0]), Text: "start", At: p.beforeNos(), MessageID: fmt.Sprint(10_000 + len(st.story))})
	st.must(err)
}

// denies takes a messenger's chat away from a person, at the word of whoever has it.
func (st *stops) denies(p *wisher) {
	chat := p.chats[0]
	if address(chat).Channel == bots.SMS || st.pick("sure", 4) > 0 { // it does not come back
		return
	}
	st.note("not me on %s of %d", chat, p.id)
	turn, err := st.tell(bots.Event{Kind: bots.Wrote, Chat: address(chat), Text: "not me", MessageID: fmt.Sprint(10_000 + len(st.story))})
	st.must(err)
	if turn.Intent != bots.SaysNotMe || turn.Contact.ID == p.id {
		st.wrong = fmt.Sprintf("the chat is %d's still", p.id)
	}
	p.chats = p.chats[1:]
}

// put is what an import or a call tells.
func (st *stops) put(p *wisher, tell func(c *bots.Contact, now time.Time)) {
	st.update(func(tx fallback.Tx) {
		c := tx.Contact(p.id)
		before := *c
		tell(c, tx.Now())
		fallback.Testify(tx, &before, c, bots.Scene{}, "")
		tx.PutContact(c)
		fallback.Told(tx, &before, c, false)
	})
}

func (st *stops) told(at time.Time) (bots.Consent, bool) {
	no := st.pick("no", 2) == 1
	said := bots.Consent{State: bots.Given, At: at, Source: "crm"}
	if no {
		said.State = bots.Denied
	}
	return said, no
}

func (st *stops) tells(p *wisher) {
	now := time.Now()
	old := st.pick("old", 2) == 1
	if old {
		now = p.lastSaid.Add(-time.Minute)
	}
	said, no := st.told(now)
	st.note("told %v old %v %d", said.State, old, p.id)
	st.put(p, func(c *bots.Contact, _ time.Time) { c.Tell(said) })
	if !old {
		p.lastSaid = now
		p.toldNo = no
		if no {
			p.says("marketing")
		}
	}
}

func (st *stops) tellsChannel(p *wisher) {
	channel := []string{bots.Telegram, bots.Viber, bots.SMS}[st.pick("channel", 3)]
	said, no := st.told(time.Now())
	st.note("told %v on %s %d", said.State, channel, p.id)
	st.put(p, func(c *bots.Contact, _ time.Time) { c.TellOn(channel, said) })
	p.toldOn[channel] = no
	if no {
		p.says(channel)
	}
}

func (st *stops) tellsAll(p *wisher) {
	said, no := st.told(time.Now())
	st.note("told all %v %d", said.State, p.id)
	st.put(p, func(c *bots.Contact, _ time.Time) { c.TellAll(said) })
	p.toldAll = no
	if no {
		p.toldNo, p.lastSaid = true, time.Now()
		p.says("marketing")
		p.says("all")
	}
}

func (st *stops) asks(p *wisher) {
	purpose := []fallback.Purpose{fallback.Marketing, fallback.Service}[st.pick("purpose", 2)]
	st.note("ask %s %d", purpose, p.id)
	st.ask(p.id, purpose, "telegram 10m read, viber 10m read, sms 10m delivered", func(r *fallback.Request) { r.Cascade.Quiet = fallback.Quiet{} })
	if st.pick("later", 3) > 0 {
		st.loads(p)
	}
}

// loads takes what stands in a lane, to be claimed some time later.
func (st *stops) loads(*wisher) {
	for _, lane := range lanes() {
		entries, err := st.Due(st.ctx(), lane, fallback.Entry{}, time.Now(), 100)
		st.must(err)
		for _, e := range entries {
			have, err := st.Load(st.ctx(), e.ID)
			st.must(err)
			if have.Delivery.Stands(lane, e) && strings.HasPrefix(string(lane), "send/") {
				st.loaded = append(st.loaded, have)
			}
		}
	}
	st.note("load")
}

func (st *stops) claims(*wisher) {
	if len(st.loaded) == 0 {
		return
	}
	i := len(st.loaded) - 1 - st.pick("which", min(len(st.loaded), 4)) // what was loaded last, more often than not
	have := st.loaded[i]
	st.loaded = append(st.loaded[:i:i], st.loaded[i+1:]...)
	a := st.claim(have)
	st.note("claim %s %v", have.Delivery.Purpose, a != nil)
	if a == nil {
		return
	}
	st.calling = append(st.calling, a)
	for _, p := range st.people {
		if p.id == have.Delivery.Contact {
			st.wrong = p.against(have.Delivery.Purpose, a.Out.To.Channel)
			if !slices.Contains(p.chats, a.Out.To.Channel+":"+a.Out.To.ID) {
				st.wrong = "a message was claimed for a chat that is somebody else's"
			}
		}
	}
}

// against is what a claim breaks; empty: nothing.
func (p *wisher) against(purpose fallback.Purpose, channel string) string {
	switch {
	case p.all || p.toldAll:
		return purpose.String() + " was claimed after everything was stopped"
	case purpose != fallback.Marketing:
		return ""
	case p.no || p.toldNo:
		return "marketing was claimed after a stop"
	case p.toldOn[channel]:
		return "marketing was claimed on " + channel + " after a no to it"
	}
	return ""
}

func (st *stops) settles(*wisher) {
	if len(st.calling) == 0 {
		return
	}
	i := st.pick("which", len(st.calling))
	a := st.calling[i]
	st.calling = append(st.calling[:i:i], st.calling[i+1:]...)
	x := &sent{Attempt: *a, ProviderID: fmt.Sprint(10_000 + len(st.story))}
	if st.pick("outcome", 2) == 1 {
		x.Err = &bots.SendError{Fault: bots.Temporary}
	}
	st.note("settle")
	st.settle(x)
}

// waits lets what waits come due: the next step queues.
func (st *stops) waits(*wisher) {
	time.Sleep(11 * time.Minute)
	for _, lane := range lanes() {
		entries, err := st.Due(st.ctx(), lane, fallback.Entry{}, time.Now(), 100)
		st.must(err)
		for _, e := range entries {
			if !strings.HasPrefix(string(lane), "send/") {
				st.must(st.Come(st.ctx(), e.ID, st.rules, st.world))
			}
		}
	}
	st.note("wait")
}

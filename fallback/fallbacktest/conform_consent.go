package fallbacktest

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// consentStories are about what people allow, on which channels, and about the evidence of it.
var consentStories = map[string]func(*script){
	"nothing is claimed after a stop, whatever happens in whatever order": func(s *script) {
		for seed := range 10 {
			r := rand.New(rand.NewSource(int64(seed)))
			st := newStops(s, seed, func(_ string, n int) int { return r.Intn(n) })
			if wrong := st.live(40); wrong != "" {
				s.t.Fatalf("seed %d: %s", seed, wrong)
			}
		}
	},
	"a yes that comes late lifts no later no to its channel": func(s *script) {
		who := s.everywhere()
		said := time.Now().Add(time.Second)
		time.Sleep(time.Minute)
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.TellOn(bots.Telegram, bots.Consent{State: bots.Denied, At: tx.Now(), Source: "crm"})
			tx.PutContact(c)
		})
		s.must2(s.tell(bots.Event{Kind: bots.Wrote, Chat: address("telegram:42"), Text: "start", At: said, MessageID: "77"}))
		s.ask(who, fallback.Marketing, "telegram 15m read, viber 15m read", noRamp)
		s.settleDown()
		s.sentSoFar("1m0s viber d1/1")
	},
	"a no at a shared number is as late as it was said, for who had said no before, too": func(s *script) {
		one, other := s.person("telegram:42", "sms:+380501112233"), s.person("telegram:43", "sms:+380501112233")
		s.says("telegram:42", "stop")
		s.says("telegram:43", "stop")
		between := time.Now().Add(time.Second)
		time.Sleep(time.Minute)
		s.must2(s.tell(bots.Event{Kind: bots.Wrote, Chat: address("sms:+380501112233"), Text: "stop", MessageID: "78"}))
		for i, chat := range []string{"telegram:42", "telegram:43"} {
			s.must2(s.tell(bots.Event{Kind: bots.Wrote, Chat: address(chat), Text: "start", At: between, MessageID: "79"}))
			s.is(s.ask([]bots.ID{one, other}[i], fallback.Marketing, "telegram 15m read"), "skipped opted_out")
		}
	},
	"a stop leaves a line with its words, its chat and its message, and what it ended": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "checkout form", Words: "I want offers", Version: "2", By: "key:crm"})
		d := s.ask(who, fallback.Marketing, loyalty)
		s.settleDown()
		s.says("telegram:42", "  СТОП! ")
		s.is(d, "refused opted_out")
		s.evidence(who,
			"1 marketing given by key:crm checkout form “I want offers” 2",
			"2 marketing denied was given/1 person keyword:стоп “  СТОП! ” on telegram:42 message, ended 1")
		if m := s.message(s.statements(who)[1].Message); m == nil || m.Text != "  СТОП! " {
			s.t.Errorf("the line names message %+v, want the person's", m)
		}
	},
	"an attempt keeps which consent allowed it": func(s *script) {
		s.rules.PerDay = 0
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "checkout form", By: "key:crm"})
		marketing, service := s.ask(who, fallback.Marketing, "telegram 15m read, sms"), s.ask(who, fallback.Service, "telegram 15m read, sms")
		s.settleDown()
		s.allowedBy(marketing, bots.BasisGiven, 1)
		s.allowedBy(service, bots.BasisNone, 0)
		s.says("telegram:42", "стоп")
		s.says("telegram:42", "старт")
		again := s.ask(who, fallback.Marketing, "telegram 15m read, sms")
		s.settleDown()
		s.allowedBy(again, bots.BasisGiven, 3)
		stranger := s.person("viber:v7")
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(stranger)
			c.Marketing = bots.Consent{}
			tx.PutContact(c)
		})
		s.rules.OptOut = true
		free := s.ask(stranger, fallback.Marketing, "viber 15m read")
		s.settleDown()
		s.allowedBy(free, bots.BasisOptOut, 0)
	},
	"a consent from before there was evidence gets its line at the first claim": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Marketing, loyalty)
		s.settleDown()
		s.allowedBy(d, bots.BasisGiven, 1)
		s.evidence(who, "1 marketing given test kept")
		s.says("telegram:42", "stop")
		s.evidence(who, "1 marketing given test kept", "2 marketing denied was given/1 person keyword:stop “stop” on telegram:42 message, ended 1")
	},
	"marketing goes only on the channels that are allowed": func(s *script) {
		s.rules.PerDay = 0
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
		s.tellOn(who, bots.Telegram, bots.Denied)
		d := s.ask(who, fallback.Marketing, loyalty)
		service := s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		s.sentSoFar("0s telegram d2/0", "0s viber d1/1")
		if l := s.delivery(d).Route[0]; l.Outcome != fallback.PassedBy || l.Reason != fallback.ReasonOptOut {
			s.t.Errorf("the step on telegram is %v %s, want passed by, opted_out", l.Outcome, l.Reason)
		}
		s.is(service, "waiting")
		s.evidence(who, "1 marketing given form", "2 marketing:telegram denied form")
	},
	"a no to a channel that comes under way passes its step by": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
		d := s.ask(who, fallback.Marketing, "telegram 15m read, viber 30m read, sms 1h delivered")
		s.run(time.Minute)
		s.tellOn(who, bots.Viber, bots.Denied)
		s.run(time.Hour)
		s.sentSoFar("0s telegram d1/0", "15m0s sms/main d1/2")
		s.is(d, "waiting")
	},
	"a yes to one channel alone is a yes there alone": func(s *script) {
		s.rules.PerDay = 0
		who := s.told(bots.Consent{})
		s.is(s.ask(who, fallback.Marketing, loyalty), "skipped no_consent")
		s.tellOn(who, bots.Viber, bots.Given)
		d := s.ask(who, fallback.Marketing, loyalty)
		s.settleDown()
		s.sentSoFar("0s viber d2/1")
		s.allowedBy(d, bots.BasisGiven, 1)
		s.is(s.ask(who, fallback.Marketing, "telegram 15m read"), "skipped no_consent")
		s.says("telegram:42", "stop")
		s.is(s.ask(who, fallback.Marketing, loyalty), "skipped opted_out")
	},
	"a stop to everything ends service, too; urgent messages and answers go": func(s *script) {
		s.rules.PerDay = 0
		who := s.everywhere()
		marketing, service := s.ask(who, fallback.Marketing, loyalty), s.ask(who, fallback.Service, loyalty)
		s.settleDown()
		s.says("telegram:42", "Стоп все!!")
		s.is(marketing, "refused stopped_all")
		s.is(service, "refused stopped_all")
		s.is(s.ask(who, fallback.Service, loyalty), "skipped stopped_all")
		s.is(s.ask(who, fallback.Marketing, loyalty), "skipped stopped_all")
		urgent, answer := s.ask(who, fallback.Urgent, loyalty), s.ask(who, fallback.Conversation, "telegram 15m accepted")
		s.settleDown()
		s.is(urgent, "waiting")
		s.is(answer, "done")
		s.denied(who, "keyword:стоп все")
		s.says("telegram:42", "start")
		s.is(s.ask(who, fallback.Service, loyalty), "queued")
		if c := s.contact(who); c.Silent() || c.Marketing.State != bots.Given {
			s.t.Errorf("after start: %+v, %+v", c.All, c.Marketing)
		}
	},
	"a stop to everything between the steps ends the next one": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, loyalty)
		s.run(time.Minute)
		s.update(func(tx fallback.Tx) { // as a store that knows nothing of what it means
			c := tx.Contact(who)
			c.All = bots.Consent{State: bots.Denied, At: tx.Now(), ByPerson: true}
			tx.PutContact(c)
		})
		s.run(time.Hour)
		s.is(d, "refused stopped_all")
		s.sentSoFar("0s telegram d1/0")
	},
	"the page stops everything, and takes that back alone": func(s *script) {
		who := s.everywhere()
		d := s.ask(who, fallback.Service, "sms 1h delivered")
		s.settleDown()
		s.hear(bots.Event{Kind: bots.Silenced, Channel: "page", Contact: who, Delivery: d, Words: "Send me nothing", Version: "page:1"})
		s.is(s.ask(who, fallback.Service, loyalty), "skipped stopped_all")
		s.run(time.Minute)
		s.hear(bots.Event{Kind: bots.Unsilent, Channel: "page", Contact: who, Delivery: d})
		s.is(s.ask(who, fallback.Service, loyalty), "queued")
		s.is(s.ask(who, fallback.Marketing, loyalty), "skipped opted_out")
		fresh := s.person("sms:+380501112233")
		if c := s.contact(fresh); c.Silent() {
			s.t.Errorf("everything is stopped for %+v", c)
		}
	},
	"a stop to everything from a number is of everybody who has that number, and of who comes to have it": func(s *script) {
		one, other := s.person("sms:+380501112233"), s.person("telegram:43", "sms:+380501112233")
		d := s.ask(other, fallback.Service, loyalty)
		s.settleDown()
		s.says("sms:+380501112233", "STOP ALL")
		s.is(d, "refused stopped_all")
		if c := s.contact(one); !c.Silent() {
			s.t.Error("the other owner is written to")
		}
		lines := s.statements(one)
		if last := lines[len(lines)-1]; last.Via != bots.ViaShared || last.About != bots.AboutAll {
			s.t.Errorf("the other owner's last line is %+v, want a shared one about everything", last)
		}
		s.update(func(tx fallback.Tx) {
			c := &bots.Contact{ID: tx.NewID(), Phone: "+380501112233", Created: tx.Now(), Updated: tx.Now()}
			c.Set(address("sms:+380501112233"), bots.Unverified, tx.Now())
			fallback.Heed(tx, nil, c)
			tx.PutContact(c)
			if !c.Silent() {
				s.t.Errorf("a new owner is written to: %+v", c)
			}
		})
	},
	"blocks, and letting us in again, leave lines": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
		s.hear(bots.Event{Kind: bots.Blocked, Chat: address("telegram:42")})
		s.hear(bots.Event{Kind: bots.Unblocked, Chat: address("telegram:42")})
		s.evidence(who, "1 marketing given form", "2 marketing denied was given/1 person block:telegram on telegram:42", "3 address unblocked on telegram:42")
	},
	"a provider's stop list leaves a line": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
		s.fail("sms/main", bots.Refused)
		s.ask(who, fallback.Marketing, "sms 1h delivered")
		s.settleDown()
		s.evidence(who, "1 marketing given form", "2 marketing denied was given/1 person block:sms on sms:+380501112233")
	},
	"the same no said again is counted, not written again": func(s *script) {
		who := s.told(bots.Consent{})
		for range 5 {
			s.says("telegram:42", "stop")
			s.run(time.Minute)
		}
		lines := s.statements(who)
		if len(lines) != 1 || lines[0].Times != 5 || lines[0].Last.IsZero() {
			s.t.Errorf("lines %+v, want one, said 5 times", lines)
		}
	},
	"who says yes and no without end keeps the first line, the last, and the noes": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
		const rounds = 205 // all yeses have to go before 200 lines are left
		for range rounds {
			s.says("telegram:42", "stop")
			s.says("telegram:42", "start")
			time.Sleep(time.Second)
		}
		lines := s.statements(who)
		folded := 0
		for _, l := range lines {
			folded += l.Folded
		}
		if first, last := lines[0], lines[len(lines)-1]; len(lines) > 200 || first.Number != 1 || last.Number != 2*rounds+1 || len(lines)+folded != 2*rounds+1 {
			s.t.Errorf("%d lines from %d to %d with %d folded; want 200 at most, of %d", len(lines), first.Number, last.Number, folded, 2*rounds+1)
		}
		if n := slices.IndexFunc(lines[1:len(lines)-1], func(l bots.Statement) bool { return l.State != bots.Denied }); n >= 0 {
			s.t.Errorf("line %+v stayed where noes had to go", lines[n+1])
		}
	},
	"a stop names all that it ended, however much that is": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
		for range 60 {
			s.ask(who, fallback.Marketing, loyalty, func(r *fallback.Request) { r.SendAt = time.Now().Add(time.Hour) })
		}
		s.says("telegram:42", "stop")
		lines := s.statements(who)
		if l := lines[len(lines)-1]; l.State != bots.Denied || len(l.Ended) != bots.MaxEnded || l.More != 10 || l.Message == 0 {
			s.t.Errorf("the line names %d deliveries and %d more, and message %v", len(l.Ended), l.More, l.Message)
		}
	},
	"the line of what stands is not among those that make room": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form", Words: "I want offers"})
		s.tellOn(who, bots.SMS, bots.Given)
		for n := range 210 {
			time.Sleep(time.Minute)
			s.tellOn(who, bots.Viber, []bots.ConsentState{bots.Denied, bots.Given}[n%2])
		}
		stands := map[int]bool{s.contact(who).Marketing.Line: false, s.contact(who).ConsentOn(bots.SMS).Line: false}
		lines := s.statements(who)
		for _, l := range lines {
			if _, is := stands[l.Number]; is {
				stands[l.Number] = true
			}
		}
		for number, kept := range stands {
			if !kept {
				s.t.Errorf("line %d stands, and is gone", number)
			}
		}
		if len(lines) > 200 {
			s.t.Errorf("%d lines are kept", len(lines))
		}
	},
	"there is an end to the noes of one person": func(s *script) {
		who := s.told(bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			for n := range 320 {
				before := *c
				c.Marketing = bots.Consent{State: bots.Denied, At: tx.Now().Add(time.Duration(n) * time.Second), Source: []string{"keyword:stop", "page"}[n%2], ByPerson: true}
				fallback.Testify(tx, &before, c, bots.Scene{}, "")
			}
			tx.PutContact(c)
		})
		if lines := s.statements(who); len(lines) > 300 || lines[0].Number != 1 {
			s.t.Errorf("%d lines are kept", len(lines))
		}
	},
}

// told is a person everywhere of whom the retailer told a consent, as a store writes it.
func (s *script) told(said bots.Consent) (who bots.ID) {
	s.t.Helper()
	who = s.everywhere()
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(who)
		c.Marketing = bots.Consent{}
		before := *c
		c.Tell(said)
		fallback.Testify(tx, &before, c, bots.Scene{}, "")
		tx.PutContact(c)
	})
	return who
}

// tellOn tells a consent of one channel.
func (s *script) tellOn(who bots.ID, channel string, state bots.ConsentState) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) {
		c := tx.Contact(who)
		before := *c
		c.TellOn(channel, bots.Consent{State: state, At: tx.Now(), Source: "form"})
		fallback.Testify(tx, &before, c, bots.Scene{}, "")
		tx.PutContact(c)
		fallback.Told(tx, &before, c, false)
	})
}

func (s *script) statements(who bots.ID) (all []bots.Statement) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { all = tx.Statements(who) })
	return all
}

func (s *script) message(id bots.ID) (m *bots.Message) {
	s.t.Helper()
	s.update(func(tx fallback.Tx) { m = tx.Message(id) })
	return m
}

// allowedBy compares what a delivery's first message was allowed by.
func (s *script) allowedBy(d bots.ID, basis bots.Basis, line int) {
	s.t.Helper()
	one := s.delivery(d)
	i := slices.IndexFunc(one.Route, func(l fallback.Leg) bool { return l.Attempts > 0 })
	if i < 0 {
		s.t.Fatalf("nothing of delivery %s went out", d)
	}
	var have bots.MessageState
	s.update(func(tx fallback.Tx) { have = tx.MessageState(one.Route[i].Message) })
	if have.Basis != basis || have.BasisLine != line {
		s.t.Errorf("allowed by %s %d, want %s %d", have.Basis, have.BasisLine, basis, line)
	}
}

// evidence compares the lines about a person.
func (s *script) evidence(who bots.ID, want ...string) {
	s.t.Helper()
	var got []string
	for _, l := range s.statements(who) {
		got = append(got, inShort(&l))
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("evidence\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// inShort is a line as the stories write it.
func inShort(l *bots.Statement) string {
	parts := []string{fmt.Sprint(l.Number), l.About}
	add := func(there bool, word string) {
		if there {
			parts = append(parts, word)
		}
	}
	add(l.Event == "", l.State.String())
	add(l.Event != "", l.Event)
	add(l.Was != bots.Unknown, fmt.Sprintf("was %s/%d", l.Was, l.WasLine))
	add(l.ByPerson, "person")
	add(l.By != "", "by "+l.By)
	add(l.Source != "", l.Source)
	add(l.Words != "", "“"+l.Words+"”")
	add(l.Version != "", l.Version)
	add(l.Chat.ID != "", "on "+l.Chat.Channel+":"+l.Chat.ID)
	add(l.Via != "", l.Via)
	add(l.Message != 0, "message")
	text := strings.Join(parts, " ")
	if n := len(l.Ended) + l.More; n > 0 {
		text += fmt.Sprintf(", ended %d", n)
	}
	return text
}

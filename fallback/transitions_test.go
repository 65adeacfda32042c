package fallback

import (
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

// column is where a state stands in the table of the package doc; empty: nothing changes there.
var column = map[string]string{
	"scheduled": "scheduled", "held by quiet hours": "held", "held by a pause": "held", "held by the spend": "held", "held by a gap": "gap",
	"queued": "queued", "sending": "sending", "waiting": "waiting", "unsure": "unsure", "unconfirmed": "unconf",
	"done": "final", "failed": "final", "refused": "final", "cancelled": "final", "expired": "", "skipped": "",
}

// exceptions are the cells that one word for three kinds of held cannot say.
var exceptions = map[string]string{
	"claim in a pause while held by a pause":       "-",    // it is held already
	"receipt accepted while failed":                "-",    // it is known that it was not
	"lane held too long while held by quiet hours": "next", // they are over
	"lane held too long while held by the spend":   "next", // its day is over
	"lane held too long while held by a pause":     "next", // the pause is over, and nobody has looked at it since
}

// attemptOf is the last attempt of a leg as the claim gave it out.
func attemptOf(d *Delivery, leg int) Attempt {
	a := Attempt{Delivery: d.ID, Leg: leg, Number: 1}
	if leg < len(d.Route) && d.Route[leg].Attempts > 0 {
		a.Number = d.Route[leg].Attempts
	}
	return a
}

func settleWith(f bots.Fault, retryAfter time.Duration) func(*stage) {
	return func(s *stage) { s.settle(attemptOf(s.d, 0), &bots.SendError{Fault: f, RetryAfter: retryAfter}) }
}

func proveWith(level bots.Level, kind string) func(*stage) {
	return func(s *stage) { s.d.Prove(0, Evidence{Level: level, Kind: kind, At: s.now}, s.now) }
}

// claimWith claims the current leg after something in the world changed.
func claimWith(change func(*stage)) func(*stage) {
	return func(s *stage) {
		change(s)
		s.d.Claim(s.d.Leg, bots.Money{Amount: 8400, Currency: "UAH"}, s.e, s.now)
	}
}

// comeWith lets the delivery come due, not before its time, after something in the world changed.
func comeWith(change func(*stage)) func(*stage) {
	return func(s *stage) {
		if s.d.Due.After(s.now) {
			s.now = s.d.Due
		}
		change(s)
		s.d.Come(s.e, s.now)
	}
}

func gap(from, to time.Time) Ear { return Ear{Gaps: []Span{{from, to}}} }

// events are the rows of the table.
func events() map[string]func(*stage) {
	lost := func(p GapPolicy) func(*stage) {
		return comeWith(func(s *stage) {
			s.e.AfterGap[Marketing] = p
			s.e.Ears[bots.Telegram] = gap(s.now.Add(-time.Hour), s.now.Add(-time.Minute))
			if s.d.State == Waiting {
				s.d.WaitFrom = s.now.Add(-2 * time.Hour) // so that the wait is over in spite of the gap
			}
		})
	}
	return map[string]func(*stage){
		"claim":                claimWith(func(*stage) {}),
		"claim too early":      func(s *stage) { s.d.Claim(s.d.Leg, bots.Money{}, s.e, s.d.Due.Add(-time.Second)) },
		"claim of another leg": func(s *stage) { s.d.Claim(s.d.Leg+1, bots.Money{}, s.e, s.now); s.d.Claim(0, bots.Money{}, s.e, s.now) },
		"claim, stopped":       claimWith(func(s *stage) { s.e.Contact.Marketing.State = bots.Denied }),
		"claim, no address": claimWith(func(s *stage) {
			s.e.Contact.Set(bots.Address{Channel: bots.Viber, ID: "v42"}, bots.BlockedState, s.now)
		}),
		"claim, unwanted": claimWith(func(s *stage) { s.e.Contact.Wishes.NotOn = []string{bots.Viber} }),
		"claim, own hours": claimWith(func(s *stage) {
			hour := s.now.In(kyiv()).Hour()
			s.e.Contact.Wishes.Hours = []bots.Hours{{From: (hour + 1) % 24, To: (hour + 5) % 24, Since: s.now}}
		}),
		"claim, channel off": claimWith(func(s *stage) { delete(s.e.Channels, bots.Viber) }),
		"claim, cold": claimWith(func(s *stage) {
			s.limit(func(l *bots.Limits) { l.WarmOnly = true })
			s.e.Contact.Set(bots.Address{Channel: bots.Viber, ID: "v42"}, bots.Unverified, s.now)
		}),
		"claim, window closed": claimWith(func(s *stage) {
			s.limit(func(l *bots.Limits) { l.Window = 24 * time.Hour })
			s.e.Contact.Address(bots.Address{Channel: bots.Viber, ID: "v42"}).Heard = s.now.Add(-24 * time.Hour)
		}),
		"claim, daily cap": claimWith(func(s *stage) {
			s.limit(func(l *bots.Limits) { l.Daily = bots.Daily{First: 5} })
			s.e.written = map[string]Written{bots.Viber: {Day: day(s.now, s.e.Zone), Count: 5}}
		}),
		"claim, channel shut": claimWith(func(s *stage) { s.e.Standing = map[string]bots.Standing{bots.Viber: {Shut: true}} }),
		"claim, limited":      claimWith(func(s *stage) { s.e.Standing = map[string]bots.Standing{bots.Viber: {Limited: true}} }),
		"gated in its lane": func(s *stage) {
			s.e.Standing = map[string]bots.Standing{bots.Viber: {Shut: true}, bots.Telegram: {Shut: true}}
			s.d.PassBy(s.e, s.now)
		},
		"claim, paid enough": claimWith(func(s *stage) {
			telegram := s.e.Channels[bots.Telegram]
			telegram.Price = bots.Money{Amount: 1}
			s.e.Channels[bots.Telegram] = telegram
			sms := s.e.Channels[bots.SMS]
			sms.Price = bots.Money{} // free, so that something is left
			s.e.Channels[bots.SMS] = sms
		}),
		"claim at night": claimWith(func(s *stage) {
			y, m, day := s.now.In(kyiv()).Date()
			s.now = time.Date(y, m, day, 22, 0, 0, 0, kyiv())
		}),
		"claim in a pause": claimWith(func(s *stage) {
			s.e.Pauses = append(s.e.Pauses, Pause{Scope: bots.Viber, From: s.now.Add(-time.Second)})
		}),
		"claim in a hold": claimWith(func(s *stage) {
			s.e.Holds = []RegionHold{{Region: Everywhere, Purposes: []Purpose{Marketing}, From: s.now.Add(-time.Second)}}
		}),
		"comes due in a hold": func(s *stage) {
			s.e.Holds = []RegionHold{{Region: Everywhere, Purposes: []Purpose{Marketing}, From: s.d.Due.Add(-time.Second)}}
			s.now = s.d.Due
			s.do((*Delivery).Come)
		},
		"claim, day's spend": claimWith(func(s *stage) { s.e.SpendPerDay = bots.Money{Amount: 8399} }),
		"claim, lost: hold": func(s *stage) {
			s.e.AfterGap[Marketing] = GapHold
			s.later(time.Second).e.Ears[bots.Telegram] = gap(s.now.Add(-time.Hour), s.now)
			s.d.Claim(s.d.Leg, s.e.Channels[bots.Viber].Price, s.e, s.now)
		},
		"claim after deadline": claimWith(func(s *stage) { s.later(100 * time.Hour) }),
		"cannot be written":    func(s *stage) { s.d.Reject(s.d.Leg, "unwritable", s.e, s.now) },
		"lane held too long": func(s *stage) {
			s.e.Held = map[string]time.Time{bots.Viber: s.now, bots.Telegram: s.now}
			s.later(viberWait)
			s.d.GiveUpLane(s.e, s.now)
		},
		"settle ok":             func(s *stage) { s.settle(attemptOf(s.d, 0), nil) },
		"settle uncertain":      settleWith(bots.Uncertain, 0),
		"settle temporary":      settleWith(bots.Temporary, 0),
		"settle temporary long": settleWith(bots.Temporary, time.Hour),
		"settle misconfigured":  settleWith(bots.Misconfigured, 0),
		"settle unreachable":    settleWith(bots.Unreachable, 0),
		"settle rejected":       settleWith(bots.Rejected, 0),
		"settle refused":        settleWith(bots.Refused, 0),
		"receipt accepted":      proveWith(bots.Accepted, "receipt"),
		"receipt delivered":     proveWith(bots.Delivered, "receipt"),
		"receipt read":          proveWith(bots.Read, "receipt"),
		"watermark":             proveWith(bots.Read, "watermark"),
		"reply":                 proveWith(bots.Engaged, "reply"),
		"later message":         proveWith(bots.Engaged, "message"),
		"button":                proveWith(bots.Engaged, "button"),
		"reaction":              proveWith(bots.Engaged, "reaction"),
		"click":                 proveWith(bots.Engaged, "click"),
		"not billed":            func(s *stage) { s.d.Unbilled(0) },
		"failed receipt":        func(s *stage) { s.d.Undelivered(0, bots.Unreachable, "gone", s.e, s.now) },
		"failed, refused":       func(s *stage) { s.d.Undelivered(0, bots.Refused, "no", s.e, s.now) },
		"chat of another":       func(s *stage) { s.d.Stray(0, s.e, s.now) },
		"cancel":                func(s *stage) { s.d.Cancel(s.now) },
		"opt-out":               func(s *stage) { s.d.OptOut(s.now) },
		"comes too early":       func(s *stage) { s.d.Come(s.e, s.d.Due.Add(-time.Second)) },
		"comes due":             comeWith(func(*stage) {}),
		"another boot":          func(s *stage) { s.e.Boot = 8; s.d.Come(s.e, s.d.Due.Add(-time.Second)) },
		"comes due in a pause":  comeWith(func(s *stage) { s.e.Pauses = append(s.e.Pauses, Pause{From: s.now.Add(-time.Second)}) }),
		"comes due, deaf":       comeWith(func(s *stage) { s.e.Ears[bots.Telegram] = Ear{Deaf: true, Until: s.now.Add(time.Minute)} }),
		"comes due, gap":        comeWith(func(s *stage) { s.e.Ears[bots.Telegram] = gap(s.now.Add(-time.Minute), s.now) }),
		"comes due, lost: hold": lost(GapHold),
		"lost: assume_read":     lost(GapAssumeRead),
		"lost: send":            lost(GapSend),
		"deadline over":         comeWith(func(s *stage) { s.later(100 * time.Hour) }),
		"gap resumed":           func(s *stage) { s.do((*Delivery).ResumeGap) },
	}
}

// became says in the table's words what an event did.
func became(was, is *Status) string {
	switch {
	case reflect.DeepEqual(was, is):
		return "-"
	case was.State.Final() && is.State == was.State:
		if was.LateKind != is.LateKind {
			return "late"
		}
		return "kept"
	case is.State == Unconfirmed:
		return "unconf"
	case is.State.Final():
		return is.State.String()
	case was.State == Scheduled && is.State == Queued:
		return "start"
	case is.Leg > was.Leg && (is.State == Queued || is.Reason == ReasonQuiet):
		return "next"
	case is.State == Queued && was.State == Sending:
		return "again"
	case is.State == Held && is.Reason == ReasonGap && was.Reason != ReasonGap:
		return "gap"
	case is.State == Held && is.Reason != ReasonGap && (was.State != Held || was.Reason != is.Reason || !was.Due.Equal(is.Due)):
		return "held"
	case is.State == Waiting && was.State == Sending && is.Route[is.Leg].Outcome == Doubtful && is.Route[is.Leg].SentAt.IsZero():
		return "unsure"
	case is.State != was.State:
		return is.State.String()
	case !is.Due.Equal(was.Due) && reflect.DeepEqual(is.Route, was.Route):
		return "later"
	}
	return "kept"
}

// docTable reads the table of the package doc: event, then column, then what becomes of the delivery.
func docTable(t *testing.T) map[string]map[string]string {
	t.Helper()
	src, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	table := map[string]map[string]string{}
	for line := range strings.Lines(string(src)) {
		line, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "//\t")
		if !ok || len(line) < 22 {
			continue
		}
		event, cells := strings.TrimSpace(line[:22]), strings.Fields(line[22:])
		if event == "event" {
			columns = cells
			continue
		}
		row := map[string]string{}
		if len(cells) != len(columns) {
			t.Fatalf("row %q has %d cells, want %d", event, len(cells), len(columns))
		}
		for i, c := range columns {
			row[c] = cells[i]
		}
		table[event] = row
	}
	return table
}

func TestTransitions(t *testing.T) {
	table, happen, states := docTable(t), events(), stages(t)
	if got, want := slices.Sorted(maps.Keys(table)), slices.Sorted(maps.Keys(happen)); !slices.Equal(got, want) {
		t.Fatalf("the package doc tells of the events\n%q\nthe test knows\n%q", got, want)
	}
	for event, cells := range table {
		for state, make := range states {
			want := "-"
			if c := column[state]; c != "" {
				want = cells[c]
			}
			if w, ok := exceptions[event+" while "+state]; ok {
				want = w
			}
			if state == "failed" && (strings.HasPrefix(event, "settle") || strings.HasPrefix(event, "failed")) {
				want = "-" // its only attempt is settled, and known to have failed
			}
			t.Run(event+" while "+state, func(t *testing.T) {
				s := make()
				was := s.d.Status
				was.Route = slices.Clone(s.d.Route)
				happen[event](s)
				if got := became(&was, &s.d.Status); got != want {
					t.Errorf("%s while %s: %s, want %s\nwas %s\nis  %s", event, state, got, want, show(&was), show(&s.d.Status))
				}
				standing(t, s.d)
			})
		}
	}
}

// standing checks what is true of every delivery at rest.
func standing(t *testing.T, d *Delivery) {
	t.Helper()
	if err := broken(d); err != "" {
		t.Errorf("%s: %s", err, show(&d.Status))
	}
}

// show writes a status in a line.
func show(s *Status) string {
	line := fmt.Sprintf("%s %s leg %d due %s", s.State, s.Reason, s.Leg, s.Due.UTC().Format("02 15:04:05"))
	for i := range s.Route {
		l := &s.Route[i]
		line += fmt.Sprintf(" | %s %s %s %s tries %d %s", l.Channel, l.Outcome, l.Reason, l.Level, l.Attempts, l.Cost)
	}
	return line
}

// broken says which rule a delivery breaks; empty: none.
func broken(d *Delivery) string {
	flying := 0
	for i := range d.Route {
		if d.Route[i].Outcome == InFlight {
			flying++
		}
	}
	switch {
	case d.State.Final() && (!d.Due.IsZero() || d.Lane() != ""):
		return "a final delivery is still due"
	case !d.State.Final() && (d.Due.IsZero() || d.Lane() == ""):
		return "an open delivery is due nowhere"
	case d.State == Sending && d.Lease.IsZero() || d.State != Sending && !d.Lease.IsZero():
		return "a lease belongs to an attempt in flight"
	case flying > 1:
		return "two attempts are in flight"
	case d.State == RefusedState && d.Purpose != Marketing:
		return "only marketing is refused"
	}
	return ""
}

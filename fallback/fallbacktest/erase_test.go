package fallbacktest

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
)

// erases is a person who is asked, answered and written to, while messages are loaded, claimed and settled, and who is erased at some
// point of it; what was on its way then comes to its end after that.
type erases struct {
	*script
	who     bots.ID
	gone    bool
	loaded  []fallback.Loaded
	calling []*fallback.Attempt
	done    []*fallback.Attempt
	story   []string
	wrong   string
}

func (x *erases) note(what string) { x.story = append(x.story, what) }

func (x *erases) asks(kind int) {
	if x.gone {
		return
	}
	x.note("ask")
	x.ask(x.who, []fallback.Purpose{fallback.Service, fallback.Marketing, fallback.Urgent}[kind%3], loyalty)
}

func (x *erases) loads(kind int) {
	if len(x.ids) == 0 {
		return
	}
	have, err := x.Load(x.ctx(), x.ids[kind%len(x.ids)])
	if err == nil && have.Contact != nil && have.Delivery.State == fallback.Queued {
		x.note("load")
		x.loaded = append(x.loaded, have)
	}
}

func (x *erases) claims(kind int) {
	if len(x.loaded) == 0 {
		return
	}
	have := x.loaded[kind%len(x.loaded)]
	a, err := x.Claim(x.ctx(), &fallback.Intent{Delivery: have.Delivery.ID, Leg: have.Delivery.Leg, Out: bots.Outgoing{To: have.Place(), Text: "120 points"}}, x.rules, x.world)
	if err != nil {
		x.wrong = "a claim: " + err.Error()
	}
	if a == nil {
		return
	}
	x.note("claim")
	if x.gone {
		x.wrong = "a message to who was erased was claimed"
	}
	x.calling = append(x.calling, a)
}

func (x *erases) settles(kind int) {
	if len(x.calling) == 0 {
		return
	}
	a := x.calling[0]
	x.calling = x.calling[1:]
	res := fallback.Result{Receipt: bots.Receipt{Sender: a.Sender, Chat: a.Out.To.ID, ID: fmt.Sprint("p", a.Message), Level: bots.Accepted, At: time.Now()}}
	if faults := []bots.Fault{bots.Uncertain, bots.Refused, bots.Unreachable, bots.Temporary}; kind%6 < len(faults) {
		res = fallback.Result{Err: &bots.SendError{Fault: faults[kind%6], Err: fmt.Errorf("the words of the channel")}}
	}
	x.note("settle")
	if err := x.Settle(x.ctx(), a, res, x.rules, x.world); err != nil {
		x.wrong = "a settle: " + err.Error()
	}
	x.done = append(x.done, a)
}

// comesBack is a receipt, an answer or a click about a message that went out.
func (x *erases) comesBack(kind int) {
	if len(x.done) == 0 {
		return
	}
	a := x.done[kind%len(x.done)]
	e := bots.Event{Kind: bots.Reported, Chat: a.Out.To, Receipt: &bots.Receipt{Sender: a.Sender, Chat: a.Out.To.ID, ID: fmt.Sprint("p", a.Message), Step: a.Message, Level: bots.Read, At: time.Now()}}
	switch kind % 3 {
	case 1:
		e = bots.Event{Kind: bots.Clicked, Step: a.Message, Delivery: a.Delivery, Chat: a.Out.To}
	case 2:
		e = bots.Event{Kind: bots.Blocked, Chat: a.Out.To}
	}
	e.Channel = a.Out.To.Channel
	x.note("comes back")
	if _, err := x.tell(e); err != nil {
		x.wrong = "what came back: " + err.Error()
	}
}

func (x *erases) erased(int) {
	if !x.gone {
		x.note("erase")
		x.erase(x.who)
		x.gone = true
		return
	}
	x.note("step")
	x.must(x.Update(x.ctx(), func(tx fallback.Tx) error {
		_, err := fallback.EraseSome(tx, x.who, x.rules, x.world)
		return err
	}))
}

func (x *erases) waits(kind int) {
	time.Sleep([]time.Duration{time.Second, 20 * time.Minute, 5 * time.Hour}[kind%3])
	for _, id := range x.ids {
		if d := x.delivery(id); !d.State.Final() && !d.Due.After(time.Now()) && d.State != fallback.Queued {
			x.must(x.Come(x.ctx(), id, x.rules, x.world))
		}
	}
}

// live does one thing after the other, and the erase in the end at the latest; it returns what went wrong.
func (x *erases) live(choices []int) string {
	acts := []func(int){x.asks, x.asks, x.loads, x.loads, x.claims, x.claims, x.settles, x.comesBack, x.waits, x.erased}
	for _, c := range choices {
		acts[c%len(acts)](c / len(acts))
		if err := x.Check(); err != nil && x.wrong == "" {
			x.wrong = err.Error()
		}
		if x.wrong != "" {
			return x.wrong + "\nafter " + strings.Join(x.story, ", ")
		}
	}
	if !x.gone {
		x.erase(x.who)
		x.gone = true
	}
	sent := len(x.log)
	for len(x.calling) > 0 && x.wrong == "" {
		x.settles(len(x.calling))
	}
	x.goOn(x.who)
	x.run(72 * time.Hour)
	if len(x.log) != sent {
		x.wrong = "after the erase there went out " + strings.Join(x.log[sent:], ", ")
	}
	x.nothingOf(x.who)
	if x.wrong != "" {
		return x.wrong + "\nafter " + strings.Join(x.story, ", ")
	}
	return ""
}

// After an erase, at whatever point of whatever order it comes, nothing is sent to the person, nothing fails that was on its way, and
// records and indexes agree.
func TestNothingIsSentToWhoWasErased(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		choices := rapid.SliceOfN(rapid.IntRange(0, 599), 1, 60).Draw(r, "choices")
		wrong := ""
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(10 * time.Hour)
			s := &script{t: t, Store: &Memory{}, rules: Rules(), world: &fallback.World{Boot: 1, Ears: map[string]fallback.Ear{}}, start: time.Now(), nexts: map[string][]func(*sent){}}
			s.rules.PerDay, s.rules.PerWeek, s.rules.SameMessage = 0, 0, 0
			x := &erases{script: s, who: s.everywhere()}
			wrong = x.live(choices)
		})
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}

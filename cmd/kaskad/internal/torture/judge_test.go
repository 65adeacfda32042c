package torture

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func after(seconds float64) time.Time {
	return noon.Add(time.Duration(seconds * float64(time.Second)))
}

// clean is a book in which everything is as it should be: #1# was read on Viber after Telegram had been quiet, an answer of staff is
// uncertain, and somebody wrote twice.
func clean() *Book {
	change := func(id uint64, kind, delivery, message string) Change {
		return Change{ID: id, Type: kind, Contact: "c1", Delivery: delivery, Message: message, Line: fmt.Sprint(id, kind, delivery, message)}
	}
	b := &Book{
		Asks: []Ask{
			{Number: 1, Person: "A", Channels: []string{telegramChannel, viberChannel, smsChannel}, Marketing: true, IDs: map[string]bool{"d1": true}},
			{Number: 2, Person: "A", Talk: true, IDs: map[string]bool{"d2": true}},
			{Number: 3, Person: "A", Channels: []string{telegramChannel, smsChannel}, IDs: map[string]bool{}},
		},
		Calls: []Call{
			{Channel: telegramChannel, Person: "A", Number: 1, At: after(0.1), Carried: true},
			{Channel: viberChannel, Person: "A", Number: 1, At: after(2), Refused: true},
			{Channel: viberChannel, Person: "A", Number: 1, At: after(3), Carried: true},
			{Channel: viberChannel, Person: "A", Number: 2, At: after(5), Carried: true},
		},
		Signs: []Sign{
			{Channel: viberChannel, Person: "A", Kind: Saw, Number: 1, ProviderID: "77", Begun: after(4), Acked: after(4.1)},
			{Channel: telegramChannel, Person: "A", Kind: Wrote, Text: "раз", Begun: after(6), Acked: after(6.1)},
			{Channel: viberChannel, Person: "A", Kind: Wrote, Text: "два", Begun: after(7), Acked: after(7.1)},
			{Channel: viberChannel, Person: "A", Kind: SaidStop, Text: stopWord, Begun: after(8), Acked: after(8.1)},
			{Channel: telegramChannel, Person: "A", Kind: Blocked, Begun: after(9), Acked: after(9.1)},
		},
		Deliveries: []Delivery{
			{ID: "d1", State: "done", Person: "A", Steps: []Step{{Channel: telegramChannel, State: "accepted", ProviderID: "5"}, {Channel: viberChannel, State: "read", ProviderID: "77"}, {Channel: smsChannel, State: "withdrawn"}}},
			{ID: "d2", State: "waiting", Person: "A", Steps: []Step{{Channel: viberChannel, State: "uncertain", Next: after(900)}}},
		},
		Said: []Said{
			{Person: "A", ID: "m1", Direction: "out", Kind: "text", Channel: telegramChannel, Number: 1, At: after(0.1), Delivery: "d1"},
			{Person: "A", ID: "m2", Direction: "out", Kind: "text", Channel: viberChannel, Number: 1, At: after(2), Delivery: "d1"},
			{Person: "A", ID: "m3", Direction: "out", Kind: "text", Channel: viberChannel, Number: 2, At: after(5), Delivery: "d2"},
			{Person: "A", ID: "m4", Direction: "in", Kind: "text", Channel: telegramChannel, Text: "раз", At: after(6)},
			{Person: "A", ID: "m5", Direction: "in", Kind: "text", Channel: viberChannel, Text: "два", At: after(7)},
			{Person: "A", ID: "m6", Direction: "in", Kind: "text", Channel: viberChannel, Text: stopWord, At: after(8)},
		},
		States: []AddressState{{"A", telegramChannel, "blocked", "denied"}, {"A", viberChannel, "active", "denied"}},
		Changes: []Change{
			change(1, "delivery.accepted", "d1", ""), change(3, "delivery.accepted", "d2", ""), change(4, "delivery.done", "d1", ""),
			change(5, "message.received", "", "m4"), change(6, "message.received", "", "m5"), change(9, "message.received", "", "m6"),
		},
		Over: true,
	}
	b.Before = slices.Clone(b.Changes[:2])
	for _, c := range b.Changes {
		b.Told = append(b.Told, Telling{Change: c.ID, ID: fmt.Sprint("msg_", c.ID), Type: c.Type, Contact: "c1", Sum: c.Line, Genuine: true})
	}
	b.Told = append(b.Told, b.Told[2]) // once more after a kill
	return b
}

func TestACleanBookIsClean(t *testing.T) {
	faults, tally := Judge(clean())
	if len(faults) > 0 {
		t.Errorf("faults in a clean book: %v", faults)
	}
	want := Tally{Asked: 3, Accepted: 2, Messages: 3, By: [4]int{1, 2}, Signs: 5, Proofs: 1, Words: 3, Changes: 6, Told: 7}
	if tally != want {
		t.Errorf("counted %+v, want %+v", tally, want)
	}
}

// Every way in which a book may be wrong is seen, and is named by its rule.
func TestEachBrokenRuleIsSeen(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(*Book)
		rule   string
	}{
		"an accepted delivery is gone":           {func(b *Book) { b.Asks[2].IDs["d9"] = true }, RuleKept},
		"one key, two answers":                   {func(b *Book) { b.Asks[0].IDs["d2"] = true }, RuleOnce},
		"one key, two deliveries":                {func(b *Book) { b.Said[2].Number = 1 }, RuleOnce},
		"a message of nobody's":                  {func(b *Book) { b.Calls[0].Number = 8 }, RuleOnce},
		"twice on a channel":                     {func(b *Book) { b.Calls = append(b.Calls, b.Calls[0]) }, RuleOnce},
		"twice, without an answer to the caller": {func(b *Book) { b.Asks[0].IDs = nil; b.Calls = append(b.Calls, b.Calls[0]) }, RuleOnce},
		"sent, and never there":                  {func(b *Book) { b.Calls[2].Carried = false }, RuleTrue},
		"an id that was told and is not known":   {func(b *Book) { b.Deliveries[0].Steps[1] = Step{Channel: viberChannel, State: "accepted"} }, RuleEvents},
		"again after an unknown outcome":         {func(b *Book) { b.Calls[1].Refused = false }, RuleNoRepeat},
		"a step in hand after the proof": {func(b *Book) {
			b.Calls = append(b.Calls, Call{Channel: smsChannel, Number: 1, At: after(4.5), Carried: true})
			b.Said = append(b.Said, Said{Person: "A", Direction: "out", Channel: smsChannel, Number: 1, At: after(4.2), Delivery: "d1"})
		}, RuleProof},
		"a step long after the proof": {func(b *Book) {
			b.Calls = append(b.Calls, Call{Channel: smsChannel, Number: 1, At: after(6), Refused: true})
		}, RuleProof},
		"marketing after a stop":                   {func(b *Book) { b.Calls[0].At = after(11) }, RuleNo},
		"a step after the cancel":                  {func(b *Book) { b.Asks[1].Cancelled = after(3) }, RuleNo},
		"a read that is not at its message":        {func(b *Book) { b.Deliveries[0].Steps[1].State = "delivered" }, RuleEvents},
		"a sign about a message that is not there": {func(b *Book) { b.Signs[0].Channel = smsChannel; b.Deliveries[0].Steps = b.Deliveries[0].Steps[:2] }, RuleEvents},
		"a report that came to nothing":            {func(b *Book) { b.Signs[0].Kind, b.Deliveries[0].Steps[1].State = NotArrived, "accepted" }, RuleEvents},
		"a text that is gone":                      {func(b *Book) { b.Said[3].Text = "інше" }, RuleEvents},
		"a text that stands twice":                 {func(b *Book) { b.Said = append(b.Said, b.Said[3]) }, RuleEvents},
		"a block without effect":                   {func(b *Book) { b.States[0].State = "active" }, RuleEvents},
		"a stop without effect":                    {func(b *Book) { b.States[1].Marketing = "given" }, RuleEvents},
		"never taken":                              {func(b *Book) { b.Signs[1].Acked = time.Time{} }, RuleEvents},
		"another order":                            {func(b *Book) { b.Said[3], b.Said[4] = b.Said[4], b.Said[3] }, RuleOrder},
		"no end":                                   {func(b *Book) { b.Deliveries[0].State = "waiting" }, RuleEnd},
		"no end, and no next look":                 {func(b *Book) { b.Deliveries[1].Steps[0].Next = time.Time{} }, RuleEnd},
		"a change twice":                           {func(b *Book) { b.Changes[1] = b.Changes[0] }, RuleChanges},
		"another change under an old id":           {func(b *Book) { b.Changes[0].Line = "other" }, RuleChanges},
		"no change of an end":                      {func(b *Book) { b.Changes[2].Type = "delivery.failed" }, RuleChanges},
		"no change of a text":                      {func(b *Book) { b.Changes[3].Message = "m9" }, RuleChanges},
		"a change that nobody was told":            {func(b *Book) { b.Told = b.Told[:5] }, RuleTold},
		"told out of order":                        {func(b *Book) { b.Told[3], b.Told[4] = b.Told[4], b.Told[3] }, RuleTold},
		"told again as something else":             {func(b *Book) { b.Told[6].Sum = "other" }, RuleTold},
		"a wrong signature":                        {func(b *Book) { b.Told[0].Genuine = false }, RuleTold},
	} {
		t.Run(name, func(t *testing.T) {
			b := clean()
			c.damage(b)
			faults, _ := Judge(b)
			if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Rule == c.rule }) {
				t.Errorf("found %v, want a breach of %s", faults, c.rule)
			}
		})
	}
}

// What may happen is no fault.
func TestWhatMayHappenIsNoFault(t *testing.T) {
	for name, change := range map[string]func(*Book){
		"a step that was under way when the proof came": func(b *Book) {
			b.Calls = append(b.Calls, Call{Channel: smsChannel, Number: 1, At: after(4.6), Refused: true})
		},
		"a read of a message whose id never came": func(b *Book) { b.Deliveries[0].Steps[1].ProviderID, b.Deliveries[0].Steps[1].State = "", "uncertain" },
		"somebody who left and wrote again": func(b *Book) {
			b.States[0].State = "active"
			b.Signs = append(b.Signs, Sign{Channel: telegramChannel, Person: "A", Kind: Wrote, Text: "знову", Begun: after(10), Acked: after(10.1)})
			b.Said = append(b.Said, Said{Person: "A", ID: "m7", Direction: "in", Kind: "text", Text: "знову"})
			b.Changes = append(b.Changes, Change{ID: 20, Type: "message.received", Message: "m7"})
			b.Told = append(b.Told, Telling{Change: 20, Genuine: true})
		},
		"somebody who left and wrote again while the gateway was asked": func(b *Book) {
			b.States[0].State = "active"
			b.Later = append(slices.Clone(b.Signs), Sign{Channel: telegramChannel, Person: "A", Kind: Wrote, Text: "знову", Begun: after(10)})
		},
		"two texts that were under way together": func(b *Book) {
			b.Signs[2].Begun = after(6)
			b.Said[3], b.Said[4] = b.Said[4], b.Said[3]
		},
	} {
		b := clean()
		change(b)
		if faults, _ := Judge(b); len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		}
	}
}

func TestAPlanIsOfItsSeed(t *testing.T) {
	one, two := fmt.Sprint(draw(7, 3)), fmt.Sprint(draw(7, 3))
	if one != two {
		t.Error("the same seed and round drew two plans")
	}
	seen := map[string]bool{}
	kinds := map[deedKind]bool{}
	for n := range 50 {
		r := draw(7, n)
		seen[fmt.Sprint(r)] = true
		for _, d := range r.deeds {
			kinds[d.kind] = true
			if d.at >= r.length || !strings.HasPrefix(d.who, "C-") && !strings.HasPrefix(d.who, "L-") {
				t.Errorf("a deed %+v in a round of %s", d, r.length)
			}
		}
	}
	if len(seen) != 50 || len(kinds) != int(leaveCloud)+1 {
		t.Errorf("50 rounds are %d plans with %d kinds of deeds", len(seen), len(kinds))
	}
}

package torture

import (
	"math/rand/v2"
	"slices"
	"time"
)

// regulars are the people who stay; leavers come anew in each round, and go.
const (
	regulars = 16
	leavers  = 3
)

// deedKind is what somebody outside does.
type deedKind int

const (
	ask         deedKind = iota // the retailer asks for a delivery
	askTwice                    // the same, with the same key from two programs at once
	askAndStop                  // and cancels it soon after
	answer                      // a colleague answers
	sayTelegram                 // a person writes
	sayViber
	sayCloud
	sayBoth    // on Telegram and Viber, one right after the other
	tellAgain  // Viber or Meta brings a call once more that was taken before
	leaveStop  // somebody is made, is sent marketing, and says stop
	leaveBlock // … or blocks the bot on Telegram
	leaveViber // … or unsubscribes on Viber
	leaveCloud // … or blocks us on WhatsApp, which tells that by what fails
)

// deed is one of them.
type deed struct {
	kind    deedKind
	at      time.Duration // from the beginning of the round
	later   time.Duration // of its second half
	number  int
	who     string
	cascade int
	dice    uint64
}

// fault is what a messenger or provider does wrong, once.
type fault struct {
	channel  string
	method   string
	kind     int
	skip     int
	carryOut bool
}

// round is what happens between two lives of the gateway.
type round struct {
	deeds  []deed
	faults []fault
	length time.Duration
	gently bool // it is asked to stop instead of being killed
}

// cascades are those that are asked for, by the channels of their steps.
var cascades = []struct {
	name     string
	channels []string
}{
	{"tvs", []string{telegramChannel, viberChannel, smsChannel}},
	{"vts", []string{viberChannel, telegramChannel, smsChannel}},
	{"ts", []string{telegramChannel, smsChannel}},
	{"vs", []string{viberChannel, smsChannel}},
	{"cs", []string{cloudChannel, smsChannel}},
	{"cvs", []string{cloudChannel, viberChannel, smsChannel}},
	{"tcs", []string{telegramChannel, cloudChannel, smsChannel}},
}

// draw plans a round: the same seed and number, the same plan.
func draw(seed uint64, number int) round {
	dice := rand.New(rand.NewPCG(seed, uint64(number)))
	r := round{length: time.Duration(150+dice.IntN(2600)) * time.Millisecond, gently: dice.IntN(10) == 0}
	within := func() time.Duration { return time.Duration(dice.Int64N(int64(r.length))) }
	add := func(kind deedKind, who string) {
		r.deeds = append(r.deeds, deed{kind: kind, at: within(), later: time.Duration(dice.IntN(1500)) * time.Millisecond, number: number*1000 + len(r.deeds) + 1, who: who,
			cascade: dice.IntN(len(cascades)), dice: dice.Uint64()})
	}
	regular := func() string { return regularName(dice.IntN(regulars)) }
	weights := []struct{ kind, times int }{{int(ask), 10 + dice.IntN(8)}, {int(askTwice), 2}, {int(askAndStop), 2}, {int(answer), 2}, {int(sayTelegram), 4}, {int(sayViber), 4}, {int(sayCloud), 3}, {int(sayBoth), 2}, {int(tellAgain), 3}}
	for _, w := range weights {
		for range w.times {
			add(deedKind(w.kind), regular())
		}
	}
	for k := range leavers {
		add([]deedKind{leaveStop, leaveBlock, leaveViber, leaveCloud}[dice.IntN(4)], leaverName(number, k))
	}
	for range dice.IntN(5) {
		r.faults = append(r.faults, fault{channel: telegramChannel, method: []string{"sendMessage", "sendMessage", "sendMessage", "getUpdates", "answerCallbackQuery"}[dice.IntN(5)],
			kind: dice.IntN(len(telegramFaults)), skip: dice.IntN(5), carryOut: dice.IntN(2) == 0})
	}
	for range dice.IntN(4) {
		r.faults = append(r.faults, fault{channel: viberChannel, method: "send_message", kind: dice.IntN(len(viberFaults)), skip: dice.IntN(4), carryOut: dice.IntN(2) == 0})
	}
	for range dice.IntN(4) {
		r.faults = append(r.faults, fault{channel: cloudChannel, kind: dice.IntN(len(cloudFaults)), skip: dice.IntN(4), carryOut: dice.IntN(2) == 0})
	}
	for range dice.IntN(3) {
		r.faults = append(r.faults, fault{channel: smsChannel, kind: dice.IntN(len(smsFaults)), skip: dice.IntN(3), carryOut: dice.IntN(2) == 0})
	}
	slices.SortStableFunc(r.deeds, func(a, b deed) int { return int(a.at - b.at) })
	return r
}

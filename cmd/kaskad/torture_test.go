package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

const tortureConfig = `
[cascades.hard]
steps = [
  { channel = "telegram", wait = "3s", until = "read" },
  { channel = "sms", wait = "2s", until = "delivered" },
]
deadline = "1h"
quiet_hours = { from = "00:00", to = "00:00" }
`

// TestTorture kills the program at random moments while customers, messengers and providers do what they do, and then asks both
// sides what happened.
func TestTorture(t *testing.T) {
	kills, _ := strconv.Atoi(os.Getenv("KASKAD_TORTURE"))
	if kills == 0 {
		t.Skip("takes minutes: KASKAD_TORTURE=20 go test -run TestTorture -v ./cmd/kaskad")
	}
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("KASKAD_TORTURE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	t.Logf("KASKAD_TORTURE=%d KASKAD_TORTURE_SEED=%d", kills, seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1, Seed: seed}, simsms.Options{Seed: seed, Price: -1, Duplicates: 1, Reorder: true,
		Habits: simsms.OneOf(simsms.Chance{Weight: 6, Acts: []simsms.Act{{Do: simsms.Deliver, After: 300 * time.Millisecond}}}, simsms.Chance{Weight: 1, Acts: []simsms.Act{{Do: simsms.Undeliver, After: 200 * time.Millisecond}}}, simsms.Chance{Weight: 1})}, tortureConfig)
	p.start()
	const people = 24
	for i := range people {
		p.person(fmt.Sprintf("C-%d", i), int64(1000+i), fmt.Sprintf("+38050111%04d", i), habits())
	}
	o := &oracle{p: p, accepted: map[string]order{}}
	for round := range kills {
		o.round(dice, round, people)
		p.kill()
		p.start()
	}
	p.tg.ClearFaults()
	p.sms.ClearFaults()
	o.settle()
	p.stop()
	o.judge()
	p.check()
	t.Logf("%d deliveries accepted, %d Telegram messages, %d SMS, %d presses acknowledged", len(o.accepted), o.telegrams, o.texts, o.presses)
}

// habits are of people who press, reply, write, react, or do nothing.
func habits() simtelegram.Habits {
	after := func(d simtelegram.Deed, ms int) simtelegram.Chance {
		return simtelegram.Chance{Weight: 1, Acts: []simtelegram.Act{{Do: d, After: time.Duration(ms) * time.Millisecond, Text: "так", Emoji: "👍"}}}
	}
	return simtelegram.OneOf(simtelegram.Chance{Weight: 4}, after(simtelegram.PressButton, 50), after(simtelegram.PressButton, 2800), after(simtelegram.PressButton, 4000),
		after(simtelegram.ReplyQuoting, 500), after(simtelegram.PutReaction, 1500))
}

// order is one accepted delivery: its number is in the text, so that both sides can be compared.
type order struct {
	number int
	chat   int64
	phone  string
}

// oracle remembers what was acknowledged to whom.
type oracle struct {
	p        *plant
	mu       sync.Mutex
	accepted map[string]order // by delivery id
	number   int

	telegrams, texts, presses int
}

// round sends from several callers at once while faults happen, for a random moment.
func (o *oracle) round(dice *rand.Rand, round, people int) {
	for range dice.IntN(4) {
		kind := []simtelegram.Kind{simtelegram.HangAfterAccept, simtelegram.InternalError, simtelegram.CutAfter, simtelegram.CutBefore, simtelegram.Garbage, simtelegram.FloodWait}[dice.IntN(6)]
		o.p.tg.Fail(simtelegram.Fault{Method: "sendMessage", Skip: dice.IntN(5), Kind: kind, CarryOut: dice.IntN(2) == 0})
	}
	if dice.IntN(2) == 0 {
		kind := []simsms.Kind{simsms.HangAfterAccept, simsms.InternalError, simsms.CutAfter, simsms.CutBefore}[dice.IntN(4)]
		o.p.sms.Fail(simsms.Fault{Skip: dice.IntN(3), Kind: kind, CarryOut: dice.IntN(2) == 0})
	}
	var wg sync.WaitGroup
	for range 4 {
		who := make([]int, 6)
		for i := range who {
			who[i] = dice.IntN(people)
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			for _, i := range who {
				o.ask(i)
			}
		}()
	}
	time.Sleep(time.Duration(dice.IntN(1500)) * time.Millisecond)
	if dice.IntN(3) == 0 {
		wg.Wait() // sometimes everything is accepted before the kill
		time.Sleep(time.Duration(dice.IntN(4000)) * time.Millisecond)
		return
	}
	o.p.kill() // in the middle of requests
	wg.Wait()
	o.p.start()
}

// ask sends one delivery under a key, and again under the same key when the answer did not come.
func (o *oracle) ask(person int) {
	o.mu.Lock()
	o.number++
	n := o.number
	o.mu.Unlock()
	body := map[string]any{"to": fmt.Sprintf("ext:C-%d", person), "text": fmt.Sprintf("замовлення #%d#", n), "purpose": "service", "cascade": "hard", "key": fmt.Sprintf("k%d", n)}
	id, err := o.p.send(body)
	if err != nil {
		id, err = o.p.send(body) // the caller's own retry: it must not make a second delivery
	}
	if err != nil {
		return
	}
	o.mu.Lock()
	o.accepted[id] = order{n, int64(1000 + person), fmt.Sprintf("+38050111%04d", person)}
	o.mu.Unlock()
}

// settle waits until everything that was accepted is final.
func (o *oracle) settle() {
	o.p.t.Helper()
	until := time.Now().Add(3 * time.Minute)
	for id := range o.accepted {
		for {
			var now state
			if err := o.p.call("GET", "/v1/deliveries/"+id, nil, &now); err != nil {
				o.p.t.Fatal(err)
			}
			if final(now.State) {
				break
			}
			if time.Now().After(until) {
				o.p.t.Errorf("delivery %s is still %s (%s), steps %v", id, now.State, now.Reason, now.Steps)
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
}

func final(s string) bool {
	return !strings.Contains("scheduled held queued sending waiting", s)
}

// judge compares what was acknowledged with what the people got.
func (o *oracle) judge() {
	o.p.t.Helper()
	answered := map[string]time.Time{} // chat/message → when a press was acknowledged
	for _, c := range o.p.tg.Callbacks() {
		if c.Answered {
			o.presses++
			key := fmt.Sprintf("%d/%d", c.From, c.MessageID)
			if _, ok := answered[key]; !ok {
				answered[key] = c.At
			}
		}
	}
	for id, order := range o.accepted {
		mark := fmt.Sprintf("#%d#", order.number)
		seen, pressed := 0, time.Time{}
		for _, m := range o.p.tg.Messages(order.chat) {
			if strings.Contains(m.Text, mark) {
				seen++
				if at, ok := answered[fmt.Sprintf("%d/%d", order.chat, m.ID)]; ok {
					pressed = at
				}
			}
		}
		o.telegrams += seen
		if seen > 1 {
			o.p.t.Errorf("delivery %s (%s) came %d times on Telegram", id, mark, seen)
		}
		texts := 0
		for _, m := range o.p.sms.Messages(order.phone) {
			if strings.Contains(m.Text, mark) {
				texts++
				// The press was made at its time and acknowledged soon after; a second of grace covers the way in between.
				if !pressed.IsZero() && m.At.After(pressed.Add(graceForPress)) && m.At.Sub(pressed) < time.Minute && o.wasAcknowledged(order, pressed, m.At) {
					o.p.t.Errorf("delivery %s (%s): an SMS went at %s, after the press of %s was acknowledged", id, mark, m.At, pressed)
				}
			}
		}
		o.texts += texts
		if texts > 1 {
			o.p.t.Errorf("delivery %s (%s) came %d times by SMS", id, mark, texts)
		}
		if seen+texts == 0 {
			o.p.t.Logf("delivery %s (%s) reached nobody: every attempt was lost before it was carried out", id, mark)
		}
	}
}

const graceForPress = 500 * time.Millisecond

// wasAcknowledged reports whether the press's answer had been made before the SMS: calls carry their times.
func (o *oracle) wasAcknowledged(who order, pressed, sent time.Time) bool {
	for _, c := range o.p.tg.CallsOf("answerCallbackQuery") {
		if c.Status == 200 && c.At.After(pressed) && c.At.Before(sent.Add(-graceForPress)) {
			if callbackOf(o.p.tg.Callbacks(), c.Params["callback_query_id"], who.chat, pressed) {
				return true
			}
		}
	}
	return false
}

func callbackOf(all []simtelegram.Callback, id string, chat int64, at time.Time) bool {
	for _, c := range all {
		if c.ID == id {
			return c.From == chat && c.At.Equal(at)
		}
	}
	return false
}

package torture

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"kaskad/bots/simulator/graph"
	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
)

// world is everybody outside: messengers, the provider, and the people behind them.
type world struct {
	tg *telegram.Server
	vb *viber.Server
	gr *graph.Server
	sm *sms.Server
}

var (
	telegramFaults = []telegram.Kind{telegram.HangAfterAccept, telegram.InternalError, telegram.BadGateway, telegram.CutAfter, telegram.CutBefore, telegram.Garbage, telegram.FloodWait, telegram.Delay, telegram.LateAnswer}
	viberFaults    = []viber.Kind{viber.HangAfterAccept, viber.HangAfterAccept, viber.HangAfterAccept, viber.InternalError, viber.BadGateway, viber.CutAfter, viber.CutBefore, viber.Garbage, viber.AnswerStatus, viber.Slow, viber.LateAnswer, viber.LateAnswer}
	cloudFaults    = []graph.Kind{graph.HangAfterAccept, graph.HangAfterAccept, graph.InternalError, graph.BadGateway, graph.CutAfter, graph.CutBefore, graph.Garbage, graph.AnswerError, graph.Slow}
	smsFaults      = []sms.Kind{sms.HangAfterAccept, sms.InternalError, sms.CutAfter, sms.CutBefore, sms.FloodWait, sms.Delay, sms.LateAnswer}
)

func newWorld(seed uint64) (*world, error) {
	w := &world{}
	var err error
	if w.tg, err = telegram.New(telegram.Options{Seed: seed, Rate: -1, ChatRate: -1}); err != nil {
		return nil, err
	}
	// A gateway that is down for a moment hears of everything within a third of a second.
	if w.vb, err = viber.New(viber.Options{Seed: seed, Unanswered: -1, Arrival: 20 * time.Millisecond, Repeats: slices.Repeat([]time.Duration{300 * time.Millisecond}, 2000)}); err != nil {
		return nil, errors.Join(err, w.tg.Close())
	}
	// Meta tells things twice, several at once, and the last of them first.
	if w.gr, err = graph.New(graph.Options{Seed: seed, Arrival: 20 * time.Millisecond, Twice: 5, Batch: 3, Gather: 15 * time.Millisecond, Shuffle: 60 * time.Millisecond,
		Repeats: slices.Repeat([]time.Duration{300 * time.Millisecond}, 2000)}); err != nil {
		return nil, errors.Join(err, w.tg.Close(), w.vb.Close())
	}
	if w.sm, err = sms.New(sms.Options{Seed: seed, Speed: smsSpeed, Price: -1, Duplicates: 1, Reorder: true, ReportTries: 2000, Habits: texted}); err != nil {
		return nil, errors.Join(err, w.tg.Close(), w.vb.Close(), w.gr.Close())
	}
	return w, nil
}

func (w *world) close() error {
	return errors.Join(w.tg.Close(), w.vb.Close(), w.gr.Close(), w.sm.Close())
}

// person is a customer, on all channels.
type person struct {
	name  string
	chat  int64
	viber string
	phone string
}

func regularName(n int) string       { return fmt.Sprintf("C-%d", n) }
func leaverName(round, k int) string { return fmt.Sprintf("L-%d-%d", round, k) }

// newPerson is the n-th of an era.
func newPerson(name string, n int) person {
	return person{name: name, chat: int64(1000 + n), viber: viber.UserID(n + 1), phone: fmt.Sprintf("+38050%07d", n)}
}

// enter puts a customer behind the messengers.
func (w *world) enter(p person) error {
	return errors.Join(
		w.tg.AddPerson(telegram.Person{ID: p.chat, FirstName: p.name, Phone: p.phone, Started: true, Habits: onTelegram}),
		w.vb.AddPerson(viber.Person{ID: p.viber, Name: p.name, Phone: p.phone[1:], Subscribed: true, Habits: onViber}),
		w.gr.AddPerson(graph.Person{Phone: p.phone[1:], Name: p.name, Habits: onCloud}),
		w.sm.AddPerson(sms.Person{Phone: p.phone, Habits: texted}),
	)
}

// soon is a moment around the time-outs of the steps, or long before or after.
func soon(dice *rand.Rand) time.Duration {
	return []time.Duration{50, 200, 700, 1300, 1900, 1980, 2050, 2600, 4000, 6000}[dice.IntN(10)]*time.Millisecond + time.Duration(dice.IntN(90))*time.Millisecond
}

// lateDeed is after which nobody does anything more about a message.
const lateDeed = 6100 * time.Millisecond

// onTelegram is what people do with a message there.
func onTelegram(m telegram.Message, dice *rand.Rand) []telegram.Act {
	act := telegram.Act{After: soon(dice), Text: fmt.Sprintf("відповідь %d/%d", m.ChatID, m.ID), Emoji: "👍"}
	switch dice.IntN(10) {
	case 0, 1, 2:
		act.Do = telegram.PressButton
	case 3:
		act.Do = telegram.ReplyQuoting
	case 4:
		act.Do = telegram.PutReaction
	case 5:
		act.Do = telegram.WriteLater
	default:
		return nil
	}
	return []telegram.Act{act}
}

// onViber is what people do with a message there.
func onViber(m viber.Message, dice *rand.Rand) []viber.Act {
	act := viber.Act{After: soon(dice), For: soon(dice), Text: fmt.Sprintf("вайбер %d", m.Token)}
	switch dice.IntN(10) {
	case 0, 1, 2, 3:
		act.Do = viber.ReadAll
	case 4:
		act.Do = viber.WriteText
	case 5:
		act.Do = viber.BeOffline
	default:
		return nil
	}
	return []viber.Act{act}
}

// onCloud is what people do with a message on WhatsApp.
func onCloud(m graph.Message, dice *rand.Rand) []graph.Act {
	act := graph.Act{After: soon(dice), For: soon(dice), Text: "вацап " + m.ID}
	switch dice.IntN(10) {
	case 0, 1, 2, 3:
		act.Do = graph.ReadAll
	case 4:
		act.Do = graph.QuoteText
	case 5:
		act.Do, act.Text = graph.PutEmoji, "👍"
	case 6:
		act.Do = graph.WriteText
	case 7:
		act.Do = graph.BeOffline
	default:
		return nil
	}
	return []graph.Act{act}
}

// smsSpeed is how much faster than life the provider repeats a report that was not taken: else it waits for minutes after a few kills.
const smsSpeed = 10

// texted is what becomes of a text.
func texted(_ sms.Message, dice *rand.Rand) []sms.Act {
	switch dice.IntN(8) {
	case 0:
		return nil
	case 1:
		return []sms.Act{{Do: sms.Undeliver, After: smsSpeed * soon(dice)}}
	}
	return []sms.Act{{Do: sms.Deliver, After: smsSpeed * soon(dice)}}
}

// delay is how long an answer takes that is late: what the message brings about is told before it.
func (f fault) delay() time.Duration {
	if f.carryOut {
		return 900 * time.Millisecond
	}
	return 300 * time.Millisecond
}

// spoil makes the next calls go wrong.
func (w *world) spoil(faults []fault) {
	for _, f := range faults {
		switch f.channel {
		case telegramChannel:
			w.tg.Fail(telegram.Fault{Method: f.method, Skip: f.skip, Kind: telegramFaults[f.kind], CarryOut: f.carryOut, Delay: f.delay()})
		case viberChannel:
			w.vb.Fail(viber.Fault{Method: f.method, Skip: f.skip, Kind: viberFaults[f.kind], CarryOut: f.carryOut, Delay: f.delay()})
		case cloudChannel:
			w.gr.Fail(graph.Fault{Method: graph.Messages, Skip: f.skip, Kind: cloudFaults[f.kind], Code: cloudCodes[f.skip%len(cloudCodes)], CarryOut: f.carryOut, Delay: f.delay()})
		case smsChannel:
			w.sm.Fail(sms.Fault{Skip: f.skip, Kind: smsFaults[f.kind], CarryOut: f.carryOut, Delay: smsSpeed * f.delay()})
		}
	}
}

// cloudCodes are the refusals of Meta that pass within seconds: too many messages in all, and to one person. Those that rest for minutes (4, 80007)
// would outlast the end of an era.
var cloudCodes = []int{130429, 131056}

// calm lets everything work again.
func (w *world) calm() {
	w.tg.ClearFaults()
	w.vb.ClearFaults()
	w.gr.ClearFaults()
	w.sm.ClearFaults()
}

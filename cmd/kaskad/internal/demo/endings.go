package demo

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
)

// ending is the last two digits of an address: what the person behind it does. docs/api.md has the table.
type ending string

// The endings. Any other is that of people who read, press or receive.
const (
	replies     ending = "02"
	reacts      ending = "03"
	ignores     ending = "04"
	unreachable ending = "05"
	blocked     ending = "06"
	rejects     ending = "07"
	cuts        ending = "08"
	floods      ending = "09"
	undelivered ending = "10"
	opens       ending = "11"
)

// endingOf reads the ending of a phone, a Telegram id, or a Viber id, whose last signs are padding.
func endingOf(id string) ending {
	id = strings.TrimRight(id, "=")
	return ending(id[max(0, len(id)-2):])
}

const (
	soon       = 2 * time.Second  // after a message is there
	opensAfter = 4 * time.Second  // sooner is no click
	replyEvery = 10 * time.Second // a bot that answers every reply is not answered for ever
	testReply  = "Test reply"
)

// rarely makes a deed one that is done at most once in a while.
func rarely() func() bool {
	last := time.Time{}
	return func() bool {
		now := time.Now()
		if now.Sub(last) < replyEvery {
			return false
		}
		last = now
		return true
	}
}

func (w *TestWorld) settleTelegram(id string, does ending, now time.Time) {
	chat, err := strconv.ParseInt(id, 10, 64)
	if err != nil || does == unreachable {
		return
	}
	who := telegram.Person{ID: chat, FirstName: "Test", Started: true, Blocked: does == blocked, FirstMessage: firstMessage(now), Habits: w.telegramHabits(does)}
	if w.Telegram.AddPerson(who) != nil { // the id of no person: Telegram says so to whoever sends there
		return
	}
	switch does {
	case rejects:
		w.Telegram.Fail(telegram.Fault{ChatID: id, Kind: telegram.Refuse, Times: -1})
	case cuts:
		w.Telegram.Fail(telegram.Fault{ChatID: id, Kind: telegram.CutBefore, Times: -1})
	}
}

func (w *TestWorld) telegramHabits(does ending) telegram.Habits {
	switch does {
	case replies:
		may := rarely()
		return func(telegram.Message, *rand.Rand) []telegram.Act {
			if !may() {
				return nil
			}
			return []telegram.Act{{Do: telegram.ReplyQuoting, After: soon, Text: testReply}}
		}
	case reacts:
		return telegram.Always(telegram.Act{Do: telegram.PutReaction, After: soon, Emoji: "👍"})
	case ignores, rejects, cuts, undelivered:
		return nil
	}
	return func(m telegram.Message, _ *rand.Rand) []telegram.Act {
		if n, found := pressable(&m); found && does != opens {
			return []telegram.Act{{Do: telegram.PressButton, After: soon, Button: n}}
		}
		// Telegram tells nobody that a message was read: all that is left is a link.
		return []telegram.Act{{Do: telegram.CallFunc, After: opensAfter, Func: func(m telegram.Message) { w.Open(addresses(&m)) }}}
	}
}

// pressable is the first button that answers, counted over all rows.
func pressable(m *telegram.Message) (n int, found bool) {
	for _, row := range m.Buttons {
		for _, b := range row {
			if b.CallbackData != "" {
				return n, true
			}
			n++
		}
	}
	return 0, false
}

// addresses is everything in a message that leads somewhere, first what is a button.
func addresses(m *telegram.Message) string {
	var all []string
	for _, row := range m.Buttons {
		for _, b := range row {
			all = append(all, b.URL)
		}
	}
	for _, e := range m.Entities {
		all = append(all, e.URL)
	}
	return strings.Join(append(all, m.Text), " ")
}

func (w *TestWorld) settleViber(id string, does ending) {
	if does == unreachable {
		return
	}
	if w.Viber.AddPerson(viber.Person{ID: id, Name: "Test", Subscribed: does != blocked, Habits: w.viberHabits(does)}) != nil {
		return // no id of Viber's, which Viber says
	}
	switch does {
	case rejects:
		w.Viber.Fail(viber.Fault{Receiver: id, Kind: viber.AnswerStatus, Status: 3, Times: -1})
	case cuts:
		w.Viber.Fail(viber.Fault{Receiver: id, Kind: viber.CutBefore, Times: -1})
	}
}

func (w *TestWorld) viberHabits(does ending) viber.Habits {
	switch does {
	case replies:
		may := rarely()
		return func(viber.Message, *rand.Rand) []viber.Act {
			if !may() {
				return nil
			}
			return []viber.Act{{Do: viber.WriteText, After: soon, Text: testReply}}
		}
	case ignores, rejects, cuts, undelivered:
		return nil
	}
	reads := viber.Act{Do: viber.ReadAll, After: soon}
	if does == opens {
		return viber.Always(reads, viber.Act{Do: viber.CallFunc, After: opensAfter, Func: func(m viber.Message) { w.Open(string(m.Body)) }})
	}
	return viber.Always(reads)
}

func (w *TestWorld) settleSMS(id string, does ending) {
	who := sms.Person{Phone: id, Unreachable: does == unreachable, Stopped: does == blocked, Habits: w.smsHabits(does)}
	if w.SMS.AddPerson(who) != nil { // no phone, which the provider says
		return
	}
	switch does {
	case rejects:
		w.SMS.Fail(sms.Fault{To: id, Kind: sms.Refuse, Code: "45", Times: -1})
	case cuts:
		w.SMS.Fail(sms.Fault{To: id, Kind: sms.CutBefore, Times: -1})
	}
}

func (w *TestWorld) smsHabits(does ending) sms.Habits {
	arrives := sms.Act{Do: sms.Deliver, After: soon}
	switch does {
	case replies:
		may := rarely()
		return func(sms.Message, *rand.Rand) []sms.Act {
			if !may() {
				return []sms.Act{arrives}
			}
			return []sms.Act{arrives, {Do: sms.Answer, After: 2 * soon, Text: testReply}}
		}
	case ignores, cuts:
		return sms.Always(sms.Act{Do: sms.NoReport})
	case opens:
		return sms.Always(arrives, sms.Act{Do: sms.CallFunc, After: opensAfter, Func: func(m sms.Message) { w.Open(m.Text) }})
	case undelivered:
		return sms.Always(sms.Act{Do: sms.Undeliver, After: soon})
	}
	return sms.Always(arrives)
}

// flood lets the next try to reach somebody be one too many.
func (w *TestWorld) flood(at bots.Address) {
	switch at.Channel {
	case bots.Telegram:
		w.Telegram.Fail(telegram.Fault{ChatID: at.ID, Kind: telegram.FloodWait})
	case bots.Viber:
		w.Viber.Fail(viber.Fault{Receiver: at.ID, Kind: viber.AnswerStatus})
	case bots.WhatsAppCloud:
		w.Cloud.Fail(graph.Fault{To: plainID(at.ID), Kind: graph.AnswerError})
	case bots.SMS:
		w.SMS.Fail(sms.Fault{To: at.ID, Kind: sms.FloodWait})
	}
}

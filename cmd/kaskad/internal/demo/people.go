package demo

import (
	"math/rand/v2"
	"strconv"
	"time"

	"kaskad/bots/simulator/graph"
	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
	"kaskad/bots/simulator/whatsapp"
)

// person is one sample customer.
type person struct {
	number            int // of a drawn one
	name, card, phone string
	chat              int64 // in Telegram; 0: not there
	points            int
	habits            telegram.Habits
	phoneHabits       sms.Habits
	viber             string // in Viber; empty: not there
	viberHabits       viber.Habits
	whatsapp          chatter
	cloud             *onCloud // nil: not on the WhatsApp Business Platform
	blocks            bool     // shuts the bot out before the bonus
	leaves            bool     // the same on Viber
	offNet            bool     // the number cannot be reached
	plan              []string // what they are going to do, in words; of a drawn one
}

// answers makes a habit of one deed, done with the bonus and not with the welcome: the bonus has buttons.
func answers(acts ...telegram.Act) telegram.Habits {
	return func(m telegram.Message, _ *rand.Rand) []telegram.Act {
		if len(m.Buttons) == 0 {
			return nil
		}
		return acts
	}
}

// bonus makes a habit of one deed, done with the bonus and not with the welcome.
func bonus(acts ...viber.Act) viber.Habits {
	return func(m viber.Message, _ *rand.Rand) []viber.Act {
		if m.Welcome {
			return nil
		}
		return acts
	}
}

// customers are the people of the headless demo; every way a bonus can end is among them.
func customers() []person {
	return append(onBots(), onWhatsApps()...)
}

// onWhatsApps are the customers with WhatsApp: with the shop's phone, and the last two on the Business Platform.
func onWhatsApps() []person {
	soon := sms.Always(sms.Act{Do: sms.Deliver, After: time.Minute})
	lid := func(n int) string { return strconv.Itoa(firstLID + n) }
	return []person{
		{name: "Лідія", card: "C-117", phone: "+380501110117", points: 85, phoneHabits: soon, whatsapp: chatter{number: "+380501110117", lid: lid(117),
			acts: []whatsapp.Act{{Do: whatsapp.ReadIt, After: 4 * time.Minute}}}},
		{name: "Степан", card: "C-118", phone: "+380501110118", points: 70, phoneHabits: soon, whatsapp: chatter{number: "+380501110118", lid: lid(118), silent: true,
			acts: readThen(5*time.Minute, whatsapp.Act{Do: whatsapp.ReactWith, After: 7 * time.Minute, Text: "❤️"})}},
		{name: "Раїса", card: "C-119", phone: "+380501110119", chat: 119, viber: viber.UserID(119), points: 240, phoneHabits: soon, habits: answers(), viberHabits: bonus(),
			whatsapp: chatter{number: "+380501110119", lid: lid(119), silent: true, acts: readThen(5 * time.Minute)}},
		{name: "Зіновій", card: "C-120", points: 95, whatsapp: chatter{number: "+380501110120", lid: lid(120), hidden: true,
			acts: []whatsapp.Act{{Do: whatsapp.ReadIt, After: 6 * time.Minute}}}},
		{name: "Федір", card: "C-121", phone: "+380501110121", points: 160, phoneHabits: soon, whatsapp: chatter{number: "+380501110121", lid: lid(121),
			acts: readThen(2*time.Minute, whatsapp.Act{Do: whatsapp.QuoteText, After: 3 * time.Minute, Text: askUntil}), answer: openUntil, answered: 6 * time.Minute}},
		{name: "Клавдія", card: "C-122", phone: "+380501110122", points: 50, phoneHabits: soon, whatsapp: chatter{number: "+380501110122", lid: lid(122), cold: true}},
		{name: "Емілія", card: "C-123", phone: "+380501110123", points: 110, phoneHabits: soon, cloud: &onCloud{
			habits: graph.Always(graph.Act{Do: graph.ReadAll, After: 3 * time.Minute})}},
		{name: "Орест", card: "C-124", phone: "+380501110124", points: 180, phoneHabits: soon, cloud: &onCloud{stranger: true,
			habits: graph.Always(graph.Act{Do: graph.ReadAll, After: 5 * time.Minute}, graph.Act{Do: graph.WriteText, After: 6 * time.Minute, Text: "Дякую!"})}},
	}
}

// What somebody asks on WhatsApp, and the owner of the shop answers on the phone itself.
const (
	askUntil  = "Ви сьогодні до котрої?"
	openUntil = "До дев’ятої вечора, чекаємо!"
)

// onBots are the customers on Telegram, Viber, or nothing.
func onBots() []person {
	soon := sms.Always(sms.Act{Do: sms.Deliver, After: time.Minute})
	return []person{
		{name: "Олена", card: "C-101", phone: "+380501110101", chat: 101, points: 120, phoneHabits: soon,
			habits: answers(telegram.Act{Do: telegram.PressButton, After: 3 * time.Minute})},
		{name: "Андрій", card: "C-102", phone: "+380501110102", chat: 102, points: 80, phoneHabits: soon,
			habits: answers(telegram.Act{Do: telegram.ReplyQuoting, After: 5 * time.Minute, Text: "Дякую! А до якого числа діють?"})},
		{name: "Марія", card: "C-103", phone: "+380501110103", chat: 103, points: 45, phoneHabits: soon,
			habits: answers(telegram.Act{Do: telegram.PutReaction, After: 2 * time.Minute, Emoji: "❤"})},
		{name: "Тарас", card: "C-104", phone: "+380501110104", chat: 104, points: 300, phoneHabits: soon,
			habits: answers(telegram.Act{Do: telegram.WriteLater, After: 8 * time.Minute, Text: "Ви сьогодні до котрої?"})},
		{name: "Ірина", card: "C-105", phone: "+380501110105", chat: 105, points: 60, phoneHabits: soon, habits: answers()},
		{name: "Богдан", card: "C-106", phone: "+380501110106", chat: 106, points: 75, phoneHabits: sms.Always(sms.Act{Do: sms.Deliver, After: 12 * time.Minute}),
			habits: answers(telegram.Act{Do: telegram.PressButton, After: 25 * time.Minute})},
		{name: "Софія", card: "C-107", phone: "+380501110107", chat: 107, points: 90, phoneHabits: soon, habits: answers(), blocks: true},
		{name: "Юрій", card: "C-108", phone: "+380501110108", points: 150, phoneHabits: soon},
		{name: "Наталія", card: "C-109", phone: "+380501110109", chat: 109, points: 35, habits: answers(),
			phoneHabits: sms.Always(sms.Act{Do: sms.Undeliver, After: time.Minute})},
		{name: "Петро", card: "C-110", phone: "+380501110110", points: 20, offNet: true},
		{name: "Катерина", card: "C-111", chat: 111, points: 55, habits: answers()},
		{name: "Галина", card: "C-113", phone: "+380501110113", viber: viber.UserID(113), points: 210, phoneHabits: soon,
			viberHabits: bonus(viber.Act{Do: viber.ReadAll, After: 6 * time.Minute})},
		{name: "Дмитро", card: "C-114", phone: "+380501110114", viber: viber.UserID(114), points: 65, phoneHabits: soon,
			viberHabits: bonus(viber.Act{Do: viber.WriteText, After: 4 * time.Minute, Text: "Скільки всього на картці?"})},
		{name: "Оксана", card: "C-115", phone: "+380501110115", chat: 115, viber: viber.UserID(115), points: 130, phoneHabits: soon, habits: answers(),
			viberHabits: bonus(viber.Act{Do: viber.ReadAll, After: 5 * time.Minute})},
		{name: "Микола", card: "C-116", phone: "+380501110116", viber: viber.UserID(116), points: 40, phoneHabits: soon, viberHabits: bonus()},
		{name: "Василь", card: "C-112", phone: "+380501110112", points: 15, phoneHabits: sms.Always(sms.Act{Do: sms.NoReport})},
	}
}

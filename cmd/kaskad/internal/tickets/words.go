package tickets

import (
	"strings"

	"kaskad/fallback"
)

// words are those around tickets, in one language.
type words struct {
	hello, help, unknown, which, whichAct, noTicket, notYours, none, open, more, chosen, leads, joined string
	take, release, close                                                                               string
	did                                                                                                map[string]string // by act
}

// wordsOf are those of a locale: "uk", "ru-UA"; English for any other.
func wordsOf(locale string) words {
	switch language, _, _ := strings.Cut(strings.ToLower(locale), "-"); language {
	case "uk":
		return ukrainian()
	case "ru":
		return russian()
	}
	return english()
}

func ukrainian() words {
	return words{
		hello: "%s, тепер сюди приходять повідомлення клієнтів, кожна розмова з номером.",
		help: "Відповісти: «12: текст», або цитатою на повідомлення №12, або кнопкою «№12 ✍», а потім текст.\n" +
			"Без номера, цитати чи вибору не йде нікому; // текст – теж нікому.\n" +
			"/tickets – відкриті\n/take 12 /release 12 /assign 12 ім'я – хто веде\n/close 12 /open 12 /snooze 12 2h\n" +
			"/who 12 /phone 12 /history 12 /cascade 12 – хто це, що писали, як ішли повідомлення\n" +
			"/undo 12 – забрати відповідь, доки не пішла\n/send 12 viber текст – іншим каналом\n/template 12 назва поле=значення\n" +
			"/note 12 текст – нотатка\n/pause 12 2h – бот і розсилки мовчать\n/away 2h – мене немає; /away off",
		unknown: "Команди /%s немає.", which: "Нікому не надіслано: незрозуміло, кому. Напишіть номер на початку («12: текст»), процитуйте повідомлення клієнта або виберіть:",
		whichAct: "Незрозуміло, про яку розмову. Додайте номер («/close 12»), процитуйте повідомлення клієнта або виберіть:", notYours: "№%s у вас немає.",
		noTicket: "Нікому не надіслано: №%s у вас немає.", none: "Відкритих розмов немає.", open: "Відкриті розмови:", more: "і ще %d",
		chosen: "Пишіть: текст піде сюди – %s.", leads: "%s веде %s", joined: "%s – той самий клієнт, що %s: пишіть туди.",
		take: "беру", release: "віддаю", close: "закрити",
		did: map[string]string{
			fallback.ActTake: "– ваша розмова", fallback.ActRelease: "– віддано", fallback.ActAssign: "– передано", fallback.ActClose: "– закрито", fallback.ActOpen: "– відкрито",
			fallback.ActSnooze: "– відкладено", fallback.ActUndo: "– забрано", fallback.ActNote: "– записано", fallback.ActPause: "– записано", fallback.ActAway: "записано",
		},
	}
}

func russian() words {
	return words{
		hello: "%s, теперь сюда приходят сообщения клиентов, каждый разговор с номером.",
		help: "Ответить: «12: текст», или цитатой на сообщение №12, или кнопкой «№12 ✍», а потом текст.\n" +
			"Без номера, цитаты или выбора не уходит никому; // текст – тоже никому.\n" +
			"/tickets – открытые\n/take 12 /release 12 /assign 12 имя – кто ведёт\n/close 12 /open 12 /snooze 12 2h\n" +
			"/who 12 /phone 12 /history 12 /cascade 12 – кто это, что писали, как шли сообщения\n" +
			"/undo 12 – забрать ответ, пока не ушёл\n/send 12 viber текст – другим каналом\n/template 12 название поле=значение\n" +
			"/note 12 текст – заметка\n/pause 12 2h – бот и рассылки молчат\n/away 2h – меня нет; /away off",
		unknown: "Команды /%s нет.", which: "Никому не отправлено: непонятно, кому. Напишите номер в начале («12: текст»), процитируйте сообщение клиента или выберите:",
		whichAct: "Непонятно, о каком разговоре речь. Добавьте номер («/close 12»), процитируйте сообщение клиента или выберите:", notYours: "№%s у вас нет.",
		noTicket: "Никому не отправлено: №%s у вас нет.", none: "Открытых разговоров нет.", open: "Открытые разговоры:", more: "и ещё %d",
		chosen: "Пишите: текст уйдёт сюда – %s.", leads: "%s ведёт %s", joined: "%s – тот же клиент, что %s: пишите туда.",
		take: "беру", release: "отдаю", close: "закрыть",
		did: map[string]string{
			fallback.ActTake: "– ваш разговор", fallback.ActRelease: "– отдан", fallback.ActAssign: "– передан", fallback.ActClose: "– закрыт", fallback.ActOpen: "– открыт",
			fallback.ActSnooze: "– отложен", fallback.ActUndo: "– забрано", fallback.ActNote: "– записано", fallback.ActPause: "– записано", fallback.ActAway: "записано",
		},
	}
}

func english() words {
	return words{
		hello: "%s, customers' messages come here from now on, each conversation with its number.",
		help: "To answer: “12: text”, or quote a message of №12, or press “№12 ✍” and then write.\n" +
			"Without number, quote or choice it goes to nobody; nor does // text.\n" +
			"/tickets – the open ones\n/take 12 /release 12 /assign 12 NAME – whose it is\n/close 12 /open 12 /snooze 12 2h\n" +
			"/who 12 /phone 12 /history 12 /cascade 12 – who it is, what was said, how messages went\n" +
			"/undo 12 – take an answer back before it goes\n/send 12 viber text – by another channel\n/template 12 name field=value\n" +
			"/note 12 text\n/pause 12 2h – bot and marketing keep silent\n/away 2h – I am not there; /away off",
		unknown: "There is no command /%s.", which: "Sent to nobody: it is not clear to whom. Begin with the number (“12: text”), quote the customer's message, or choose:",
		whichAct: "It is not clear which conversation is meant. Add the number (“/close 12”), quote the customer's message, or choose:", notYours: "You have no №%s.",
		noTicket: "Sent to nobody: you have no №%s.", none: "No conversation is open.", open: "Open conversations:", more: "and %d more",
		chosen: "Write: your text goes to %s.", leads: "%s is with %s", joined: "%s is the same customer as %s: write there.",
		take: "take", release: "release", close: "close",
		did: map[string]string{
			fallback.ActTake: "– is yours", fallback.ActRelease: "– is nobody's", fallback.ActAssign: "– handed on", fallback.ActClose: "– closed", fallback.ActOpen: "– open",
			fallback.ActSnooze: "– put away", fallback.ActUndo: "– taken back", fallback.ActNote: "– noted", fallback.ActPause: "– noted", fallback.ActAway: "noted",
		},
	}
}

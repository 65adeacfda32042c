package desk

import (
	"fmt"

	"kaskad/fallback"
)

// topicWords are the words among topics, in one language.
type topicWords struct {
	before, underWay, with, marketing, lastWrote         string
	alsoAnswered, isOf, unknown, help, nothing           string
	noPhone, noteHow, sendBy                             string
	states, consents, buttons, toasts, refused           map[string]string
	digest                                               [3]string // for one, for a few (2 to 4), for many: at most digestPeople
	open, inDigest, gone                                 string
	waiting, manyWait, team, leads, minutes, hours, days string
	bound, topicsOn, topicsOff, rights, plainHint        string
	joined                                               string // to whose topic a conversation has gone
}

// digested words that so many people answered a broadcast.
func (w *topicWords) digested(broadcast string, people int) string {
	form := 2
	if people < 5 {
		form = min(people-1, 1)
	}
	return fmt.Sprintf(w.digest[form], broadcast, people)
}

func ukrainianTopics() topicWords {
	return topicWords{
		gone: "➡ Розмову передано групі «%s»: далі її ведуть там.", before: "Останні повідомлення:", underWay: "У дорозі:", with: "веде", marketing: "Розсилки:", lastWrote: "Писали %s, %s",
		alsoAnswered: "Щойно вже відповів(-ла): %s.", isOf: "Цю розмову веде: %s.", unknown: "Команди /%s немає.", nothing: "Нічого немає.",
		noPhone: "Телефон невідомий.", sendBy: "Надіслати через %s", noteHow: "Напишіть у цій темі: /note і текст. Клієнт цього не побачить.",
		help: "Усе, що ви пишете в темі клієнта, йде клієнтові за кілька секунд.\n" +
			"// текст, відповідь колезі або згадка колеги – лишається тут.\n" +
			"/undo або 👎 на своєму повідомленні – забрати, доки не пішло; змінити – відредагуйте повідомлення.\n" +
			"/del у відповідь на своє повідомлення – видалити в клієнта.\n" +
			"/send viber текст – іншим каналом (telegram, viber, whatsapp, sms)\n" +
			"/template назва поле=значення\n/who /history 20 /cascade – хто це, що писали, як ішли повідомлення\n" +
			"/take /release /assign ім'я – хто веде\n/transfer група – розмову веде інша група\n/snooze 2h (18:00, завтра) /close /open\n/note текст – нотатка\n/pause 2h – бот і розсилки мовчать; /pause off\n/away 2h – мене немає; /away off",
		states:   map[string]string{"open": "відкрита", "closed": "закрита", "snoozed": "відкладена до %s"},
		consents: map[string]string{"unknown": "згоди немає", "given": "згода від", "denied": "відмова від"},
		buttons: map[string]string{
			fallback.ActTake: "Беру", fallback.ActRelease: "Віддаю", fallback.ActSnooze: "На 2 год", fallback.ActClose: "Закрити", fallback.ActOpen: "Відкрити",
			fallback.ActNote: "Нотатка", fallback.ActShowPhone: "Телефон",
		},
		toasts: map[string]string{
			fallback.ActTake: "Розмова ваша.", fallback.ActRelease: "Розмову віддано.", fallback.ActSnooze: "Відкладено.", fallback.ActClose: "Закрито.", fallback.ActOpen: "Відкрито.",
			fallback.ActOpenTopic: "Відкрито, розмова ваша.", fallback.ActSMS: "SMS надсилається.", fallback.ActUndo: "Забрано.", fallback.ActSend: "Надсилається.",
		},
		refused: map[string]string{
			fallback.RefusedNotStaff: "Вас немає серед співробітників: попросіть адміністратора додати вас (kaskad staff add).", fallback.RefusedOtherGroup: "Ви відповідаєте в інших групах: попросіть адміністратора (kaskad staff limit).", fallback.RefusedNoTopic: "Це робиться в темі клієнта.",
			fallback.RefusedNobody: "Цього клієнта більше немає.", fallback.RefusedNothingHeld: "Забирати нічого.", fallback.RefusedNotYours: "Це повідомлення іншої людини.",
			fallback.RefusedTooLate: "Пізно: канал уже не дає цього змінити.", fallback.RefusedUnderWay: "Повідомлення саме надсилається: спробуйте за мить.",
			fallback.RefusedCannot: "Цей канал не дає змінювати чи видаляти надіслане. Напишіть нове повідомлення.", fallback.RefusedChannel: "Такого каналу немає.",
			fallback.RefusedFixed: "Слова при файлі, альбомі, кнопках чи посиланнях надісланого вже не змінити. Видаліть його (/del) і напишіть нове.",
			fallback.RefusedOff:   "Цей канал вимкнено.", fallback.RefusedNoPlace: "На цьому каналі до клієнта не достукатися. Іншим каналом: /send.", fallback.RefusedName: "Такого імені серед співробітників немає.",
			fallback.RefusedTime: "Не зрозуміло, до якого часу: напишіть 2h, 18:00 або завтра.", fallback.RefusedEmpty: "Немає що надсилати.", fallback.RefusedTooLong: "Не надіслано: текст завеликий для цього каналу.",
			fallback.RefusedMedia: "Файл не надіслано: на цей канал звідси файли не йдуть. Текст, якщо був, надіслано.", fallback.RefusedTemplate: "Шаблон не надіслано. Потрібна назва і, якщо він їх має, поля: назва поле=значення.",
			fallback.RefusedNoTemplate: "Шаблон не надіслано: такого немає.",
			fallback.RefusedDigest:     "Звідси нічого нікому не йде: натисніть «Відкрити» під дописом, і розмова матиме свою тему.", fallback.RefusedTaken: "Розмову вже веде",
			fallback.RefusedElsewhere: "Не надіслано: цю розмову має інша група:", fallback.RefusedGroup: "Такої групи немає. Є:",
			fallback.RefusedNoTalk: "Клієнт ще нічого не писав.", fallback.RefusedNoReply: "Дайте цю команду у відповідь на своє повідомлення.", fallback.RefusedNotDone: "Цього зробити не можна.",
		},
		bound:  "Тепер це група підтримки. Кожен клієнт матиме тут свою тему: усе, що ви напишете в темі, піде йому. // на початку – лишиться тут. /help – команди.",
		joined: "Це той самий клієнт, що «%s»: розмова йде далі в тій темі.",
		digest: [3]string{"%s: відповіла %d людина", "%s: відповіли %d людини", "%s: відповіли %d людей"}, open: "Відкрити %d", inDigest: "на відповіді тут чекають: натисніть «Відкрити»",
		waiting: "%s чекає %s", manyWait: "чекають відповіді: %d, найдовше %s", team: "Команда", leads: "Керівники", minutes: "%d хв", hours: "%d год %d хв", days: "%d д %d год",
		topicsOn:  "Теми ввімкнено: нові розмови матимуть кожна свою тему.",
		topicsOff: "Теми вимкнено. Повідомлення клієнтів приходять сюди; щоб відповісти, дайте відповідь (reply) на допис. Щоб повернути теми, увімкніть їх у налаштуваннях групи.",
		rights:    "Я не можу створювати теми: зробіть мене адміністратором групи з правом керувати темами. Доти повідомлення приходять сюди.",
		plainHint: "Щоб кожен клієнт мав свою тему, увімкніть теми в налаштуваннях групи і зробіть мене адміністратором із правом керувати темами.",
	}
}

func russianTopics() topicWords {
	return topicWords{
		gone: "➡ Разговор передан группе «%s»: дальше его ведут там.", before: "Последние сообщения:", underWay: "В пути:", with: "ведёт", marketing: "Рассылки:", lastWrote: "Писали %s, %s",
		alsoAnswered: "Только что уже ответил(а): %s.", isOf: "Этот разговор ведёт: %s.", unknown: "Команды /%s нет.", nothing: "Ничего нет.",
		noPhone: "Телефон неизвестен.", sendBy: "Отправить через %s", noteHow: "Напишите в этой теме: /note и текст. Клиент этого не увидит.",
		help: "Всё, что вы пишете в теме клиента, уходит клиенту через несколько секунд.\n" +
			"// текст, ответ коллеге или упоминание коллеги – остаётся здесь.\n" +
			"/undo или 👎 на своём сообщении – забрать, пока не ушло; изменить – отредактируйте сообщение.\n" +
			"/del в ответ на своё сообщение – удалить у клиента.\n" +
			"/send viber текст – другим каналом (telegram, viber, whatsapp, sms)\n" +
			"/template название поле=значение\n/who /history 20 /cascade – кто это, что писали, как шли сообщения\n" +
			"/take /release /assign имя – кто ведёт\n/transfer группа – разговор ведёт другая группа\n/snooze 2h (18:00, завтра) /close /open\n/note текст – заметка\n/pause 2h – бот и рассылки молчат; /pause off\n/away 2h – меня нет; /away off",
		states:   map[string]string{"open": "открыт", "closed": "закрыт", "snoozed": "отложен до %s"},
		consents: map[string]string{"unknown": "согласия нет", "given": "согласие от", "denied": "отказ от"},
		buttons: map[string]string{
			fallback.ActTake: "Беру", fallback.ActRelease: "Отдаю", fallback.ActSnooze: "На 2 ч", fallback.ActClose: "Закрыть", fallback.ActOpen: "Открыть",
			fallback.ActNote: "Заметка", fallback.ActShowPhone: "Телефон",
		},
		toasts: map[string]string{
			fallback.ActTake: "Разговор ваш.", fallback.ActRelease: "Разговор отдан.", fallback.ActSnooze: "Отложено.", fallback.ActClose: "Закрыто.", fallback.ActOpen: "Открыто.",
			fallback.ActOpenTopic: "Открыто, разговор ваш.", fallback.ActSMS: "SMS отправляется.", fallback.ActUndo: "Забрано.", fallback.ActSend: "Отправляется.",
		},
		refused: map[string]string{
			fallback.RefusedNotStaff: "Вас нет среди сотрудников: попросите администратора добавить вас (kaskad staff add).", fallback.RefusedOtherGroup: "Вы отвечаете в других группах: попросите администратора (kaskad staff limit).", fallback.RefusedNoTopic: "Это делается в теме клиента.",
			fallback.RefusedNobody: "Этого клиента больше нет.", fallback.RefusedNothingHeld: "Забирать нечего.", fallback.RefusedNotYours: "Это сообщение другого человека.",
			fallback.RefusedTooLate: "Поздно: канал уже не даёт этого изменить.", fallback.RefusedUnderWay: "Сообщение как раз отправляется: попробуйте через мгновение.",
			fallback.RefusedCannot: "Этот канал не даёт менять или удалять отправленное. Напишите новое сообщение.", fallback.RefusedChannel: "Такого канала нет.",
			fallback.RefusedFixed: "Слова при файле, альбоме, кнопках или ссылках отправленного уже не изменить. Удалите его (/del) и напишите новое.",
			fallback.RefusedOff:   "Этот канал выключен.", fallback.RefusedNoPlace: "На этом канале клиент недоступен. Другим каналом: /send.", fallback.RefusedName: "Такого имени среди сотрудников нет.",
			fallback.RefusedTime: "Непонятно, до какого времени: напишите 2h, 18:00 или завтра.", fallback.RefusedEmpty: "Отправлять нечего.", fallback.RefusedTooLong: "Не отправлено: текст слишком длинный для этого канала.",
			fallback.RefusedMedia: "Файл не отправлен: на этот канал отсюда файлы не идут. Текст, если был, отправлен.", fallback.RefusedTemplate: "Шаблон не отправлен. Нужны название и, если они у него есть, поля: название поле=значение.",
			fallback.RefusedNoTemplate: "Шаблон не отправлен: такого нет.",
			fallback.RefusedDigest:     "Отсюда никому ничего не уходит: нажмите «Открыть» под сообщением, и у разговора будет своя тема.", fallback.RefusedTaken: "Разговор уже ведёт",
			fallback.RefusedElsewhere: "Не отправлено: этот разговор у другой группы:", fallback.RefusedGroup: "Такой группы нет. Есть:",
			fallback.RefusedNoTalk: "Клиент ещё ничего не писал.", fallback.RefusedNoReply: "Дайте эту команду в ответ на своё сообщение.", fallback.RefusedNotDone: "Этого сделать нельзя.",
		},
		bound:  "Теперь это группа поддержки. У каждого клиента здесь будет своя тема: всё, что вы напишете в теме, уйдёт ему. // в начале – останется здесь. /help – команды.",
		joined: "Это тот же клиент, что «%s»: разговор идёт дальше в той теме.",
		digest: [3]string{"%s: ответил %d человек", "%s: ответили %d человека", "%s: ответили %d человек"}, open: "Открыть %d", inDigest: "здесь ждут ответа: нажмите «Открыть»",
		waiting: "%s ждёт %s", manyWait: "ждут ответа: %d, дольше всех %s", team: "Команда", leads: "Руководители", minutes: "%d мин", hours: "%d ч %d мин", days: "%d д %d ч",
		topicsOn:  "Темы включены: у новых разговоров будет по теме.",
		topicsOff: "Темы выключены. Сообщения клиентов приходят сюда; чтобы ответить, ответьте (reply) на сообщение бота. Чтобы вернуть темы, включите их в настройках группы.",
		rights:    "Я не могу создавать темы: сделайте меня администратором группы с правом управлять темами. До тех пор сообщения приходят сюда.",
		plainHint: "Чтобы у каждого клиента была своя тема, включите темы в настройках группы и сделайте меня администратором с правом управлять темами.",
	}
}

func englishTopics() topicWords {
	return topicWords{
		gone: "➡ The conversation went to the group “%s”: it goes on there.", before: "Last messages:", underWay: "Under way:", with: "with", marketing: "Marketing:", lastWrote: "Last wrote %s, %s",
		alsoAnswered: "%s has answered just now.", isOf: "This conversation is with %s.", unknown: "There is no command /%s.", nothing: "There is nothing.",
		noPhone: "The phone is not known.", sendBy: "Send by %s", noteHow: "Write in this topic: /note and the text. The customer does not see it.",
		help: "All that you write in a customer's topic goes to the customer in a few seconds.\n" +
			"// text, an answer to a colleague, or a mention of one stays here.\n" +
			"/undo, or 👎 on your message, takes it back before it goes; to change it, edit your message.\n" +
			"/del in reply to your message deletes it at the customer's.\n" +
			"/send viber text – on another channel (telegram, viber, whatsapp, sms)\n" +
			"/template name field=value\n/who /history 20 /cascade – who it is, what was said, how messages went\n" +
			"/take /release /assign name – whose it is\n/transfer group – another group has it from now on\n/snooze 2h (18:00, tomorrow) /close /open\n/note text – a note\n/pause 2h – bot and marketing keep silent; /pause off\n/away 2h – I am not there; /away off",
		states:   map[string]string{"open": "open", "closed": "closed", "snoozed": "snoozed until %s"},
		consents: map[string]string{"unknown": "no consent", "given": "allowed on", "denied": "refused on"},
		buttons: map[string]string{
			fallback.ActTake: "Take", fallback.ActRelease: "Release", fallback.ActSnooze: "Snooze 2h", fallback.ActClose: "Close", fallback.ActOpen: "Open",
			fallback.ActNote: "Note", fallback.ActShowPhone: "Phone",
		},
		toasts: map[string]string{
			fallback.ActTake: "It is yours.", fallback.ActRelease: "It is nobody's now.", fallback.ActSnooze: "Snoozed.", fallback.ActClose: "Closed.", fallback.ActOpen: "Opened.",
			fallback.ActOpenTopic: "Opened: it is yours.", fallback.ActSMS: "An SMS is being sent.", fallback.ActUndo: "Taken back.", fallback.ActSend: "It is being sent.",
		},
		refused: map[string]string{
			fallback.RefusedNotStaff: "You are not of the staff: ask the administrator to add you (kaskad staff add).", fallback.RefusedOtherGroup: "You answer in other groups: ask the administrator (kaskad staff limit).", fallback.RefusedNoTopic: "This is done in a customer's topic.",
			fallback.RefusedNobody: "This customer is not there any more.", fallback.RefusedNothingHeld: "There is nothing to take back.", fallback.RefusedNotYours: "It is somebody else's message.",
			fallback.RefusedTooLate: "Too late: the channel lets nobody change it any more.", fallback.RefusedUnderWay: "The message is being sent just now: try again in a moment.",
			fallback.RefusedCannot: "This channel lets nobody change or delete what was sent. Write another message.", fallback.RefusedChannel: "There is no such channel.",
			fallback.RefusedFixed: "The words with a file, an album, buttons or links cannot be changed once they are sent. Delete the message (/del) and write another.",
			fallback.RefusedOff:   "This channel is off.", fallback.RefusedNoPlace: "The customer cannot be reached on this channel. On another one: /send.", fallback.RefusedName: "Nobody of the staff has this name.",
			fallback.RefusedTime: "It is not clear until when: write 2h, 18:00 or tomorrow.", fallback.RefusedEmpty: "There is nothing to send.", fallback.RefusedTooLong: "Not sent: the text is too long for this channel.",
			fallback.RefusedMedia: "The file was not sent: no files go to this channel from here. The text, if there was one, was.", fallback.RefusedTemplate: "The template was not sent. It needs its name and, if it has any, fields: name field=value.",
			fallback.RefusedNoTemplate: "The template was not sent: there is no such one.",
			fallback.RefusedDigest:     "Nothing goes to anybody from here: press Open below the post, and the conversation has a topic of its own.", fallback.RefusedTaken: "It is with a colleague already:",
			fallback.RefusedElsewhere: "Not sent: another group has this conversation:", fallback.RefusedGroup: "There is no such group. There are:",
			fallback.RefusedNoTalk: "The customer has not written yet.", fallback.RefusedNoReply: "Give this command in reply to your own message.", fallback.RefusedNotDone: "This cannot be done.",
		},
		bound:  "This is the staff group now. Each customer has a topic here: all that you write in it goes to the customer. // at the beginning keeps it here. /help lists the commands.",
		joined: "This is the same customer as “%s”: the conversation goes on in that topic.",
		digest: [3]string{"%s: answered by %d", "%s: answered by %d", "%s: answered by %d"}, open: "Open %d", inDigest: "people here wait for an answer: press Open",
		waiting: "%s has waited for %s", manyWait: "waiting for an answer: %d, the longest for %s", team: "Team", leads: "Leads", minutes: "%d min", hours: "%d h %d min", days: "%d d %d h",
		topicsOn:  "Topics are on: each new conversation has one of its own.",
		topicsOff: "Topics are off. Customers' messages come here; to answer, reply to the post. To have topics back, switch them on in the group's settings.",
		rights:    "I may not make topics: make me an administrator of the group who may manage topics. Until then messages come here.",
		plainHint: "For a topic per customer, switch topics on in the group's settings and make me an administrator who may manage topics.",
	}
}

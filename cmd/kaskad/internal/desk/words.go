package desk

import (
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

// words are those around what people write, in one language.
type words struct {
	customer, inReply, after, again, cut, smsButton, phone, takenBack, more, shared string
	say                                                                             map[string]string
	reasons                                                                         map[string]string // by the beginning of a reason
	otherwise                                                                       string
	files                                                                           map[string]string
	file                                                                            string
	pressed                                                                         map[bots.Intent]string
	codes                                                                           map[string]string // see codeWords
	topicWords
}

// wordsOf are those of a locale: "uk", "ru-UA"; English for any other.
func wordsOf(locale string) words {
	w, topics := english(), englishTopics()
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	switch language {
	case "uk":
		w, topics = ukrainian(), ukrainianTopics()
	case "ru":
		w, topics = russian(), russianTopics()
	}
	w.topicWords, w.codes = topics, codesOf(language)
	w.say[sayForum], w.say[sayTopicsOn], w.say[sayTopicsOff], w.say[sayRights] = topics.bound, topics.topicsOn, topics.topicsOff, topics.rights
	return w
}

func (w *words) reason(reason string) string {
	for begin, text := range w.reasons {
		if strings.HasPrefix(reason, begin) {
			return text
		}
	}
	return w.otherwise
}

func (w *words) channel(name string) string {
	switch name {
	case bots.Telegram:
		return "Telegram"
	case bots.Viber:
		return "Viber"
	case bots.WhatsApp, bots.WhatsAppCloud:
		return "WhatsApp"
	case bots.SMS:
		return "SMS"
	case bots.Staff:
		return w.codes[name]
	}
	return name
}

// media names a file by its kind.
func (w *words) media(f bots.Media) string {
	kind, ok := w.files[f.Type]
	if !ok {
		kind = w.file
	}
	for _, more := range []string{f.Name, f.Text} {
		if more != "" {
			kind += " " + oneLine(more, maxName)
		}
	}
	return "[" + kind + "]"
}

func ukrainian() words {
	return words{
		pressed: map[bots.Intent]string{
			bots.WantsPerson: "просить людину", bots.SaysNotMe: "каже «Це не я»: розмову від'єднано від того, чиєю вона була", bots.WantsMenu: "натискає «Меню»",
			bots.WantsCard: "натискає «Моя картка»", bots.WantsBalance: "натискає «Мої бонуси»", bots.WantsHours: "натискає «Години роботи»", bots.WantsLater: "натискає «Пізніше»",
		},
		shared: "Цей номер мають також", customer: "Клієнт", inReply: "у відповідь на", after: "після", cut: "[скорочено, усього знаків: %d]", smsButton: "Надіслати SMS",
		phone: "з телефона", takenBack: "повідомлення видалено",
		more:  "Також без зображення надіслано відповідей: %d.",
		again: "⚠ Можливо, це вже є вище: Telegram не підтвердив попередній допис.",
		say: map[string]string{
			sayTask:              "більше не потрібно",
			sayBound:             "Тепер це група підтримки. Сюди приходять повідомлення клієнтів; щоб відповісти клієнту, дайте відповідь (reply) на допис. Решта розмов лишається тут.",
			sayLeft:              "Групою підтримки стала інша група: нові повідомлення клієнтів сюди не приходитимуть, і відповіді звідси клієнтам не йдуть.",
			fallback.NoteMedia:   "Не надіслано: клієнту йде лише текст. Напишіть його відповіддю на допис, без файлів.",
			fallback.NoteEdited:  "Зміну не надіслано: клієнт уже має попередній текст. Щоб виправити, напишіть нову відповідь.",
			sayFixed:             "Цей код нічого не змінив: до якої команди належить ця група, записано в конфігурації.",
			fallback.NoteNobody:  "Не надіслано: незрозуміло, якому клієнту. Дайте відповідь на допис із повідомленням клієнта.",
			fallback.NoteNoPhone: "SMS не надіслано: номера клієнта немає, або SMS вимкнено.",
			fallback.NoteArrived: "SMS не надіслано: клієнт уже отримав цю відповідь.",
			sayFailed:            "відповідь не доставлено.",
			sayBot:               "бот не зміг відповісти; людина чекає.",
			sayBare:              "зображення або файл не надіслано: його не вдалося отримати. Клієнт має лише текст. Перевірте, чи файл доступний, або опишіть його словами.",
			sayUncertain:         "невідомо, чи дійшла відповідь: канал не підтвердив її.",
		},
		reasons: map[string]string{
			"unreachable": "На цьому каналі до клієнта не достукатися.", "refused": "Клієнт заблокував бота.", "rejected": "Канал не прийняв такий текст.",
			"unwritable": "Текст завеликий для цього каналу.", "misconfigured": "Канал не працює: скажіть адміністраторові.", "temporary": "Канал тимчасово не працює.",
			fallback.ReasonNoPlace: "У клієнта немає адреси на цьому каналі, або він заблокував бота.", fallback.ReasonOff: "Канал вимкнено.", fallback.ReasonLane: "Канал не працює.", fallback.ReasonDeadline: "Минув час очікування.",
			fallback.ReasonNoFile: "Файл не вдалося отримати, або він завеликий.",
			fallback.ReasonWindow: "Клієнт писав сюди більш як добу тому: WhatsApp не приймає вільний текст, доки він не напише знову. Надішліть SMS або схвалений шаблон.",
			fallback.ReasonShut:   "Цей канал зараз не надсилає нічого: скажіть адміністраторові.",
		},
		otherwise: "Причина є в журналі.", file: "файл",
		files: map[string]string{"photo": "фото", "document": "файл", "voice": "голосове", "video": "відео", "sticker": "стікер", "location": "місце", "contact": "контакт"},
	}
}

func russian() words {
	return words{
		pressed: map[bots.Intent]string{
			bots.WantsPerson: "просит человека", bots.SaysNotMe: "говорит «Это не я»: разговор отсоединён от того, чьим был", bots.WantsMenu: "нажимает «Меню»",
			bots.WantsCard: "нажимает «Моя карта»", bots.WantsBalance: "нажимает «Мои бонусы»", bots.WantsHours: "нажимает «Часы работы»", bots.WantsLater: "нажимает «Позже»",
		},
		shared: "Этот номер есть также у", customer: "Клиент", inReply: "в ответ на", after: "после", cut: "[сокращено, всего знаков: %d]", smsButton: "Отправить SMS",
		phone: "с телефона", takenBack: "сообщение удалено",
		more:  "Также без изображения отправлено ответов: %d.",
		again: "⚠ Возможно, это уже есть выше: Telegram не подтвердил предыдущее сообщение.",
		say: map[string]string{
			sayTask:              "больше не нужно",
			sayBound:             "Теперь это группа поддержки. Сюда приходят сообщения клиентов; чтобы ответить клиенту, ответьте (reply) на сообщение бота. Остальные разговоры остаются здесь.",
			sayLeft:              "Группой поддержки стала другая группа: новые сообщения клиентов сюда не придут, и ответы отсюда клиентам не уходят.",
			fallback.NoteMedia:   "Не отправлено: клиенту уходит только текст. Напишите его ответом на сообщение бота, без файлов.",
			fallback.NoteEdited:  "Изменение не отправлено: у клиента уже есть прежний текст. Чтобы исправить, напишите новый ответ.",
			sayFixed:             "Этот код ничего не изменил: какой команды эта группа, записано в конфигурации.",
			fallback.NoteNobody:  "Не отправлено: непонятно, какому клиенту. Ответьте на сообщение бота с текстом клиента.",
			fallback.NoteNoPhone: "SMS не отправлено: номера клиента нет, или SMS выключены.",
			fallback.NoteArrived: "SMS не отправлено: клиент уже получил этот ответ.",
			sayFailed:            "ответ не доставлен.",
			sayBot:               "бот не смог ответить; человек ждёт.",
			sayBare:              "изображение или файл не отправлены: их не удалось получить. У клиента только текст. Проверьте, доступен ли файл, или опишите его словами.",
			sayUncertain:         "неизвестно, дошёл ли ответ: канал его не подтвердил.",
		},
		reasons: map[string]string{
			"unreachable": "На этом канале клиент недоступен.", "refused": "Клиент заблокировал бота.", "rejected": "Канал не принял такой текст.",
			"unwritable": "Текст слишком длинный для этого канала.", "misconfigured": "Канал не работает: скажите администратору.", "temporary": "Канал временно не работает.",
			fallback.ReasonNoPlace: "У клиента нет адреса на этом канале, или он заблокировал бота.", fallback.ReasonOff: "Канал выключен.", fallback.ReasonLane: "Канал не работает.", fallback.ReasonDeadline: "Время ожидания истекло.",
			fallback.ReasonNoFile: "Файл не удалось получить, или он слишком большой.",
			fallback.ReasonWindow: "Клиент писал сюда больше суток назад: WhatsApp не принимает свободный текст, пока он не напишет снова. Отправьте SMS или одобренный шаблон.",
			fallback.ReasonShut:   "Этот канал сейчас ничего не отправляет: скажите администратору.",
		},
		otherwise: "Причина есть в журнале.", file: "файл",
		files: map[string]string{"photo": "фото", "document": "файл", "voice": "голосовое", "video": "видео", "sticker": "стикер", "location": "место", "contact": "контакт"},
	}
}

func english() words {
	return words{
		pressed: map[bots.Intent]string{
			bots.WantsPerson: "asks for a person", bots.SaysNotMe: "says “This is not me”: the conversation was taken from whose it was", bots.WantsMenu: "presses “Menu”",
			bots.WantsCard: "presses “My card”", bots.WantsBalance: "presses “My points”", bots.WantsHours: "presses “Opening hours”", bots.WantsLater: "presses “Later”",
		},
		shared: "This number is also of", customer: "Customer", inReply: "in reply to", after: "after", cut: "[cut, %d characters in all]", smsButton: "Send by SMS",
		phone: "from the phone", takenBack: "message taken back",
		more:  "Answers that went out without their picture as well: %d.",
		again: "⚠ This may stand above already: Telegram did not confirm the post before.",
		say: map[string]string{
			sayTask:              "no longer needed",
			sayBound:             "This is the staff group now. Customers' messages come here; to answer a customer, reply to the post. All other talk stays here.",
			sayLeft:              "Another group is the staff group now: no customers' messages come here any more, and no reply goes to a customer from here.",
			fallback.NoteMedia:   "Not sent: only text goes to customers. Write it as a reply to the post, without files.",
			fallback.NoteEdited:  "The edit was not sent: the customer has the text from before. To correct it, write another reply.",
			sayFixed:             "This code changed nothing: the configuration says whose group this is.",
			fallback.NoteNobody:  "Not sent: it is not clear to which customer. Reply to a post with a customer's message.",
			fallback.NoteNoPhone: "No SMS was sent: the customer's phone is not known, or SMS is off.",
			fallback.NoteArrived: "No SMS was sent: the customer has got this reply already.",
			sayFailed:            "the reply was not delivered.",
			sayBot:               "the bot could not answer; the person is waiting.",
			sayBare:              "the picture or file was not sent: it could not be had. The customer has the text alone. Check whether the file can be had, or say it in words.",
			sayUncertain:         "nobody knows whether the reply arrived: the channel did not confirm it.",
		},
		reasons: map[string]string{
			"unreachable": "The customer cannot be reached on this channel.", "refused": "The customer blocked the bot.", "rejected": "The channel did not take this text.",
			"unwritable": "The text is too long for this channel.", "misconfigured": "The channel does not work: tell the administrator.", "temporary": "The channel does not work for now.",
			fallback.ReasonNoPlace: "The customer has no address on this channel, or blocked the bot.", fallback.ReasonOff: "The channel is off.", fallback.ReasonLane: "The channel does not work.", fallback.ReasonDeadline: "It waited too long.",
			fallback.ReasonNoFile: "The file could not be had, or is too large.",
			fallback.ReasonWindow: "The customer wrote here more than a day ago: WhatsApp takes no free text until they write again. Send an SMS or an approved template.",
			fallback.ReasonShut:   "This channel sends nothing for now: tell the administrator.",
		},
		otherwise: "The log has the reason.", file: "file",
		files: map[string]string{"photo": "photo", "document": "file", "voice": "voice message", "video": "video", "sticker": "sticker", "location": "location", "contact": "contact"},
	}
}

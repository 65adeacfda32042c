package links

// message is a whole page of a title and a text: nothing can be done on it.
type message int

const (
	wrongCode message = iota
	later
)

// plain are the words of such a page.
type plain struct{ Title, Text string }

// words are what the preference page says in one language.
type words struct {
	Plain                           map[message]plain
	AskTitle, AskText, Stop         string // marketing is not stopped
	StoppedTitle, StoppedText       string
	PassedTitle, PassedText         string // the number is somebody else's now
	PassedHeard, PassedNot          string // a no was heard; anything else was not
	Allow                           string
	Silence, SilenceHint            string // nothing at all
	SilentTitle, SilentText         string
	Unsilent, UnsilentNow           string
	AllowedNow, Saved, OutOfDate    string // what has just happened
	WishesTitle                     string
	First, FirstHint, NoMatter      string
	NotOn, NotOnHint, Nowhere       string
	Hours, AnyTime, Only, From, To  string
	HoursHint, Zone, TooNarrow, Say string // Zone: a name and the time there; Say is the button
	Email                           string
}

// texts are the page's words by language.
var texts = map[string]words{
	"uk": {
		Plain: map[message]plain{
			wrongCode: {"Посилання не діє", "Відкрийте його з повідомлення ще раз повністю або дайте відповідь на повідомлення словом СТОП."},
			later:     {"Не вийшло", "Спробуйте, будь ласка, ще раз за хвилину або дайте відповідь на повідомлення словом СТОП."},
		},
		AskTitle:     "Не надсилати рекламу?",
		AskText:      "Акцій і пропозицій більше не буде в жодному месенджері та в SMS. Повідомлення про ваші замовлення й бонуси надходитимуть і далі.",
		Stop:         "Не надсилати рекламу",
		PassedTitle:  "Це посилання з давнього повідомлення",
		PassedText:   "Номер, на який воно надійшло, тепер може бути в іншої людини, тому тут можна лише відмовитися від реклами. Щоб сказати щось інше, напишіть нашому боту.",
		PassedHeard:  "Почули: реклами на цей номер і тим, кому було повідомлення, більше не буде.",
		PassedNot:    "Нічого не змінено: за цим посиланням можна лише відмовитися від реклами.",
		StoppedTitle: "Рекламу вимкнено",
		StoppedText:  "Акцій і пропозицій більше не буде. Повідомлення про ваші замовлення й бонуси надходитимуть і далі.",
		Allow:        "Знову дозволити пропозиції",
		AllowedNow:   "Пропозиції знову дозволено.",
		Silence:      "Не писати взагалі",
		SilenceHint:  "Тоді не надходитимуть і повідомлення про замовлення та бонуси: лише термінові та відповіді вам.",
		SilentTitle:  "Ми вам не пишемо",
		SilentText:   "Надходитимуть лише термінові повідомлення та відповіді на те, що ви написали самі.",
		Unsilent:     "Знову писати про замовлення й бонуси",
		UnsilentNow:  "Про замовлення й бонуси знову писатимемо.",
		Saved:        "Збережено.",
		OutOfDate:    "Ця сторінка застаріла, тож нічого не змінено. Нижче те, що діє зараз.",
		WishesTitle:  "Куди й коли вам писати",
		First:        "Спершу писати сюди",
		FirstHint:    "Де можна вибирати, почнемо звідси.",
		NoMatter:     "Однаково",
		NotOn:        "Сюди не писати",
		NotOnHint:    "Термінові повідомлення та відповіді на те, що ви написали самі, сюди однаково надходитимуть.",
		Nowhere:      "Ви заборонили все, що ми знаємо: навіть про замовлення зможемо написати лише терміново.",
		Hours:        "Коли писати",
		AnyTime:      "У будь-який час",
		Only:         "Лише в ці години",
		From:         "з",
		To:           "до",
		HoursHint:    "Поза цими годинами надходитимуть лише термінові повідомлення та відповіді вам.",
		Zone:         "Час: %s, там зараз %s.",
		TooNarrow:    "Не збережено: залиште принаймні три години на добу.",
		Say:          "Зберегти",
		Email:        "Електронна пошта",
	},
	"ru": {
		Plain: map[message]plain{
			wrongCode: {"Ссылка не действует", "Откройте её из сообщения ещё раз целиком или ответьте на сообщение словом СТОП."},
			later:     {"Не получилось", "Попробуйте, пожалуйста, ещё раз через минуту или ответьте на сообщение словом СТОП."},
		},
		AskTitle:     "Не присылать рекламу?",
		AskText:      "Акций и предложений больше не будет ни в одном мессенджере и в SMS. Сообщения о ваших заказах и бонусах будут приходить и дальше.",
		Stop:         "Не присылать рекламу",
		PassedTitle:  "Это ссылка из давнего сообщения",
		PassedText:   "Номер, на который оно пришло, теперь может быть у другого человека, поэтому здесь можно только отказаться от рекламы. Чтобы сказать что-то другое, напишите нашему боту.",
		PassedHeard:  "Услышали: рекламы на этот номер и тем, кому было сообщение, больше не будет.",
		PassedNot:    "Ничего не изменено: по этой ссылке можно только отказаться от рекламы.",
		StoppedTitle: "Реклама отключена",
		StoppedText:  "Акций и предложений больше не будет. Сообщения о ваших заказах и бонусах будут приходить и дальше.",
		Allow:        "Снова разрешить предложения",
		AllowedNow:   "Предложения снова разрешены.",
		Silence:      "Не писать вообще",
		SilenceHint:  "Тогда не будут приходить и сообщения о заказах и бонусах: только срочные и ответы вам.",
		SilentTitle:  "Мы вам не пишем",
		SilentText:   "Будут приходить только срочные сообщения и ответы на то, что вы написали сами.",
		Unsilent:     "Снова писать о заказах и бонусах",
		UnsilentNow:  "О заказах и бонусах снова будем писать.",
		Saved:        "Сохранено.",
		OutOfDate:    "Эта страница устарела, поэтому ничего не изменено. Ниже то, что действует сейчас.",
		WishesTitle:  "Куда и когда вам писать",
		First:        "Сначала писать сюда",
		FirstHint:    "Где можно выбирать, начнём отсюда.",
		NoMatter:     "Всё равно",
		NotOn:        "Сюда не писать",
		NotOnHint:    "Срочные сообщения и ответы на то, что вы написали сами, всё равно будут сюда приходить.",
		Nowhere:      "Вы запретили всё, что мы знаем: даже о заказах сможем написать только срочно.",
		Hours:        "Когда писать",
		AnyTime:      "В любое время",
		Only:         "Только в эти часы",
		From:         "с",
		To:           "до",
		HoursHint:    "В другие часы будут приходить только срочные сообщения и ответы вам.",
		Zone:         "Время: %s, там сейчас %s.",
		TooNarrow:    "Не сохранено: оставьте хотя бы три часа в сутки.",
		Say:          "Сохранить",
		Email:        "Электронная почта",
	},
	"en": {
		Plain: map[message]plain{
			wrongCode: {"This link does not work", "Open it from the message again, as a whole, or answer the message with STOP."},
			later:     {"That did not work", "Please try again in a minute, or answer the message with STOP."},
		},
		AskTitle:     "Stop marketing messages?",
		AskText:      "You will get no more offers, neither in messengers nor by SMS. Messages about your orders and bonuses still come.",
		Stop:         "Stop marketing messages",
		PassedTitle:  "This link is from an old message",
		PassedText:   "The number it came to may be another person's now, so all that can be said here is no to marketing. For anything else write to our bot.",
		PassedHeard:  "Heard: there will be no more marketing to this number, nor to whom the message was for.",
		PassedNot:    "Nothing was changed: by this link one can only say no to marketing.",
		StoppedTitle: "Marketing is off",
		StoppedText:  "There will be no more offers. Messages about your orders and bonuses still come.",
		Allow:        "Allow offers again",
		AllowedNow:   "Offers are allowed again.",
		Silence:      "Do not write at all",
		SilenceHint:  "Then messages about orders and bonuses do not come either: only urgent ones, and answers to you.",
		SilentTitle:  "We do not write to you",
		SilentText:   "Only urgent messages, and answers to what you wrote yourself, come.",
		Unsilent:     "Write about orders and bonuses again",
		UnsilentNow:  "We write about orders and bonuses again.",
		Saved:        "Saved.",
		OutOfDate:    "This page was out of date, so nothing was changed. Below is what holds now.",
		WishesTitle:  "Where and when to write to you",
		First:        "Write here first",
		FirstHint:    "Where there is a choice, we start here.",
		NoMatter:     "No matter which",
		NotOn:        "Do not write here",
		NotOnHint:    "Urgent messages, and answers to what you wrote yourself, still come here.",
		Nowhere:      "You have forbidden all that we know: even about your orders we can write only what is urgent.",
		Hours:        "When to write",
		AnyTime:      "At any time",
		Only:         "Only between these hours",
		From:         "from",
		To:           "to",
		HoursHint:    "Outside these hours only urgent messages, and answers to you, come.",
		Zone:         "Time zone: %s, where it is %s now.",
		TooNarrow:    "Not saved: leave at least three hours of the day.",
		Say:          "Save",
		Email:        "E-mail",
	},
}

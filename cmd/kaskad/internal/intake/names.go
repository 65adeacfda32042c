package intake

import (
	"maps"
	"strings"
	"unicode"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/sheet"
)

// Fields that a column may be.
const (
	fieldRef    = "ref"
	fieldExt    = "external_id"
	fieldPhone  = "phone"
	fieldEmail  = "email"
	fieldName   = "name"
	fieldFirst  = "first_name"
	fieldMiddle = "middle_name"
	fieldLast   = "last_name"
	fieldLocale = "locale"
	fieldZone   = "timezone"
	fieldPrefer = "preferred"
	fieldSkip   = "skip"
	attribute   = "attr." // and a name

	// A stop of everything: a yes in it is a no.
	fieldStop       = "stop"
	fieldStopAt     = "stop_at"
	fieldStopSource = "stop_source"
	fieldStopWords  = "stop_words"

	// An end of mailings: a yes in it is a no to marketing. Service messages go on.
	fieldUnsub       = "unsubscribed"
	fieldUnsubAt     = "unsubscribed_at"
	fieldUnsubSource = "unsubscribed_source"
	fieldUnsubWords  = "unsubscribed_words"
)

// fields are the names that --map takes, in the order in which they are told.
func fields() []string {
	all := []string{
		fieldRef, fieldExt, fieldPhone, fieldEmail, fieldName, fieldFirst, fieldMiddle, fieldLast, fieldLocale, fieldZone, fieldPrefer,
		fieldSkip, fieldStop, fieldStopAt, fieldStopSource, fieldStopWords,
		fieldUnsub, fieldUnsubAt, fieldUnsubSource, fieldUnsubWords,
	}
	for _, channel := range bots.Channels() {
		if bots.Messenger(channel) {
			all = append(all, channel)
		}
	}
	return append(all, consentFields()...)
}

// headings are the words that columns are headed with, as folded writes them.
func headings() map[string][]string {
	all := map[string][]string{
		fieldRef:      {"to"},
		fieldExt:      {"ext", "ext id", "customer id", "client id", "crm id", "card", "card number", "loyalty card", "external customer id", "externalcustomerid", "картка", "номер картки", "код клієнта", "id клієнта", "зовнішній id", "зовнішній код", "карта", "номер карты", "код клиента", "id клиента", "внешний id", "внешний код"},
		fieldPhone:    {"phone number", "mobile", "mobile phone", "tel", "telephone", "sms", "msisdn", "телефон", "номер телефону", "мобільний", "мобільний телефон", "номер телефона", "мобильный", "мобильный телефон", "тел", "моб тел"},
		fieldEmail:    {"e mail", "mail", "email address", "пошта", "електронна пошта", "ел пошта", "емейл", "почта", "электронная почта", "эл почта", "имейл"},
		fieldName:     {"full name", "fullname", "contact name", "піб", "повне імя", "імя та прізвище", "клієнт", "покупець", "фио", "полное имя", "имя и фамилия", "клиент", "покупатель"},
		fieldFirst:    {"firstname", "given name", "імя", "имя"},
		fieldMiddle:   {"middlename", "patronymic", "по батькові", "отчество"},
		fieldLast:     {"lastname", "surname", "family name", "прізвище", "фамилия"},
		fieldLocale:   {"language", "language code", "languagecode", "lang", "мова", "код мови", "язык", "код языка"},
		fieldZone:     {"time zone", "tz", "часовий пояс", "часовой пояс"},
		fieldPrefer:   {"preferred channel", "бажаний канал", "предпочитаемый канал"},
		fieldSkip:     {sheet.ProblemColumn, sheet.RowColumn},
		bots.Telegram: {"telegram id", "телеграм"}, bots.Viber: {"viber id", "вайбер"}, bots.WhatsApp: {"whatsapp id"}, bots.WhatsAppCloud: {"whatsapp cloud id"},
	}
	maps.Copy(all, stopHeadings())
	maps.Copy(all, consentHeadings())
	return all
}

// stopHeadings are those of a stop of everything, and of an end of mailings: who unsubscribed anywhere did so from a mailing, and waits for
// the news of their order still.
func stopHeadings() map[string][]string {
	return map[string][]string{
		fieldStop:   {"stop all", "do not contact", "do not disturb", "не турбувати", "стоп лист", "не беспокоить"},
		fieldStopAt: {"stop date"},
		fieldUnsub: {"is unsubscribed", "unsubscribe", "opted out", "opt out", "відписаний", "відписана", "відписався", "відписка", "відписано",
			"отписан", "отписался", "отписка"},
		fieldUnsubAt:     {"unsubscribe date", "unsubscription date", "opt out date", "дата відписки", "дата отписки"},
		fieldUnsubSource: {"unsubscribe source", "джерело відписки", "источник отписки"},
		fieldUnsubWords:  {"unsubscribe reason", "причина відписки", "причина отписки"},
	}
}

// folded is a heading without what people write in different ways: letters' case, apostrophes, points, dashes.
func folded(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(heading) {
		switch {
		case strings.ContainsRune("'’ʼ`\"", r):
		case unicode.IsSpace(r) || strings.ContainsRune("_-.:/", r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// meaning is the field that a heading says by itself; empty: none.
func meaning(heading string) string {
	word := folded(heading)
	for _, field := range fields() {
		if word == folded(field) {
			return field
		}
		for _, name := range headings()[field] {
			if word == name {
				return field
			}
		}
	}
	if name, ok := strings.CutPrefix(strings.TrimSpace(heading), attribute); ok && name != "" {
		return attribute + name
	}
	return ""
}

// Known reports whether a column may be called so.
func Known(heading string) bool { return meaning(heading) != "" }

// Names of columns that only an export of Yespo (once eSputnik) has. Their guide and their API call the fields so; what the header of
// an export looks like in full is nowhere told.
func fromYespo(word string) bool {
	switch word {
	case "contact key", "contactkey", "external customer id", "externalcustomerid":
		return true
	}
	return false
}

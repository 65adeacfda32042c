package intake

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// Columns of consents: marketing, and marketing on one channel, each with when, where, in which words and in which version of them.

// The parts of a consent. Of marketing they are called marketing, marketing_at and so on; of a channel sms_consent, sms_consent_at …
const (
	partState   = "consent"
	partAt      = "at"
	partSource  = "source"
	partWords   = "words"
	partVersion = "version"
)

const (
	marketing  = "marketing"
	ofAChannel = "_consent"
)

func parts() []string { return []string{partState, partAt, partSource, partWords, partVersion} }

func consentField(channel, part string) string {
	name := marketing
	if channel != "" {
		name = channel + ofAChannel
	}
	if part == partState {
		return name
	}
	return name + "_" + part
}

func consentFields() (all []string) {
	for _, channel := range append([]string{""}, bots.Channels()...) {
		for _, part := range parts() {
			all = append(all, consentField(channel, part))
		}
	}
	return all
}

// consentPart is what of a consent a field is, and on which channel; no part: it is none of those.
func consentPart(field string) (channel, part string) {
	name, part, more := strings.Cut(field, "_")
	if name != marketing {
		var rest string
		if name, rest, more = strings.Cut(field, ofAChannel); !more {
			return "", ""
		}
		if !slices.Contains(bots.Channels(), name) {
			return "", "" // an attribute that is called so
		}
		channel, part, more = name, strings.TrimPrefix(rest, "_"), rest != ""
	}
	if !more {
		return channel, partState
	}
	return channel, part
}

// consentHeadings are the words that such columns are headed with, as folded writes them.
func consentHeadings() map[string][]string {
	all := map[string][]string{
		consentField("", partState):   {"consent", "marketing consent", "згода", "згода на розсилку", "згода на маркетинг", "маркетинг", "согласие", "согласие на рассылку", "согласие на маркетинг"},
		consentField("", partAt):      {"consent at", "consent date", "marketing date", "дата згоди", "дата согласия"},
		consentField("", partSource):  {"consent source", "джерело згоди", "источник согласия"},
		consentField("", partWords):   {"consent words", "consent text", "текст згоди", "слова згоди", "текст согласия", "слова согласия"},
		consentField("", partVersion): {"consent version", "consent text version", "версія згоди", "версія тексту згоди", "версия согласия", "версия текста согласия"},
	}
	for channel, names := range map[string][]string{
		bots.Telegram: {"telegram", "телеграм"}, bots.Viber: {"viber", "вайбер"}, bots.WhatsApp: {"whatsapp", "вотсап"}, bots.WhatsAppCloud: {"whatsapp cloud"},
		bots.SMS: {"sms", "смс"}, bots.Email: {"email", "e mail"},
	} {
		for _, name := range names {
			for part, before := range map[string][]string{
				partState:   {"згода на ", "згода ", "согласие на ", "согласие ", "consent "},
				partAt:      {"дата згоди на ", "дата згоди ", "дата согласия на ", "дата согласия ", "consent date "},
				partSource:  {"джерело згоди на ", "джерело згоди ", "источник согласия на ", "источник согласия ", "consent source "},
				partWords:   {"текст згоди на ", "текст згоди ", "текст согласия на ", "текст согласия ", "consent text "},
				partVersion: {"версія згоди на ", "версія згоди ", "версия согласия на ", "версия согласия ", "consent version "},
			} {
				field := consentField(channel, part)
				for _, words := range before {
					all[field] = append(all[field], words+name)
				}
			}
		}
		all[consentField(channel, partAt)] = append(all[consentField(channel, partAt)], names[0]+" consent date")
	}
	return all
}

package templates

import (
	"regexp"
	"slices"
	"strings"
)

// key names a variant: a locale in lower case, a channel, or both.
type key struct{ locale, channel string }

// String is the file name without its ending.
func (k key) String() string { return strings.Trim(k.locale+"."+k.channel, ".") }

// lastLocale is for companies whose language the built-in templates do not have.
const lastLocale = "en"

var localeForm = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]{4})?(-[a-z]{2}|-[0-9]{3})?$`)

// canonical brings a locale as systems write it (uk_UA, UK-ua, uk_UA.UTF-8) to one form: uk-ua.
func canonical(locale string) string {
	if i := strings.IndexAny(locale, ".@"); i >= 0 {
		locale = locale[:i]
	}
	return strings.ToLower(strings.ReplaceAll(locale, "_", "-"))
}

// parent is the next less exact locale: uk-ua, uk, and then none.
func parent(locale string) string {
	i := strings.LastIndexByte(locale, '-')
	if i < 0 {
		return ""
	}
	return locale[:i]
}

// within tells whether locale is general or one of its parents: uk is within uk-ua's chain.
func within(locale, exact string) bool {
	return locale == exact || strings.HasPrefix(exact, locale+"-")
}

// find picks the variant for a person, see the package comment; nil when there is none.
func (t *template) find(locale, channel, company string) *variant {
	for _, start := range [...]string{canonical(locale), company, lastLocale} {
		for l := start; l != ""; l = parent(l) {
			if v := t.at(l, channel, company); v != nil {
				return v
			}
		}
	}
	return nil
}

// at picks the variant for exactly this locale.
func (t *template) at(locale, channel, company string) *variant {
	if v := t.variants[key{locale, channel}]; v != nil {
		return v
	}
	if within(locale, company) {
		if v := t.variants[key{"", channel}]; v != nil {
			return v
		}
	}
	return t.variants[key{locale, ""}]
}

// parseKey reads a file name without its ending. The problem is empty when it is well.
func parseKey(name string, known func(channel string) bool) (key, string) {
	locale, channel, both := strings.Cut(name, ".")
	switch {
	case both && !known(channel):
		return key{}, "unknown channel " + quote(channel)
	case !both && known(locale): // before locales: "sms" is also a language
		return key{channel: locale}, ""
	case !localeForm.MatchString(strings.ToLower(locale)):
		return key{}, quote(locale) + " is neither a locale nor a channel"
	}
	return key{canonical(locale), channel}, ""
}

// isChannel knows the words that channels have, switched on or not.
func isChannel(name string) bool {
	return slices.Contains(channelNames(), name)
}

const (
	smsChannel   = "sms"
	emailChannel = "email"
)

func channelNames() []string {
	return []string{"telegram", "viber", "whatsapp", "whatsapp_cloud", smsChannel, emailChannel}
}

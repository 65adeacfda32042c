package links

import (
	"net/http"
	"slices"
	"strings"
)

// viewers are the programs that open links for people who have not: the previews of messengers and networks, and search engines.
// They name themselves in User-Agent, written here in small letters:
//
//	telegrambot          "TelegramBot (like TwitterBot)", which says "bot" as well; ours are sent without previews, but people
//	                     pass links on
//	viber                "Viber/13.3.0.21"; its own browser says Mozilla first, and is a person's
//	whatsapp             "WhatsApp/2.23.20.0", https://developers.facebook.com/docs/whatsapp/link-previews
//	facebookexternalhit, facebookcatalog, meta-external   https://developers.facebook.com/docs/sharing/webmasters/web-crawlers
//	twitterbot           https://developer.x.com/en/docs/x-for-websites/cards/guides/getting-started
//	slackbot             https://api.slack.com/robots
//	discordbot           "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"
//	googlebot, google-   https://developers.google.com/search/docs/crawling-indexing/overview-google-crawlers
//	bingbot, bingpreview https://www.bing.com/webmasters/help/which-crawlers-does-bing-use-8c184ec0
//	applebot             https://support.apple.com/en-us/119829
//	yandexbot            https://yandex.com/support/webmaster/robot-workings/check-yandex-robots.html
//
// Most of them, and the scanners of mail and SMS gateways, have one of the general words in their names.
func viewers() []string {
	return []string{
		"facebookexternalhit", "facebookcatalog", "meta-external", "google-", "mediapartners", "yandex.com/bots", "vkshare", "embedly", "slurp",
		"bot", "crawler", "spider", "preview", "scanner",
	}
}

// fetchers are those that say nothing but their own name; what people open with the same programs says Mozilla first.
func fetchers() []string { return []string{"viber", "whatsapp", "skype", "linespider"} }

// people are names of things in people's hands that have a viewer's word in them.
var people = strings.NewReplacer("cubot", "") // phones

// viewer reports whether a call is a program's look, by what it says of itself. Every browser says something.
func viewer(h http.Header) bool {
	name := people.Replace(strings.ToLower(strings.TrimSpace(h.Get("User-Agent"))))
	return name == "" || slices.ContainsFunc(viewers(), func(word string) bool { return strings.Contains(name, word) }) ||
		slices.ContainsFunc(fetchers(), func(word string) bool { return strings.HasPrefix(name, word) })
}

// ahead reports whether a browser fetches the page before the person asked for it. Sec-Purpose is
// https://fetch.spec.whatwg.org/#sec-purpose-header, Purpose and X-Purpose what Chrome and Safari said before it, X-Moz Firefox.
func ahead(h http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		value := strings.ToLower(h.Get(name))
		if strings.Contains(value, "prefetch") || strings.Contains(value, "preview") || strings.Contains(value, "prerender") {
			return true
		}
	}
	return false
}

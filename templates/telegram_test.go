package templates

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var telegramToken = regexp.MustCompile(`^(?:<(b|i|s|code|pre|blockquote)>|<a href="([^"<>]*)">|</(b|i|s|code|pre|blockquote|a)>|&(?:lt|gt|amp|quot);|[^<>&"])`)

// badTelegram is a tiny reader of Telegram's HTML: what it would refuse, or nothing.
func badTelegram(markup string) string {
	var open []string
	for rest := markup; rest != ""; {
		m := telegramToken.FindStringSubmatch(rest)
		if m == nil {
			return fmt.Sprintf("not Telegram HTML at %.40q", rest)
		}
		rest = rest[len(m[0]):]
		switch {
		case strings.HasPrefix(m[0], "</"):
			if len(open) == 0 || open[len(open)-1] != m[3] {
				return fmt.Sprintf("</%s> closes %v", m[3], open)
			}
			open = open[:len(open)-1]
		case strings.HasPrefix(m[0], "<"):
			tag := m[1]
			if tag == "" {
				tag = "a"
				if problem := badHref(m[2]); problem != "" {
					return problem
				}
			}
			if problem := badNesting(open, tag); problem != "" {
				return problem
			}
			open = append(open, tag)
		}
	}
	if len(open) > 0 {
		return fmt.Sprintf("left open: %v", open)
	}
	return ""
}

func badHref(href string) string {
	u, err := url.Parse(strings.ReplaceAll(href, "&amp;", "&"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "tg" {
		return fmt.Sprintf("link to %q", href)
	}
	return ""
}

// badNesting: code holds nothing and stands in nothing but quotes; nothing stands in itself.
func badNesting(open []string, tag string) string {
	for _, outer := range open {
		if outer == tag || outer == "code" || outer == "pre" || tag == "blockquote" || (tag == "code" || tag == "pre") && outer != "blockquote" {
			return fmt.Sprintf("<%s> inside %v", tag, open)
		}
	}
	return ""
}

func TestTheCheckerSeesFaults(t *testing.T) {
	for _, bad := range []string{
		"<b>x", "x</b>", "<b><i>x</b></i>", "<u>x</u>", "<script>", "a < b", "a & b", "&nbsp;", `"`, "<b><b>x</b></b>",
		"<code><b>x</b></code>", `<a href="javascript:x">x</a>`, `<a href='http://x'>x</a>`, "<blockquote><blockquote>x</blockquote></blockquote>",
	} {
		if badTelegram(bad) == "" {
			t.Errorf("%s passes", bad)
		}
	}
	for _, good := range []string{"", "a &lt; b", `<b>x<i>y</i></b> <a href="https://x.y/?a=1&amp;b=2">z</a>`, "<blockquote><code>x</code></blockquote>"} {
		if problem := badTelegram(good); problem != "" {
			t.Errorf("%s: %s", good, problem)
		}
	}
}

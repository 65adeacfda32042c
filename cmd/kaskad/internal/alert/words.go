package alert

import (
	"fmt"
	"strings"
	"time"
)

// words are what a message says around what is wrong, by language and stage.
var words = map[string][4]string{
	"uk": {"Потребує уваги", "Досі не гаразд", "Минулося", "Проба: сюди приходять тривоги Kaskad"},
	"ru": {"Требует внимания", "Всё ещё не в порядке", "Прошло", "Проба: сюда приходят тревоги Kaskad"},
	"en": {"Needs attention", "Still not well", "Over", "A test: alerts of Kaskad come here"},
}

// mostWords is how many bytes a message has, so that every messenger takes it.
const mostWords = 3500

// Words is a message about lines, in a language that there are words for, else in English.
func Words(locale string, lines []Line) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	said, ok := words[language]
	if !ok {
		said = words["en"]
	}
	var text strings.Builder
	for i, l := range lines {
		line := sentence(said, l)
		if text.Len() > 0 {
			line = "\n" + line
		}
		if text.Len()+len(line) > mostWords {
			fmt.Fprintf(&text, "\n… +%d: kaskad alerts", len(lines)-i)
			break
		}
		text.WriteString(line)
	}
	return text.String()
}

// mostSaid is how many letters of a condition's text are said.
const mostSaid = 500

func sentence(said [4]string, l Line) string {
	mark := "⚠️ "
	switch {
	case l.Stage == Trial:
		return "✅ " + said[Trial]
	case l.Stage == Over:
		return "✅ " + said[Over] + ": " + l.Key + " (" + max(l.Gone.Sub(l.Since), 0).Round(time.Second).String() + ")"
	case l.Critical:
		mark = "🔴 "
	}
	line := mark + said[l.Stage] + ": " + l.Key
	if l.Text != "" {
		line += " — " + shortened(l.Text)
	}
	return line
}

func shortened(text string) string {
	if letters := []rune(text); len(letters) > mostSaid {
		return string(letters[:mostSaid]) + "…"
	}
	return text
}

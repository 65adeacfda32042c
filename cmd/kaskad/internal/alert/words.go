package alert

import (
	"strings"
	"time"
)

// words are what a message says around what is wrong, by language and stage.
var words = map[string][3]string{
	"uk": {"Потребує уваги", "Досі не гаразд", "Минулося"},
	"ru": {"Требует внимания", "Всё ещё не в порядке", "Прошло"},
	"en": {"Needs attention", "Still not well", "Over"},
}

// Words is a message about lines, in a language that there are words for, else in English.
func Words(locale string, lines []Line) string {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	said, ok := words[language]
	if !ok {
		said = words["en"]
	}
	var text strings.Builder
	for _, l := range lines {
		mark := "⚠️ "
		if l.Critical {
			mark = "🔴 "
		}
		if l.Stage == Over {
			mark = "✅ "
		}
		if text.Len() > 0 {
			text.WriteByte('\n')
		}
		text.WriteString(mark + said[l.Stage] + ": " + l.Key)
		if l.Stage == Over {
			text.WriteString(" (" + l.Gone.Sub(l.Since).Round(time.Second).String() + ")")
		} else if l.Text != "" {
			text.WriteString(" — " + l.Text)
		}
	}
	return text.String()
}

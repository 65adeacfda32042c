package links

import "net/http"

// linkWords is what is said of a tracked link that leads nowhere: for good, or now.
type linkWords struct{ wrongTitle, wrong, laterTitle, later string }

func linkTexts() map[string]linkWords {
	return map[string]linkWords{
		"uk": {"Посилання не діє", "Відкрийте його з повідомлення ще раз, повністю.", "Не вийшло", "Спробуйте, будь ласка, ще раз за хвилину."},
		"ru": {"Ссылка не действует", "Откройте её из сообщения ещё раз, целиком.", "Не получилось", "Попробуйте, пожалуйста, ещё раз через минуту."},
		"en": {"This link does not work", "Open it from the message again, as a whole.", "That did not work", "Please try again in a minute."},
	}
}

// NoLink is the page in place of where a tracked link would lead.
func (l *Links) NoLink(w http.ResponseWriter, r *http.Request, status int) {
	lang := l.speaks(r, "")
	say := linkTexts()[lang]
	v := view{Lang: lang, Title: say.wrongTitle, Text: say.wrong}
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		v.Title, v.Text = say.laterTitle, say.later
	}
	l.write(w, status, v)
}

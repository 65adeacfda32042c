package links

import (
	"net/http"
	"strings"
)

// linkWords is what is said of a link that leads nowhere: for good (to a page, or to the bots, which may be on paper), or now.
type linkWords struct{ wrongTitle, wrong, noWay, laterTitle, later string }

func linkTexts() map[string]linkWords {
	return map[string]linkWords{
		"uk": {"Посилання не діє", "Відкрийте його з повідомлення ще раз, повністю.", "Якщо воно з повідомлення, відкрийте його ще раз, повністю. Якщо код надруковано, попросіть новий у магазині.", "Не вийшло", "Спробуйте, будь ласка, ще раз за хвилину."},
		"ru": {"Ссылка не действует", "Откройте её из сообщения ещё раз, целиком.", "Если она из сообщения, откройте её ещё раз, целиком. Если код напечатан, попросите новый в магазине.", "Не получилось", "Попробуйте, пожалуйста, ещё раз через минуту."},
		"en": {"This link does not work", "Open it from the message again, as a whole.", "If it came in a message, open it again, as a whole. If it is a printed code, ask the shop for a new one.", "That did not work", "Please try again in a minute."},
	}
}

// NoLink is the page in place of where a link would lead.
func (l *Links) NoLink(w http.ResponseWriter, r *http.Request, status int) {
	lang := l.speaks(r, "")
	say := linkTexts()[lang]
	v := view{Lang: lang, Title: say.wrongTitle, Text: say.wrong}
	if strings.HasPrefix(r.URL.Path, WayPrefix) {
		v.Text = say.noWay
	}
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError {
		v.Title, v.Text = say.laterTitle, say.later
	}
	l.write(w, status, v)
}

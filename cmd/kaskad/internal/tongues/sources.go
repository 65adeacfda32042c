package tongues

import "strings"

// Sources are the phrases of Tongue.Source, for the tables of documents that use it.
func Sources() Table {
	return Table{
		{"the word “%s”", "слово «%s»", "слово «%s»"}, {"blocked the bot on %s", "заблоковано бота в %s", "заблокирован бот в %s"},
		{"stopped in %s itself", "припинено в самому %s", "прекращено в самом %s"}, {"the list %s", "список %s", "список %s"},
		{"the preference page", "сторінка налаштувань", "страница настроек"}, {"the question in the bot", "запитання в боті", "вопрос в боте"},
		{"the API", "через API", "через API"},
	}
}

// Source is where a consent comes from: "keyword:stop" is a word that the person wrote. One that the company named itself is said as it is.
func (t Tongue) Source(code string) string {
	switch code {
	case "page":
		return t.Say("the preference page")
	case "dialogue:consent":
		return t.Say("the question in the bot")
	case "api":
		return t.Say("the API")
	}
	kind, what, _ := strings.Cut(code, ":")
	if what == "" {
		return code
	}
	switch kind {
	case "keyword":
		return t.Say("the word “%s”", what)
	case "block":
		return t.Say("blocked the bot on %s", what)
	case "stop":
		return t.Say("stopped in %s itself", what)
	case "list":
		return t.Say("the list %s", what)
	}
	return code
}

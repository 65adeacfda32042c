package bots

// DefaultCore knows the keywords people use in the languages of our customers and of the countries around. A word stands here only if
// nobody means anything else by it as a whole message: "no", "ні" and "досить" may answer a question of staff.
func DefaultCore() Core {
	return Core{Keywords: newKeywords(stopAllWords(), stopWords(), yesWords())}
}

func stopWords() []string {
	return []string{
		"stop", "стоп", "unsubscribe", "відписатися", "відписатись", "отписаться", "відписка", "отписка",
		"cnjg", "ыещз", "іещз", // стоп and stop on a keyboard that was left in the other script
		"стопп", "стооп", "stopp", "stoop", // typed too fast
		"stop it", "stop ads", "stop marketing", "no ads", "opt out", "optout", "unsubscribe me", "do not send", "don't send", "cancel subscription",
		"відпишіть", "відпишіть мене", "відписати", "скасувати підписку", "не надсилайте", "не надсилайте мені", "не надсилати", "не надсилайте рекламу", "не надсилати рекламу",
		"не присилайте", "не пишіть", "не пишіть мені", "більше не пишіть", "не турбуйте", "без реклами", "вимкнути рекламу", "стоп реклама", "стоп розсилка",
		"отпишите", "отпишите меня", "отписать", "отменить подписку", "не присылайте", "не присылать", "не присылайте рекламу", "не присылать рекламу", "не пишите",
		"не пишите мне", "больше не пишите", "не беспокойте", "без рекламы", "отключить рекламу", "стоп рассылка",
		"wypisz", "wypisz mnie", "rezygnuję", "nie wysyłajcie", "koniec reklam",
		"dezabonare", "dezabonează-mă", "fără reclame", "nu trimiteți",
	}
}

func stopAllWords() []string {
	return []string{
		"stop all", "stopall", "stop everything", "unsubscribe all",
		"стоп все", "стоп усе", "стоп всі", "стоп усім", "стопвсе", "стоп всьому", "cnjg dct", // стоп все on a keyboard in the other script
		"не пишіть взагалі", "не надсилайте нічого", "нічого не надсилайте", "відписатися від усього", "відписатись від усього",
		"стоп всё", "стоп всему", "не пишите вообще", "ничего не присылайте", "не присылайте ничего", "отписаться от всего",
		"stop wszystko", "stop tot",
	}
}

// yesWords give consent: each says so by itself. "Підписка" and "відновити" may ask about something else.
func yesWords() []string {
	return []string{
		"start", "старт", "subscribe", "підписатися", "підписатись", "подписаться",
		"cnfhn", "ыефке", "іефке", // старт and start on a keyboard that was left in the other script
		"unstop", "resume", "opt in", "optin", "start again", "subscribe me",
		"підпишіть мене", "відновити підписку", "повернути підписку", "подпишите меня", "возобновить подписку", "вернуть подписку",
		"zapisz mnie", "wznów subskrypcję", "abonează-mă",
	}
}

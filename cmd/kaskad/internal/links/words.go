package links

// message is one of the things the page can say.
type message int

const (
	ask message = iota
	stopped
	wrongCode
	later
)

type words struct{ Title, Text, Button string }

// texts are the page's words by language.
var texts = map[string]map[message]words{
	"uk": {
		ask: {"Не надсилати рекламу?", "Ви більше не отримуватимете акцій і пропозицій у жодному месенджері та в SMS. Повідомлення про ваші замовлення й бонуси надходитимуть і далі.",
			"Не надсилати"},
		stopped:   {Title: "Рекламу вимкнено", Text: "Акцій і пропозицій більше не буде. Якщо передумаєте, напишіть нашому боту СТАРТ."},
		wrongCode: {Title: "Посилання не діє", Text: "Відкрийте його з повідомлення ще раз повністю або дайте відповідь на повідомлення словом СТОП."},
		later:     {Title: "Не вийшло", Text: "Спробуйте, будь ласка, ще раз за хвилину або дайте відповідь на повідомлення словом СТОП."},
	},
	"ru": {
		ask: {"Не присылать рекламу?", "Вы больше не будете получать акции и предложения ни в одном мессенджере и в SMS. Сообщения о ваших заказах и бонусах будут приходить и дальше.",
			"Не присылать"},
		stopped:   {Title: "Реклама отключена", Text: "Акций и предложений больше не будет. Если передумаете, напишите нашему боту СТАРТ."},
		wrongCode: {Title: "Ссылка не действует", Text: "Откройте её из сообщения ещё раз целиком или ответьте на сообщение словом СТОП."},
		later:     {Title: "Не получилось", Text: "Попробуйте, пожалуйста, ещё раз через минуту или ответьте на сообщение словом СТОП."},
	},
	"en": {
		ask: {"Stop marketing messages?", "You will get no more offers, in no messenger and by no SMS. Messages about your orders and bonuses still come.",
			"Stop"},
		stopped:   {Title: "Marketing is off", Text: "There will be no more offers. If you change your mind, write START to our bot."},
		wrongCode: {Title: "This link does not work", Text: "Open it from the message again, as a whole, or answer the message with STOP."},
		later:     {Title: "That did not work", Text: "Please try again in a minute, or answer the message with STOP."},
	},
}

package desk

import (
	"strings"

	"kaskad/fallback"
)

// Offer is what somebody is asked who wrote the room's code to the bot in private, in the company's language.
func Offer(locale string) fallback.OfferWords {
	switch language, _, _ := strings.Cut(strings.ToLower(locale), "-"); language {
	case "uk":
		return fallback.OfferWords{
			Text: "Оберіть групу підтримки з темами. Бот увійде до неї з правами, які йому потрібні: теми, закріплення, видалення повідомлень. Усі в цій групі читатимуть клієнтів і зможуть їм відповідати.",
			Key:  "Обрати групу",
		}
	case "ru":
		return fallback.OfferWords{
			Text: "Выберите группу поддержки с темами. Бот войдёт в неё с правами, которые ему нужны: темы, закрепление, удаление сообщений. Все в этой группе будут читать клиентов и смогут им отвечать.",
			Key:  "Выбрать группу",
		}
	}
	return fallback.OfferWords{
		Text: "Choose the support group, one with topics. The bot joins it with the rights it needs: topics, pins, deleting messages. Everybody in that group reads customers and can answer them.",
		Key:  "Choose a group",
	}
}

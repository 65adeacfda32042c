package desk

import (
	"strings"

	"kaskad/bots"
)

// codeWords are the words for the codes by which records say how a delivery, a message and a place stand, and why: English, Ukrainian, Russian.
func codeWords() map[string][3]string {
	return map[string][3]string{
		// deliveries
		"scheduled": {"scheduled", "чекає свого часу", "ждёт своего часа"}, "held": {"held", "притримано", "придержано"}, "queued": {"queued", "у черзі", "в очереди"},
		"sending": {"being sent", "надсилається", "отправляется"}, "waiting": {"waiting for a sign", "чекає відгуку", "ждёт отклика"}, "done": {"done", "завершено", "завершено"},
		"unconfirmed": {"not confirmed", "без підтвердження", "без подтверждения"}, "failed": {"failed", "не вдалося", "не удалось"}, "refused": {"refused", "відмова", "отказ"},
		"expired": {"expired", "строк минув", "срок истёк"}, "skipped": {"not sent", "не надсилали", "не отправляли"}, "cancelled": {"cancelled", "скасовано", "отменено"},
		// messages
		"none": {"not sent", "не надіслано", "не отправлено"}, "accepted": {"taken by the channel", "прийнято каналом", "принято каналом"}, "delivered": {"delivered", "доставлено", "доставлено"},
		"read": {"read", "прочитано", "прочитано"}, "engaged": {"answered", "є відгук", "есть отклик"}, "uncertain": {"nobody knows", "невідомо, чи дійшло", "неизвестно, дошло ли"},
		// places
		"unverified": {"never heard from", "ще не відгукувалися", "ещё не откликались"}, "active": {"works", "працює", "работает"}, "blocked": {"blocked", "заблоковано", "заблокировано"},
		"unreachable": {"cannot be reached", "не достукатися", "недоступно"},
		// why
		"rejected": {"the channel did not take it", "канал не прийняв", "канал не принял"}, "misconfigured": {"the channel does not work", "канал не працює", "канал не работает"},
		"temporary":  {"the channel does not work for now", "канал тимчасово не працює", "канал временно не работает"},
		"no_address": {"no address there", "немає адреси", "нет адреса"}, "no_consent": {"no consent", "немає згоди", "нет согласия"}, "opted_out": {"refused marketing", "відмова від розсилок", "отказ от рассылок"},
		"stopped_all": {"refused everything", "відмова від усього", "отказ от всего"}, "unwanted": {"not wanted there", "просили туди не писати", "просили туда не писать"},
		"deadline": {"out of time", "строк минув", "срок истёк"}, "lane_held": {"the channel does not work", "канал не працює", "канал не работает"}, "channel_off": {"the channel is off", "канал вимкнено", "канал выключен"},
		"other_messenger": {"went by another messenger", "пішло іншим месенджером", "ушло другим мессенджером"}, "already_tried": {"tried before", "уже пробували", "уже пробовали"},
		"frequency": {"too often", "надто часто", "слишком часто"}, "same_message": {"the same went before", "таке вже надсилали", "такое уже отправляли"}, "unwritable": {"the text does not fit", "текст не підходить", "текст не подходит"},
		"window_closed": {"they wrote too long ago", "клієнт давно не писав", "клиент давно не писал"}, "paid_steps": {"enough paid steps", "досить платних кроків", "достаточно платных шагов"},
		"spend": {"today's money is spent", "гроші на сьогодні вичерпано", "деньги на сегодня исчерпаны"}, "quiet_hours": {"quiet hours", "тихі години", "тихие часы"},
		"pause": {"paused", "пауза", "пауза"}, "gap": {"the channel was not heard", "каналу не було чути", "канала не было слышно"}, "hold": {"the region is on hold", "регіон на паузі", "регион на паузе"},
		"restored":     {"the store was put back from a copy", "базу відновлено з копії", "база восстановлена из копии"},
		"conversation": {"they are talking with us", "триває розмова", "идёт разговор"}, "no_room": {"there is no staff group", "немає групи підтримки", "нет группы поддержки"},
		"called": {"called", "додзвонилися", "дозвонились"}, "no_answer": {"no answer", "не відповідає", "не отвечает"}, "not_interested": {"not interested", "не цікаво", "не интересно"},
		"no_picture": {"without its picture", "без зображення", "без изображения"},
		bots.Staff:   {"a colleague", "колега", "коллега"},
	}
}

// codesOf are those of a language.
func codesOf(language string) map[string]string {
	column := map[string]int{"uk": 1, "ru": 2}[language]
	all := map[string]string{}
	for code, words := range codeWords() {
		all[code] = words[column]
	}
	return all
}

// code words a code; one for which there are none stays as it is, as the log and the API have it: "rejected: no_topic".
func (w *words) code(code string) string {
	head, rest, more := strings.Cut(code, ": ")
	if known, ok := w.codes[head]; ok {
		head = known
	}
	if more {
		return head + ": " + rest
	}
	return head
}

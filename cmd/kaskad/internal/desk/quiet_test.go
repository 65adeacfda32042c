package desk

import (
	"testing"

	"kaskad/bots"
)

func TestCourtesy(t *testing.T) {
	for text, want := range map[string]bool{
		// Nobody waits for an answer.
		"": true, "дякую": true, "Дякую!!!": true, "Дуже дякую вам": true, "щиро дякую 🙏": true, "Спасибі велике": true, "спс": true, "ок": true, "Окей": true,
		"Добре, дякую": true, "зрозуміло": true, "супер 👍": true, "спасибо": true, "Большое спасибо!": true, "спасибо большое вам за всё": true, "Хорошо": true,
		"понятно, спасибо": true, "ok": true, "OK.": true, "thanks": true, "Thank you so much!": true, "thx": true, "👍": true, "❤️": true, "👍🏽👍🏽": true, "🙏 🙏": true,
		"👨‍👩‍👧": true, "🇺🇦": true, ":)": true, ")))": true, ";-)": true, "☺️": true,
		// Somebody does.
		"дякую, а коли?": false, "ок?": false, "Ні, дякую": false, "нет, спасибо": false, "no thanks": false, "так": false, "да": false, "yes": false, "ні": false,
		"+": false, "?": false, "???": false, "!": false, "1": false, "👍 а коли доставка": false, "дуже": false, "за все": false, "спасибо, не пришло": false,
		"дякую за чек, але сума не та": false, "👍 +380501112233": false, "ok google where is my order": false, "стоп": false, "не ок": false, "спасибо вам большое за всё и очень": false, "😡 1": false,
	} {
		if got := Courtesy(text); got != want {
			t.Errorf("Courtesy(%q) = %t, want %t", text, got, want)
		}
	}
}

func TestQuiet(t *testing.T) {
	d := New(Options{Core: bots.DefaultCore()})
	for name, c := range map[string]struct {
		m    bots.Message
		want bool
	}{
		"a question":               {bots.Message{Text: "де?"}, false},
		"a stop":                   {bots.Message{Text: "СТОП!"}, true},
		"a yes keyword":            {bots.Message{Text: "Start"}, true},
		"a stop with a question":   {bots.Message{Text: "стоп, де мої бали?"}, false},
		"what was taken back":      {bots.Message{Kind: bots.DeleteMessage}, false},
		"a press":                  {bots.Message{Kind: bots.PressMessage, Text: "details"}, true},
		"a reaction":               {bots.Message{Kind: bots.ReactionMessage, Text: "👎"}, true},
		"a photo":                  {bots.Message{Media: []bots.Media{{Type: "photo"}}}, false},
		"a photo with thanks":      {bots.Message{Media: []bots.Media{{Type: "photo"}}, Text: "дякую"}, false},
		"a sticker":                {bots.Message{Media: []bots.Media{{Type: "sticker"}}}, true},
		"an edit to a question":    {bots.Message{Kind: bots.EditMessage, Text: "коли?"}, false},
		"an edit to a thank-you":   {bots.Message{Kind: bots.EditMessage, Text: "дякую"}, true},
		"nothing but a shared tap": {bots.Message{}, true},
	} {
		if got := d.quiet(&c.m); got != c.want {
			t.Errorf("%s: quiet = %t", name, got)
		}
	}
}

func TestEveryLanguageHasAllWords(t *testing.T) {
	all := map[string]words{"uk": wordsOf("uk-UA"), "ru": wordsOf("ru"), "en": wordsOf("de")}
	for language, w := range all {
		if w.customer == "" || w.inReply == "" || w.after == "" || w.again == "" || w.cut == "" || w.smsButton == "" || w.otherwise == "" || w.file == "" {
			t.Errorf("%s lacks a word: %+v", language, w)
		}
		for key := range all["uk"].say {
			if w.say[key] == "" {
				t.Errorf("%s does not say %s", language, key)
			}
		}
		if len(w.reasons) != len(all["uk"].reasons) || len(w.files) != len(all["uk"].files) || len(w.say) != len(all["uk"].say) {
			t.Errorf("%s has other words than uk", language)
		}
	}
}

package bots

import (
	"strings"
	"testing"
)

func TestWhatIsHeardAsAWord(t *testing.T) {
	core := DefaultCore()
	for means, texts := range map[Meaning][]string{
		MeansStop: {
			"stop", "STOP!!!", " Стоп. ", "🛑 стоп 🛑", "«СТОП»", "/stop", "/stop@shop_bot", "сто\u0301п", "cтoп", "ＳＴＯＰ", "cnjg", "ыещз", "стоп\u200b", "Стоп\n",
			"не надсилайте", "Не  надсилайте!", "НЕ НАДСИЛАЙТЕ РЕКЛАМУ", "не пишіть мені", "відпишіть мене", "не присылайте", "больше не пишите.", "отменить подписку",
			"unsubscribe", "Opt-out", "don't send", "don’t send", "no ads", "wypisz mnie", "Rezygnuje", "REZYGNUJĘ", "dezabonare", "fara reclame", "fără reclame",
		},
		MeansStopAll: {"stop all", "STOP-ALL", "/stop_all", "стоп все", "Стоп, все!", "СТОП ВСЁ", "стоп усе", "нічого не надсилайте", "ничего не присылайте", "stop wszystko", "cnjg dct"},
		MeansYes:     {"start", "Старт", "/resume", "cnfhn", "Підписатись", "підпишіть мене", "возобновить подписку", "opt-in", "zapisz mnie"},
		MeansNothing: {
			"", "!!!", "🛑", "стоп, а коли акція?", "please stop", "stop it now or I call", "non-stop", "стоппер", "не надсилайте на цю адресу", "коли старт?", "підписка", "ні", "no",
			"стоп 5", "все", "стоп стоп стоп", "не треба", strings.Repeat("стоп ", 30), strings.Repeat("!", 500) + "stop",
		},
	} {
		for _, text := range texts {
			if got := core.Heard(text); got.Means != means || (means != MeansNothing) != (got.Word != "") {
				t.Errorf("%q is heard as %d (%q), want %d", text, got.Means, got.Word, means)
			}
		}
	}
}

func TestNoWordMeansTwoThings(t *testing.T) {
	core := DefaultCore()
	for means, words := range map[Meaning][]string{MeansStop: core.StopWords(), MeansStopAll: stopAllWords(), MeansYes: yesWords()} {
		for _, word := range words {
			if got := core.Heard(word); got.Means != means {
				t.Errorf("%q is heard as %d, and stands in the list of %d", word, got.Means, means)
			}
		}
	}
}

func TestWordsOfTheOperatorsOwn(t *testing.T) {
	core := DefaultCore()
	if err := core.Add(MeansStop, []string{"Hör auf!", "stop"}); err != nil || core.Heard("hör AUF").Means != MeansStop {
		t.Errorf("an own word: %v, heard as %+v", err, core.Heard("hör AUF"))
	}
	for word, say := range map[string]string{"START": "means something else", "!!": "no word", strings.Repeat("а", 60): "no word"} {
		if err := core.Add(MeansStop, []string{word}); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want an error that says %q", word, err, say)
		}
	}
	if err := core.Add(MeansYes, make([]string, mostOwn+1)); err == nil {
		t.Error("words without end are taken")
	}
	copied := core
	if err := copied.Add(MeansYes, []string{"ja bitte"}); err != nil || copied.Heard("Ja, bitte").Means != MeansYes || core.Heard("ja bitte").Means != MeansNothing {
		t.Errorf("a word of a copy: %v, heard as %+v there, and as %+v before", err, copied.Heard("ja bitte"), core.Heard("ja bitte"))
	}
	if fresh := DefaultCore(); fresh.Heard("hör auf").Means != MeansNothing {
		t.Error("an own word is heard elsewhere")
	}
}

// TestAMessageIsComparedOnce: the list is taken apart when it is made, and not with each message.
func TestAMessageIsComparedOnce(t *testing.T) {
	core := DefaultCore()
	if n, words := testing.AllocsPerRun(100, func() { core.Heard("дякую, все добре") }), len(core.StopWords()); n > float64(words)/2 {
		t.Errorf("%.0f allocations to compare one message with %d words", n, words)
	}
}

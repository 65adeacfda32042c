package graph

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestHabits(t *testing.T) {
	buttons := func(m Message, _ *rand.Rand) bool { return len(m.Buttons) > 0 }
	tests := map[string]struct {
		acts []Act
		told string // after sent delivered
	}{
		"reads, then answers":         {[]Act{{Do: ReadAll}, {Do: WriteText, After: time.Second, Text: "ok"}}, "read text"},
		"answers, which reads":        {[]Act{{Do: QuoteText, Text: "ok"}}, "read text"},
		"presses":                     {[]Act{{Do: PressNth, Nth: 1}}, "read interactive"},
		"presses what is not there":   {[]Act{{Do: PressNth, Nth: 5}, {Do: ReadAll, After: time.Second}}, "read"},
		"reacts and takes it back":    {[]Act{{Do: PutEmoji, Text: "👍"}, {Do: TakeEmoji, After: time.Second}}, "read reaction reaction"},
		"sends all sorts":             {[]Act{{Do: SendMedia, Text: "voice"}, {Do: SendPlace, After: 1}, {Do: SendCard, Text: "380501112233", After: 2}, {Do: PlaceOrder, After: 3}, {Do: SendOdd, After: 4}}, "read audio location contacts order unsupported"},
		"moves and writes from there": {[]Act{{Do: NewNumber, Text: "380999998877"}, {Do: WriteText, Text: "me", After: time.Second}}, "system read text"},
		"blocks":                      {[]Act{{Do: Block}, {Do: ReadAll, After: time.Second}}, "read"},
		"goes away for a while":       {[]Act{{Do: BeOffline, For: time.Second}, {Do: ReadAll, After: 20 * time.Second}}, "read"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, g := start(t, Options{})
			done := make(chan struct{})
			acts := append(tt.acts, Act{Do: CallFunc, After: 30 * time.Second, Func: func(Message) { close(done) }})
			must(t, s.SetHabits(anna, func(m Message, dice *rand.Rand) []Act {
				if !buttons(m, dice) {
					t.Errorf("asked about %+v", m)
				}
				return acts
			}))
			call(t, s, withButtons(button("a", "A"), button("b", "B")))
			<-done
			want := "sent delivered " + tt.told
			if got := g.events(t, s); got != want {
				t.Errorf("told %s, want %s", got, want)
			}
		})
	}
}

func TestChances(t *testing.T) {
	habits := OneOf(Chance{Weight: 3, Acts: []Act{{Do: ReadAll}}}, Chance{Weight: 1})
	dice, reads := rand.New(rand.NewPCG(7, 3)), 0
	for range 1000 {
		reads += len(habits(Message{}, dice))
	}
	if reads < 700 || reads > 800 {
		t.Errorf("read %d of 1000, want about 750", reads)
	}
}

package demo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"kaskad/bots"
)

func TestEndingsOfAddresses(t *testing.T) {
	for id, want := range map[string]ending{
		"+380501112204": ignores, "700005": unreachable, "kaskadTestPerson000002==": replies, "5": "5", "": "", "=": "", "abc": "bc",
	} {
		if got := endingOf(id); got != want {
			t.Errorf("%q ends with %q; want %q", id, got, want)
		}
	}
}

// TestATestWorldForgets lets more people be met than are kept: the newest are there, and who was forgotten can be met again.
func TestATestWorldForgets(t *testing.T) {
	w, err := StartTestWorld()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	meet := func(n int) {
		for _, at := range []bots.Address{{Channel: bots.Telegram, ID: fmt.Sprint(1000 + n)}, {Channel: bots.SMS, ID: fmt.Sprintf("+38050%07d", n)}} {
			w.Meet(bots.Outgoing{To: at, Step: bots.ID(n + 1)})
		}
	}
	for n := range mostGuests {
		meet(n)
	}
	if n := len(w.met); n > mostGuests || n < mostGuests/2 {
		t.Errorf("%d guests are known; want some thousands", n)
	}
	for _, n := range []int{0, mostGuests - 1} {
		meet(n)
		if !w.takes(t, 1000+n) {
			t.Errorf("person %d cannot be written to", n)
		}
	}
}

// TestTheFirstTryOfEachMessageIsOneTooMany: also where two messages to one person are tried in turn.
func TestTheFirstTryOfEachMessageIsOneTooMany(t *testing.T) {
	w, err := StartTestWorld()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var got []bool
	for step, text := range []string{"one", "two", "one", "two"} {
		w.Meet(bots.Outgoing{To: bots.Address{Channel: bots.Telegram, ID: "100009"}, Step: bots.ID(step + 1), Text: text})
		got = append(got, w.takes(t, 100009))
	}
	if want := []bool{false, false, true, true}; !slices.Equal(got, want) {
		t.Errorf("taken: %v, want %v", got, want)
	}
}

// takes sends a message as the bot does.
func (w *TestWorld) takes(t *testing.T, chat int) bool {
	t.Helper()
	body, err := json.Marshal(map[string]any{"chat_id": chat, "text": "hi"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(w.Telegram.URL()+"/bot"+w.Telegram.Token()+"/sendMessage", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// TestAddressesOfNobody are left to the channel: nothing panics, and nobody comes into being.
func TestAddressesOfNobody(t *testing.T) {
	w, err := StartTestWorld()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, at := range []bots.Address{{Channel: bots.Telegram, ID: "-100"}, {Channel: bots.Telegram, ID: "anna"}, {Channel: bots.Viber, ID: "x"}, {Channel: bots.SMS, ID: "123"}, {Channel: bots.WhatsApp, ID: "1"}} {
		w.Meet(bots.Outgoing{To: at})
		w.Meet(bots.Outgoing{To: bots.Address{Channel: at.Channel, ID: at.ID + "09"}, Step: 1})
	}
	if w.takes(t, -100) {
		t.Error("a group came into being")
	}
}

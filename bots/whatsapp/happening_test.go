package whatsapp

import (
	"strconv"
	"strings"
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
)

// The same message comes twice at times: sent again for a device that could not read it, or told by the phone when asked.
func TestTheSameMessageIsOneEvent(t *testing.T) {
	first := read(t, from(text("hi")))[0]
	byLID := from(text("hi"))
	byLID.Info.MessageSource = types.MessageSource{Chat: olenaLID, Sender: olenaLID, SenderAlt: olenaPhone}
	byLID.RetryCount = 2
	byPhone := from(text("hi"))
	byPhone.UnavailableRequestID = "3EB0FF"
	for name, again := range map[string]*events.Message{"by the hidden id": byLID, "from our phone": byPhone} {
		if got := read(t, again)[0]; got.ID != first.ID {
			t.Errorf("%s it is another event: %s and %s", name, got.ID, first.ID)
		}
	}
	other := from(text("hi"))
	other.Info.ID = "3A02"
	edit := from(edited("3A01", text("hi!")))
	elsewhere := from(text("hi"))
	elsewhere.Info.Chat = types.NewJID("380502223344", types.DefaultUserServer)
	elsewhere.Info.Sender, elsewhere.Info.SenderAlt = elsewhere.Info.Chat, types.JID{}
	seen := map[string]bool{first.ID: true}
	for name, id := range map[string]string{"another message": read(t, other)[0].ID, "an edit of it": read(t, edit)[0].ID, "another person's with the same id": read(t, elsewhere)[0].ID} {
		if seen[id] {
			t.Errorf("%s is taken for the same event", name)
		}
		seen[id] = true
	}
	for id := range seen {
		if strings.Contains(id, "380") || strings.Contains(id, "900001") {
			t.Errorf("the id of an event shows a number: %s", id)
		}
	}
}

// Whether the hidden id of who wrote is known, or their phone, may change between two deliveries of one message.
func TestWhatIsLearntOfAPersonMakesNoOtherEvent(t *testing.T) {
	byPhone := types.MessageSource{Chat: olenaPhone, Sender: olenaPhone}
	byPhoneLearnt := types.MessageSource{Chat: olenaPhone, Sender: olenaPhone, SenderAlt: olenaLID} // the library writes what it learnt there
	byLID := types.MessageSource{Chat: olenaLID, Sender: olenaLID}
	byLIDNamed := types.MessageSource{Chat: olenaLID, Sender: olenaLID, SenderAlt: olenaPhone}
	both := person{phone: olenaPhone, lid: olenaLID}
	for name, c := range map[string]struct {
		first, then         types.MessageSource
		firstWho, thenWho   person
		oneBot, sameIsAsked bool
	}{
		"a phone whose hidden id is learnt meanwhile, by another process": {byPhone, byPhoneLearnt, person{phone: olenaPhone}, both, false, true},
		"a hidden id whose phone is learnt meanwhile, by another process": {byLID, byLID, person{lid: olenaLID}, both, false, true},
		"by phone, then by hidden id with the phone, by another process":  {byPhone, byLIDNamed, both, both, false, true},
		"sent again by hidden id, then told by our phone":                 {byLID, byPhone, both, both, true, true},
		"told by our phone, then sent again by hidden id":                 {byPhone, byLID, both, both, true, true},
		"two who are not known to be one":                                 {byPhone, byLID, person{phone: olenaPhone}, person{lid: olenaLID}, true, false},
	} {
		one, other := new(Bot), new(Bot)
		if c.oneBot {
			other = one
		}
		info := types.MessageInfo{MessageSource: c.first, ID: "3A01"}
		first := one.happening("1", c.firstWho, &info, bots.Wrote)
		info.MessageSource = c.then
		if then := other.happening("1", c.thenWho, &info, bots.Wrote); (then == first) != c.sameIsAsked {
			t.Errorf("%s: %s and %s", name, first, then)
		}
	}
}

func TestFewIdsAreRemembered(t *testing.T) {
	var k toldIDs
	first := k.once("fresh", "0")
	for n := range 3 * manyTold {
		k.once("f"+strconv.Itoa(n), strconv.Itoa(n+1))
	}
	if n := len(k.now) + len(k.before); n > 2*manyTold+4 {
		t.Errorf("%d are remembered", n)
	}
	if again := k.once("other", "0"); again == first {
		t.Error("the first is remembered still")
	}
}

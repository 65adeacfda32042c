package whatsapp

import (
	"slices"
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
		if got := read(t, again)[0]; !meet(append(got.AlsoIDs, got.ID), append(first.AlsoIDs, first.ID)) {
			t.Errorf("%s it is another event: %s and %s", name, got.ID, first.ID)
		}
	}
	other := from(text("hi"))
	other.Info.ID = "3A02"
	edit := from(edited("3A01", text("hi!")))
	elsewhere := from(text("hi"))
	another := types.NewJID("380502223344", types.DefaultUserServer)
	elsewhere.Info.MessageSource = types.MessageSource{Chat: another, Sender: another}
	theirs, err := new(Bot).read(t.Context(), shopPhone.User, person{phone: another}, elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	seen := append(first.AlsoIDs, first.ID)
	for name, got := range map[string]bots.Event{"another message": read(t, other)[0], "an edit of it": read(t, edit)[0], "another person's with the same id": theirs[0]} {
		ids := append(got.AlsoIDs, got.ID)
		if meet(ids, seen) {
			t.Errorf("%s is taken for the same event", name)
		}
		seen = append(seen, ids...)
	}
	for _, id := range seen {
		if strings.Contains(id, "380") || strings.Contains(id, "900001") {
			t.Errorf("the id of an event shows a number: %s", id)
		}
	}
}

// meet reports whether two events have an id in common, so that the second one was seen before.
func meet(one, other []string) bool {
	return slices.ContainsFunc(one, func(id string) bool { return slices.Contains(other, id) })
}

// Whether the hidden id of who wrote is known, or their phone, may change between two deliveries of one message.
func TestWhatIsLearntOfAPersonMakesNoOtherEvent(t *testing.T) {
	byPhone := types.MessageSource{Chat: olenaPhone, Sender: olenaPhone}
	byPhoneLearnt := types.MessageSource{Chat: olenaPhone, Sender: olenaPhone, SenderAlt: olenaLID} // the library writes what it learnt there
	byLID := types.MessageSource{Chat: olenaLID, Sender: olenaLID}
	byLIDNamed := types.MessageSource{Chat: olenaLID, Sender: olenaLID, SenderAlt: olenaPhone}
	both := person{phone: olenaPhone, lid: olenaLID}
	for name, c := range map[string]struct {
		first, then       types.MessageSource
		firstWho, thenWho person
		same              bool
	}{
		"a phone whose hidden id is learnt meanwhile":     {byPhone, byPhoneLearnt, person{phone: olenaPhone}, both, true},
		"a hidden id whose phone is learnt meanwhile":     {byLID, byLID, person{lid: olenaLID}, both, true},
		"by phone, then by hidden id with the phone":      {byPhone, byLIDNamed, both, both, true},
		"by hidden id, then by hidden id with the phone":  {byLID, byLIDNamed, person{lid: olenaLID}, both, true},
		"by hidden id with the phone, then by hidden id":  {byLIDNamed, byLID, both, person{lid: olenaLID}, true},
		"sent again by hidden id, then told by our phone": {byLID, byPhone, both, both, true},
		"told by our phone, then sent again by hidden id": {byPhone, byLID, both, both, true},
		"two who are learnt to be one meanwhile":          {byPhone, byLID, person{phone: olenaPhone}, both, true},
		"two who are not known to be one":                 {byPhone, byLID, person{phone: olenaPhone}, person{lid: olenaLID}, false},
	} {
		info := types.MessageInfo{MessageSource: c.first, ID: "3A01"}
		first, also := happening("1", c.firstWho, &info, bots.Wrote)
		info.MessageSource = c.then
		then, alsoThen := happening("1", c.thenWho, &info, bots.Wrote)
		if meet(append(also, first), append(alsoThen, then)) != c.same {
			t.Errorf("%s: %s %s and %s %s", name, first, also, then, alsoThen)
		}
	}
}

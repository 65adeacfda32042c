package whatsapp

import (
	"bytes"
	"testing"

	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

const (
	annaLID  = "700001"
	borysLID = "700002"
)

// holds reports which words stand anywhere in whatsapp.db and its side files.
func (r *rig) holds(words ...string) (all []string) {
	r.t.Helper()
	for _, w := range words {
		for _, raw := range r.files() {
			if bytes.Contains(raw, []byte(w)) {
				all = append(all, w)
				break
			}
		}
	}
	return all
}

// Whoever was erased is in whatsapp.db by name and phone no more, in free pages neither, and can still write: the keys of the chat stay.
func TestForget(t *testing.T) {
	r := up(t)
	c, err := r.s.AddCustomer(soon(t), simulator.Person{Phone: anna, LID: annaLID, Name: "Annadoomed"})
	needs(t, err)
	other, err := r.s.AddCustomer(soon(t), simulator.Person{Phone: borys, LID: borysLID, Name: "Boryskept"})
	needs(t, err)
	r.says(c, "before it")
	r.says(other, "me too")
	r.got.hears(t, "before it")
	r.got.hears(t, "me too")
	r.taken()
	dev, err := r.bot.device(t.Context())
	needs(t, err)
	hers := types.NewJID(annaLID, types.HiddenUserServer)
	phone := types.NewJID(anna[1:], types.DefaultUserServer)
	needs(t, dev.MsgSecrets.PutMessageSecret(t.Context(), phone, hers, "secret-id-4711", bytes.Repeat([]byte("k"), 32)))
	needs(t, dev.Contacts.PutContactName(t.Context(), phone, "Annasurname", "Annadoomed"))
	needs(t, dev.ChatSettings.PutPinned(t.Context(), phone, true))
	needs(t, dev.PrivacyTokens.PutPrivacyTokens(t.Context(), store.PrivacyToken{User: phone, Token: []byte("token-of-anna")}))
	words := []string{"Annadoomed", "Annasurname", "secret-id-4711", "token-of-anna", anna[1:]}
	if got := r.holds(words...); len(got) != len(words) {
		t.Fatalf("before it the file has only %q", got)
	}
	needs(t, r.bot.Forget(t.Context(), []bots.Address{{Channel: bots.WhatsApp, ID: anna}}))
	if got := r.holds(words...); len(got) > 0 {
		t.Errorf("after it the file has %q", got)
	}
	if got := r.holds("Boryskept", borys[1:]); len(got) != 2 {
		t.Errorf("of somebody else there is only %q", got)
	}
	needs(t, r.bot.Forget(t.Context(), []bots.Address{{Channel: bots.WhatsApp, ID: anna}, {Channel: bots.Viber, ID: "v1"}}))
	r.says(c, "after it")
	r.got.hears(t, "after it")
}

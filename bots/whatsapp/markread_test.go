package whatsapp

import (
	"slices"
	"strings"
	"testing"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

func (r *rig) marks(chat string, ids ...string) error {
	return r.bot.MarkRead(soon(r.t), bots.Address{Channel: bots.WhatsApp, ID: chat}, ids)
}

// ticked waits until WhatsApp has heard that a message was read.
func (r *rig) ticked(id string, done func(simulator.Message) bool) {
	r.t.Helper()
	_, err := r.s.WaitMessage(soon(r.t), id, done)
	needs(r.t, err)
}

func blue(m simulator.Message) bool { return m.Read == 1 }

// receiptsOfReading are what the shop's device told of reading.
func (r *rig) receiptsOfReading() (all []simulator.Stanza) {
	for _, st := range r.s.Stanzas("receipt") {
		if st.From == shop && strings.HasPrefix(st.Type, "read") {
			all = append(all, st)
		}
	}
	return all
}

// Nothing is told of reading by itself; once it is asked for, one receipt names all messages, and goes to the person's chat.
func TestReadingIsToldWhenItIsAskedFor(t *testing.T) {
	r := up(t)
	c := r.customer(anna, "900002")
	first, next := r.says(c, "one"), r.says(c, "two")
	r.got.hears(t, "two")
	r.taken()
	if got := r.receiptsOfReading(); len(got) != 0 {
		t.Fatalf("nobody has read, and WhatsApp was told %+v", got)
	}
	needs(t, r.marks(anna, first, next))
	r.ticked(next, blue)
	needs(t, r.marks(anna))
	got := r.receiptsOfReading()
	if len(got) != 1 || got[0].To != anna[1:]+"@s.whatsapp.net" || !slices.Equal(got[0].IDs, []string{first, next}) || got[0].Type != "read" {
		t.Errorf("WhatsApp was told %+v; want one receipt for both", got)
	}
	needs(t, r.sends(1)) // the connection goes on
}

// Somebody whose number is not told has a chat by the hidden id.
func TestReadingIsToldToAHiddenID(t *testing.T) {
	r := up(t)
	c := r.customer(anna, "900002")
	needs(t, r.s.Alter(anna, func(a *simulator.Traits) { a.AsLID, a.BareAddress = true, true }))
	id := r.says(c, "hidden")
	r.got.hears(t, "hidden")
	needs(t, r.marks("900002@lid", id))
	r.ticked(id, blue)
}

// Many messages are named by one receipt of bounded size: the newest.
func TestAReceiptNamesAHundred(t *testing.T) {
	r := up(t)
	c := r.customer(anna, "900002")
	id := r.says(c, "the last one")
	r.got.hears(t, "the last one")
	needs(t, r.marks(anna, append(slices.Repeat([]string{"3EB0"}, mostMarked), id)...))
	r.ticked(id, blue)
	if got := r.receiptsOfReading(); len(got) != 1 || len(got[0].IDs) != mostMarked {
		t.Errorf("%d receipts; want one with %d ids", len(got), mostMarked)
	}
}

// The owner of the phone has switched read receipts off: the customer is told nothing. Where WhatsApp does not say what the owner
// wishes, nobody is.
func TestTheOwnersWishAboutReadingWins(t *testing.T) {
	r := up(t)
	c := r.customer(anna, "900002")
	id := r.says(c, "one")
	r.got.hears(t, "one")
	r.s.Fail(simulator.Fault{Tag: "iq", From: shop, Query: "privacy", Kind: simulator.Refuse, Code: 429})
	if err := r.marks(anna, id); bots.FaultOf(err).Fault != bots.Temporary {
		t.Errorf("MarkRead = %v; want it not done, as the wish is not known", err)
	}
	if got := r.receiptsOfReading(); len(got) != 0 {
		t.Errorf("WhatsApp was told %+v", got)
	}
	needs(t, r.s.Alter(shop, func(a *simulator.Traits) { a.HidesReads = true }))
	needs(t, r.marks(anna, id))
	r.ticked(id, func(m simulator.Message) bool { return m.ReadSelf == 1 && m.Read == 0 })
}

// Without a session nothing is told, and the error says why.
func TestReadingIsNotToldWithoutASession(t *testing.T) {
	r := newRig(t)
	if err := r.marks(anna, "3EB0"); bots.FaultOf(err).Code != Unpaired || strings.Contains(err.Error(), anna) {
		t.Errorf("MarkRead = %v; want why, without a number in its words", err)
	}
	if err := r.marks("nobody", "3EB0"); bots.FaultOf(err).Fault != bots.Unreachable {
		t.Errorf("MarkRead = %v; want nobody reached", err)
	}
}

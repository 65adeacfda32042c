package store

import (
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

const leftNumber = "+380501112233"

// leftNo is a story of somebody who wrote from a number, has another one now, and said no at the first (the page of a text that had gone
// there was opened) after the first copy of the store; then the person was erased. The no stays at the number's hash.
func leftNo(t *testing.T) *story {
	s := newStory(t, 0)
	e := wrote("sms-1", leftNumber, "hello")
	e.Channel, e.Chat.Channel, e.Sender = bots.SMS, bots.SMS, "sms/main"
	turn, err := s.db.Receive(t.Context(), e, rules(), world())
	if err != nil {
		t.Fatal(err)
	}
	s.people = []bots.ID{turn.Contact.ID}
	if _, _, err := s.db.PutContact(t.Context(), bots.Ref{Kind: "id", Value: turn.Contact.ID.String()}, func(c *bots.Contact) error {
		c.Remove(bots.Address{Channel: bots.SMS, ID: leftNumber})
		c.Phone = "+380930000000"
		c.Set(bots.Address{Channel: bots.SMS, ID: c.Phone}, bots.Unverified, turn.Contact.Created)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	s.flush()
	s.copy()
	no := bots.Consent{State: bots.Denied, At: time.Now().UTC().Truncate(time.Microsecond), Source: "page", ByPerson: true, Everything: true}
	if err := s.db.Update(t.Context(), func(tx fallback.Tx) error { tx.PutWord(leftNumber, no); return nil }); err != nil {
		t.Fatal(err)
	}
	s.erases(0)
	s.empties()
	s.flush()
	s.copy()
	return s
}

// empties goes through the steps of the person's erase.
func (s *story) empties() {
	s.t.Helper()
	for more := true; more; {
		var err error
		if more, err = s.db.EraseSome(s.t.Context(), s.people[0], rules(), world()); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.db.EraseRest(s.t.Context(), s.people); err != nil {
		s.t.Fatal(err)
	}
}

// comes is what holds for whoever has the number now, of whom the retailer knows a yes of before.
func (s *story) comes() *bots.Contact {
	s.t.Helper()
	return s.tells(bots.Ref{Kind: "phone", Value: leftNumber}, bots.AboutMarketing, bots.Consent{State: bots.Given, At: time.Now().Add(-time.Hour), Source: "form"})
}

// TestANoLeftAtANumberOfBefore is in the journal: a store that is put back has it, whether it knew the person or not, and also where the
// journal was lost between and written anew.
func TestANoLeftAtANumberOfBefore(t *testing.T) {
	// Copies: 0 before the person came, 1 before the no was said, 2 after the erase, 3 after its last step.
	for name, puts := range map[string][][2]int{
		"a store that knew the person":               {{1, -1}},
		"a store from before the person":             {{0, -1}},
		"a store of before the last step":            {{2, -1}},
		"twice":                                      {{1, -1}, {0, -1}},
		"the journal was lost, and written anew":     {{-1, 0}, {1, -1}},
		"an older journal, then the store of before": {{-1, 2}, {0, -1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := leftNo(t)
			for _, put := range puts {
				s.putBack(put[0], put[1])
			}
			s.empties()
			if n, err := s.db.ReplayJournal(t.Context(), JournalIn(s.dir), nil); err != nil || n != 0 {
				t.Errorf("a second replay = %d, %v", n, err)
			}
			if c := s.comes(); c.Marketing.State != bots.Denied || !c.Silent() {
				t.Errorf("whoever has the number now has %+v and %+v; want the no that was said there", c.Marketing, c.All)
			}
		})
	}
}

// TestANoLeftAtANumberThatWasLiftedSince is not brought back by an older journal.
func TestANoLeftAtANumberThatWasLiftedSince(t *testing.T) {
	s := leftNo(t)
	e := wrote("sms-2", leftNumber, "start")
	e.Channel, e.Chat.Channel, e.Sender = bots.SMS, bots.SMS, "sms/main"
	if _, err := s.db.Receive(t.Context(), e, rules(), world()); err != nil {
		t.Fatal(err)
	}
	if err := s.db.journalLost(t.Context()); err != nil { // written anew, as the store has it now
		t.Fatal(err)
	}
	if _, err := s.db.MendJournal(t.Context(), JournalIn(s.dir)); err != nil {
		t.Fatal(err)
	}
	s.putBack(-1, 3)
	if err := s.db.Read(t.Context(), func(v fallback.View) error {
		if no := v.KeptNoAt(bots.Ref{Kind: "phone", Value: leftNumber}); !no.Zero() {
			t.Errorf("at the number there is %+v again", no)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

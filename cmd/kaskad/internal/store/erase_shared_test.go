package store

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// wamid is an id as WhatsApp's Cloud API makes them: the phone is in it.
func wamid(phone string, n int) string {
	b := append([]byte{0x1c, 0x18, byte(len(phone))}, phone...)
	return "wamid." + base64.StdEncoding.EncodeToString(append(b, []byte(fmt.Sprintf("\x15\x02\x00\x11\x18\x12%020d\x00", n))...))
}

func TestPhoneIn(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		// from the examples in Meta's documentation
		"wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=": "16503879439",
		wamid("380501112233", 7): "380501112233", "wamid.": "", "wamid.HBg": "", "wamid.????": "", "HBgLMTY1MDM4Nzk0MzkVAgA=": "", "wamid.HBj/MTY1": "",
	} {
		if got := phoneIn(id); got != want {
			t.Errorf("phoneIn(%s) = %q; want %q", id, got, want)
		}
	}
}

// sentOn hands a text to a contact on a channel, under an id of the channel's.
func sentOn(t *testing.T, db *DB, who bots.ID, to bots.Address, id string) bots.ID {
	t.Helper()
	r, w := rules(), world()
	r.SameMessage = 0
	r.Channels[to.Channel] = fallback.Channel{Limits: bots.Limits{Reports: bots.Read}, Senders: []string{to.Channel}}
	done, err := db.Accept(t.Context(), &fallback.Request{
		To: bots.Ref{Kind: "id", Value: who.String()}, Given: who.String(), Purpose: fallback.Urgent, Text: "hello",
		Cascade: fallback.Cascade{Order: "listed", Deadline: time.Hour, Steps: []fallback.Step{{Channel: to.Channel, Wait: time.Minute, Until: fallback.Until{Level: bots.Accepted}}}},
	}, r, w)
	must(tPlan, nil, err)
	a, err := db.Claim(t.Context(), &fallback.Intent{Delivery: done.ID, Out: bots.Outgoing{To: to, Text: "hello"}}, r, w)
	if err != nil || a == nil {
		t.Fatalf("claim: %v, %v", a, err)
	}
	must(tAttempt, nil, db.Settle(t.Context(), a, fallback.Result{Receipt: bots.Receipt{Sender: to.Channel, Chat: to.ID, ID: id, Level: bots.Accepted}}, r, w))
	return a.Message
}

// someone is a contact with an external id and places.
func someone(t *testing.T, db *DB, ext string, phone string, places ...bots.Address) bots.ID {
	t.Helper()
	began := now()
	c, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "ext", Value: ext}, func(c *bots.Contact) error {
		c.Phone = phone
		for _, a := range places {
			c.Set(a, bots.Active, began)
		}
		return nil
	})
	must(tContact, nil, err)
	return c.ID
}

// What retention dropped long ago is in no list of the person any more: the indexes that tell a chat, or a phone in an id of the Cloud
// API, are looked through for it.
func TestEraseFindsNamesOfWhatRetentionDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const phone, day = "380501112233", 24 * time.Hour
		dir, opt := t.TempDir(), Unsynced(Options{Generation: 16})
		db := openAt(t, dir, opt)
		chat, cloud := bots.Address{Channel: bots.Telegram, ID: "telegram-chat-424242"}, bots.Address{Channel: bots.WhatsAppCloud, ID: "+" + phone}
		who := someone(t, db, "C-100-olena", "+"+phone, chat, cloud)
		for n := range 20 {
			sentOn(t, db, who, chat, fmt.Sprint("provider-id-", n))
			sentOn(t, db, who, cloud, wamid(phone, n))
		}
		time.Sleep(365 * day)
		other := someone(t, db, "C-200", "", bots.Address{Channel: bots.Telegram, ID: "7"})
		for n := range 40 {
			sentOn(t, db, other, bots.Address{Channel: bots.Telegram, ID: "7"}, fmt.Sprint("other-", n))
		}
		got := retain(t, db, Retention{Messages: 30 * day, Deliveries: 30 * day})
		if left, err := db.Messages(t.Context(), who, "", 50); err != nil || len(left.Items) > 0 || got[KeptLists] == 0 {
			t.Fatalf("retention dropped %v, and left %d messages, %v", got, len(left.Items), err)
		}
		if n := entriesOf(t, db, tTalk, who); n > 20 {
			t.Fatalf("the list of the conversation has %d entries: this test shows nothing", n)
		}
		secrets := []string{chat.ID, phone, wamid(phone, 0)[6:24]}
		if got := tellsOf(t, db, secrets); len(got) != len(secrets) {
			t.Fatalf("before the erase the file has only %q", got)
		}
		db = eraseAll(t, db, dir, opt, who)
		if got := tellsOf(t, db, secrets); len(got) > 0 {
			t.Errorf("after the erase the file has %q", got)
		}
		if got := tellsOf(t, db, []string{"other-39"}); len(got) != 1 {
			t.Error("what names somebody else is gone")
		}
		closeChecked(t, db)
	})
}

// entriesOf counts what a list has of a contact.
func entriesOf(t *testing.T, db *DB, of table, contact bots.ID) (n int) {
	t.Helper()
	_, err := view(t.Context(), db, func(t *tx) (bool, error) {
		t.each(of, func(key, _ []byte) bool {
			if bots.IDFromBytes(key) == contact {
				n++
			}
			return true
		})
		return true, nil
	})
	must(of, nil, err)
	return n
}

// A chat of somebody who is erased may be another's by now, or the person's again: what stands there since is not touched. A receipt of
// it still finds its message, and a watermark its way.
func TestEraseLeavesWhoeverHasTheChatNow(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]bool{"another contact has it": true, "the person came back while the erase was under way": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, opt := t.TempDir(), Unsynced(Options{Generation: 16})
			db := openAt(t, dir, opt)
			chat := bots.Address{Channel: bots.Telegram, ID: "424242"}
			who := someone(t, db, "C-100-olena", "", chat)
			for n := range 20 {
				sentOn(t, db, who, chat, fmt.Sprint(n))
			}
			give := func() (heir, sent bots.ID) {
				heir = someone(t, db, "C-200", "", chat)
				sent = sentOn(t, db, heir, chat, "9000")
				_, err := db.Receive(t.Context(), bots.Event{ID: "early", Channel: bots.Telegram, Sender: bots.Telegram, Kind: bots.Reported, At: now(), Receipt: &bots.Receipt{Sender: bots.Telegram, Chat: chat.ID, ID: "9001", Level: bots.Read, At: now()}}, rules(), world())
				must(tOrphan, nil, err)
				must(tQuarantine, nil, db.Quarantine(t.Context(), fallback.Quarantined{Channel: bots.Telegram, Event: "q", Raw: []byte(`{"id":424242}`), At: now()}))
				return heir, sent
			}
			var heir, sent bots.ID
			if taken {
				_, _, err := db.PutContact(t.Context(), bots.Ref{Kind: "id", Value: who.String()}, func(c *bots.Contact) error { c.Remove(chat); return nil })
				must(tContact, nil, err)
				heir, sent = give()
			}
			_, err := db.Erase(t.Context(), who, "crm", "", Record{})
			must(tContact, nil, err)
			if !taken {
				heir, sent = give()
			}
			db = stepAll(t, db, dir, opt, who)
			_, err = view(t.Context(), db, func(t *tx) (bool, error) {
				if got := t.ByProvider(fallback.ProviderKey{Sender: bots.Telegram, Chat: chat.ID, ID: "9000"}); got != sent {
					return false, fmt.Errorf("the message is found as %s; want %s", got, sent)
				}
				if got := t.ByProvider(fallback.ProviderKey{Sender: bots.Telegram, Chat: chat.ID, ID: "7"}); got != 0 {
					return false, fmt.Errorf("a message of before is still found: %s", got)
				}
				if got := t.LastSent(chat); got != sent {
					return false, fmt.Errorf("the last of the chat is %s; want %s", got, sent)
				}
				return true, nil
			})
			if err != nil {
				t.Error(err)
			}
			if !taken {
				if n, err := db.QuarantinedCount(t.Context()); err != nil || n != 1 {
					t.Errorf("in quarantine there are %d, %v; what came after the erase is of whoever came back", n, err)
				}
				orphans, err := view(t.Context(), db, func(t *tx) ([]fallback.Orphan, error) {
					return t.Orphans(fallback.ProviderKey{Sender: bots.Telegram, Chat: chat.ID, ID: "9001"}), nil
				})
				if err != nil || len(orphans) != 1 {
					t.Errorf("a receipt that came since is gone: %v, %v", orphans, err)
				}
			}
			if c, err := db.Contact(t.Context(), heir); err != nil || c == nil {
				t.Errorf("who has the chat is %v, %v", c, err)
			}
			closeChecked(t, db)
		})
	}
}

// The last step is done for several people at once, and each has their own counts, also when it comes to its end only the second time.
func TestEraseRestOfSeveral(t *testing.T) {
	t.Parallel()
	dir, opt := t.TempDir(), Unsynced(Options{Generation: 16})
	db := openAt(t, dir, opt)
	one := lived(t, db, 10)
	two := livedAs(t, db, 12, life{"C-200-olha", "Olha", "olha@example.com", "+380671112233", "telegram-chat-737373", "b"})
	stays := livedAs(t, db, 2, life{"C-300-petro", "Petro", "petro@example.com", "+380931112233", "telegram-chat-939393", "c"})
	for _, id := range []bots.ID{one, two} {
		_, err := db.Erase(t.Context(), id, "crm", "", Record{})
		must(tContact, nil, err)
		for g := (fallback.Erasing{}); g.Stage != fallback.EraseRest; {
			must(tRecord, nil, db.Update(t.Context(), func(tx fallback.Tx) (err error) { g, err = fallback.EraseSome(tx, id, rules(), world()); return err }))
		}
	}
	for n := 0; ; n++ {
		more, err := db.EraseRest(t.Context(), []bots.ID{one, two, stays})
		must(tRecord, nil, err)
		if !more {
			break
		}
		if n > 200 {
			t.Fatal("it does not come to an end")
		}
		must(tRecord, nil, db.PutSetting(t.Context(), "a commit", []byte{byte(n)}))
	}
	for id, messages := range map[bots.ID]int{one: 21, two: 25} {
		if e, ok, err := db.Erased(t.Context(), id); err != nil || !ok || e.Left || e.Counts.Links != 1 || e.Counts.Quarantine != 1 || e.Counts.Messages != messages {
			t.Errorf("Erased(%s) = %+v, %t, %v", id, e, ok, err)
		}
	}
	both := append(slices.Clone(needles), "Olha", "olha@example.com", "C-200-olha", "+380671112233", "telegram-chat-737373")
	both = slices.DeleteFunc(both, func(s string) bool { return s == "secret words" || s == "provider-id-" || s == "balance of 120" }) // the third has those, too
	if got := tellsOf(t, db, both); len(got) > 0 {
		t.Errorf("after the erase the file has %q", got)
	}
	if e, err := db.Contact(t.Context(), stays); err != nil || e == nil {
		t.Errorf("somebody else is %v, %v", e, err)
	}
	if links, err := db.LinksOf(t.Context(), stays); err != nil || len(links) != 1 {
		t.Errorf("somebody else has %d links, %v", len(links), err)
	}
	closeChecked(t, db)
}

// Of who came as a stranger first nothing is left in the file, not even at the chat who it was.
func TestEraseLeavesNothingOfAStranger(t *testing.T) {
	t.Parallel()
	dir, opt := t.TempDir(), Unsynced(Options{})
	db := openAt(t, dir, opt)
	who := someone(t, db, "C-100-olena", "+380501112233")
	chat := bots.Address{Channel: bots.Telegram, ID: "424242424"}
	hear := func(e bots.Event) bots.ID {
		e.Channel, e.Sender, e.Chat, e.At = bots.Telegram, bots.Telegram, chat, now()
		turn, err := db.Receive(t.Context(), e, rules(), world())
		must(tMessage, nil, err)
		return turn.Contact.ID
	}
	stranger := hear(bots.Event{ID: "1", Kind: bots.Wrote, Name: "Olenastranger", Text: "words of a stranger", MessageID: "1"})
	if got := hear(bots.Event{ID: "2", Kind: bots.Shared, Phone: "+380501112233", MessageID: "2"}); got != who || got == stranger {
		t.Fatalf("the chat is %s's; want %s", got, who)
	}
	secrets := []string{"Olenastranger", "words of a stranger", "424242424", "+380501112233", "C-100-olena"}
	if got := tellsOf(t, db, secrets); len(got) != len(secrets) {
		t.Fatalf("before the erase the file has only %q", got)
	}
	if would, err := db.WouldErase(t.Context(), who); err != nil || !slices.Equal(would.Same, []bots.ID{who, stranger}) || would.Counts.Messages != 2 {
		t.Errorf("WouldErase = %+v, %v", would, err)
	}
	db = eraseAll(t, db, dir, opt, who)
	if got := tellsOf(t, db, secrets); len(got) > 0 {
		t.Errorf("after the erase the file has %q", got)
	}
	if n := recordsOf(t, db, formerKind); n > 0 {
		t.Errorf("there are %d records %q", n, formerKind)
	}
	closeChecked(t, db)
}

// The step before the last does not do the last one, too: between them the names are told to who keeps something elsewhere.
func TestTheLastStepOfAnEraseIsAskedForByItself(t *testing.T) {
	t.Parallel()
	db := openAt(t, t.TempDir(), Unsynced(Options{}))
	who := lived(t, db, 1)
	_, err := db.Erase(t.Context(), who, "crm", "", Record{})
	must(tContact, nil, err)
	for n := 0; ; n++ {
		g, left, err := db.Erasing(t.Context(), who)
		if err != nil || !left || n > 20 {
			t.Fatalf("it was over, or never came to the last step: %t after %d, %v", left, n, err)
		}
		if g.Stage == fallback.EraseRest {
			if len(g.Names) < 4 {
				t.Errorf("before the last step the names are %v", g.Names)
			}
			break
		}
		if more, err := db.EraseSome(t.Context(), who, rules(), world()); err != nil || !more {
			t.Fatalf("EraseSome = %t, %v at stage %d", more, err, g.Stage)
		}
	}
	if more, err := db.EraseSome(t.Context(), who, rules(), world()); err != nil || more {
		t.Errorf("the last step: %t, %v", more, err)
	}
	closeChecked(t, db)
}

package whatsapp

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

// Somebody who learnt the id of a message asks for it: WhatsApp hands that on, and what is for Anna must not be encrypted for Borys.
func TestAStrangerGetsNoMessageOfAnother(t *testing.T) {
	t.Parallel()
	k := newTalk(t, nil)
	id, _ := k.sends(k.out("ваш код 4711"))
	stranger := k.customer(borys, "900003")
	k.says(stranger, "вітаю")
	k.got.hears(t, "вітаю")
	for count := range 3 {
		needs(t, stranger.Pry(soon(t), shop, 1, id, count+1))
	}
	k.until("an answer of ours", func() bool { return k.logs.has("was not sent to it") || stranger.Heard() > 0 })
	k.taken()
	k.sends(k.out("ще щось")) // whatever was answered is there before it
	if n := stranger.Heard(); n != 0 {
		t.Errorf("the stranger got %d messages", n)
	}
	if k.logs.has("4711") {
		t.Errorf("the log names the message:\n%s", k.logs)
	}
}

func TestWhoMayAskForAMessageAgain(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	jid := func(text string) types.JID {
		j, err := types.ParseJID(text)
		needs(t, err)
		return j
	}
	needs(t, r.bot.lids().PutLIDMapping(t.Context(), jid("900002@lid"), jid("380501112233@s.whatsapp.net")))
	for name, c := range map[string]struct {
		to, asks, chat string
		may            bool
	}{
		"the phone":                            {anna, "380501112233@s.whatsapp.net", "380501112233@s.whatsapp.net", true},
		"a device of theirs":                   {anna, "380501112233:7@s.whatsapp.net", "380501112233@s.whatsapp.net", true},
		"the hidden id":                        {anna, "900002:7@lid", "900002@lid", true},
		"by hidden id, asked from the phone":   {"900002@lid", "380501112233@s.whatsapp.net", "380501112233@s.whatsapp.net", true},
		"only the hidden id is known":          {"900009@lid", "900009@lid", "900009@lid", true},
		"our phone, of that chat":              {anna, "380441112233@s.whatsapp.net", "380501112233@s.whatsapp.net", true},
		"our phone by its hidden id":           {anna, "900001@lid", "900002@lid", true},
		"our phone, of another chat":           {anna, "380441112233@s.whatsapp.net", "380501112234@s.whatsapp.net", false},
		"our phone, of no chat":                {anna, "380441112233@s.whatsapp.net", "380441112233@s.whatsapp.net", false},
		"somebody else":                        {anna, "380501112234@s.whatsapp.net", "380501112234@s.whatsapp.net", false},
		"somebody else, as of that chat":       {anna, "380501112234@s.whatsapp.net", "380501112233@s.whatsapp.net", false},
		"the hidden id's digits as a phone":    {anna, "900002@s.whatsapp.net", "900002@s.whatsapp.net", false},
		"our hidden id's digits as a phone":    {anna, "900001@s.whatsapp.net", "380501112233@s.whatsapp.net", false},
		"a group of theirs":                    {anna, "380501112233@s.whatsapp.net", "120363000000000001@g.us", false},
		"a status":                             {anna, "380501112233@s.whatsapp.net", "status@broadcast", false},
		"a group itself":                       {anna, "120363000000000001@g.us", "120363000000000001@g.us", false},
		"another person by hidden id":          {"900009@lid", "900002@lid", "900002@lid", false},
		"by hidden id, a phone we do not know": {"900009@lid", "380501112233@s.whatsapp.net", "380501112233@s.whatsapp.net", false},
	} {
		may, err := r.bot.theirs(t.Context(), bots.Address{Channel: bots.WhatsApp, ID: c.to}, jid(c.asks), jid(c.chat))
		if err != nil || may != c.may {
			t.Errorf("%s: %v, %v; want %v", name, may, err, c.may)
		}
	}
	if may, err := r.bot.theirs(t.Context(), bots.Address{Channel: bots.WhatsApp, ID: borys}, jid("900005@lid"), jid("900005@lid")); may || err == nil {
		t.Errorf("whose hidden id it is can be asked of WhatsApp alone, and that is not there: %v, %v", may, err)
	}
}

func TestADeviceGetsAMessageAgainAFewTimesOnly(t *testing.T) {
	t.Parallel()
	k := newTalk(t, nil)
	id, _ := k.sends(k.out("раз"))
	for n := range deviceRepeats + 2 {
		needs(t, k.anna.Pry(soon(t), shop, 1, id, n+1))
	}
	if _, err := k.s.WaitMessage(soon(t), id, func(m simulator.Message) bool { return m.Direct >= deviceRepeats }); err != nil {
		t.Fatal(err)
	}
	k.until("it is too often", func() bool { return k.logs.has("too often") || k.s.Message(id).Direct > deviceRepeats })
	k.taken()
	was := k.s.Totals().Connections
	k.s.Cut(shop, 1)
	k.until("it connects again", func() bool { return k.s.Totals().Connections > was })
	k.await(Connected)
	needs(t, k.anna.Pry(soon(t), shop, 1, id, 1))
	k.taken()
	k.sends(k.out("два"))
	if n := k.s.Message(id).Direct; n != deviceRepeats {
		t.Errorf("it was sent again %d times; want %d, also over connections", n, deviceRepeats)
	}
}

func TestRepeatsAreCountedPerDeviceAndInAll(t *testing.T) {
	t.Parallel()
	var r repeats
	device := func(n uint16) types.JID { return types.JID{User: "1", Device: n, Server: types.DefaultUserServer} }
	spent := 0
	for n := range uint16(8) {
		for range deviceRepeats + 1 {
			if r.spend(device(n), "A") {
				spent++
			}
		}
	}
	if spent != allRepeats {
		t.Errorf("%d times in all; want %d", spent, allRepeats)
	}
	if !r.left(device(1), "B") || r.left(device(1), "A") {
		t.Error("each message counts by itself")
	}
	for n := range manyRepeats {
		r.spend(device(uint16(n)), types.MessageID(strings.Repeat("x", n%100)+string(rune('a'+n%26))))
	}
	if n := len(r.n); n > manyRepeats+1 {
		t.Errorf("%d counts are kept; want %d at most", n, manyRepeats)
	}
}

func TestStrangersUseUpNothingOfWhatTheRecipientMayAsk(t *testing.T) {
	t.Parallel()
	k := newTalk(t, nil)
	id, _ := k.sends(k.out("ваш код"))
	out, found, err := k.bot.sent(soon(t), id)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	for n := range uint16(allRepeats/deviceRepeats + 1) {
		stranger := types.JID{User: borys[1:], Device: n, Server: types.DefaultUserServer}
		for range deviceRepeats + 1 {
			if k.bot.entitled(soon(t), out.To, stranger, stranger.ToNonAD(), id) {
				t.Fatal("a stranger may")
			}
		}
		if k.bot.repeats.left(stranger, id) {
			t.Error("a stranger's questions are not counted")
		}
	}
	hers := types.NewJID(anna[1:], types.DefaultUserServer)
	if !k.bot.entitled(soon(t), out.To, hers, hers, id) {
		t.Error("whom it was written to may not ask any more, because strangers did")
	}
}

func TestAnOldMessageIsNotSentAgain(t *testing.T) {
	t.Parallel()
	k := newTalk(t, nil)
	now, _ := k.sends(k.out("нове"))
	old := k.out("старе")
	old.Step = bots.ID(time.Now().Add(-repeatFor - time.Hour).UnixMicro())
	was, _ := k.sends(old) // in the library's memory, too
	k.keep("3EB0AA", old)
	for _, id := range []string{was, "3EB0AA", now} {
		needs(t, k.anna.Pry(soon(t), shop, 1, id, 1))
	}
	if _, err := k.s.WaitMessage(soon(t), now, func(m simulator.Message) bool { return m.Direct == 1 }); err != nil {
		t.Fatal(err)
	}
	k.until("both are told of", func() bool { return strings.Count(k.logs.String(), "is too old") == 2 })
	if n := k.s.Message(was).Direct + k.s.Message("3EB0AA").Times; n != 0 {
		t.Errorf("%d old messages were sent again", n)
	}
}

// The library answers by itself, beside whatever is sent and decrypted: the keys of the chat must not change under it.
func TestAMessageIsSentAgainOnlyWhileNothingElseUsesTheKeys(t *testing.T) {
	t.Parallel()
	k := newTalk(t, nil)
	id, _ := k.sends(k.out("раз"))
	needs(t, k.bot.keys.take(soon(t)))
	needs(t, k.anna.Pry(soon(t), shop, 1, id, 1))
	k.until("the question came", func() bool { return !k.bot.repeats.untouched() })
	time.Sleep(200 * time.Millisecond) // one that does not wait is sent by then; a slow machine only misses that
	if n := k.s.Message(id).Direct; n != 0 {
		t.Error("it was sent while the keys were held")
	}
	k.bot.keys.release()
	if _, err := k.s.WaitMessage(soon(t), id, func(m simulator.Message) bool { return m.Direct == 1 }); err != nil {
		t.Fatal(err)
	}
	needs(t, k.bot.keys.take(soon(t))) // they are given back
	k.bot.keys.release()
}

func (r *repeats) untouched() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.n) == 0
}

func TestTheKeysAreGivenBackHoweverARepetitionEnds(t *testing.T) {
	t.Parallel()
	k := newTalk(t, nil)
	s := k.bot.current.Load()
	asks := types.NewJID(anna[1:], types.DefaultUserServer)
	asked := &events.Receipt{MessageSource: types.MessageSource{Chat: asks, Sender: asks}, MessageIDs: []types.MessageID{"A"}}
	held := func() bool { return len(k.bot.keys) == 1 }
	other := types.NewJID(borys[1:], types.DefaultUserServer)

	if !s.hold(asked, "A") || !held() {
		t.Fatal("the keys are not held")
	}
	s.told(repetitionFailed, []any{asks, "B", asks, errDisk}) // of another one, that failed before it held anything
	s.told(repetitionSent, []any{1, other, "A", other})
	for _, err := range []error{ // a second question of that device for that message, that failed before it held anything
		&whatsmeow.ElementMissingError{Tag: "retry", In: "retry receipt"}, binary.ErrorList{errDisk}, errors.New("couldn't find message A"),
	} {
		s.told(repetitionFailed, []any{asks, "A", asks, err})
	}
	if !held() {
		t.Fatal("another's end gave them back")
	}
	s.told(repetitionSent, []any{1, asks, "A", asks})
	if held() {
		t.Error("they are held after it was sent")
	}
	if !s.hold(asked, "A") {
		t.Fatal("the keys are not to be had")
	}
	s.told(repetitionFailed, []any{asks, "A", asks, &whatsmeow.ElementMissingError{Tag: "list", In: "usync"}}) // it asked for keys
	if held() {
		t.Error("they are held after it failed")
	}

	k.bot.pauses.stuck = 10 * time.Millisecond
	if !s.hold(asked, "A") {
		t.Fatal("the keys are not to be had")
	}
	needs(t, k.bot.keys.take(soon(t)))
	if !s.over.Load() {
		t.Error("the keys are free before the connection is over")
	}
	k.bot.keys.release()
	k.until("the connection is made anew", func() bool { now := k.bot.current.Load(); return now != nil && now != s })
	k.await(Connected)
	if s.hold(asked, "A") {
		t.Error("a connection that is over holds the keys")
	}
}

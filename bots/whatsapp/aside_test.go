package whatsapp

import (
	"testing"
	"time"

	waBinary "go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

// asked are the messages that we sent to our own phone alone: questions of the library.
func (r *rig) asked() (n int) {
	for _, s := range r.s.Stanzas("message") {
		if s.From == shop && s.To == types.NewJID(shop[1:], types.DefaultUserServer).String() {
			n++
		}
	}
	return n
}

// What is said to many is acknowledged and asks for nothing, whether it could be read or not; and the talk with who said it goes on.
func TestWhatIsSaidToManyIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]bool{"that could be read": false, "that cannot be read": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t, nil)
			k.sends(k.out("вітаємо")) // there are keys for our own phone
			k.says(k.anna, "раз")
			k.got.hears(t, "раз")
			group, err := k.s.AddGroup(shop, anna)
			needs(t, err)
			if damage {
				k.s.Fail(simulator.Fault{From: anna, Kind: simulator.Corrupt, Times: 2})
			}
			inGroup, err := k.anna.Say(soon(t), group, "усім")
			needs(t, err)
			status, err := k.anna.PostStatus(soon(t), "мій день")
			needs(t, err)
			k.taken()
			k.s.ClearFaults()
			direct := k.says(k.anna, "два")
			k.got.hears(t, "два")
			k.taken()
			for _, r := range k.s.Stanzas("receipt") {
				if r.From == shop && r.Type == "retry" {
					t.Errorf("%s was asked for again", r.To)
				}
			}
			for what, id := range map[string]string{"the group's": inGroup, "the status": status, "what came after": direct} {
				if m := k.s.Message(id); m.Delivered+m.Inactive == 0 {
					t.Errorf("%s was not acknowledged", what)
				}
			}
			if n := k.asked(); n != 0 {
				t.Errorf("our phone was asked for %d copies", n)
			}
			if n := len(k.got.texts()); n != 2 {
				t.Errorf("taken: %q", k.got.texts())
			}
		})
	}
}

// Some messages never come to linked devices. Our phone is asked for a copy of what a person said, and of nothing else.
func TestOurPhoneIsAskedForWhatAPersonSaidOnly(t *testing.T) {
	t.Parallel()
	k := newTalk(t, nil)
	k.sends(k.out("вітаємо"))
	person := types.NewJID(anna[1:], types.DefaultUserServer)
	unavailable := func(id, kind string, attrs waBinary.Attrs) {
		attrs["id"], attrs["t"], attrs["type"] = id, "1760000000", "text"
		s := k.bot.current.Load()
		//lint:ignore SA1019 the simulator has no such message
		s.cli.DangerousInternals().HandleEncryptedMessage(s.ctx, &waBinary.Node{
			Tag: "message", Attrs: attrs, Content: []waBinary.Node{{Tag: "unavailable", Attrs: waBinary.Attrs{"type": kind}}},
		})
	}
	group := types.NewJID("120363000000000001", types.GroupServer)
	unavailable("A1", "fanout", waBinary.Attrs{"from": group, "participant": person})
	unavailable("A2", "view_once", waBinary.Attrs{"from": group, "participant": person})
	unavailable("A3", "fanout", waBinary.Attrs{"from": types.StatusBroadcastJID, "participant": person})
	unavailable("A4", "view_once", waBinary.Attrs{"from": person})
	k.hears(bots.Wrote, func(e bots.Event) bool { return e.MessageID == "A4" })
	if n := k.asked(); n != 0 {
		t.Errorf("our phone was asked for %d copies of what nobody wants", n)
	}
	unavailable("A5", "fanout", waBinary.Attrs{"from": person})
	if n := k.asked(); n != 1 {
		t.Errorf("our phone was asked %d times for what a person said; want once", n)
	}
	unavailable("A6", "fanout", waBinary.Attrs{"from": group, "participant": person})
	k.says(k.anna, "далі")
	k.got.hears(t, "далі")
	k.sends(k.out("так"))
}

// The library gives a message up that is handled for minutes, and goes on with the next beside it: from then on a person's message could be
// taken for the group's, and would be lost.
func TestNothingIsLeftAloneOnceTwoAreHandledAtATime(t *testing.T) {
	t.Parallel()
	s := &session{born: time.Now()}
	for _, c := range []struct {
		source string
		skips  bool
	}{
		{"380501112233@s.whatsapp.net", false},
		{"380501112233:3@s.whatsapp.net in 120363000000000001@g.us", true},
		{"900002@lid in status@broadcast", true},
		{"900002@lid", false},
		{"380441112233:1@s.whatsapp.net in 380501112233@s.whatsapp.net", false},
		{"380501112233@s.whatsapp.net in 1699999999@broadcast", true},
	} {
		if s.setAside(lineDecrypting, []any{c.source}); s.aside.skips() != c.skips {
			t.Errorf("%s: skipped %v", c.source, s.aside.skips())
		}
	}
	s.setAside(lineGivenUp, []any{"<message/>"})
	if s.setAside(lineDecrypting, []any{"900002@lid in status@broadcast"}); s.aside.skips() {
		t.Error("it is skipped while another one may be under way")
	}
}

package whatsapp

import (
	"reflect"
	"testing"

	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// opened is a bot without a phone.
func opened(t testing.TB) *Bot {
	t.Helper()
	b, err := Open(t.Context(), DefaultConfig(), Options{Dir: t.TempDir(), IDs: "key"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// samples are events of every kind.
func samples() []any {
	return []any{
		from(text("Доброго дня")),
		from(photo("my dog")),
		from(&waE2E.Message{EphemeralMessage: future(photo("gone soon"))}),
		from(&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("дякую"), ContextInfo: about("3EB0AA")}}),
		from(&waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: keyOfOurs("3EB0AA"), Text: proto.String("👍")}}),
		from(&waE2E.Message{EditedMessage: future(edited("3A00", text("two cups")))}),
		byOwner(text("I am on my way")),
		from(unheardOf()),
		receipt(types.ReceiptTypeRead, "3EB0AA"),
	}
}

func TestWhatQuarantineKeepsIsReadAgain(t *testing.T) {
	b := opened(t)
	for _, evt := range samples() {
		first, err := b.decode(t.Context(), evt)
		if err != nil || len(first) != 1 {
			t.Fatalf("%v, %v", first, err)
		}
		again, err := b.Replay(first[0].Raw, noon)
		if err != nil || len(again.Events) != 1 || !reflect.DeepEqual(again.Events[0], first[0]) {
			t.Errorf("%v\nread   %+v\nagain %+v", err, first[0], again.Events)
		}
	}
	for _, raw := range []string{"", "{}", "[]", `{"message":"AAAA"}`, `{"info":{},"message":"////"}`} {
		if got, err := b.Replay([]byte(raw), noon); err == nil && len(got.Events) > 0 {
			t.Errorf("%s is read as %+v", raw, got.Events)
		}
	}
}

func FuzzReplay(f *testing.F) {
	for _, evt := range samples() {
		f.Add(rawOf(evt))
	}
	f.Add([]byte(`{"info":{"Chat":"380501112233@s.whatsapp.net","Sender":"x@lid","ID":"1"},"message":"CgJoaQ=="}`))
	b := opened(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := b.Replay(raw, noon)
		if err != nil {
			return
		}
		for _, e := range got.Events {
			if e.ID == "" || e.Channel != bots.WhatsApp || e.Sender != bots.WhatsApp || e.Kind == "" {
				t.Fatalf("an event that is not whole: %+v", e)
			}
			if e.Kind != bots.Reported && e.Chat.Valid() != nil {
				t.Fatalf("an event of nobody: %+v", e)
			}
		}
	})
}

// A photo that can be seen once does not come to us: that it was sent does.
func TestWhatOnlyThePhoneShows(t *testing.T) {
	b := opened(t)
	evt := &events.UndecryptableMessage{Info: from(text("")).Info, IsUnavailable: true, UnavailableType: events.UnavailableTypeViewOnce}
	if all, err := b.decode(t.Context(), evt); err != nil || len(all) != 1 || all[0].Kind != bots.Wrote || all[0].Text == "" || all[0].Chat.ID != "+380501112233" {
		t.Errorf("%+v, %v", all, err)
	}
	evt.UnavailableType = events.UnavailableTypeUnknown
	if all, err := b.decode(t.Context(), evt); err != nil || len(all) != 0 {
		t.Errorf("a message that comes again is taken for one that does not: %+v, %v", all, err)
	}
}

package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waCommon"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

var (
	shopPhone  = types.NewJID("380440000001", types.DefaultUserServer)
	shopLID    = types.NewJID("700001", types.HiddenUserServer)
	olenaPhone = types.NewJID("380501112233", types.DefaultUserServer)
	olenaLID   = types.NewJID("900001", types.HiddenUserServer)
	olena      = person{phone: olenaPhone, lid: olenaLID}
	noon       = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
)

// from is a message of Olena's, as the library hands it over.
func from(m *waE2E.Message) *events.Message {
	evt := &events.Message{RawMessage: m, Info: types.MessageInfo{
		MessageSource: types.MessageSource{Chat: olenaPhone, Sender: olenaPhone, SenderAlt: olenaLID},
		ID:            "3A01", PushName: "Олена", Timestamp: noon, Type: "text",
	}}
	return evt.UnwrapRaw()
}

// byOwner is one that somebody in the shop wrote to her from the phone.
func byOwner(m *waE2E.Message) *events.Message {
	evt := from(&waE2E.Message{DeviceSentMessage: &waE2E.DeviceSentMessage{DestinationJID: proto.String(olenaPhone.String()), Message: m}})
	evt.Info.MessageSource = types.MessageSource{Chat: olenaPhone, Sender: shopPhone, IsFromMe: true, RecipientAlt: olenaLID}
	evt.Info.PushName = "Крамниця"
	return evt
}

func future(m *waE2E.Message) *waE2E.FutureProofMessage { return &waE2E.FutureProofMessage{Message: m} }

func text(s string) *waE2E.Message { return &waE2E.Message{Conversation: proto.String(s)} }

var key32 = []byte("0123456789abcdef0123456789abcdef")

func photo(caption string) *waE2E.Message {
	return &waE2E.Message{ImageMessage: &waE2E.ImageMessage{
		URL: proto.String("https://evil.example/steal"), DirectPath: proto.String("/v/t62.7118-24/1_n.enc?ccb=11-4&oh=01"), MediaKey: key32, FileSHA256: key32,
		FileEncSHA256: key32, FileLength: proto.Uint64(1234), Mimetype: proto.String("image/jpeg"), Caption: proto.String(caption),
	}}
}

func about(id string) *waE2E.ContextInfo {
	return &waE2E.ContextInfo{StanzaID: proto.String(id), Participant: proto.String(shopPhone.String()), QuotedMessage: text("120 bonus points")}
}

// told is what matters of an event.
type told struct {
	Kind                bots.Kind
	Text, On, Data, Msg string
	Media               []bots.Media
}

func read(t *testing.T, evt *events.Message) []bots.Event {
	t.Helper()
	all, err := new(Bot).read(t.Context(), shopPhone.User, olena, evt)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestMessagesAreRead(t *testing.T) {
	wrote := func(s string, m ...bots.Media) told { return told{Kind: bots.Wrote, Text: s, Msg: "3A01", Media: m} }
	reply := func(s string) told { return told{Kind: bots.Wrote, Text: s, Msg: "3A01", On: "3EB0AA"} }
	file := func(kind, name string) bots.Media { return bots.Media{Type: kind, Name: name, Size: 1234} }
	doc := &waE2E.DocumentMessage{DirectPath: proto.String("/d"), FileLength: proto.Uint64(1234), FileName: proto.String("invoice.pdf"), Caption: proto.String("the invoice")}
	for name, c := range map[string]struct {
		is   *waE2E.Message
		want told
	}{
		"text":                               {text("Доброго дня"), wrote("Доброго дня")},
		"text with a link":                   {&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("see https://a.example")}}, wrote("see https://a.example")},
		"a reply":                            {&waE2E.Message{ExtendedTextMessage: &waE2E.ExtendedTextMessage{Text: proto.String("дякую"), ContextInfo: about("3EB0AA")}}, reply("дякую")},
		"a message that disappears":          {&waE2E.Message{EphemeralMessage: future(text("hi"))}, wrote("hi")},
		"wrappers in wrappers":               {&waE2E.Message{EphemeralMessage: future(&waE2E.Message{ViewOnceMessageV2: future(photo("once"))})}, wrote("once", file("photo", ""))},
		"a wrapper of a new kind":            {&waE2E.Message{QuestionMessage: future(text("why?"))}, wrote("why?")},
		"a photo with words":                 {photo("my dog"), wrote("my dog", file("photo", ""))},
		"a photo without":                    {photo(""), wrote("", file("photo", ""))},
		"a child of an album":                {&waE2E.Message{AssociatedChildMessage: future(photo("2 of 3"))}, wrote("2 of 3", file("photo", ""))},
		"a video":                            {&waE2E.Message{VideoMessage: &waE2E.VideoMessage{FileLength: proto.Uint64(1234), Caption: proto.String("look")}}, wrote("look", file("video", ""))},
		"a round video":                      {&waE2E.Message{PtvMessage: &waE2E.VideoMessage{FileLength: proto.Uint64(1234)}}, wrote("", file("video", ""))},
		"a voice message":                    {&waE2E.Message{AudioMessage: &waE2E.AudioMessage{PTT: proto.Bool(true), FileLength: proto.Uint64(1234)}}, wrote("", file("voice", ""))},
		"a song":                             {&waE2E.Message{AudioMessage: &waE2E.AudioMessage{FileLength: proto.Uint64(1234)}}, wrote("", file("document", ""))},
		"a document":                         {&waE2E.Message{DocumentMessage: doc}, wrote("the invoice", file("document", "invoice.pdf"))},
		"a document with words":              {&waE2E.Message{DocumentWithCaptionMessage: future(&waE2E.Message{DocumentMessage: doc})}, wrote("the invoice", file("document", "invoice.pdf"))},
		"a sticker":                          {&waE2E.Message{StickerMessage: &waE2E.StickerMessage{FileLength: proto.Uint64(1234)}}, wrote("", file("sticker", ""))},
		"a place":                            {&waE2E.Message{LocationMessage: &waE2E.LocationMessage{DegreesLatitude: proto.Float64(50.45), DegreesLongitude: proto.Float64(30.52), Name: proto.String("Cafe"), Address: proto.String("Khreshchatyk 1")}}, wrote("", bots.Media{Type: "location", Text: "50.45,30.52", Name: "Cafe, Khreshchatyk 1"})},
		"a place that moves":                 {&waE2E.Message{LiveLocationMessage: &waE2E.LiveLocationMessage{DegreesLatitude: proto.Float64(-1.5), DegreesLongitude: proto.Float64(0), Caption: proto.String("on my way")}}, wrote("on my way", bots.Media{Type: "location", Text: "-1.5,0"})},
		"a card":                             {&waE2E.Message{ContactMessage: &waE2E.ContactMessage{DisplayName: proto.String("Іван"), Vcard: proto.String("BEGIN:VCARD\nVERSION:3.0\nFN:Іван\nitem1.TEL;waid=380671234567:+380 67 123 45 67\nEND:VCARD")}}, wrote("", bots.Media{Type: "contact", Name: "Іван", Text: "+380671234567"})},
		"cards":                              {&waE2E.Message{ContactsArrayMessage: &waE2E.ContactsArrayMessage{Contacts: []*waE2E.ContactMessage{{DisplayName: proto.String("A")}, {DisplayName: proto.String("B")}}}}, wrote("", bots.Media{Type: "contact", Name: "A"}, bots.Media{Type: "contact", Name: "B"})},
		"a button of somebody's":             {&waE2E.Message{ButtonsResponseMessage: &waE2E.ButtonsResponseMessage{Response: &waE2E.ButtonsResponseMessage_SelectedDisplayText{SelectedDisplayText: "Yes"}, ContextInfo: about("3EB0AA")}}, reply("Yes")},
		"a row of a list":                    {&waE2E.Message{ListResponseMessage: &waE2E.ListResponseMessage{Title: proto.String("Kyiv"), ContextInfo: about("3EB0AA")}}, reply("Kyiv")},
		"a template's button":                {&waE2E.Message{TemplateButtonReplyMessage: &waE2E.TemplateButtonReplyMessage{SelectedDisplayText: proto.String("Buy")}}, wrote("Buy")},
		"a poll":                             {&waE2E.Message{PollCreationMessageV3: &waE2E.PollCreationMessage{Name: proto.String("Tea?"), Options: []*waE2E.PollCreationMessage_Option{{OptionName: proto.String("green")}, {OptionName: proto.String("black")}}}}, wrote("[poll] Tea?\n– green\n– black")},
		"an order":                           {&waE2E.Message{OrderMessage: &waE2E.OrderMessage{OrderTitle: proto.String("3 cups"), Message: proto.String("today?")}}, wrote("[order] 3 cups\ntoday?")},
		"what we cannot read":                {&waE2E.Message{SendPaymentMessage: &waE2E.SendPaymentMessage{}}, wrote("[send payment]")},
		"what nobody knew in 2025":           {unheardOf(), wrote("[a message of a new kind]")},
		"a reaction":                         {&waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: keyOfOurs("3EB0AA"), Text: proto.String("👍")}}, told{Kind: bots.Reacted, On: "3EB0AA", Data: "👍", Msg: "3A01"}},
		"a reaction that is taken back":      {&waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: keyOfOurs("3EB0AA"), Text: proto.String("")}}, told{Kind: bots.Reacted, On: "3EB0AA", Msg: "3A01"}},
		"an edit":                            {&waE2E.Message{EditedMessage: future(edited("3A00", text("two cups")))}, told{Kind: bots.Edited, Text: "two cups", Msg: "3A00"}},
		"an edit without its wrapper":        {edited("3A00", text("two cups")), told{Kind: bots.Edited, Text: "two cups", Msg: "3A00"}},
		"an edit of the words on a photo":    {edited("3A00", photo("my cat")), told{Kind: bots.Edited, Text: "my cat", Msg: "3A00"}},
		"a message that is taken back":       {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum(), Key: keyOfTheirs("3A00")}}, told{Kind: bots.Deleted, Msg: "3A00"}},
		"ours, which she cannot take back":   {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum(), Key: keyOfOurs("3EB0AA")}}, told{}},
		"an edit of ours":                    {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: keyOfOurs("3EB0AA"), EditedMessage: text("0 points")}}, told{}},
		"the timer of a chat":                {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_EPHEMERAL_SETTING.Enum(), EphemeralExpiration: proto.Uint32(86400)}}, told{}},
		"keys of a group":                    {&waE2E.Message{SenderKeyDistributionMessage: &waE2E.SenderKeyDistributionMessage{GroupID: proto.String("1@g.us")}}, told{}},
		"the head of an album":               {&waE2E.Message{AlbumMessage: &waE2E.AlbumMessage{ExpectedImageCount: proto.Uint32(3)}}, told{}},
		"a vote":                             {&waE2E.Message{PollUpdateMessage: &waE2E.PollUpdateMessage{}}, told{}},
		"nothing":                            {&waE2E.Message{}, told{}},
		"nothing but secrets":                {&waE2E.Message{MessageContextInfo: &waE2E.MessageContextInfo{MessageSecret: key32}}, told{}},
		"a message in too many wrappers":     {nested(20), told{}},
		"a wrapper with nothing in it":       {&waE2E.Message{EphemeralMessage: &waE2E.FutureProofMessage{}}, told{}},
		"an empty text":                      {text(""), told{}},
		"a reaction to nothing":              {&waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Text: proto.String("👍")}}, told{}},
		"an edit that leaves nothing":        {edited("3A00", text("")), told{}},
		"an edit that says nothing it holds": {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: keyOfTheirs("3A00")}}, told{}},
	} {
		t.Run(name, func(t *testing.T) {
			var got told
			if all := read(t, from(c.is)); len(all) > 0 {
				e := all[0]
				got = told{e.Kind, e.Text, e.On, e.Data, e.MessageID, e.Media}
				if len(all) != 1 || e.Channel != bots.WhatsApp || e.Sender != bots.WhatsApp || e.Name != "Олена" || !e.At.Equal(noon) || e.Phone != "+380501112233" ||
					e.Chat.ID != "+380501112233" || e.Also.ID != "900001@lid" || e.ID == "" || len(e.Raw) == 0 {
					t.Errorf("%d events; the first is %+v", len(all), e)
				}
			}
			for i := range got.Media {
				got.Media[i].ID = ""
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func keyOfOurs(id string) *waCommon.MessageKey {
	return &waCommon.MessageKey{ID: proto.String(id), FromMe: proto.Bool(false), RemoteJID: proto.String(shopPhone.String())}
}

func keyOfTheirs(id string) *waCommon.MessageKey {
	return &waCommon.MessageKey{ID: proto.String(id), FromMe: proto.Bool(true), RemoteJID: proto.String(shopPhone.String())}
}

func edited(id string, m *waE2E.Message) *waE2E.Message {
	return &waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_MESSAGE_EDIT.Enum(), Key: keyOfTheirs(id), EditedMessage: m}}
}

func nested(depth int) *waE2E.Message {
	m := text("deep")
	for range depth {
		m = &waE2E.Message{EphemeralMessage: future(m)}
	}
	return m
}

// unheardOf is a message whose only field has a number that the library does not know.
func unheardOf() *waE2E.Message {
	m := new(waE2E.Message)
	m.ProtoReflect().SetUnknown([]byte{0xfa, 0x3e, 2, 'h', 'i'}) // field 1007, two bytes
	return m
}

func TestWhatTheOwnerDoesOnThePhone(t *testing.T) {
	for name, c := range map[string]struct {
		is   *waE2E.Message
		want told
	}{
		"writes":              {text("I am on my way"), told{Kind: bots.ByOwner, Text: "I am on my way", Msg: "3A01"}},
		"sends a photo":       {photo("it is in"), told{Kind: bots.ByOwner, Text: "it is in", Msg: "3A01", Media: []bots.Media{{Type: "photo", Size: 1234}}}},
		"reacts":              {&waE2E.Message{ReactionMessage: &waE2E.ReactionMessage{Key: keyOfTheirs("3A00"), Text: proto.String("👍")}}, told{}},
		"takes back":          {&waE2E.Message{ProtocolMessage: &waE2E.ProtocolMessage{Type: waE2E.ProtocolMessage_REVOKE.Enum(), Key: keyOfTheirs("3A00")}}, told{}},
		"edits":               {edited("3A00", text("two cups")), told{}},
		"asks for her number": {&waE2E.Message{RequestPhoneNumberMessage: &waE2E.RequestPhoneNumberMessage{}}, told{Kind: bots.ByOwner, Text: "[request phone number]", Msg: "3A01"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got told
			for _, e := range read(t, byOwner(c.is)) {
				got = told{e.Kind, e.Text, e.On, e.Data, e.MessageID, e.Media}
				if e.Chat.ID != "+380501112233" || e.Also.ID != "900001@lid" {
					t.Errorf("the chat is %v and %v, want the person's", e.Chat, e.Also)
				}
				if e.Name != "" {
					t.Errorf("the person is called %q, which is what the owner is called", e.Name)
				}
			}
			for i := range got.Media {
				got.Media[i].ID = ""
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// What we sent ourselves is not the owner's, wherever we hear of it.
func TestOurOwnMessageToldBack(t *testing.T) {
	b := &Bot{opt: Options{Sent: func(_ context.Context, id string) (bots.Outgoing, bool, error) {
		switch id {
		case "3EB0AA":
			return bots.Outgoing{Text: "120 bonus points"}, true, nil
		case "3EB0BB":
			return bots.Outgoing{}, false, errors.New("disk")
		}
		return bots.Outgoing{}, false, nil
	}}}
	for id, want := range map[string]string{"3EB0AA": "0 <nil>", "3A01": "1 <nil>", "3EB0BB": "0 a message of ours could not be looked up: disk"} {
		evt := byOwner(text("120 bonus points"))
		evt.Info.ID = id
		all, err := b.read(t.Context(), shopPhone.User, olena, evt)
		if got := fmt.Sprint(len(all), " ", err); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

func TestWhatIsNoTalkWithAPerson(t *testing.T) {
	me := person{phone: shopPhone, lid: shopLID}
	for name, change := range map[string]func(*types.MessageInfo){
		"a group":                   func(i *types.MessageInfo) { i.Chat, i.IsGroup = types.NewJID("1-2", types.GroupServer), true },
		"a group by its server":     func(i *types.MessageInfo) { i.Chat = types.NewJID("1-2", types.GroupServer) },
		"a status":                  func(i *types.MessageInfo) { i.Chat, i.IsGroup = types.StatusBroadcastJID, true },
		"a list":                    func(i *types.MessageInfo) { i.Chat, i.IsGroup = types.NewJID("9", types.BroadcastServer), true },
		"a newsletter":              func(i *types.MessageInfo) { i.Chat = types.NewJID("9", types.NewsletterServer) },
		"a bot of Meta's":           func(i *types.MessageInfo) { i.Chat = types.NewMetaAIJID },
		"a note to ourselves":       func(i *types.MessageInfo) { i.Chat, i.IsFromMe = shopPhone, true },
		"the same by hidden id":     func(i *types.MessageInfo) { i.Chat, i.IsFromMe = shopLID, true },
		"what devices tell devices": func(i *types.MessageInfo) { i.Category = "peer" },
		"a message without an id":   func(i *types.MessageInfo) { i.ID = "" },
	} {
		evt := from(text("hi"))
		change(&evt.Info)
		if ours(evt, me) {
			t.Errorf("%s is taken for a talk with a person", name)
		}
	}
	if !ours(from(text("hi")), me) {
		t.Error("a person's message is not taken for one")
	}
	for _, jid := range []types.JID{types.PSAJID, types.MetaAIJID} { // WhatsApp's own accounts have numbers like people
		evt := from(text("news"))
		evt.Info.MessageSource = types.MessageSource{Chat: jid, Sender: jid}
		them, err := whois(t.Context(), learnt{}, others(&evt.Info.MessageSource)...)
		if all, _ := new(Bot).read(t.Context(), "1", them, evt); err != nil || len(all) > 0 {
			t.Errorf("%s is taken for a person: %v, %v", jid, all, err)
		}
	}
}

// learnt is what a session knows of hidden ids.
type learnt struct {
	store.LIDStore
	phone map[types.JID]types.JID
	fails error
}

func (l learnt) GetPNForLID(_ context.Context, lid types.JID) (types.JID, error) {
	return l.phone[lid], l.fails
}

func (l learnt) GetLIDForPN(_ context.Context, pn types.JID) (types.JID, error) {
	for lid, phone := range l.phone {
		if phone == pn {
			return lid, l.fails
		}
	}
	return types.JID{}, l.fails
}

func TestWhois(t *testing.T) {
	knows := learnt{phone: map[types.JID]types.JID{olenaLID: olenaPhone}}
	device := olenaLID
	device.Device = 7
	for name, c := range map[string]struct {
		jids       []types.JID
		lids       learnt
		chat, also string
	}{
		"by phone, told with the hidden id": {[]types.JID{olenaPhone, olenaLID}, learnt{}, "+380501112233", "900001@lid"},
		"by hidden id, told with the phone": {[]types.JID{olenaLID, olenaPhone}, learnt{}, "+380501112233", "900001@lid"},
		"by hidden id that we have learnt":  {[]types.JID{olenaLID, device}, knows, "+380501112233", "900001@lid"},
		"by phone that we have learnt":      {[]types.JID{olenaPhone}, knows, "+380501112233", "900001@lid"},
		"by hidden id alone":                {[]types.JID{device}, learnt{}, "900001@lid", ""},
		"by phone alone":                    {[]types.JID{olenaPhone}, learnt{}, "+380501112233", ""},
		"on a server of Meta's":             {[]types.JID{types.NewJID("380501112233", types.HostedServer)}, learnt{}, "+380501112233", ""},
		"nobody":                            {[]types.JID{{}, types.NewJID("1-2", types.GroupServer)}, learnt{}, "", ""},
	} {
		them, err := whois(t.Context(), c.lids, c.jids...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		chat, also := them.places()
		if chat.ID != c.chat || also.ID != c.also {
			t.Errorf("%s: %q and %q, want %q and %q", name, chat.ID, also.ID, c.chat, c.also)
		}
		for _, a := range []bots.Address{chat, also} {
			if a.ID != "" && a.Valid() != nil {
				t.Errorf("%s: %v", name, a.Valid())
			}
		}
	}
	if _, err := whois(t.Context(), learnt{fails: errors.New("disk")}, olenaLID); err == nil {
		t.Error("a store that fails is taken for one that knows nobody")
	}
}

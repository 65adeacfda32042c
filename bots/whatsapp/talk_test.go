package whatsapp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

// cup is a picture of one red point.
var cup, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")

// site is a web server with files, and how often it was asked.
func site(t *testing.T) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch {
		case strings.HasSuffix(r.URL.Path, ".png"):
			_, _ = w.Write(cup)
		case strings.HasSuffix(r.URL.Path, ".pdf"):
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = w.Write([]byte("%PDF-1.7 an invoice"))
		case strings.HasSuffix(r.URL.Path, ".gif"):
			_, _ = w.Write([]byte("GIF89a"))
		case r.URL.Path == "/later":
			http.Error(w, "later", http.StatusServiceUnavailable)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// nearby is a visitor that goes to this machine too.
func nearby() *bots.Visitor { return bots.NewVisitor(bots.VisitorOptions{Loopback: true}) }

// talk is a bot that is connected, and Anna, who is there.
type talk struct {
	*rig
	anna *simulator.Customer
	to   bots.Address
	step bots.ID
	mu   sync.Mutex
	sent map[string]bots.Outgoing // what the program's store would know
}

func newTalk(t *testing.T, change func(*rig)) *talk {
	t.Helper()
	if underRace {
		t.Skip("whatsmeow races with itself when a connection ends; run it without -race")
	}
	k := &talk{to: bots.Address{Channel: bots.WhatsApp, ID: anna}, step: bots.ID(time.Now().UnixMicro()), sent: map[string]bots.Outgoing{}}
	r := newRig(t)
	r.close()
	r.opt.Fetch = nearby()
	r.opt.Sent = func(_ context.Context, id string) (bots.Outgoing, bool, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		out, ok := k.sent[id]
		return out, ok, nil
	}
	if change != nil {
		change(r)
	}
	r.open()
	r.provision()
	r.run().await(Connected)
	k.rig, k.anna = r, r.customer(anna, "900002")
	return k
}

// out is the next message, with a step of its own.
func (k *talk) out(text string) bots.Outgoing {
	k.step++
	return bots.Outgoing{To: k.to, Step: k.step, Text: text}
}

// sends hands a message to WhatsApp and waits until Anna has it.
func (k *talk) sends(out bots.Outgoing) (string, simulator.Shown) {
	k.t.Helper()
	id := k.hands(out)
	got, err := k.anna.Wait(soon(k.t), 1, func(m simulator.Shown) bool { return m.ID == id })
	needs(k.t, err)
	return id, got
}

func (k *talk) hands(out bots.Outgoing) string {
	k.t.Helper()
	got, err := k.bot.Send(soon(k.t), out)
	if err != nil {
		k.t.Fatalf("Send = %v", err)
	}
	if got.Sender != bots.WhatsApp || got.ID != k.bot.NameOf(out.Step) || got.Step != out.Step || got.Level != bots.Accepted || got.SentAt.IsZero() {
		k.t.Errorf("the receipt is %+v", got)
	}
	k.keep(got.ID, out)
	return got.ID
}

func (k *talk) keep(id string, out bots.Outgoing) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sent[id] = out
}

// hears is the first event of a kind about a message.
func (k *talk) hears(kind bots.Kind, match func(bots.Event) bool) bots.Event {
	k.t.Helper()
	var found bots.Event
	k.got.until(k.t, string(kind), func() bool {
		for _, e := range k.got.events() {
			if e.Kind == kind && (match == nil || match(e)) {
				found = e
				return true
			}
		}
		return false
	})
	return found
}

func (k *talk) seen(match func(simulator.Shown) bool) simulator.Shown {
	k.t.Helper()
	got, err := k.anna.Wait(soon(k.t), 1, match)
	needs(k.t, err)
	return got
}

func TestWhatTheShopSends(t *testing.T) {
	k := newTalk(t, nil)
	url, asked := site(t)

	id, _ := k.sends(k.out("120 bonus points"))
	if got := k.anna.Find(id); got.Kind != simulator.Text || got.Text != "120 bonus points" || got.Times != 1 {
		t.Errorf("Anna has %+v", got)
	}
	out := k.out("*120* bonus points")
	out.Markup = "*120* bonus points, marked"
	if _, got := k.sends(out); got.Text != out.Markup {
		t.Errorf("Anna reads %q, want the marks", got.Text)
	}

	said := k.says(k.anna, "how many?")
	k.got.hears(t, "how many?")
	out = k.out("120")
	out.ReplyTo = said
	_, got := k.sends(out)
	if info := got.Message.GetExtendedTextMessage().GetContextInfo(); got.Quotes != said || info.GetParticipant() != "380501112233@s.whatsapp.net" {
		t.Errorf("the answer quotes %q of %s", got.Quotes, info.GetParticipant())
	}
	out = k.out("as I wrote")
	out.ReplyTo = id
	_, got = k.sends(out)
	if info := got.Message.GetExtendedTextMessage().GetContextInfo(); got.Quotes != id || info.GetParticipant() != "380441112233@s.whatsapp.net" || info.GetQuotedMessage().GetConversation() != "120 bonus points" {
		t.Errorf("the answer quotes %q: %v", got.Quotes, info)
	}

	for range 2 {
		out = k.out("our new cups")
		out.Image = url + "/cups.png"
		_, got = k.sends(out)
		if data, err := k.anna.Open(soon(t), got); err != nil || !bytes.Equal(data, cup) || got.Kind != simulator.Image || got.Text != "our new cups" {
			t.Errorf("Anna sees %q below %q, %v", got.Text, data, err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the picture was fetched %d times, want once for all", n)
	}
	if pic := got.Message.GetImageMessage(); pic.GetMimetype() != "image/png" || pic.GetWidth() != 1 {
		t.Errorf("the picture is %s, %d wide", pic.GetMimetype(), pic.GetWidth())
	}

	out = k.out("the invoice")
	out.File = &bots.File{URL: url + "/12.pdf", Name: "Рахунок 12.pdf"}
	_, got = k.sends(out)
	if data, err := k.anna.Open(soon(t), got); err != nil || string(data) != "%PDF-1.7 an invoice" || got.Text != "the invoice" || got.FileName != "Рахунок 12.pdf" {
		t.Errorf("Anna has %q below %q: %q, %v", got.FileName, got.Text, data, err)
	}
	out = k.out("")
	out.File = &bots.File{URL: url + "/12.pdf"}
	if _, got = k.sends(out); got.Text != "" || got.FileName != "12.pdf" || got.Message.GetDocumentMessage().GetMimetype() != "application/pdf" {
		t.Errorf("Anna has %q below %q", got.FileName, got.Text)
	}

	out = k.out("121 bonus points")
	out.Act, out.On = bots.EditAct, id
	k.hands(out)
	k.seen(func(m simulator.Shown) bool { return m.ID == id && m.Edits == 1 && m.Text == "121 bonus points" })
	for _, emoji := range []string{"👍", ""} { // on a message of hers, and taken back
		out = k.out(emoji)
		out.Act, out.On = bots.ReactAct, said
		m, err := k.s.WaitMessage(soon(t), k.hands(out), func(m simulator.Message) bool { return m.Delivered > 0 })
		if err != nil || m.Type != "reaction" {
			t.Errorf("the reaction %q is %+v, %v", emoji, m, err)
		}
	}
	out = k.out("🎉")
	out.Act, out.On = bots.ReactAct, id // on one of ours
	k.hands(out)
	k.seen(func(m simulator.Shown) bool { return m.ID == id && len(m.Reactions) == 1 && m.Reactions[0] == "🎉" })
	out = k.out("")
	out.Act, out.On = bots.DeleteAct, id
	k.hands(out)
	k.seen(func(m simulator.Shown) bool { return m.ID == id && m.Revoked })
	if odd := k.s.Oddities(); len(odd) > 0 {
		t.Errorf("whatsapp finds strange: %q", odd)
	}
}

// A picture is left out when it cannot be had; a file is what the message is about.
func TestFilesThatCannotBeHad(t *testing.T) {
	k := newTalk(t, nil)
	url, _ := site(t)
	for name, image := range map[string]string{
		"a picture that is not there":        url + "/none",
		"a picture that is no picture":       url + "/12.pdf",
		"a picture that phones do not show":  url + "/cups.gif",
		"a picture that comes later perhaps": url + "/later",
		"a picture in a private network":     "https://10.255.255.1/cups.png",
		"an address that is none":            "cups",
	} {
		out := k.out("our new cups")
		out.Image = image
		if _, got := k.sends(out); got.Kind != simulator.Text || got.Text != "our new cups" {
			t.Errorf("%s: Anna has %s %q", name, got.Kind, got.Text)
		}
	}
	if log := k.logs.String(); !strings.Contains(log, "without it") || strings.Contains(log, "cups") || strings.Contains(log, "38050") {
		t.Errorf("the log says: %s", log)
	}
	for name, c := range map[string]struct {
		image, file string
		want        bots.Fault
	}{
		"a picture alone that is not there": {image: url + "/none", want: bots.Rejected},
		"a file that is not there":          {file: url + "/none", want: bots.Rejected},
		"a file in a private network":       {file: "https://192.168.0.1/12.pdf", want: bots.Rejected},
		"a file that comes later perhaps":   {file: url + "/later", want: bots.Temporary},
	} {
		out := k.out("")
		out.Image = c.image
		if c.file != "" {
			out.Text, out.File = "the invoice", &bots.File{URL: c.file}
		}
		_, err := k.bot.Send(soon(t), out)
		if e := bots.FaultOf(err); err == nil || e.Fault != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if n := len(k.s.Messages(shop)); n != 6 {
		t.Errorf("WhatsApp got %d messages, want the 6 texts", n)
	}
}

func TestWhatCannotBeSent(t *testing.T) {
	k := newTalk(t, nil)
	old := k.out("")
	old.Step = bots.ID(time.Now().Add(-time.Hour).UnixMicro())
	k.keep("3EB0OLD", old)
	k.keep("3EB0PIC", bots.Outgoing{Step: k.step, Image: "https://a.example/b.png"})
	on := func(act bots.Act, id, text string) bots.Outgoing {
		out := k.out(text)
		out.Act, out.On = act, id
		return out
	}
	elsewhere := k.out("hi")
	elsewhere.To.Channel = bots.Viber
	for name, out := range map[string]bots.Outgoing{
		"nothing":                                k.out(" \n"),
		"too much":                               k.out(strings.Repeat("я", 65537)),
		"text that is none":                      k.out("a\xffb"),
		"an edit of an hour ago":                 on(bots.EditAct, "3EB0OLD", "new"),
		"an edit of the words on a picture":      on(bots.EditAct, "3EB0PIC", "new"),
		"an edit to nothing":                     on(bots.EditAct, "3EB0NEW", ""),
		"an edit of nothing":                     on(bots.EditAct, "", "new"),
		"a deletion of nothing":                  on(bots.DeleteAct, "", ""),
		"a reaction with a speech":               on(bots.ReactAct, "3A01", strings.Repeat("bravo ", 20)),
		"an act that WhatsApp does not know":     on("dance", "3A01", ""),
		"a message to an address of another one": elsewhere,
	} {
		_, err := k.bot.Send(soon(t), out)
		if e := bots.FaultOf(err); err == nil || e.Fault != bots.Rejected {
			t.Errorf("%s: %v, want rejected", name, err)
		}
	}
	for _, id := range []string{"", "anna", "380501112233", "+0501112233x", "1-2@g.us", "@lid"} {
		out := k.out("hi")
		out.To.ID = id
		_, err := k.bot.Send(soon(t), out)
		if e := bots.FaultOf(err); err == nil || e.Fault != bots.Unreachable {
			t.Errorf("to %q: %v, want unreachable", id, err)
		}
	}
	if n := len(k.s.Messages(shop)); n != 0 {
		t.Errorf("WhatsApp got %d messages, want none", n)
	}
}

func TestWhatPeopleSend(t *testing.T) {
	k := newTalk(t, nil)
	id, bubble := k.sends(k.out("120 bonus points"))

	said := k.says(k.anna, "Дякую!")
	e := k.hears(bots.Wrote, nil)
	if e.Text != "Дякую!" || e.Chat != k.to || e.Also.ID != "900002@lid" || e.Phone != anna || e.MessageID != said || e.On != "" || time.Since(e.At) > time.Minute {
		t.Errorf("the shop hears %+v", e)
	}
	_, err := k.anna.Quote(soon(t), bubble, "how many in all?")
	needs(t, err)
	if e = k.hears(bots.Wrote, func(e bots.Event) bool { return e.On != "" }); e.On != id || e.Text != "how many in all?" {
		t.Errorf("the shop hears %+v", e)
	}
	_, err = k.anna.React(soon(t), bubble, "❤️")
	needs(t, err)
	if e = k.hears(bots.Reacted, nil); e.On != id || e.Data != "❤️" {
		t.Errorf("the shop hears %+v", e)
	}
	_, err = k.anna.React(soon(t), bubble, "")
	needs(t, err)
	k.hears(bots.Reacted, func(e bots.Event) bool { return e.On == id && e.Data == "" })

	_, err = k.anna.Edit(soon(t), shop, said, "Дуже дякую!")
	needs(t, err)
	if e = k.hears(bots.Edited, nil); e.MessageID != said || e.Text != "Дуже дякую!" {
		t.Errorf("the shop hears %+v", e)
	}
	_, err = k.anna.Revoke(soon(t), shop, said)
	needs(t, err)
	if e = k.hears(bots.Deleted, nil); e.MessageID != said {
		t.Errorf("the shop hears %+v", e)
	}
	_, err = k.anna.SendLocation(soon(t), shop, 50.45, 30.52, "Cafe")
	needs(t, err)
	k.hears(bots.Wrote, func(e bots.Event) bool {
		return len(e.Media) == 1 && e.Media[0] == bots.Media{Type: "location", Text: "50.45,30.52", Name: "Cafe"}
	})

	for kind, file := range map[string]simulator.File{
		"photo":    {Kind: simulator.Image, Data: cup, Caption: "this one"},
		"voice":    {Kind: simulator.Voice, Data: []byte("a voice")},
		"video":    {Kind: simulator.Video, Data: []byte("a video"), Caption: "look"},
		"document": {Kind: simulator.Document, Data: bytes.Repeat([]byte("page "), 5000), Name: "claim.pdf"},
	} {
		_, err := k.anna.SendFile(soon(t), shop, file)
		needs(t, err)
		e := k.hears(bots.Wrote, func(e bots.Event) bool { return len(e.Media) == 1 && e.Media[0].Type == kind })
		m := e.Media[0]
		if e.Text != file.Caption || m.Name != file.Name || m.Size != int64(len(file.Data)) {
			t.Errorf("%s: %+v", kind, e)
		}
		k.fetches(m, file.Data)
		if _, err := k.bot.Fetch(soon(t), m, m.Size-1); err == nil {
			t.Errorf("%s: more was fetched than allowed", kind)
		}
		if kind == "photo" {
			k.lacks(m)
		}
	}
}

// lacks: a file that is gone says so, and one that is another than was sent is not handed out.
func (k *talk) lacks(m bots.Media) {
	k.t.Helper()
	_, ref, err := dereferenced(m.ID)
	needs(k.t, err)
	elsewhere := proto.Clone(ref).(*waE2E.DocumentMessage)
	elsewhere.DirectPath = proto.String("/v/image/none?ccb=1")
	if _, err := k.bot.Fetch(soon(k.t), bots.Media{ID: "i" + reference(elsewhere)[1:]}, m.Size); !errors.Is(err, ErrGone) {
		k.t.Errorf("Fetch of a file that is gone = %v", err)
	}
	other := proto.Clone(ref).(*waE2E.DocumentMessage)
	other.FileSHA256 = key32
	if _, err := k.bot.Fetch(soon(k.t), bots.Media{ID: "i" + reference(other)[1:]}, m.Size); !errors.Is(err, whatsmeow.ErrInvalidMediaSHA256) {
		k.t.Errorf("Fetch of another file = %v", err)
	}
}

func (k *talk) fetches(m bots.Media, want []byte) {
	k.t.Helper()
	r, err := k.bot.Fetch(soon(k.t), m, m.Size)
	if err != nil {
		k.t.Errorf("Fetch = %v", err)
		return
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
		k.t.Errorf("the file holds %.40q, %v; want %.40q", got, err, want)
	}
}

func TestReceiptsOfPeople(t *testing.T) {
	k := newTalk(t, nil)
	var ids []string
	var all []simulator.Shown
	for _, words := range []string{"one", "two", "three"} {
		id, got := k.sends(k.out(words))
		ids, all = append(ids, id), append(all, got)
	}
	at := func(id string, level bots.Level) func(bots.Event) bool {
		return func(e bots.Event) bool { return e.Receipt.ID == id && e.Receipt.Level == level }
	}
	for _, id := range ids {
		k.hears(bots.Reported, at(id, bots.Delivered))
	}
	needs(t, k.s.Alter(anna, func(a *simulator.Traits) { a.ReceiptsAsLID = true }))
	needs(t, k.anna.Read(soon(t), all...)) // one receipt for all, from the hidden id
	for _, id := range ids {
		k.hears(bots.Reported, at(id, bots.Read))
	}
}

// Who hides reading tells it to nobody else.
func TestReadingThatIsHidden(t *testing.T) {
	k := newTalk(t, nil)
	needs(t, k.s.AddAccount(borys, "900003"))
	needs(t, k.s.Alter(borys, func(a *simulator.Traits) { a.HidesReads = true }))
	k.anna = k.customer(borys, "")
	k.to.ID = borys
	at := func(id string) func(bots.Event) bool {
		return func(e bots.Event) bool { return e.Receipt.ID == id && e.Receipt.Level == bots.Delivered }
	}
	id, got := k.sends(k.out("one"))
	k.hears(bots.Reported, at(id))
	needs(t, k.anna.Read(soon(t), got))
	_, err := k.s.WaitMessage(soon(t), id, func(m simulator.Message) bool { return m.ReadSelf > 0 })
	needs(t, err)
	last, _ := k.sends(k.out("two")) // what comes after it is heard after it
	k.hears(bots.Reported, at(last))
	for _, e := range k.got.events() {
		if e.Kind == bots.Reported && e.Receipt.Level > bots.Delivered {
			t.Errorf("it proves %v of %s", e.Receipt.Level, e.Receipt.ID)
		}
	}
}

// The owner answers from the phone itself: the person's conversation has it, once.
func TestTheOwnerAnswersFromThePhone(t *testing.T) {
	k := newTalk(t, nil)
	k.hands(k.out("from the program"))
	id, err := k.s.OwnerWrites(soon(t), shop, anna, "from the phone")
	needs(t, err)
	e := k.hears(bots.ByOwner, nil)
	if e.Text != "from the phone" || e.Chat != k.to || e.MessageID != id || e.Name != "" {
		t.Errorf("the shop hears %+v", e)
	}
	for _, e := range k.got.events() {
		if e.Kind == bots.ByOwner && e.Text != "from the phone" {
			t.Errorf("a message of the program's is taken for the owner's: %+v", e)
		}
	}
}

// A person who shows no phone is written to at the hidden id.
func TestAPersonWithoutAPhone(t *testing.T) {
	k := newTalk(t, nil)
	c, err := k.s.AddCustomer(soon(t), simulator.Person{Phone: borys, LID: "900003", Name: "Борис"})
	needs(t, err)
	needs(t, k.s.Alter(borys, func(a *simulator.Traits) { a.AsLID, a.BareAddress = true, true }))
	k.says(c, "hi")
	e := k.hears(bots.Wrote, nil)
	if e.Chat.ID != "900003@lid" || e.Also.ID != "" || e.Phone != "" || e.Name != "Борис" {
		t.Fatalf("the shop hears %+v", e)
	}
	out := k.out("hello, whoever you are")
	out.To, out.ReplyTo = e.Chat, e.MessageID
	k.hands(out)
	got, err := c.WaitText(soon(t), out.Text)
	needs(t, err)
	if got.Quotes != e.MessageID {
		t.Errorf("the answer quotes %q", got.Quotes)
	}
}

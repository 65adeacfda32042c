package viber_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/viber"
)

// event parses one recorded callback, and takes out what all have in common.
func event(t *testing.T, b *viber.Bot, name string) (bots.Event, bool) {
	t.Helper()
	raw := recorded(t, name)
	batch, err := b.Parse(hookCall(raw))
	if err != nil {
		t.Fatalf("Parse = %v", err)
	}
	if len(batch.Events) == 0 {
		return bots.Event{}, false
	}
	e := batch.Events[0]
	if len(batch.Events) > 1 || e.Channel != bots.Viber || e.Sender != bots.Viber || !bytes.Equal(e.Raw, raw) || !e.ArrivedAt.Equal(calledAt) {
		t.Errorf("%d events, the first is %+v", len(batch.Events), e)
	}
	if (batch.Word != nil) != e.Answerable || !reflect.DeepEqual(batch.Answer, bots.Answer{}) {
		t.Errorf("answerable %v, but Word is there: %v, and the answer %+v", e.Answerable, batch.Word != nil, batch.Answer)
	}
	if !strings.HasPrefix(e.ID, botID) || strings.Contains(e.ID, token[:8]) {
		t.Errorf("the id is %s", e.ID)
	}
	e.Channel, e.Sender, e.Raw, e.ArrivedAt = "", "", nil, time.Time{}
	return e, true
}

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// Every callback of https://creators.viber.com/docs/bots-api/events that changes something.
func TestEvents(t *testing.T) {
	const name, uk = "Олена Коваль", "uk"
	receipt := func(r bots.Receipt) *bots.Receipt {
		r.Sender, r.Chat, r.ID = bots.Viber, olena, "5741311803571721087"
		return &r
	}
	for file, want := range map[string]bots.Event{
		"subscribed":        {ID: "subscribed:4912661846655238145", Kind: bots.Unblocked, At: at(1780000001127), Name: name, Locale: uk},
		"unsubscribed":      {ID: "unsubscribed:4912661846655238146", Kind: bots.Blocked, At: at(1780000002127)},
		"opened":            {ID: "conversation_started:4912661846655238147", Kind: bots.Opened, At: at(1780000003127), Name: name, Locale: uk, Answerable: true, Payload: "l1nk-t0ken"},
		"opened_subscribed": {ID: "conversation_started:4912661846655238148", Kind: bots.Started, At: at(1780000004127), Name: name, Locale: uk, Answerable: true},
		"delivered":         {ID: "delivered:5741311803571721087", Kind: bots.Reported, At: at(1780000005127), Receipt: receipt(bots.Receipt{Level: bots.Delivered, At: at(1780000005127)})},
		"seen":              {ID: "seen:5741311803571721087", Kind: bots.Reported, At: at(1780000006127), Receipt: receipt(bots.Receipt{Level: bots.Read, At: at(1780000006127)})},
		"failed":            {ID: "failed:5741311803571721087", Kind: bots.Reported, At: at(1780000007127), Receipt: receipt(bots.Receipt{Failed: true, Fault: bots.Rejected, Reason: "message validation failed", At: at(1780000007127)})},
		"failed_bare":       {ID: "failed:5741311803571721087", Kind: bots.Reported, At: at(1780000007127), Receipt: receipt(bots.Receipt{Failed: true, Fault: bots.Rejected, At: at(1780000007127)})},
	} {
		t.Run(file, func(t *testing.T) {
			got, ok := event(t, newBot(t, "", viber.Options{}), file)
			want.ID, want.Chat = botID+want.ID+":"+olena, toOlena
			if !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v, %+v\nwant %+v, %+v", got, got.Receipt, want, want.Receipt)
			}
		})
	}
}

// Everything that a person can send, and what the buttons make their Viber send.
func TestMessages(t *testing.T) {
	media := func(m bots.Media) []bots.Media { return []bots.Media{m} }
	for file, want := range map[string]bots.Event{
		"wrote":            {Kind: bots.Wrote, Text: "Дякую 👍"},
		"reply":            {Kind: bots.Wrote, Text: "Коли буде знижка?", Step: step},
		"foreign_tracking": {Kind: bots.Wrote, Text: "hi"},
		"token_as_text":    {Kind: bots.Wrote, Text: "hi"},
		"invalid_utf8":     {Kind: bots.Wrote, Text: "a\uFFFDb \uFFFD c"},
		"typed_link":       {Kind: bots.Wrote, Text: "https://other.example.com/x"},
		"pressed":          {Kind: bots.Pressed, Step: step, Data: "ok"},
		"pressed_older":    {Kind: bots.Pressed, Step: step, Data: "ok"},
		"pressed_no_step":  {Kind: bots.Pressed, Data: "menu"},
		"pressed_link":     {Kind: bots.Pressed, Step: step, Data: "shop.example.com"},
		"shared":           {Kind: bots.Shared, Step: step, Phone: "+380501112233"},
		"shared_later":     {Kind: bots.Shared, Step: step, Phone: "+380501112233"},
		"shared_no_text":   {Kind: bots.Shared, Step: step, Phone: "+380501112233"},
		"shared_desktop":   {Kind: bots.Pressed, Step: step, Data: bots.ShareContact},
		"card":             {Kind: bots.Wrote, Step: step, Media: media(bots.Media{Type: "contact", Name: "Таксі", Text: "380671112233"})},
		"card_unasked":     {Kind: bots.Wrote, Step: step, Media: media(bots.Media{Type: "contact", Text: "380671112233"})},
		"card_no_number":   {Kind: bots.Wrote, Step: step, Media: media(bots.Media{Type: "contact", Text: "taxi"})},
		"picture":          {Kind: bots.Wrote, Text: "ось чек", Media: media(bots.Media{Type: "photo", ID: "https://dl-media.example.com/1.jpg", Name: "чек.jpg", Size: 34567})},
		"picture_code":     {Kind: bots.Wrote, Text: "#k:01jjwt2vtqr00:stop", Media: media(bots.Media{Type: "photo", ID: "https://dl-media.example.com/1.jpg"})},
		"video":            {Kind: bots.Wrote, Media: media(bots.Media{Type: "video", ID: "https://dl-media.example.com/1.mp4", Size: 10000})},
		"file":             {Kind: bots.Wrote, Media: media(bots.Media{Type: "document", ID: "https://dl-media.example.com/1.pdf", Name: "договір.pdf", Size: 10000})},
		"sticker":          {Kind: bots.Wrote, Media: media(bots.Media{Type: "sticker", ID: "46105"})},
		"location":         {Kind: bots.Wrote, Media: media(bots.Media{Type: "location", Text: "50.76891,6.11499"})},
		"url":              {Kind: bots.Wrote, Text: "https://other.example.com/page"},
		"rich_media":       {Kind: bots.Wrote, Text: "Новинки"},
		"unknown_type":     {Kind: bots.Wrote, Media: media(bots.Media{Type: "document", ID: "https://dl-media.example.com/1.holo"})},
	} {
		t.Run(file, func(t *testing.T) {
			got, ok := event(t, newBot(t, "", viber.Options{}), file)
			want.ID, want.Chat, want.At = botID+"message:4912661846655238150:"+olena, toOlena, at(1780000010127)
			want.Name, want.Locale, want.MessageID = "Олена Коваль", "uk", "4912661846655238150"
			if !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// What does not concern us is answered 200 and forgotten.
func TestNoEvents(t *testing.T) {
	for _, file := range []string{"webhook", "client_status", "unknown_event"} {
		if e, ok := event(t, newBot(t, "", viber.Options{}), file); ok {
			t.Errorf("%s made an event: %+v", file, e)
		}
	}
}

// What is signed and cannot be understood is kept for people to look at.
func TestUndecodable(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	ids := map[string]string{}
	for _, file := range []string{"no_sender_id", "no_type", "no_token", "undecodable"} {
		e, ok := event(t, b, file)
		if !ok || e.Kind != "" || e.Chat.ID != "" || ids[e.ID] != "" {
			t.Errorf("%s: got %+v; want an event without a kind and with an id of its own", file, e)
		}
		ids[e.ID] = file
		if again, _ := event(t, b, file); again.ID != e.ID {
			t.Errorf("%s: its repeat is another event", file)
		}
		if _, err := b.Replay(recorded(t, file), calledAt); !errors.Is(err, bots.ErrMalformed) {
			t.Errorf("%s: Replay = %v", file, err)
		}
	}
}

// A callback from each device and a repeat are one event; another person's, another event of the same message and another bot's
// are not.
func TestEventIDs(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	idOf := func(b *viber.Bot, key, body string) string {
		call := hookCall([]byte(body))
		call.Header.Set("X-Viber-Content-Signature", sign(key, call.Body))
		batch, err := b.Parse(call)
		if err != nil || len(batch.Events) != 1 {
			t.Fatalf("Parse = %+v, %v", batch, err)
		}
		return batch.Events[0].ID
	}
	body := `{"event":"delivered","timestamp":1780000005127,"message_token":5741311803571721087,"user_id":"a=="}`
	first := idOf(b, token, body)
	if again := idOf(b, token, strings.Replace(body, "5127", "9999", 1)); again != first {
		t.Errorf("the second device is another event: %s, %s", first, again)
	}
	for what, other := range map[string]string{
		"another person":           strings.Replace(body, "a==", "b==", 1),
		"another event":            strings.Replace(body, "delivered", "seen", 1),
		"a token one bit away":     strings.Replace(body, "721087", "721088", 1), // float64 cannot tell them apart
		"a token at the far end":   strings.Replace(body, "5741311803571721087", "18446744073709551615", 1),
		"another time, same event": "",
	} {
		if other != "" && idOf(b, token, other) == first {
			t.Errorf("%s is the same event", what)
		}
	}
	cfg := config("")
	cfg.Token = "another0token"
	second, err := viber.New(cfg, viber.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if idOf(second, "another0token", body) == first {
		t.Error("another bot's event is the same")
	}
}

// How far Viber's clock runs ahead is measured, and never forgotten: messages that were settled then are still open.
func TestAhead(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	told := time.UnixMilli(1780000010127)
	for _, c := range []struct {
		name    string
		reached time.Time
		want    time.Duration
	}{
		{"behind, or slow on the way", told.Add(time.Second), 0},
		{"ahead", told.Add(-3 * time.Second), 3 * time.Second},
		{"less so", told.Add(-time.Second), 3 * time.Second},
		{"an hour later, as a repeat", told.Add(time.Hour), 3 * time.Second},
		{"more so", told.Add(-5 * time.Second), 5 * time.Second},
	} {
		call := hookCall(recorded(t, "wrote"))
		call.At = c.reached
		batch, err := b.Parse(call)
		if err != nil || batch.Events[0].Ahead != c.want {
			t.Errorf("%s: ahead by %v, %v; want %v", c.name, batch.Events[0].Ahead, err, c.want)
		}
	}
}

func TestSignature(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	body := []byte(`{"event":"webhook","timestamp":1457764197627,"message_token":241256543215}`)
	const published = "bd52434b46be1542d32bfa5e3332b757b927e183c5ef3b20a5f9877207dc55b9"
	for name, c := range map[string]struct {
		signature string
		body      []byte
		want      error
	}{
		"as computed elsewhere":         {published, body, nil},
		"in capitals":                   {strings.ToUpper(published), body, nil},
		"none":                          {"", body, bots.ErrForged},
		"cut":                           {published[:62], body, bots.ErrForged},
		"longer":                        {published + "00", body, bots.ErrForged},
		"no hexadecimal":                {strings.Repeat("z", 64), body, bots.ErrForged},
		"of other bytes, the same JSON": {published, append([]byte(" "), body...), bots.ErrForged},
		"of another token":              {sign("another token", body), body, bots.ErrForged},
		"of something that is no JSON":  {sign(token, []byte("hello")), []byte("hello"), bots.ErrMalformed},
		"of nothing":                    {sign(token, nil), nil, bots.ErrMalformed},
	} {
		call := hookCall(c.body)
		call.Header.Set("X-Viber-Content-Signature", c.signature)
		if batch, err := b.Parse(call); !errors.Is(err, c.want) || len(batch.Events) > 0 {
			t.Errorf("%s: Parse = %+v, %v; want %v", name, batch, err, c.want)
		}
	}
}

// Parse does not keep the body that it was given.
func TestRawIsOurOwn(t *testing.T) {
	body := recorded(t, "wrote")
	batch, err := newBot(t, "", viber.Options{}).Parse(hookCall(body))
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if !bytes.Equal(batch.Events[0].Raw, recorded(t, "wrote")) {
		t.Error("the raw form changed with the body")
	}
}

func TestReplay(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	for file, want := range map[string]bots.Kind{"wrote": bots.Wrote, "opened": bots.Opened, "seen": bots.Reported, "webhook": ""} {
		batch, err := b.Replay(recorded(t, file), calledAt)
		if err != nil || len(batch.Events) == 1 != (want != "") || batch.Word != nil {
			t.Errorf("%s: Replay = %+v, %v", file, batch, err)
			continue
		}
		if want == "" {
			continue
		}
		first, _ := b.Parse(hookCall(recorded(t, file)))
		if e := batch.Events[0]; e.Kind != want || e.Answerable || e.ID != first.Events[0].ID {
			t.Errorf("%s: Replay = %+v; want the event of its call, with nobody waiting for an answer", file, e)
		}
	}
}

// Whatever is signed is read without a panic, to an event that is whole or to none.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 40 {
		f.Fatalf("%d recorded callbacks, %v", len(files), err)
	}
	for _, file := range files {
		f.Add(recorded(f, strings.TrimSuffix(filepath.Base(file), ".json")))
	}
	b := newBot(f, "", viber.Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, err := b.Parse(hookCall(body))
		if err != nil {
			if !errors.Is(err, bots.ErrMalformed) || json.Valid(body) {
				t.Errorf("Parse = %v", err)
			}
			return
		}
		for _, e := range batch.Events {
			if e.ID == "" || e.Channel != bots.Viber || !bytes.Equal(e.Raw, body) || (e.Kind == "") != (e.Chat.ID == "") {
				t.Errorf("the event is not whole: %+v", e)
			}
			if e.Kind == bots.Shared && (e.Phone == "" || e.Text != "" || e.Media != nil) {
				t.Errorf("a shared phone is %+v", e)
			}
			if e.Kind == bots.Pressed && (e.Data == "" || e.Text != "") {
				t.Errorf("a press is %+v", e)
			}
			if e.Kind == bots.Reported && (e.Receipt.ID == "" || e.Receipt.Failed == (e.Receipt.Level != bots.None)) {
				t.Errorf("a receipt is %+v", e.Receipt)
			}
		}
	})
}

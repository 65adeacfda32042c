package telegram_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
)

var arrived = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// hookCall is a webhook call as Telegram makes it.
func hookCall(body []byte) bots.Call {
	return bots.Call{
		Method: http.MethodPost,
		Header: http.Header{"Content-Type": {"application/json"}, "X-Telegram-Bot-Api-Secret-Token": {hookSecret}},
		Body:   body,
		At:     arrived,
	}
}

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

var wantEvents = map[string]*bots.Event{
	"wrote":                {ID: "900001", Kind: bots.Wrote, At: at(1780000000), MessageID: "11", Text: "Дякую 👍"},
	"reply":                {ID: "900002", Kind: bots.Wrote, At: at(1780000010), MessageID: "12", Text: "when?", On: "7", OnSentAt: at(1779999900), Step: step},
	"reply_to_own":         {ID: "900003", Kind: bots.Wrote, At: at(1780000020), MessageID: "13", Text: "і ще"},
	"start":                {ID: "900004", Kind: bots.Started, At: at(1780000030), MessageID: "1", Text: "/start", Payload: "Zm9v_-9"},
	"start_bare":           {ID: "900005", Kind: bots.Started, At: at(1780000030), MessageID: "1", Text: "/start"},
	"start_typed":          {ID: "900006", Kind: bots.Started, At: at(1780000031), MessageID: "2", Text: "/start"},
	"contact_own":          {ID: "900007", Kind: bots.Shared, At: at(1780000040), MessageID: "14", On: "8", OnSentAt: at(1780000035), Phone: "+380501112233"},
	"contact_own_plus":     {ID: "900008", Kind: bots.Shared, At: at(1780000041), MessageID: "15", Phone: "+380501112233"},
	"photo":                {ID: "900012", Kind: bots.Wrote, At: at(1780000050), MessageID: "19", Text: "чек", Media: []bots.Media{{Type: "photo", ID: "large", Size: 90000}}},
	"document":             {ID: "900013", Kind: bots.Wrote, At: at(1780000051), MessageID: "20", Media: []bots.Media{{Type: "document", ID: "doc", Name: "чек.pdf", Size: 4096}}},
	"voice":                {ID: "900014", Kind: bots.Wrote, At: at(1780000052), MessageID: "21", Media: []bots.Media{{Type: "voice", ID: "voice", Size: 9000}}},
	"video":                {ID: "900015", Kind: bots.Wrote, At: at(1780000053), MessageID: "22", Media: []bots.Media{{Type: "video", ID: "video", Name: "v.mp4", Size: 99000}}},
	"animation":            {ID: "900016", Kind: bots.Wrote, At: at(1780000054), MessageID: "23", Media: []bots.Media{{Type: "video", ID: "gif", Size: 500}}},
	"sticker":              {ID: "900017", Kind: bots.Wrote, At: at(1780000055), MessageID: "24", Media: []bots.Media{{Type: "sticker", ID: "cat", Size: 7000, Text: "😍"}}},
	"location":             {ID: "900018", Kind: bots.Wrote, At: at(1780000056), MessageID: "25", Media: []bots.Media{{Type: "location", Text: "50.45,-30.52"}}},
	"dice":                 {ID: "900019", Kind: bots.Wrote, At: at(1780000057), MessageID: "26"},
	"pressed":              {ID: "900021", Kind: bots.Pressed, Timeless: true, At: arrived, On: "7", OnSentAt: at(1779999900), Step: step, Data: "ok"},
	"pressed_inaccessible": {ID: "900022", Kind: bots.Pressed, Timeless: true, At: arrived, On: "7", Step: step, Data: "ok"},
	"pressed_no_message":   {ID: "900023", Kind: bots.Pressed, Timeless: true, At: arrived, Step: step, Data: "ok"},
	"pressed_foreign_data": {ID: "900024", Kind: bots.Pressed, Timeless: true, At: arrived, On: "7", OnSentAt: at(1779999900), Data: "menu/2"},
	"reacted":              {ID: "900025", Kind: bots.Reacted, At: at(1780000060), On: "7", Data: "❤"},
	"reacted_custom":       {ID: "900026", Kind: bots.Reacted, At: at(1780000061), On: "7", Data: "custom emoji"},
	"reaction_taken_back":  {ID: "900027", Kind: bots.Reacted, At: at(1780000062), On: "7"},
	"blocked":              {ID: "900028", Kind: bots.Blocked, At: at(1780000070)},
	"unblocked":            {ID: "900029", Kind: bots.Unblocked, At: at(1780000071)},
	"edited":               {ID: "900030", Kind: bots.Edited, At: at(1780000080), MessageID: "11", Text: "Дякую!"},
	"invalid_utf8":         {ID: "900035", Kind: bots.Wrote, At: at(1780000000), MessageID: "11", Text: "a\uFFFDb \uFFFD c"},

	// Somebody's card, or an old one: what anyone can send proves nothing.
	"contact_own_forwarded": {ID: "900009", Kind: bots.Wrote, At: at(1780000042), MessageID: "16", Media: []bots.Media{{Type: "contact", Name: "Олена", Text: "380501112233"}}},
	"contact_foreign":       {ID: "900010", Kind: bots.Wrote, At: at(1780000043), MessageID: "17", Media: []bots.Media{{Type: "contact", Name: "Ігор Б", Text: "+380509998877"}}},
	"contact_unknown":       {ID: "900011", Kind: bots.Wrote, At: at(1780000044), MessageID: "18", Media: []bots.Media{{Type: "contact", Name: "Ігор", Text: "+380509998877"}}},

	// Not for us.
	"pinned": nil, "not_asked_for": nil, "from_bot": nil,

	// For quarantine.
	"undecodable": {ID: "900034"},
	"no_id":       {ID: "x103d"},
}

func TestEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) != len(wantEvents) {
		t.Fatalf("%d recorded updates, want %d (%v)", len(files), len(wantEvents), err)
	}
	b := newBot(t, "http://127.0.0.1:1", telegram.Options{})
	for name, want := range wantEvents {
		t.Run(name, func(t *testing.T) {
			raw := recorded(t, name)
			batch, err := b.Parse(hookCall(raw))
			if err != nil {
				t.Fatalf("Parse = %v", err)
			}
			if want == nil {
				if len(batch.Events) != 0 {
					t.Errorf("Parse = %+v, want nothing", batch.Events)
				}
				return
			}
			if len(batch.Events) != 1 {
				t.Fatalf("Parse = %d events, want 1", len(batch.Events))
			}
			checkEvent(t, batch.Events[0], *want, raw)
		})
	}
}

func checkEvent(t *testing.T, got, want bots.Event, raw []byte) {
	t.Helper()
	if string(got.Raw) != string(raw) || !got.ArrivedAt.Equal(arrived) {
		t.Errorf("raw and arrival are %q, %v", got.Raw, got.ArrivedAt)
	}
	if !strings.HasPrefix(got.ID, "telegram:123:"+want.ID) {
		t.Errorf("ID = %q, want telegram:123:%s", got.ID, want.ID)
	}
	want.Channel, want.Sender = bots.Telegram, bots.Telegram
	if want.Kind != "" {
		want.Chat = bots.Address{Channel: bots.Telegram, ID: "42"}
		want.Name, want.Locale = "Олена Коваль", "uk"
	}
	got.Raw, got.ArrivedAt, got.ID, want.ID = nil, time.Time{}, "", ""
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Parse =\n%+v, want\n%+v", got, want)
	}
}

func TestForgedCalls(t *testing.T) {
	b := newBot(t, "http://127.0.0.1:1", telegram.Options{})
	for name, header := range map[string]http.Header{
		"no secret":      {},
		"empty secret":   {"X-Telegram-Bot-Api-Secret-Token": {""}},
		"another secret": {"X-Telegram-Bot-Api-Secret-Token": {"hook_secret-2"}},
		"a longer one":   {"X-Telegram-Bot-Api-Secret-Token": {hookSecret + "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			call := hookCall(recorded(t, "wrote"))
			call.Header = header
			if batch, err := b.Parse(call); !errors.Is(err, bots.ErrForged) || len(batch.Events) != 0 {
				t.Errorf("Parse = %d events, %v; want ErrForged", len(batch.Events), err)
			}
		})
	}
	t.Run("a bot without a secret believes nobody", func(t *testing.T) {
		b, err := telegram.New(telegram.Config{Token: token}, telegram.Options{})
		if err != nil {
			t.Fatal(err)
		}
		call := hookCall(recorded(t, "wrote"))
		call.Header = http.Header{"X-Telegram-Bot-Api-Secret-Token": {""}}
		if _, err := b.Parse(call); !errors.Is(err, bots.ErrForged) {
			t.Errorf("Parse = %v, want ErrForged", err)
		}
	})
}

func TestMalformedCall(t *testing.T) {
	b := newBot(t, "http://127.0.0.1:1", telegram.Options{})
	if _, err := b.Parse(hookCall([]byte(`{"update_id":`))); !errors.Is(err, bots.ErrMalformed) {
		t.Errorf("Parse = %v, want ErrMalformed", err)
	}
}

// A press that comes by webhook is answered in the answer to the call.
func TestPressIsAnsweredInBody(t *testing.T) {
	b := newBot(t, "http://127.0.0.1:1", telegram.Options{Toast: func(locale string) string { return "ok in " + locale }})
	batch, err := b.Parse(hookCall(recorded(t, "pressed")))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"callback_query_id":"180388626432","method":"answerCallbackQuery","text":"ok in uk"}`
	if got := string(batch.Answer.Body); got != want {
		t.Errorf("the answer is %s, want %s", got, want)
	}
}

// A body that the caller reuses does not change what was read.
func TestRawIsCopied(t *testing.T) {
	b := newBot(t, "http://127.0.0.1:1", telegram.Options{})
	body := recorded(t, "wrote")
	batch, err := b.Parse(hookCall(body))
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if !strings.HasPrefix(string(batch.Events[0].Raw), "{") {
		t.Error("the raw event is the caller's buffer")
	}
}

func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.json")
	for _, file := range files {
		if body, err := os.ReadFile(file); err == nil {
			f.Add(body)
		}
	}
	b, err := telegram.New(telegram.Config{Token: token}, telegram.Options{HookSecret: hookSecret})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		batch, err := b.Parse(hookCall(body))
		if err != nil && len(batch.Events) > 0 {
			t.Errorf("events beside %v", err)
		}
		for _, e := range batch.Events {
			if e.ID == "" || e.Sender == "" || len(e.Raw) == 0 || (e.Kind != "" && e.Chat.ID == "") {
				t.Errorf("the event lacks something: %+v", e)
			}
		}
	})
}

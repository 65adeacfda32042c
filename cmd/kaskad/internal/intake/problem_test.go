package intake_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// refusing is a gateway that refuses every row, as the API does.
type refusing struct{ field, detail string }

func (g refusing) Call(_ context.Context, _, _ string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var ask struct{ Contacts []json.RawMessage }
	if err := json.Unmarshal(raw, &ask); err != nil {
		return err
	}
	one, err := json.Marshal(map[string]any{"status": 422, "code": "invalid_field", "field": g.field, "detail": g.detail})
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(`{"results":[`+strings.Repeat(string(one)+",", len(ask.Contacts)-1)+string(one)+`]}`), out)
}

// Whoever mends a list has its columns before them, and not the fields of the API.
func TestAProblemNamesTheColumnAsTheListDoes(t *testing.T) {
	const header = "Картка;Моб тел;Імя;Прізвище;Telegram ID;Вайбер;Згода на SMS;Дата згоди;Джерело згоди на SMS;Згода;Відписка;attr.місто"
	const row = "C-1;0501112233;Ганна;Коваль;42;;так;2026-05-04;анкета;ні;;Львів"
	for name, c := range map[string]struct{ field, detail, want string }{
		"a phone":                         {"phone", "phone: no such number.", "Моб тел: no such number."},
		"a phone as a chat":               {"addresses", "addresses: phone: the value is no phone.", "Telegram ID: the value is no phone."},
		"an external id":                  {"external_id", "external_id: at most 200 bytes.", "Картка: at most 200 bytes."},
		"a name of several columns":       {"name", "name: at most 200 bytes.", "Імя, Прізвище: at most 200 bytes."},
		"a chat":                          {"addresses", "addresses: a Telegram id is a number.", "Telegram ID: a Telegram id is a number."},
		"an attribute":                    {"attributes.місто", "attributes.місто: the number is too large.", "attr.місто: the number is too large."},
		"an end of mailings":              {"consents.marketing.at", "A consent cannot be said in the future.", "Дата згоди: A consent cannot be said in the future."},
		"a consent":                       {"consents.marketing", "A consent needs at and source.", "Згода: A consent needs at and source."},
		"the day of a channel's, the row": {"consents.channels.sms.at", "A consent cannot be said in the future.", "Дата згоди: A consent cannot be said in the future."},
		"the source of a channel's":       {"consents.channels.sms.source", "source: at most 200 bytes.", "Джерело згоди на SMS: at most 200 bytes."},
		"a field of no column":            {"timezone", "timezone: write an IANA name.", "timezone: write an IANA name."},
		"no field":                        {"", "Somebody else has it.", "Somebody else has it."},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "people.csv")
			if err := os.WriteFile(path, []byte(header+"\n"+row+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			done, err := bring(t, t.Context(), refusing{c.field, c.detail}, path, true)
			if err != nil || done.Refused != 1 || done.RefusedRows[0].Problem != c.want {
				t.Errorf("%+v, %v; want %s", done, err, c.want)
			}
		})
	}
}

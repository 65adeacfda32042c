package intake_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/intake"
)

func kyiv(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// read reads one row under a header; both with bars between the cells. A fault of the columns is "columns: …".
func read(t *testing.T, header, row string, wish intake.Wish) string {
	t.Helper()
	wish.Zone = kyiv(t)
	c, err := intake.NewColumns(strings.Split(header, "|"), wish)
	if err != nil {
		return "columns: " + err.Error()
	}
	told, err := c.Row(strings.Split(row, "|"))
	if err != nil {
		return err.Error()
	}
	raw, err := json.Marshal(told)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestColumnsAreKnownByTheirNames(t *testing.T) {
	for name, c := range map[string]struct {
		header, row string
		wish        intake.Wish
		want        string
	}{
		"in English":                             {"External ID|Phone number|Full name", "C-1|0501112233|Ann", intake.Wish{}, `{"external_id":"C-1","phone":"0501112233","name":"Ann"}`},
		"in Ukrainian":                           {"Номер картки|ТЕЛЕФОН|Прізвище|Ім’я|По-батькові|Мова", "7|067|Коваль|Ганна|Іванівна|uk", intake.Wish{}, `{"external_id":"7","phone":"067","name":"Ганна Іванівна Коваль","locale":"uk"}`},
		"in Russian":                             {"Код клиента|Моб. тел|Имя|E-mail", "7||Анна|a@b.ua", intake.Wish{Unknown: intake.Ignore}, `{"external_id":"7","email":"a@b.ua","name":"Анна"}`},
		"told by --map":                          {"Картка лояльності|Бали|Нотатки", "7|12|x", intake.Wish{Map: map[string]string{"Картка лояльності": "external_id", "Бали": "attr.points", "Нотатки": "skip"}}, `{"external_id":"7","attributes":{"points":"12"}}`},
		"attributes, and chats":                  {"ext|attr.tier|Telegram ID|Viber", "7|gold|42|abc=", intake.Wish{}, `{"external_id":"7","attributes":{"tier":"gold"},"addresses":[{"channel":"telegram","id":"42"},{"channel":"viber","id":"abc="}]}`},
		"others kept as attributes":              {"ext|Місто", "7|Київ", intake.Wish{Unknown: intake.Attributes}, `{"external_id":"7","attributes":{"Місто":"Київ"}}`},
		"a mended list of refused rows":          {"ext|row|problem", "7|3|was wrong", intake.Wish{}, `{"external_id":"7"}`},
		"a REF":                                  {"to|name", "ext:7|Ann", intake.Wish{}, `{"ref":"ext:7","name":"Ann"}`},
		"an empty cell":                          {"ext|name|attr.x", "7||", intake.Wish{}, `{"external_id":"7"}`},
		"a misspelt one":                         {"ext|Телефн", "7|1", intake.Wish{}, `columns: column "Телефн" means nothing, did you mean "телефон"?; say what it is with --map "Телефн=attr.name", or keep all such columns with --columns attributes, or leave them out with --columns ignore`},
		"one without a name":                     {"ext|", "7|1", intake.Wish{}, "columns: column 2 has no name; name it, take it away, or write --columns ignore"},
		"two of one name":                        {"phone|Phone", "7|1", intake.Wish{}, `columns: two columns are called "phone": call one of them otherwise in the first row, such as "Phone 2", and say what it is or leave it out with --map`},
		"two of one field":                       {"phone|телефон", "7|1", intake.Wish{}, `columns: columns "phone" and "телефон" are both phone: leave one out with --map "телефон=skip"`},
		"nobody named":                           {"name|email", "Ann|a@b.ua", intake.Wish{}, `columns: no column says who people are: name one external_id, phone or telegram, or say which it is: --map "Картка=external_id"`},
		"nobody in the row":                      {"ext|name", "|Ann", intake.Wish{}, "nobody is named: the row has neither external_id nor phone nor an address"},
		"--map of no column":                     {"ext|name", "1|A", intake.Wish{Map: map[string]string{"nam": "name"}}, `columns: --map: there is no column "nam", did you mean "name"?`},
		"Yespo's export":                         {"Contact key|External ID|First Name|Last Name|Email|Phone Number|Language|Time Zone|Date added|Town", "k1|C-1|Ann|Lee|a@b.ua|380501112233|uk|Europe/Kyiv|x|Kyiv", intake.Wish{}, `{"external_id":"C-1","phone":"380501112233","email":"a@b.ua","name":"Ann Lee","locale":"uk","timezone":"Europe/Kyiv","attributes":{"Contact key":"k1","Date added":"x","Town":"Kyiv"}}`},
		"Yespo's, of before it had external ids": {"contactKey|firstName|sms", "C-1|Ann|050", intake.Wish{}, `{"external_id":"C-1","phone":"050","name":"Ann"}`},
	} {
		if got := read(t, c.header, c.row, c.wish); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
	if got := read(t, "ext|name", "1|A", intake.Wish{Map: map[string]string{"name": "nme"}}); !strings.HasPrefix(got, `columns: --map: "nme" is no field, did you mean "name"?; the fields are ref, external_id, phone`) {
		t.Errorf("--map to no field: %s", got)
	}
}

func TestNumbersAsSpreadsheetsWriteThem(t *testing.T) {
	const lost = "the spreadsheet has shortened the number"
	for cell, want := range map[string]string{
		"+380501112233": "+380501112233", "'+380501112233": "+380501112233", "050 111-22-33": "050 111-22-33",
		"3.80501112233E+11": "380501112233", "3,80501112233E+11": "380501112233", "3.80501112233e11": "380501112233", "380501112233.0": "380501112233",
		"3.80501E+11": lost, "3,8E+11": lost, "4E+11": lost, "3.805011122334E+11": lost,
		"0501112233, 0671112233": "more than one number", "0501112233;0671112233": "more than one number", "0501112233/34": "more than one number",
	} {
		got := read(t, "phone", cell, intake.Wish{})
		if got != `{"phone":"`+want+`"}` && !strings.HasPrefix(got, "phone: "+want) {
			t.Errorf("%s is read as %s, want %s", cell, got, want)
		}
		if strings.Contains(got, "050111") && !strings.HasPrefix(got, "{") {
			t.Errorf("the problem of %s repeats the number: %s", cell, got)
		}
	}
	for cell, want := range map[string]string{"C-1": "C-1", "1E5": "1E5", "12.0": "12.0", "'007": "007", "4.11111111111E+11": "411111111111"} {
		if got := read(t, "ext", cell, intake.Wish{}); got != `{"external_id":"`+want+`"}` {
			t.Errorf("the card %s is read as %s", cell, got)
		}
	}
	if got := read(t, "ext", "4.1E+12", intake.Wish{}); !strings.Contains(got, lost) {
		t.Errorf("a shortened card is read as %s", got)
	}
}

func TestConsentsNeedADayAndASource(t *testing.T) {
	yes := func(at, source string) string {
		return `{"external_id":"1","consents":{"marketing":{"state":"given","at":"` + at + `","source":"` + source + `"}}}`
	}
	for name, c := range map[string]struct{ row, source, want string }{
		"a day":                         {"1|так|2026-05-04|form", "", yes("2026-05-04T00:00:00+03:00", "form")},
		"a day as people write it":      {"1|yes|04.05.2026|form", "", yes("2026-05-04T00:00:00+03:00", "form")},
		"a day without zeros":           {"1|да|4.5.2026|form", "", yes("2026-05-04T00:00:00+03:00", "form")},
		"a time":                        {"1|1|04.12.2026 18:30|form", "", yes("2026-12-04T18:30:00+02:00", "form")},
		"a time with its zone":          {"1|+|2026-05-04T10:00:00Z|form", "", yes("2026-05-04T10:00:00Z", "form")},
		"a spreadsheet's day":           {"1|TRUE|46146|form", "", yes("2026-05-04T00:00:00+03:00", "form")},
		"a spreadsheet's time":          {"1|Так|46146,5|form", "", yes("2026-05-04T12:00:00+03:00", "form")},
		"the source of the whole list":  {"1|так|2026-05-04|", "paper form", yes("2026-05-04T00:00:00+03:00", "paper form")},
		"no day":                        {"1|так||form", "", "a consent needs the day it was given (marketing_at), such as 2026-05-04 or 04.05.2026"},
		"no source":                     {"1|так|2026-05-04|", "", `a consent needs where it was given: a column marketing_source, or --source "paper form" for the whole list`},
		"a no needs neither":            {"1|ні||", "", `{"external_id":"1","consents":{"marketing":{"state":"denied"}}}`},
		"nothing said":                  {"1||2026-05-04|form", "", `{"external_id":"1"}`},
		"a word that is neither":        {"1|maybe|2026-05-04|form", "", "marketing: write yes or no (так or ні); leave it empty where nothing was said"},
		"a day that is two days":        {"1|так|05/04/2026|form", "", "marketing_at: write a day as 2026-05-04 or 04.05.2026, with a time as 2026-05-04 18:30; 05/04/2026 is another day in another country"},
		"a day that there is not":       {"1|так|31.02.2026|form", "", "marketing_at: write a day as 2026-05-04 or 04.05.2026, with a time as 2026-05-04 18:30; 05/04/2026 is another day in another country"},
		"a number that is hardly a day": {"1|так|2026|form", "", "marketing_at: write a day as 2026-05-04 or 04.05.2026, with a time as 2026-05-04 18:30; 05/04/2026 is another day in another country"},
	} {
		if got := read(t, "ext|marketing|marketing_at|marketing_source", c.row, intake.Wish{Source: c.source}); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestConsentsOfChannelsAndTheirWords(t *testing.T) {
	const at = `"at":"2026-05-04T00:00:00+03:00","source":"form"`
	for name, c := range map[string]struct {
		header, row string
		wish        intake.Wish
		want        string
	}{
		"the words and their version": {"ext|marketing|marketing_at|marketing_source|marketing_words|marketing_version", "1|так|2026-05-04|form|I want offers|2026-03", intake.Wish{},
			`{"external_id":"1","consents":{"marketing":{"state":"given",` + at + `,"words":"I want offers","version":"2026-03"}}}`},
		"in Ukrainian": {"ext|Згода|Дата згоди|Джерело згоди|Текст згоди|Версія згоди", "1|так|2026-05-04|form|Хочу|2", intake.Wish{},
			`{"external_id":"1","consents":{"marketing":{"state":"given",` + at + `,"words":"Хочу","version":"2"}}}`},
		"the words of the whole list": {"ext|marketing|marketing_at", "1|так|2026-05-04", intake.Wish{Source: "form", Words: "Yes", Version: "1"},
			`{"external_id":"1","consents":{"marketing":{"state":"given",` + at + `,"words":"Yes","version":"1"}}}`},
		"of channels, with the day and the source of the row": {"ext|sms_consent|viber_consent|marketing_at|marketing_source", "1|так|ні|2026-05-04|form", intake.Wish{},
			`{"external_id":"1","consents":{"channels":{"sms":{"state":"given",` + at + `},"viber":{"state":"denied",` + at + `}}}}`},
		"of a channel, with its own": {"ext|marketing|marketing_at|marketing_source|Згода на SMS|Дата згоди на SMS|sms_consent_source|sms_consent_words", "1|ні|||так|2026-05-04|form|SMS", intake.Wish{},
			`{"external_id":"1","consents":{"marketing":{"state":"denied"},"channels":{"sms":{"state":"given",` + at + `,"words":"SMS"}}}}`},
		"in Russian":                     {"ext|Согласие на вайбер", "1|нет", intake.Wish{}, `{"external_id":"1","consents":{"channels":{"viber":{"state":"denied"}}}}`},
		"of mail":                        {"ext|email_consent", "1|no", intake.Wish{}, `{"external_id":"1","consents":{"channels":{"email":{"state":"denied"}}}}`},
		"a channel without a day":        {"ext|sms_consent|marketing_source", "1|так|form", intake.Wish{}, "sms_consent: a consent needs the day it was given (marketing_at), such as 2026-05-04 or 04.05.2026"},
		"a channel without a source":     {"ext|sms_consent|sms_consent_at", "1|так|2026-05-04", intake.Wish{}, `sms_consent: a consent needs where it was given: a column marketing_source, or --source "paper form" for the whole list`},
		"words alone say nothing":        {"ext|sms_consent|sms_consent_words", "1||abc", intake.Wish{}, `{"external_id":"1"}`},
		"an attribute that is called so": {"ext|attr.fax_consent|attr.marketing_at", "1|так|x", intake.Wish{}, `{"external_id":"1","attributes":{"fax_consent":"так","marketing_at":"x"}}`},
		"named as the list does":         {"ext|Згода на SMS|Дата згоди", "1|так|", intake.Wish{Source: "form"}, `Згода на SMS: a consent needs the day it was given ("Дата згоди"), such as 2026-05-04 or 04.05.2026`},
		"a no has no words of the list":  {"ext|marketing|viber_consent", "1|ні|ні", intake.Wish{Source: "form", Words: "I want offers", Version: "1"}, `{"external_id":"1","consents":{"marketing":{"state":"denied"},"channels":{"viber":{"state":"denied"}}}}`},
		"a channel that there is not":    {"ext|fax_consent", "1|так", intake.Wish{Unknown: intake.Ignore}, `{"external_id":"1"}`},
		"one told by --map":              {"ext|SMS?", "1|no", intake.Wish{Map: map[string]string{"SMS?": "sms_consent"}}, `{"external_id":"1","consents":{"channels":{"sms":{"state":"denied"}}}}`},
	} {
		if got := read(t, c.header, c.row, c.wish); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// A column of those who want nothing any more: a yes in it is a no to everything, and a no in it says nothing.
func TestAStopOfEverything(t *testing.T) {
	stop := func(more string) string {
		return `{"external_id":"1","consents":{"all":{"state":"denied"` + more + `}}}`
	}
	const silent = `{"external_id":"1"}`
	const wrong = "write yes (unsubscribed, так) for whom has stopped it, or the day on which they did; no (active, ні) or nothing for all others"
	for name, c := range map[string]struct {
		header, row string
		wish        intake.Wish
		want        string
	}{
		"a yes":                           {"ext|stop", "1|yes", intake.Wish{}, stop("")},
		"a no lifts nothing":              {"ext|stop", "1|no", intake.Wish{}, silent},
		"an empty cell":                   {"ext|stop", "1|", intake.Wish{}, silent},
		"as exports have it":              {"ext|Do not contact", "1|TRUE", intake.Wish{}, stop("")},
		"as exports have it, not stopped": {"ext|Do not contact", "1|0", intake.Wish{}, silent},
		"in Ukrainian":                    {"ext|Не турбувати", "1|так", intake.Wish{}, stop("")},
		"in Russian":                      {"ext|Не беспокоить", "1|да", intake.Wish{}, stop("")},
		"the day in place of a yes":       {"ext|Стоп-лист", "1|04.05.2026", intake.Wish{}, stop(`,"at":"2026-05-04T00:00:00+03:00"`)},
		"a status, told by --map":         {"ext|Status", "1|Unsubscribed", intake.Wish{Map: map[string]string{"Status": "stop"}}, stop("")},
		"a status that stops nothing":     {"ext|Статус", "1|Активний", intake.Wish{Map: map[string]string{"Статус": "stop"}}, silent},
		"a status that nobody knows":      {"ext|Статус", "1|золотий", intake.Wish{Map: map[string]string{"Статус": "stop"}}, "Статус: " + wrong},
		"a status is none by itself":      {"ext|Status", "1|Unsubscribed", intake.Wish{Unknown: intake.Attributes}, `{"external_id":"1","attributes":{"Status":"Unsubscribed"}}`},
		"a status as consent":             {"ext|Status", "1|unsubscribed", intake.Wish{Map: map[string]string{"Status": "marketing"}}, `{"external_id":"1","consents":{"marketing":{"state":"denied"}}}`},
		"day, source and words": {"ext|Do not disturb|Unsubscribe date|stop_source|Причина відписки", "1|1|2026-05-04|call centre|спам", intake.Wish{},
			stop(`,"at":"2026-05-04T00:00:00+03:00","source":"call centre","words":"спам"`)},
		"a day of its own wins":         {"ext|stop|Stop date", "1|04.05.2026|05.05.2026", intake.Wish{}, stop(`,"at":"2026-05-05T00:00:00+03:00"`)},
		"a day alone says nothing":      {"ext|stop|stop_at", "1||2026-05-04", intake.Wish{}, silent},
		"the list's yes is none of it":  {"ext|stop", "1|yes", intake.Wish{Source: "form", Words: "I want offers", Version: "2"}, stop("")},
		"beside a yes to one's channel": {"ext|stop|sms_consent|marketing_at|marketing_source", "1|yes|yes|2026-05-04|form", intake.Wish{}, `{"external_id":"1","consents":{"channels":{"sms":{"state":"given","at":"2026-05-04T00:00:00+03:00","source":"form"}},"all":{"state":"denied"}}}`},
	} {
		if got := read(t, c.header, c.row, c.wish); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// Who unsubscribed anywhere did so from a mailing: it is a no to marketing, and the news of an order go on.
func TestAnEndOfMailings(t *testing.T) {
	no := func(more string) string {
		return `{"external_id":"1","consents":{"marketing":{"state":"denied"` + more + `}}}`
	}
	const silent = `{"external_id":"1"}`
	list := intake.Wish{Source: "form", Words: "I want offers", Version: "2"}
	for name, c := range map[string]struct {
		header, row string
		wish        intake.Wish
		want        string
	}{
		"in English":                   {"ext|Unsubscribed", "1|TRUE", intake.Wish{}, no("")},
		"in other words":               {"ext|Opt out", "1|yes", intake.Wish{}, no("")},
		"a day is all that a list has": {"ext|Згода|Дата згоди|Дата відписки", "1|так|2026-02-01|2026-05-04", list, no(`,"at":"2026-05-04T00:00:00+03:00"`)},
		"no day, of such a list":       {"ext|Дата відписки", "1|", list, silent},
		"its day and words are none of a channel's yes": {"ext|sms_consent|Відписка|Дата відписки|Причина відписки", "1|так|так|2026-05-04|спам", list,
			`sms_consent: a consent needs the day it was given (marketing_at), such as 2026-05-04 or 04.05.2026`},
		"in Ukrainian":                  {"ext|Відписка", "1|так", intake.Wish{}, no("")},
		"in Russian":                    {"ext|Отписка", "1|да", intake.Wish{}, no("")},
		"a no gives no consent":         {"ext|Unsubscribed", "1|0", list, silent},
		"an empty cell":                 {"ext|Відписка", "1|", list, silent},
		"the day in place of a yes":     {"ext|Відписка", "1|04.05.2026", intake.Wish{}, no(`,"at":"2026-05-04T00:00:00+03:00"`)},
		"the list's yes is none of it":  {"ext|Unsubscribed", "1|yes", list, no("")},
		"day, source and words":         {"ext|Відписаний|Дата відписки|Джерело відписки|Причина відписки", "1|1|2026-05-04|call centre|спам", intake.Wish{}, no(`,"at":"2026-05-04T00:00:00+03:00","source":"call centre","words":"спам"`)},
		"a day alone says nothing":      {"ext|Unsubscribed|Unsubscribed at", "1||2026-05-04", intake.Wish{}, silent},
		"over a yes of the row":         {"ext|Згода|Дата згоди|Відписка", "1|так|2026-05-04|так", list, no("")},
		"beside a no of the row":        {"ext|Згода|Дата згоди|Відписка", "1|ні|2026-05-04|так", list, no(`,"at":"2026-05-04T00:00:00+03:00"`)},
		"beside a stop of everything":   {"ext|Відписка|Стоп-лист", "1|так|так", intake.Wish{}, `{"external_id":"1","consents":{"marketing":{"state":"denied"},"all":{"state":"denied"}}}`},
		"a status, told by --map":       {"ext|Status", "1|Unsubscribed", intake.Wish{Map: map[string]string{"Status": "unsubscribed"}}, no("")},
		"the stop of everything by map": {"ext|Відписка", "1|так", intake.Wish{Map: map[string]string{"Відписка": "stop"}}, `{"external_id":"1","consents":{"all":{"state":"denied"}}}`},
		"in an export of Yespo":         {"External customer ID|Unsubscribed|City", "1|true|Lviv", intake.Wish{}, `{"external_id":"1","attributes":{"City":"Lviv"},"consents":{"marketing":{"state":"denied"}}}`},
	} {
		if got := read(t, c.header, c.row, c.wish); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

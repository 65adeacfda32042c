package mailing_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/mailing"
	"kaskad/cmd/kaskad/internal/sheet"
	"kaskad/templates"
)

// gateway is one that remembers what was sent under which key.
type gateway struct {
	sent    map[string]string // key → to
	order   []string          // REFs, as they were first accepted
	batches []int
	next    bots.ID
	before  func(path string, n int) error // asked before a batch
	states  func(key string) string
	tell    []func(delivery, state string)
	ids     map[string]string
}

func newGateway() *gateway {
	return &gateway{sent: map[string]string{}, next: 1 << 50, ids: map[string]string{}, states: func(string) string { return "done" }}
}

type item struct {
	To, Key  string
	Data     map[string]string
	Metadata map[string]string
}

func (g *gateway) Call(ctx context.Context, method, path string, in, out any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if method == "GET" {
		return into(out, g.list())
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return err
	}
	var body struct{ Deliveries []item }
	if err := json.Unmarshal(raw, &body); err != nil {
		return err
	}
	if len(body.Deliveries) > 1000 || len(raw) > 4<<20 {
		return fmt.Errorf("%d deliveries of %d bytes are too many", len(body.Deliveries), len(raw))
	}
	if g.before != nil {
		if err := g.before(path, len(body.Deliveries)); err != nil {
			return err
		}
	}
	results := []any{}
	for _, d := range body.Deliveries {
		results = append(results, g.answer(path, d))
	}
	if strings.HasSuffix(path, ":batch") {
		g.batches = append(g.batches, len(body.Deliveries))
	}
	return into(out, map[string]any{"results": results})
}

func (g *gateway) answer(path string, d item) any {
	_, was := g.sent[d.Key]
	switch {
	case d.To == "ext:nobody":
		return map[string]any{"status": 404, "code": "unknown_contact", "detail": "Nobody has this REF."}
	case d.To == "ext:down" && strings.HasSuffix(path, ":batch"):
		return map[string]any{"status": 503, "code": "unavailable", "detail": "The store cannot write now."}
	case d.To == "ext:no":
		return map[string]any{"id": "001k0t9stznw7", "state": "skipped", "reason": "no_consent", "channels": []string{}}
	case strings.HasSuffix(path, ":estimate") && was:
		return map[string]any{"id": g.ids[d.Key], "state": "queued", "repeat": true, "channels": []string{}}
	case strings.HasSuffix(path, ":estimate"):
		price := map[string]string{"amount": "0.92", "currency": "UAH"}
		return map[string]any{"state": "queued", "channels": []string{"sms"}, "least": price, "most": price, "as_sms": price}
	}
	if !was {
		g.next++
		g.sent[d.Key], g.ids[d.Key] = d.To, g.next.String()
		g.order = append(g.order, d.To)
	}
	return map[string]any{"id": g.ids[d.Key], "state": "queued"}
}

func (g *gateway) list() any {
	items := []any{map[string]any{"id": "001k0t9stzzzz", "state": "done", "cost": map[string]string{"amount": "9", "currency": "UAH"}}} // another's
	for key, id := range g.ids {
		items = append(items, map[string]any{"id": id, "state": g.states(key), "reached_by": "sms", "proof": "receipt", "cost": map[string]string{"amount": "0.50", "currency": "UAH"}})
	}
	return map[string]any{"items": items}
}

func (g *gateway) Changes(ctx context.Context, ready func(), each func(delivery, state string)) error {
	g.tell = append(g.tell, each)
	ready()
	<-ctx.Done()
	return ctx.Err()
}

func into(out, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, out)
}

var bonus = mailing.Letter{Template: "bonus"}

var fields = []templates.Field{{Name: "points", Required: true}, {Name: "balance"}}

// newRun opens a list for a run.
func newRun(t *testing.T, g *gateway, path string, l mailing.Letter) *mailing.Run {
	t.Helper()
	list, err := sheet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { list.Close() })
	columns, err := mailing.NewColumns(l, list.Header, mailing.Known{Fields: fields, Country: "UA"})
	if err != nil {
		t.Fatal(err)
	}
	return &mailing.Run{Gateway: g, List: list, Columns: columns, Refused: sheet.NewRefused(path, list), Tell: func(mailing.Progress) {}}
}

func people(t *testing.T, rows ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte("to,points\n"+strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func many(n int) (rows []string) {
	for i := range n {
		rows = append(rows, fmt.Sprintf("ext:%d,%d", i, i%7+1))
	}
	return rows
}

// A run that was broken off in mid-batch, its answer lost, is finished by the next one; nobody gets it twice, nobody is left out.
func TestTheSameCommandAgainSendsNothingTwice(t *testing.T) {
	g, path := newGateway(), people(t, many(3500)...)
	ctx, cancel := context.WithCancel(t.Context())
	first := newRun(t, g, path, bonus)
	if look, err := first.Look(ctx); err != nil || look.Sending != 3500 {
		t.Fatal(look, err)
	}
	g.before = func(string, int) error {
		if len(g.batches) == 1 {
			cancel()
		}
		return nil
	}
	sent, err := first.Send(ctx)
	if err == nil || sent.Accepted+sent.Left != 3500 || sent.Left == 0 {
		t.Fatalf("broken off: %+v, %v", sent, err)
	}
	g.before = nil
	second := newRun(t, g, path, bonus)
	look, err := second.Look(t.Context())
	if err != nil || look.Already != len(g.sent) || look.Already+look.Sending != 3500 || look.Already == 0 {
		t.Fatalf("the second run sees %+v, %v", look, err)
	}
	if sent, err = second.Send(t.Context()); err != nil || sent.Accepted != look.Sending {
		t.Fatalf("the second run: %+v, %v", sent, err)
	}
	if len(g.order) != 3500 || len(slices.Compact(slices.Sorted(slices.Values(g.order)))) != 3500 {
		t.Errorf("%d were sent, want each of 3500 once", len(g.order))
	}
	third := newRun(t, g, path, mailing.Letter{Template: "bonus", Key: "december"})
	if look, err := third.Look(t.Context()); err != nil || look.Sending != 3500 {
		t.Errorf("under another key it is another mailing: %+v, %v", look, err)
	}
}

func TestBatchesFitTheGateway(t *testing.T) {
	g := newGateway()
	var rows []string
	for i := range 1500 {
		rows = append(rows, fmt.Sprintf("ext:%d,%s", i, strings.Repeat("9", 6000)))
	}
	r := newRun(t, g, people(t, rows...), bonus)
	if _, err := r.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if sent, err := r.Send(t.Context()); err != nil || sent.Accepted != 1500 || len(g.batches) < 3 {
		t.Errorf("%+v in batches of %v, %v", sent, g.batches, err)
	}
}

func TestWhatBecomesOfRows(t *testing.T) {
	g := newGateway()
	path := people(t, "ext:1,5", "ext:nobody,5", "ext:no,5", "ext:1,5", "phone:0671234567,5", "phone:+380671234567,5", "ext:2,", "ext:1,6")
	r := newRun(t, g, path, bonus)
	look, err := r.Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if look.Rows != 8 || look.Sending != 3 || look.Skipped["no_consent"] != 1 || look.Twice != 2 || !slices.Equal(look.TwiceAt, []int{5, 7}) || look.First["sms"] != 3 || look.Most.String() != "2.76 UAH" {
		t.Errorf("%+v", look)
	}
	if want := []mailing.BadRow{{Line: 8, Problem: "points is empty"}, {Line: 3, Problem: "Nobody has this REF."}}; !slices.Equal(look.BadRows, want) {
		t.Errorf("bad rows %v, want %v", look.BadRows, want)
	}
	sent, err := r.Send(t.Context())
	if err != nil || sent.Accepted != 3 || sent.Skipped["no_consent"] != 1 || sent.Refused != 0 {
		t.Errorf("%+v, %v", sent, err)
	}
	raw, err := os.ReadFile(sent.RefusedFile)
	if want := "to,points,problem\next:nobody,5,Nobody has this REF.\next:2,,points is empty\n"; err != nil || string(raw) != want {
		t.Errorf("refused rows, %v:\n%swant:\n%s", err, raw, want)
	}
}

func TestAGatewayThatCannotWriteIsNoFaultOfARow(t *testing.T) {
	g := newGateway()
	rows := append(many(1000), "ext:down,5")
	r := newRun(t, g, people(t, rows...), bonus)
	if _, err := r.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	sent, err := r.Send(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot write") || sent.Accepted != 1000 || sent.Left != 1 || sent.RefusedFile != "" {
		t.Errorf("%+v, %v", sent, err)
	}
}

func TestAListThatChangesWhileItIsSentStopsTheMailing(t *testing.T) {
	g, path := newGateway(), people(t, many(3000)...)
	r := newRun(t, g, path, bonus)
	if _, err := r.Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.before = func(string, int) error { return os.WriteFile(path, []byte("to,points\next:1,1\n"), 0o600) }
	if sent, err := r.Send(t.Context()); err == nil || !strings.Contains(err.Error(), "was changed meanwhile") || sent.Accepted > 1000 {
		t.Errorf("%+v, %v", sent, err)
	}
}

func TestAFaultOfTheMessageIsNoFaultOfARow(t *testing.T) {
	g := newGateway()
	g.before = func(string, int) error { return nil }
	r := newRun(t, g, people(t, "ext:1,5"), bonus)
	r.Gateway = refusing{g}
	_, err := r.Look(t.Context())
	if e, ok := errors.AsType[*mailing.LetterError](err); !ok || e.Detail != "No cascade \"x\"." {
		t.Errorf("%v", err)
	}
}

type refusing struct{ *gateway }

func (refusing) Call(_ context.Context, _, _ string, _, out any) error {
	return into(out, map[string]any{"results": []any{map[string]any{"status": 422, "code": "unknown_cascade", "field": "cascade", "detail": "No cascade \"x\"."}}})
}

// Waiting ends when the last one has come to its end, as the stream tells it, and not when the list is read the next time.
func TestWaitingFollowsTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway()
		r := newRun(t, g, people(t, many(3)...), bonus)
		if _, err := r.Look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		state := "waiting"
		g.states = func(string) string { return state }
		done := make(chan *mailing.Ended, 1)
		began := time.Now()
		go func() {
			ended, err := r.Wait(t.Context())
			if err != nil {
				t.Error(err)
			}
			done <- ended
		}()
		synctest.Wait()
		time.Sleep(3 * time.Second)
		state = "done"
		for _, id := range g.ids {
			g.tell[0](id, "done")
		}
		ended := <-done
		if took := time.Since(began); took != 3*time.Second {
			t.Errorf("waited for %s, want 3s", took)
		}
		if ended.Open != 0 || ended.States["done"] != 3 || len(ended.Reached) != 1 || ended.Cost.String() != "1.50 UAH" || ended.Saved.String() != "1.26 UAH" {
			t.Errorf("%+v", ended)
		}
	})
}

func TestColumns(t *testing.T) {
	for name, c := range map[string]struct {
		header, row string
		letter      mailing.Letter
		to, data    string
		wrong       string
	}{
		"a REF":                           {header: "to,points", row: "ext:1,5", to: "ext:1", data: "map[points:5]"},
		"names in any case, an empty one": {header: "Phone,POINTS,balance", row: "0671234567,5,", to: "phone:+380671234567", data: "map[points:5]"},
		"the first that is not empty":     {header: "ext,phone,points,to", row: "C-1,0671234567,5,", to: "ext:C-1", data: "map[points:5]"},
		"a whole REF before the others":   {header: "ext,points,to", row: "C-1,5,telegram:7", to: "telegram:7", data: "map[points:5]"},
		"a constant":                      {header: "ext", row: "1", letter: mailing.Letter{Template: "bonus", Data: map[string]string{"points": "9"}}, to: "ext:1", data: "map[points:9]"},
		"a constant and a column":         {header: "ext,points", letter: mailing.Letter{Template: "bonus", Data: map[string]string{"points": "9"}}, wrong: "take one of them away"},
		"a field is missing":              {header: "ext,balance", wrong: "needs \"points\""},
		"nobody":                          {header: "points", wrong: "no column says to whom"},
		"an unknown column":               {header: "ext,ponts", wrong: "did you mean \"points\""},
		"a column without a name":         {header: "ext,points,", wrong: "column 3 has no name"},
		"a column twice":                  {header: "ext,points,Points", wrong: "stands twice"},
		"an old problem":                  {header: "ext,points,problem", row: "1,5,was bad", to: "ext:1", data: "map[points:5]"},
		"a row with nobody":               {header: "ext,points", row: ",5", wrong: "nobody is named"},
		"a row without a field":           {header: "ext,points", row: "1,", wrong: "points is empty"},
		"a row with a bad number":         {header: "phone,points", row: "12,5", wrong: "phone: the value is not a phone"},
	} {
		letter := c.letter
		if letter.Template == "" {
			letter = bonus
		}
		columns, err := mailing.NewColumns(letter, strings.Split(c.header, ","), mailing.Known{Fields: fields, Country: "UA"})
		var w mailing.Wanted
		if err == nil {
			w, err = columns.Delivery(strings.Split(c.row, ","))
		}
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want %q", name, err, c.wrong)
			}
		case err != nil || w.To != c.to || fmt.Sprint(w.Data) != c.data || w.Metadata["file"] != columns.ID() || !strings.HasPrefix(w.Key, "file-"+columns.ID()):
			t.Errorf("%s: %+v, %v", name, w, err)
		}
	}
}

func TestTheSameRowOfAnotherListIsAnotherMessage(t *testing.T) {
	row := func(l mailing.Letter) mailing.Wanted {
		columns, err := mailing.NewColumns(l, []string{"ext", "points"}, mailing.Known{Fields: fields, Country: "UA"})
		if err != nil {
			t.Fatal(err)
		}
		w, err := columns.Delivery([]string{"1", "120"})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	monday, thursday := bonus, bonus
	monday.List, thursday.List = "monday.csv", "thursday.csv"
	m, th := row(monday), row(thursday)
	if m.Key == th.Key || m.Metadata["file"] == th.Metadata["file"] {
		t.Errorf("the bonus of Thursday would not be sent: both have the key %s", m.Key)
	}
	if again := row(monday); again.Key != m.Key {
		t.Error("the same list would be sent twice")
	}
	monday.Key, thursday.Key = "spring", "spring"
	if row(monday).Key != row(thursday).Key {
		t.Error("under one key of the operator's own a row would be sent twice")
	}
}

func TestOfNobodyTheCostIsNothing(t *testing.T) {
	r := newRun(t, newGateway(), people(t, "ext:no,5"), bonus)
	look, err := r.Look(t.Context())
	if err != nil || look.Sending != 0 {
		t.Fatalf("%+v, %v", look, err)
	}
	for name, m := range map[string]mailing.Money{"least": look.Least, "most": look.Most} {
		if m.Amount != "0" {
			t.Errorf("%s is %q, and scripts read a number there", name, m.Amount)
		}
	}
	if raw, err := json.Marshal(look); err != nil || strings.Contains(string(raw), "as_sms") {
		t.Errorf("nobody knows what it would cost as SMS, and it is written: %s %v", raw, err)
	}
}

package inbox

import (
	"context"
	"encoding/csv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kaskad/cmd/kaskad/internal/people"
)

// Audit reads lines of the audit, newest first, behind an id; empty: from the newest on.
type Audit interface {
	Audit(ctx context.Context, after string, limit int) ([]people.Entry, error)
}

const (
	auditLines = 50     // of a page
	sheetLines = 10_000 // of a sheet
	auditRead  = 500    // at a time
	auditLooks = 20_000 // for one page, whatever fits
)

// auditAsk is which lines somebody wants to see.
type auditAsk struct {
	who, what   string
	since       time.Time // zero: from the beginning
	after       string    // an id
	from, until string    // the days, as they were written
}

// asked reads the filter; field is what is wrong with it.
func (i *Inbox) asked(q url.Values) (a auditAsk, field string) {
	a = auditAsk{who: clip(q.Get("who"), 100), what: clip(q.Get("what"), 40), from: clip(q.Get("since"), 10), until: clip(q.Get("until"), 10)}
	if a.from != "" {
		since, err := time.ParseInLocation(time.DateOnly, a.from, i.Zone)
		if err != nil {
			return a, "since"
		}
		a.since = since
	}
	if a.until != "" {
		until, err := time.ParseInLocation(time.DateOnly, a.until, i.Zone)
		if err != nil {
			return a, "until"
		}
		a.after = people.EntriesUntil(until.AddDate(0, 0, 1).Add(-time.Microsecond)) // that day is one of them
	}
	if page := q.Get("after"); page > a.after && len(page) <= 64 {
		a.after = page
	}
	return a, ""
}

func clip(s string, most int) string {
	r := []rune(strings.TrimSpace(s))
	return string(r[:min(len(r), most)])
}

// wants reports whether a line is one of those.
func (a *auditAsk) wants(e *people.Entry) bool {
	return (a.what == "" || e.What == a.what) && (a.who == "" || strings.Contains(strings.ToLower(e.Who), strings.ToLower(a.who)))
}

// query is the filter as an address has it.
func (a *auditAsk) query(after string) string {
	q := url.Values{}
	for name, value := range map[string]string{"who": a.who, "what": a.what, "since": a.from, "until": a.until, "after": after} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// lines reads so many lines that fit, and the id behind which more may stand; empty: there are none. One that looked at all it may, and
// found few, is far.
func (i *Inbox) lines(ctx context.Context, a auditAsk, most, looks int) (found []people.Entry, next string, far bool, err error) {
	next = a.after
	for looked := 0; looked < looks; looked += auditRead {
		all, err := i.Audit.Audit(ctx, next, auditRead)
		if err != nil {
			return nil, "", false, err
		}
		for _, e := range all {
			if e.At.Before(a.since) {
				return found, "", false, nil
			}
			next = e.ID
			if a.wants(&e) {
				found = append(found, e)
			}
			if len(found) == most {
				return found, next, false, nil
			}
		}
		if len(all) < auditRead {
			return found, "", false, nil
		}
	}
	return found, next, true, nil
}

// auditView is the page.
type auditView struct {
	Who, What, Since, Until string
	Words                   []string // those of the lines that are shown
	Lines                   []auditLine
	Query, Older            string
	Far                     bool
}

type auditLine struct {
	people.Entry
	About string
	More  int
}

// about is what a line was done to, in words.
func about(e *people.Entry) string {
	parts := []string{e.On, e.Detail}
	if e.Contact != 0 {
		parts = append(parts, "contact "+e.Contact.String())
	}
	if e.With != 0 {
		parts = append(parts, "contact "+e.With.String())
	}
	for _, name := range slices.Sorted(maps.Keys(e.Counts)) {
		if name != "more" {
			parts = append(parts, name+" "+strconv.Itoa(e.Counts[name]))
		}
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}

func (i *Inbox) auditPage(v *visit) {
	ask, field := i.asked(v.r.URL.Query())
	view := auditView{Who: ask.who, What: ask.what, Since: ask.from, Until: ask.until, Query: ask.query("")}
	if field != "" {
		i.show(v, http.StatusUnprocessableEntity, "audit", sheet{Title: v.say.AuditTitle, Wrong: v.say.BadDay, Field: field, Page: view})
		return
	}
	found, next, far, err := i.lines(v.r.Context(), ask, auditLines, auditLooks)
	if err != nil {
		i.fail(v, err)
		return
	}
	words := map[string]bool{}
	for _, e := range found {
		words[e.What] = true
		e.At = i.local(e.At)
		view.Lines = append(view.Lines, auditLine{e, about(&e), e.Counts["more"]})
	}
	view.Words, view.Far = slices.Sorted(maps.Keys(words)), far
	if next != "" {
		view.Older = "/audit" + ask.query(next)
	}
	i.show(v, http.StatusOK, "audit", sheet{Title: v.say.AuditTitle, Page: view})
}

// auditSheet is the same lines for a spreadsheet, at most ten thousand of them; the last row says when there are more.
func (i *Inbox) auditSheet(v *visit) {
	ask, field := i.asked(v.r.URL.Query())
	if field != "" {
		i.tell(v, http.StatusUnprocessableEntity, message{v.say.AuditTitle, v.say.BadDay})
		return
	}
	found, next, _, err := i.lines(v.r.Context(), ask, sheetLines, 10*sheetLines)
	if err != nil {
		i.fail(v, err)
		return
	}
	h := v.w.Header()
	guarded(h)
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="audit.csv"`)
	h.Set("Cache-Control", "no-store")
	w := csv.NewWriter(v.w)
	rows := [][]string{{"at", "who", "from", "what", "about", "refused", "more"}}
	for _, e := range found {
		more := ""
		if n := e.Counts["more"]; n > 0 {
			more = strconv.Itoa(n)
		}
		rows = append(rows, []string{i.local(e.At).Format(time.RFC3339), e.Who, e.From, e.What, about(&e), e.Refused, more})
	}
	if next != "" {
		rows = append(rows, []string{v.say.AuditFar})
	}
	for _, row := range rows {
		for n := range row {
			row[n] = tame(row[n])
		}
		if w.Write(row) != nil {
			return // the browser has gone
		}
	}
	w.Flush()
}

// tame is a cell that no spreadsheet takes for a formula (OWASP, CSV injection).
func tame(cell string) string {
	if first, _ := utf8.DecodeRuneInString(cell); cell != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}

// refusals are why a form of somebody who is signed in changed nothing, by how it was answered.
var refusals = map[int]string{
	http.StatusForbidden: "wrong", http.StatusUnprocessableEntity: "invalid", http.StatusTooManyRequests: "late", http.StatusServiceUnavailable: "busy",
	http.StatusNotFound: "absent", http.StatusBadGateway: "provider", http.StatusInternalServerError: "internal",
}

// noteRefused writes into the audit that somebody who is signed in wanted to change something, and did not. What strangers try at the doors has
// lines of its own.
func (i *Inbox) noteRefused(v *visit, d door, why string) {
	if v.r.Method != http.MethodPost || d.who == anybody || v.me.ID == "" {
		return
	}
	line := people.NewEntry(v.r.Context(), "page", 0, nil)
	line.On, line.Refused = "page "+v.r.URL.Path, why // one of the doors: the mux has found it
	ctx := context.WithoutCancel(v.r.Context())       // the browser may have gone
	if err := i.Ledger.Often(ctx, v.now, line); err != nil {
		i.Log.Error("the audit has no line of a form that was refused", "err", err)
	}
}

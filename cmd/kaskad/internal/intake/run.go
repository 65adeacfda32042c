package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"kaskad/cmd/kaskad/internal/sheet"
)

// Gateway is what an import needs of one.
type Gateway interface {
	// Call makes one call of the API.
	Call(ctx context.Context, method, path string, in, out any) error
}

// Run is one import.
type Run struct {
	Gateway Gateway
	List    *sheet.Reader
	Columns *Columns
	Refused *sheet.Refused
	Stands  *sheet.Refused // rows with a yes against which the person's own no stands
	Mark    *Mark          // how far it came before; nil: it is not noted
	DryRun  bool
	Tell    func(Progress) // how far it is; called often

	sum  Outcome
	many atomic.Int64 // rows of a batch
}

// Progress is how far an import is.
type Progress struct {
	Doing string // checking, importing, finding the place
	Done  int
	Total int // 0: not known
	Part  float64
}

// Outcome is what became of the rows, those of an earlier run of the same command included.
type Outcome struct {
	Rows        int          `json:"rows"`
	Created     int          `json:"created"`
	Updated     int          `json:"updated"`
	Unchanged   int          `json:"unchanged"`
	Refused     int          `json:"refused"`
	RefusedRows []RefusedRow `json:"refused_rows,omitempty"` // the first of them
	Stands      int          `json:"consent_stands"`         // a yes was told, and the person's own no stands
	StandsFile  string       `json:"stands_file,omitempty"`  // where those rows are
	Shared      int          `json:"phone_shared"`           // the phone it gave is another contact's as well
	RefusedFile string       `json:"refused_file,omitempty"`
	GoneOn      int          `json:"gone_on_at,omitempty"` // rows that an earlier run had done
}

// RefusedRow is a row that is refused, and why.
type RefusedRow struct {
	Line    int    `json:"line"`
	Problem string `json:"problem"`
}

// ErrUnreadable: the list cannot be read further, now or later.
var ErrUnreadable = errors.New("the list cannot be read further")

// unreadable is an ErrUnreadable that says what is wrong in its own words.
type unreadable struct{ error }

func (unreadable) Is(target error) bool { return target == ErrUnreadable }

func (u unreadable) Unwrap() error { return u.error }

// ErrNoRows: the list names its columns, and nobody.
var ErrNoRows = errors.New("has no rows behind the first one, which names the columns: there is nobody to import")

const (
	batchRows  = 1000
	batchBytes = 3 << 20 // the gateway takes four mebibytes
	shownRows  = 20
)

// batch are rows that are handed over together, and those between them that are refused at once.
type batch struct {
	told  [][]byte // JSON
	rows  []entry
	bytes int
	part  float64 // of the list, with these rows
	err   error   // why there are no more

	names    map[string]bool // of its people
	answered chan struct{}   // closed when the gateway has answered; nil: it was not asked
	answers  []answer
	failed   error
}

// meets reports whether two batches may be about the same person. A phone is known by its last digits, however it is written.
func (b *batch) meets(other *batch) bool {
	for name := range b.names {
		if other.names[name] {
			return true
		}
	}
	return false
}

func (b *batch) name(told *Told) {
	if b.names == nil {
		b.names = make(map[string]bool, 2*batchRows)
	}
	for _, name := range append([]string{told.Ref, "ext:" + told.ExternalID, "phone:" + lastDigits(told.Phone)}, told.places()...) {
		if name != "" && name[len(name)-1] != ':' {
			b.names[name] = true
		}
	}
	if kind, value, ok := strings.Cut(told.Ref, ":"); ok && (kind == "phone" || kind == "sms") {
		b.names["phone:"+lastDigits(value)] = true
	}
}

// lastDigits are those that a number has in every way of writing it.
func lastDigits(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	return digits[max(0, len(digits)-8):]
}

type entry struct {
	row     sheet.Row
	problem string // empty: it is handed over
}

// Do imports. What was done when it breaks off stays so, and is in the outcome. Ctrl-C ends it between two batches.
func (r *Run) Do(ctx context.Context) (*Outcome, error) {
	r.many.Store(batchRows)
	err := r.begin(ctx)
	if err == nil {
		err = r.all(ctx)
	}
	if err == nil && r.sum.Rows == 0 {
		err = fmt.Errorf("%s %w", r.List.Name(), ErrNoRows)
	}
	if r.Refused != nil {
		err = errors.Join(err, r.Refused.Close())
		r.sum.RefusedFile = r.Refused.Path()
	}
	if r.Stands != nil {
		err = errors.Join(err, r.Stands.Close())
		r.sum.StandsFile = r.Stands.Path()
	}
	if err == nil && r.Mark != nil {
		err = r.Mark.remove()
	}
	return &r.sum, err
}

// all reads and hands over at the same time.
func (r *Run) all(ctx context.Context) error {
	reading, stop := context.WithCancel(ctx)
	batches := make(chan *batch, 1)
	defer func() {
		stop()
		for range batches { // nobody reads the list any more when it is closed
		}
	}()
	go func() {
		defer close(batches)
		for {
			b := r.read()
			select {
			case batches <- b:
			case <-reading.Done():
				return
			}
			if b.err != nil {
				return
			}
		}
	}()
	return r.take(ctx, batches)
}

// take hands the batches over, some at a time unless they may be about the same person, and counts the answers in the order of the rows.
func (r *Run) take(ctx context.Context, batches <-chan *batch) error {
	var away []*batch // on their way, oldest first
	settle := func(left int) error {
		for len(away) > left {
			b := away[0]
			away = away[1:]
			if err := r.taken(b); err != nil {
				return err
			}
		}
		return nil
	}
	defer func() { // one that is on its way when it breaks off is not counted, and is waited for
		for _, b := range away {
			b.wait()
		}
	}()
	for b := range batches {
		if slices.ContainsFunc(away, b.meets) {
			if err := settle(0); err != nil {
				return err
			}
		}
		if ctx.Err() == nil && len(b.rows) > 0 {
			r.hand(ctx, b)
		}
		away = append(away, b)
		if err := settle(r.ahead()); err != nil {
			return err
		}
		if b.err != nil || ctx.Err() != nil {
			break
		}
	}
	var last error
	if n := len(away); n > 0 {
		b := away[n-1]
		if b.err == io.EOF && (b.answered != nil || len(b.rows) == 0) {
			return settle(0) // all is done
		}
		if b.err != io.EOF {
			last = b.err
		}
	}
	return errors.Join(settle(0), last, ctx.Err())
}

// ahead is how many batches the gateway has behind the one whose answer is waited for. While it takes full ones, it has one to read, one to
// write and one that it answers; one that has others to serve has less to do at a time.
func (r *Run) ahead() int {
	if r.many.Load() < batchRows {
		return 1
	}
	return 2
}

// read fills a batch.
func (r *Run) read() *batch {
	b := &batch{}
	for int64(len(b.rows)) < r.many.Load() && b.bytes < batchBytes && b.err == nil {
		row, err := r.List.Next()
		if wrong, ok := errors.AsType[*sheet.RowError](err); ok {
			b.rows = append(b.rows, entry{wrong.Row, wrong.Problem})
			continue
		}
		if err != nil {
			if b.err = err; err != io.EOF {
				b.err = unreadable{err}
			}
			break
		}
		b.add(r.Columns, row)
	}
	if b.part = r.List.Part(); r.List.Changed() {
		b.err = fmt.Errorf("%s was changed meanwhile; run the command again", r.List.Name())
	}
	return b
}

func (b *batch) add(columns *Columns, row sheet.Row) {
	told, err := columns.Row(row.Cells)
	if err != nil {
		b.rows = append(b.rows, entry{row, err.Error()})
		return
	}
	if told.Consents != nil || told.Preferred != "" {
		told.Row = row.Line
	}
	raw, err := json.Marshal(told)
	if err != nil {
		b.rows = append(b.rows, entry{row, err.Error()})
		return
	}
	b.name(&told)
	b.told, b.bytes = append(b.told, raw), b.bytes+len(raw)+1
	b.rows = append(b.rows, entry{row: row})
}

// hand gives a batch to the gateway. One that is under way is not broken off.
func (r *Run) hand(ctx context.Context, b *batch) {
	b.answered = make(chan struct{})
	go func() {
		defer close(b.answered)
		begun := time.Now()
		b.answers, b.failed = r.ask(context.WithoutCancel(ctx), b.told, r.DryRun)
		r.pace(time.Since(begun))
	}()
}

// pace makes batches smaller while the gateway takes long for one, because it has others to serve: what it has to read in one go, and
// how long Ctrl-C waits, is less.
func (r *Run) pace(took time.Duration) {
	switch many := r.many.Load(); {
	case took > slow:
		r.many.Store(max(many/2, leastRows))
	case took < slow/4:
		r.many.Store(min(many*2, batchRows))
	}
}

const (
	slow      = 400 * time.Millisecond
	leastRows = 64
)

func (b *batch) wait() {
	if b.answered != nil {
		<-b.answered
	}
}

// taken counts the answers to a batch.
func (r *Run) taken(b *batch) error {
	if b.answered == nil {
		return nil // it was not handed over
	}
	b.wait()
	answers, err := b.answers, b.failed
	if err != nil {
		return err
	}
	for i := range answers {
		if answers[i].Status >= http.StatusInternalServerError {
			return errors.New(answers[i].Detail)
		}
	}
	n := 0
	for _, e := range b.rows {
		problem := e.problem
		if problem == "" {
			if problem = r.count(e.row, &answers[n]); answers[n].Stands != nil {
				if err := r.stands(e.row, answers[n].Stands); err != nil {
					return err
				}
			}
			n++
		}
		if problem != "" {
			if err := r.refuse(e.row, problem); err != nil {
				return err
			}
		}
	}
	r.sum.Rows += len(b.rows)
	doing := "importing"
	if r.DryRun {
		doing = "checking"
	}
	r.Tell(Progress{Doing: doing, Done: r.sum.Rows, Part: b.part})
	return r.note(len(b.rows))
}

// answer is what the gateway says of a row.
type answer struct {
	State  string   `json:"state"`
	Stands *no      `json:"consent_stands"`
	Shared []string `json:"shared_with"`
	Status int      `json:"status"`
	Detail string   `json:"detail"`
	Field  string   `json:"field"`
}

// no is what the person has said.
type no struct {
	At     time.Time `json:"at"`
	Source string    `json:"source"`
}

func (r *Run) ask(ctx context.Context, told [][]byte, dry bool) ([]answer, error) {
	if len(told) == 0 {
		return nil, nil
	}
	body := append([]byte(`{"contacts":[`), bytes.Join(told, []byte(","))...)
	list, err := json.Marshal(listName(r.List.Name()))
	if err != nil {
		return nil, err
	}
	body = fmt.Appendf(body, `],"merge_attributes":true,"dry_run":%t,"list":%s}`, dry, list)
	var out struct{ Results []answer }
	if err := r.Gateway.Call(ctx, http.MethodPost, "/v1/contacts:batch", json.RawMessage(body), &out); err != nil {
		return nil, err
	}
	if len(out.Results) != len(told) {
		return nil, fmt.Errorf("gateway: %d answers to %d people; is it another version?", len(out.Results), len(told))
	}
	return out.Results, nil
}

// listName is a file's name as the evidence keeps it.
func listName(file string) string {
	name := strings.Map(func(c rune) rune {
		if c == '/' || c == '\\' || unicode.IsControl(c) {
			return '_'
		}
		return c
	}, strings.ToValidUTF8(file, "_"))
	for len(name) > longestName {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name
}

const longestName = 200 // the gateway takes as much

// count adds an answer; it returns why the row is refused, or nothing.
func (r *Run) count(row sheet.Row, a *answer) string {
	switch a.State {
	case "created":
		r.sum.Created++
	case "updated":
		r.sum.Updated++
	case "unchanged":
		r.sum.Unchanged++
	default:
		return r.Columns.problem(row.Cells, a.Field, a.Detail)
	}
	if len(a.Shared) > 0 {
		r.sum.Shared++
	}
	return ""
}

// stands counts a row that is taken but for its consent, and writes it down.
func (r *Run) stands(row sheet.Row, said *no) error {
	r.sum.Stands++
	if r.DryRun || r.Stands == nil {
		return nil
	}
	return r.Stands.Add(row, fmt.Sprintf("the person said no on %s (%s), which stands; the rest of the row is taken", said.At.Format(time.DateOnly), said.Source))
}

func (r *Run) refuse(row sheet.Row, problem string) error {
	r.sum.Refused++
	if len(r.sum.RefusedRows) < shownRows {
		r.sum.RefusedRows = append(r.sum.RefusedRows, RefusedRow{row.Line, problem})
	}
	if r.DryRun {
		return nil
	}
	return r.Refused.Add(row, problem)
}

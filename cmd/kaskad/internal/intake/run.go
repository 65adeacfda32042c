package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

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

package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"kaskad/cmd/kaskad/internal/sheet"
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

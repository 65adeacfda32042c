package app

import (
	"errors"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/intake"
	"kaskad/cmd/kaskad/internal/sheet"
)

// The parts of an import that commands name.
type (
	Import         = intake.Run
	ImportOutcome  = intake.Outcome
	ImportProgress = intake.Progress
)

// ErrNoRows: the list names its columns, and nobody.
var ErrNoRows = intake.ErrNoRows

// ErrUnreadableList: what comes next in the list cannot be read; to ask again changes nothing of it.
var ErrUnreadableList = intake.ErrUnreadable

// ImportOptions say how a list of people is read.
type ImportOptions struct {
	Encoding string            // utf-8 or windows-1251; empty: found out
	MapTo    map[string]string // column → field
	Source   string            // of consents
	Words    string            // of consents
	Version  string            // of those words
	Unknown  string            // what to do with columns that mean nothing
	DryRun   bool
}

// OpenImport opens a list of people, finds out what its columns mean, and makes its import. Who opens it closes its List.
func OpenImport(at Place, path string, o ImportOptions) (*Import, error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return nil, faults
	}
	zone, err := time.LoadLocation(cfg.Company.Timezone)
	if err != nil {
		return nil, err
	}
	list, err := sheet.OpenAs(path, sheet.Options{Workbook: true, Encoding: o.Encoding, Known: intake.Known})
	if err != nil {
		return nil, Usage(err)
	}
	run, err := newImport(list, path, intake.Wish{Map: o.MapTo, Source: o.Source, Words: o.Words, Version: o.Version, Unknown: o.Unknown, Zone: zone}, o)
	if err != nil {
		return nil, errors.Join(err, list.Close())
	}
	return run, nil
}

func newImport(list *sheet.Reader, path string, wish intake.Wish, o ImportOptions) (*Import, error) {
	columns, err := intake.NewColumns(list.Header, wish)
	if err != nil {
		return nil, Usage(fmt.Errorf("%s: %w", list.Name(), err))
	}
	run := &Import{List: list, Columns: columns, DryRun: o.DryRun}
	if o.DryRun {
		return run, nil
	}
	if err := list.Alone(); err != nil {
		return nil, err
	}
	run.Refused = sheet.NewRefused(path, list)
	run.Refused.Numbered = true
	run.Stands = sheet.NewStands(path, list)
	run.Stands.Numbered = true
	if err := errors.Join(run.Refused.Free(), run.Stands.Free()); err != nil {
		return nil, Usage(err)
	}
	o.DryRun = false
	run.Mark, err = intake.NewMark(path, o)
	return run, err
}

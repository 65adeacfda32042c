package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// contactsCmd is about the people themselves.
type contactsCmd struct {
	Import   importCmd   `cmd:"" help:"Make or change the people of a list."`
	Find     findCmd     `cmd:"" help:"Find people by any part of what is known of them, or was written."`
	Evidence evidenceCmd `cmd:"" help:"Why did this person get these messages? One document."`
	Export   exportCmd   `cmd:"" help:"Everything that is kept about a person, in one document."`
	Erase    eraseCmd    `cmd:"" help:"Erase a person."`

	Duplicates duplicatesCmd `cmd:"" help:"List pairs of contacts that may be one person."`
	Merge      mergeCmd      `cmd:"" help:"Make one person of two contacts."`
	Unmerge    unmergeCmd    `cmd:"" help:"Make two contacts of one again."`
}

func (c *contactsCmd) Help() string {
	return `Examples:
  kaskad contacts import customers.csv --dry-run
  kaskad contacts evidence ext:C-100`
}

// importCmd brings the people of a list into the store.
type importCmd struct {
	File         string            `arg:"" placeholder:"FILE" complete:"file" help:"The list: CSV, or an XLSX workbook."`
	DryRun       bool              `help:"Say what would be made, changed and refused, and do nothing."`
	Map          map[string]string `mapsep:"," placeholder:"COLUMN=FIELD" help:"What a column is: \"Картка=external_id,Бали=attr.points,Нотатки=skip\"."`
	Source       string            `placeholder:"TEXT" help:"Where people gave their consent, for rows that do not say it."`
	Words        string            `placeholder:"TEXT" help:"What people agreed to when they gave it, for rows that do not say it: kept as evidence."`
	WordsVersion string            `placeholder:"TEXT" help:"Which version of those words."`
	Columns      string            `enum:"refuse,ignore,attributes," default:"" placeholder:"WHAT" help:"Columns that mean nothing: refuse, ignore, or keep as attributes; refuse unless written."`
	Encoding     string            `enum:"utf-8,windows-1251," default:"" placeholder:"NAME" help:"utf-8 or windows-1251; found out unless written."`
	JSON         bool              `name:"json" help:"Print the answer as JSON."`
}

func (c *importCmd) Help() string {
	return `The first row names the columns: external_id, phone, email, name, marketing, telegram and so on, in English, Ukrainian or Russian; attr.NAME is an
attribute. A person is looked for by external id, then phone, then address. Empty cells leave what is known. Rows that are refused are written
beside the list, with the reason. Broken off, the same command goes on where it was. docs/contacts.md has more.

Exit status: 0 every row was taken; 1 rows were refused, or it was broken off; 2 bad usage, or a list that cannot be read.

Examples:
  kaskad contacts import customers.csv --dry-run
  kaskad contacts import customers.xlsx --map "Картка=external_id,Бали=attr.points" --source "loyalty form"`
}

// importAnswer is what an import prints as JSON.
type importAnswer struct {
	File    string             `json:"file"`
	DryRun  bool               `json:"dry_run"`
	Columns map[string]string  `json:"columns"`
	Done    *app.ImportOutcome `json:"done"`
}

func (c *importCmd) Run(ctx context.Context, s app.Streams, at app.Place) (err error) {
	run, err := app.OpenImport(at, c.File, app.ImportOptions{Encoding: c.Encoding, MapTo: c.Map, Source: c.Source, Words: c.Words, Version: c.WordsVersion, Unknown: c.Columns, DryRun: c.DryRun})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.List.Close()) }()
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	for _, note := range run.Columns.Notes {
		fmt.Fprintf(s.Err, "%s: %s\n", c.File, note)
	}
	g := newGauge(s.Err)
	run.Gateway = gate
	run.Tell = func(p app.ImportProgress) { g.tell(app.Progress(p), time.Now()) }
	done, err := run.Do(ctx)
	g.end()
	return c.report(ctx, s, run, done, err)
}

func (c *importCmd) report(ctx context.Context, s app.Streams, run *app.Import, done *app.ImportOutcome, err error) error {
	if errors.Is(err, app.ErrNoRows) {
		return app.Usage(err)
	}
	if c.JSON {
		if printed := json.NewEncoder(s.Out).Encode(importAnswer{c.File, c.DryRun, run.Columns.Meanings(), done}); printed != nil {
			return printed
		}
	} else if _, printed := io.WriteString(s.Out, c.table(done)); printed != nil {
		return printed
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return errors.New("broken off; run the same command again: it goes on where it was, and does nothing twice")
	case c.DryRun && err != nil:
		return err
	case errors.Is(err, app.ErrUnreadableList):
		return fmt.Errorf("%w; the people before it are taken: mend the list and import it anew, which does nothing twice", err)
	case err != nil:
		return fmt.Errorf("%w; run the same command again: it goes on where it was, and does nothing twice", err)
	case done.Refused > 0 && c.DryRun:
		return c.wouldRefuse(done)
	case done.Refused > 0:
		return refusedRows(done.Refused, done.RefusedFile)
	}
	return nil
}

// refusedRows says how many rows of a list were refused, and where they are.
func refusedRows(n int, file string) error {
	if n == 1 {
		return fmt.Errorf("1 row was refused; it is in %s, with its problem: mend it there and import that file", file)
	}
	return fmt.Errorf("%s rows were refused; they are in %s, with the problem of each: mend them there and import that file", thousands(n), file)
}

// wouldRefuse names the first rows that would be refused, each on a line of its own.
func (c *importCmd) wouldRefuse(done *app.ImportOutcome) error {
	var all []error
	for _, row := range done.RefusedRows {
		all = append(all, fmt.Errorf("%s:%d: %s", c.File, row.Line, printable(row.Problem)))
	}
	switch more := done.Refused - len(done.RefusedRows); {
	case more == 1:
		all = append(all, errors.New("and 1 row more would be refused"))
	case more > 1:
		all = append(all, fmt.Errorf("and %s rows more would be refused", thousands(more)))
	}
	return errors.Join(all...)
}

func (c *importCmd) table(done *app.ImportOutcome) string {
	var b strings.Builder
	line := func(name string, n int, why string) {
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%-15s %10s  %s", name, thousands(n), why), " "))
	}
	what := ""
	if c.DryRun {
		what = "nothing was done; this is what would be"
	}
	line("rows", done.Rows, what)
	if done.GoneOn > 0 {
		line("  of them", done.GoneOn, "by an earlier run of this command, which this one went on with")
	}
	line("created", done.Created, "")
	line("updated", done.Updated, "")
	line("unchanged", done.Unchanged, "")
	line("refused", done.Refused, "")
	if done.Stands > 0 {
		line("no stands", done.Stands, "have a yes in the list, and said no themselves: only they take it back")
	}
	if done.StandsFile != "" {
		fmt.Fprintf(&b, "rows whose yes was not taken, because the person's own no stands: %s\n", done.StandsFile)
	}
	if done.Shared > 0 {
		line("phone shared", done.Shared, "have a phone that another contact has, too: kaskad contacts duplicates")
	}
	if done.RefusedFile != "" {
		fmt.Fprintf(&b, "rows that were refused, with their problems: %s\n", done.RefusedFile)
	}
	return b.String()
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"kaskad/cmd/kaskad/internal/app"
)

// exportCmd writes everything about a person.
type exportCmd struct {
	Ref    string `arg:"" help:"Who: ext:C-100, phone:+380501112233, telegram:42, or our id."`
	HTML   bool   `name:"html" help:"One HTML page instead of JSON, to be read by the person."`
	Locale string `enum:"en,uk,ru," default:"" placeholder:"LOCALE" help:"Language of the page: en, uk or ru; the company's own unless written."`
	Output string `short:"o" placeholder:"FILE" complete:"file" help:"Write into a file; without it, to standard output."`
}

func (c *exportCmd) Help() string {
	return `Contact, consents with their evidence, deliveries with data and attempts, messages of all channels, what staff read about the person, links and
ways in; the same of contacts that were merged into it, and of who it was before its chat was known. The files that the person sent stand in it by name, size and address. docs/privacy.md has more.

Example: kaskad contacts export phone:+380501112233 --html -o olena.html`
}

func (c *exportCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if c.Locale != "" && !c.HTML {
		return app.Misused("--locale is the language of a page: write --html with it; JSON is the same in all")
	}
	as := app.ExportAs{HTML: c.HTML, Locale: c.Locale}
	if c.Output == "" {
		return app.ExportContact(ctx, at, c.Ref, as, s.Out)
	}
	f, err := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // for nobody else to read; one that is there is not overwritten
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and an export overwrites nothing: write another name, or remove it first", c.Output)
	}
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(f)
	err = app.ExportContact(ctx, at, c.Ref, as, buffered)
	if err := errors.Join(err, buffered.Flush(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.Output))
	}
	_, err = fmt.Fprintf(s.Out, "written: %s\n", c.Output)
	return err
}

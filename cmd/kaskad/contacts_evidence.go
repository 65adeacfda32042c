package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"kaskad/cmd/kaskad/internal/app"
)

// evidenceCmd tells why a person got these messages.
type evidenceCmd struct {
	Ref    string `arg:"" help:"Who: ext:C-100, phone:+380501112233, telegram:42, or our id."`
	HTML   string `name:"html" placeholder:"FILE" complete:"file" help:"Write one HTML page instead, to be printed or sent on."`
	Locale string `enum:"en,uk,ru," default:"" placeholder:"LOCALE" help:"Its language: en, uk or ru; the company's own unless written."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

func (c *evidenceCmd) Help() string {
	return `Everything that was said about consent, by whom, where, when and in which words; everything that was sent, and what allowed it then; what a no
stopped. Phones and addresses are shown by their ends alone. docs/consent.md has more.

Example: kaskad contacts evidence phone:+380501112233 --html evidence.html`
}

func (c *evidenceCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if c.HTML != "" && c.JSON {
		return app.Misused("--html writes a page and --json prints JSON: write one of them")
	}
	doc, err := app.ReadEvidence(ctx, at, c.Ref, c.Locale)
	switch {
	case err != nil:
		return err
	case c.HTML != "":
		return c.write(s, doc.HTML)
	case c.JSON:
		return json.NewEncoder(s.Out).Encode(doc)
	}
	return doc.Text(s.Out)
}

// write makes the file, for nobody else to read; one that is there is not overwritten.
func (c *evidenceCmd) write(s app.Streams, page func(io.Writer) error) error {
	f, err := os.OpenFile(c.HTML, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already, and evidence is not overwritten: name another file", c.HTML)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(page(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.HTML))
	}
	_, err = fmt.Fprintf(s.Out, "written: %s\n", c.HTML)
	return err
}

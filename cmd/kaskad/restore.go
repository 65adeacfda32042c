package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// restoreCmd puts a backup in the place of the store.
type restoreCmd struct {
	File string `arg:"" complete:"file" help:"A backup, as kaskad backup list shows it, or a file of kaskad backup FILE."`
	JSON bool   `name:"json" help:"Print {from, at, bytes, store, kept, journal, journal_from, media, whatsapp} as JSON."`
}

func (c *restoreCmd) Help() string {
	return "Only while no gateway runs. The backup is looked through first; what stands there now is kept beside it.\n\nExample: kaskad restore /var/backups/kaskad/kaskad-20260301T013000Z"
}

func (c *restoreCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	res, err := app.Restore(ctx, at, c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(res)
	}
	fmt.Fprintf(s.Out, "restored: %s from %s, made %s, %s\n", res.Store, res.From, res.At.Local().Format(time.DateTime), bulk(res.Bytes))
	if res.Kept != "" {
		fmt.Fprintf(s.Out, "what stood there is kept: %s\n", res.Kept)
	}
	switch res.Journal {
	case app.IsThere:
		fmt.Fprintln(s.Out, "journal: it stays; the noes and erasures in it are done again at the start")
	case app.IsPutBack:
		fmt.Fprintln(s.Out, "journal: it was lost; put back from", res.JournalOf)
	default:
		fmt.Fprintln(s.Out, "journal: there is none; noes and erasures since the backup are not known here: say them again before anything is sent")
	}
	if res.Media > 0 {
		fmt.Fprintln(s.Out, "files of people that were put back:", res.Media)
	}
	switch res.WhatsApp {
	case app.IsThere:
		fmt.Fprintln(s.Out, "whatsapp.db: left as it is; pair again only if kaskad whatsapp status asks for it")
	case app.IsMissing:
		fmt.Fprintln(s.Out, "whatsapp.db: there is none, and no backup has one: kaskad whatsapp pair")
	}
	_, err = fmt.Fprintln(s.Out, "next: start the gateway; it shows everything and sends nothing until: kaskad resume restored")
	return err
}

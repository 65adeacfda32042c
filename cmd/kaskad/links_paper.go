package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"kaskad/cmd/kaskad/internal/app"
)

type linksQRCmd struct {
	Code    string `arg:"" help:"The source's code."`
	Channel string `placeholder:"CHANNEL" complete:"telegram,viber,whatsapp,whatsapp_cloud" help:"The bot that it opens; the page that offers all unless written."`
	PNG     string `name:"png" placeholder:"FILE" complete:"file" help:"Write a PNG into this file instead of the terminal."`
	SVG     string `name:"svg" placeholder:"FILE" complete:"file" help:"Write an SVG into this file: it can be printed in any size."`
	Level   string `default:"Q" enum:"L,M,Q,H" complete:"L,M,Q,H" help:"How much may be lost of it: L 7 %%, M 15 %%, Q 25 %% (unless written), H 30 %%."`
	Module  int    `default:"12" help:"Pixels of a module of the PNG; 12 unless written."`
}

func (c *linksQRCmd) Help() string {
	return "Example: kaskad links qr shop7-till3 --channel telegram --png till3.png"
}

func (c *linksQRCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if c.Module < 1 || c.Module > 64 {
		return app.Misused("--module: %d pixels: write 1 to 64", c.Module)
	}
	if err := freeFor(c.PNG, c.SVG); err != nil {
		return err
	}
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	v, err := inUse(ctx, gate, at, c.Code)
	if err != nil {
		return err
	}
	if c.PNG == "" && c.SVG == "" {
		return c.show(ctx, s, gate, v)
	}
	for format, file := range map[string]string{"png": c.PNG, "svg": c.SVG} {
		if file == "" {
			continue
		}
		q := url.Values{"format": {format}, "level": {c.Level}, "module": {fmt.Sprint(c.Module)}}
		if c.Channel != "" {
			q.Set("channel", c.Channel)
		}
		if err := writeFrom(ctx, gate, sourcePath(c.Code, "qr")+"?"+q.Encode(), file); err != nil {
			return err
		}
		fmt.Fprintf(s.Err, "written: %s\n", file)
	}
	return nil
}

// show draws it in the terminal, with the link under it.
func (c *linksQRCmd) show(ctx context.Context, s app.Streams, gate *app.Gate, v *source) error {
	link := v.URL
	for _, l := range v.Links {
		if l.Channel == c.Channel || c.Channel == "" && v.URL == "" && len(v.Links) == 1 {
			link = l.URL
			if l.Page != "" && l.Channel != "telegram" { // as on paper: no camera opens viber://
				link = l.Page
			}
		}
	}
	if link == "" || c.Channel != "" && link == v.URL {
		q := url.Values{}
		if c.Channel != "" {
			q.Set("channel", c.Channel)
		}
		return writeFrom(ctx, gate, sourcePath(c.Code, "qr")+"?"+q.Encode(), "") // the gateway says why not
	}
	if err := newQRScreen(s.Out, "--png FILE or --svg FILE").draw(link); err != nil {
		return err
	}
	_, err := fmt.Fprintln(s.Out, link)
	return err
}

type linksSheetCmd struct {
	Code   string `arg:"" help:"The source's code."`
	Out    string `required:"" placeholder:"FILE" complete:"file" help:"Where to: an HTML file, to be opened and printed in a browser."`
	Paper  string `default:"a4" enum:"a4,a6" complete:"a4,a6" help:"a4 (unless written), or a6: a card for a table."`
	Locale string `placeholder:"LOCALE" help:"Of the words: uk, ru, en or yours; the company's unless written."`
}

func (c *linksSheetCmd) Help() string {
	return "Open the file in a browser and print it, or save it as PDF; it needs no network.\n\nExample: kaskad links sheet shop7-till3 --out till3.html --paper a6"
}

func (c *linksSheetCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := freeFor(c.Out); err != nil {
		return err
	}
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	if _, err := inUse(ctx, gate, at, c.Code); err != nil {
		return err
	}
	q := url.Values{"paper": {c.Paper}}
	if c.Locale != "" {
		q.Set("locale", c.Locale)
	}
	if err := writeFrom(ctx, gate, sourcePath(c.Code, "sheet")+"?"+q.Encode(), c.Out); err != nil {
		return err
	}
	fmt.Fprintf(s.Err, "written: %s; open it in a browser and print it\n", c.Out)
	return nil
}

// inUse gives a source that people can still come by: what is printed of a retired one leads to a page that is gone.
func inUse(ctx context.Context, gate *app.Gate, at app.Place, code string) (*source, error) {
	var v source
	if err := gate.Call(ctx, "GET", sourcePath(code), nil, &v); err != nil {
		return nil, err
	}
	if v.RetiredAt.IsZero() {
		return &v, nil
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%s is retired since %s, and its page says so to whoever opens it: take it back with \"kaskad links retire %s --back\", or print another source", v.Code, v.RetiredAt.In(zone).Format(toTheDay), v.Code)
}

// freeFor refuses a file that is there already: a poster overwrites nothing.
func freeFor(files ...string) error {
	for _, file := range files {
		if file == "" {
			continue
		}
		if _, err := os.Lstat(file); err == nil {
			return taken(file)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if _, err := os.Stat(filepath.Dir(file)); err != nil {
			return fmt.Errorf("%s cannot be written: %w", file, err)
		}
	}
	return nil
}

func taken(file string) error {
	return fmt.Errorf("%s is there already, and nothing is overwritten: write another name, or remove it first", file)
}

// writeFrom writes what a call answers into a file that is not there yet, complete or not at all; without a name it is thrown away.
func writeFrom(ctx context.Context, gate *app.Gate, path, file string) error {
	if file == "" {
		return gate.Stream(ctx, path, io.Discard)
	}
	var whole bytes.Buffer // a code or a page of codes
	if err := gate.Stream(ctx, path, &whole); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return taken(file)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(whole.Bytes())
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}

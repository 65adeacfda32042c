package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
	"golang.org/x/text/width"

	"kaskad/cmd/kaskad/internal/app"
)

// previewCmd shows a template as every channel would send it.
type previewCmd struct {
	Template string   `arg:"" complete:"template" help:"The template."`
	Locale   string   `placeholder:"LOCALE" help:"The person's language, such as uk; the company's unless written."`
	Var      vars     `placeholder:"K=V" help:"A field of the template; its example unless written."`
	Channel  []string `placeholder:"CHANNEL" help:"Only these channels, on or not: telegram, viber, whatsapp, whatsapp_cloud, sms, email."`
	JSON     bool     `name:"json" help:"Print JSON."`
}

func (c *previewCmd) Help() string {
	return `Nothing is sent, and no gateway is needed. Fields have the examples of the template. A button that only confirms reading comes in
addition, where a cascade needs it. Exit status: 0; 1 when a channel could not send it.

Example: kaskad preview bonus --locale uk --var points=120`
}

func (c *previewCmd) Run(s app.Streams, at app.Place) error {
	p, err := app.ShowPreview(at, app.PreviewAsk{Template: c.Template, Locale: c.Locale, Vars: c.Var, Channels: c.Channel})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := json.NewEncoder(s.Out).Encode(p); err != nil {
			return err
		}
		return p.Failed()
	}
	if err := printPreview(s.Out, p, columnsOf(s.Out)); err != nil {
		return err
	}
	return p.Failed()
}

// columnsOf is how wide a terminal is; 0 when it is none.
func columnsOf(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0 // no terminal
	}
	return int(size.Col)
}

const (
	gutter = 3  // between two columns
	narrow = 28 // no column is made narrower than that
)

// printPreview writes the channels side by side, as many as fit; one below the other without a terminal.
func printPreview(out io.Writer, p *app.Preview, columns int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s, %s\n", printable(p.Template), p.Purpose, printable(p.Locale))
	if p.Unmet != "" {
		fmt.Fprintf(&b, "With this data it would be skipped (expectation): %s\n", printable(p.Unmet))
	}
	each := min(max((columns+gutter)/(narrow+gutter), 1), len(p.Channels))
	room := 0
	if columns > 0 {
		room = max((columns-gutter*(each-1))/each, 1)
	}
	for from := 0; from < len(p.Channels); from += each {
		var blocks [][]string
		for i := from; i < min(from+each, len(p.Channels)); i++ {
			blocks = append(blocks, previewBlock(&p.Channels[i], room))
		}
		b.WriteByte('\n')
		sideBySide(&b, blocks, room)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// previewBlock is one channel: its name, the text, the buttons, and what it takes.
func previewBlock(c *app.PreviewChannel, room int) []string {
	name := c.Channel
	if !c.On {
		name += " (not on)"
	}
	lines := []string{name, strings.Repeat("─", max(cells(name), room))}
	if c.Subject != "" {
		lines = append(lines, wrap("subject: "+printable(c.Subject), room)...)
	}
	if c.Image != "" {
		lines = append(lines, wrap("[image] "+c.Image, room)...)
	}
	for line := range strings.SplitSeq(c.Text, "\n") {
		if c.Text != "" {
			lines = append(lines, wrap(printable(line), room)...)
		}
	}
	for _, button := range c.Buttons {
		lines = append(lines, wrap(strings.TrimSpace("["+printable(button.Text)+"] "+button.URL), room)...)
	}
	for _, link := range c.Links {
		lines = append(lines, wrap("…"+link.URL[strings.LastIndex(link.URL, "/l/"):]+" → "+printable(link.Target), room)...)
	}
	lines = append(lines, approvedLines(c.Approved, room)...)
	lines = append(lines, "")
	if c.Text != "" {
		lines = append(lines, wrap(takes(c), room)...)
	}
	if c.Note != "" {
		lines = append(lines, wrap(c.Note, room)...)
	}
	if c.Problem != "" {
		lines = append(lines, wrap("! "+printable(c.Problem), room)...)
	}
	return lines
}

// approvedLines is the approved template that goes in place of the text when the person did not write lately.
func approvedLines(a *app.PreviewApproved, room int) []string {
	if a == nil {
		return nil
	}
	lines := wrap("after 24 hours: "+printable(a.Name)+" ("+printable(a.Language)+")", room)
	if a.Header != "" {
		lines = append(lines, wrap("  [image] "+printable(a.Header), room)...)
	}
	for i, place := range a.Body {
		name := place.Name
		if name == "" {
			name = fmt.Sprint(i + 1)
		}
		lines = append(lines, wrap("  {{"+printable(name)+"}} "+printable(place.Text), room)...)
	}
	for _, b := range a.Buttons {
		lines = append(lines, wrap(fmt.Sprintf("  [button %d] %s", b.Index, printable(b.URL+b.Data)), room)...)
	}
	return lines
}

// takes says how much of the channel a message takes, and its price.
func takes(c *app.PreviewChannel) string {
	text := fmt.Sprintf("%d characters", c.Characters)
	if c.Alphabet != "" {
		parts := "1 part"
		if c.Parts != 1 {
			parts = fmt.Sprintf("%d parts", c.Parts)
		}
		text += ", " + map[string]string{"gsm7": "GSM-7", "ucs2": "UCS-2"}[c.Alphabet] + ", " + parts
	}
	if cost := strings.TrimSpace(c.Cost.Amount + " " + c.Cost.Currency); cost != "" {
		text += ", " + cost
	}
	return text
}

func sideBySide(b *strings.Builder, blocks [][]string, room int) {
	height := 0
	for _, block := range blocks {
		height = max(height, len(block))
	}
	for i := range height {
		line := ""
		for n, block := range blocks {
			text := ""
			if i < len(block) {
				text = block[i]
			}
			if n > 0 {
				line += strings.Repeat(" ", gutter)
			}
			line += text + strings.Repeat(" ", max(room-cells(text), 0))
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// wrap breaks a line at spaces, and words that are longer than a line where they must be; room 0 is any length.
func wrap(line string, room int) []string {
	if room == 0 || cells(line) <= room {
		return []string{line}
	}
	var lines []string
	now := ""
	for word := range strings.SplitSeq(line, " ") {
		if joined := now + " " + word; now != "" && cells(joined) <= room {
			now = joined
			continue
		}
		if now != "" {
			lines = append(lines, now)
		}
		for cells(word) > room {
			head := cut(word, room)
			lines, word = append(lines, head), word[len(head):]
		}
		now = word
	}
	return append(lines, now)
}

// cut is as much of a word as there is room for, one character at least.
func cut(word string, room int) string {
	used := 0
	for i, r := range word {
		if used += cellsOf(r); used > room && i > 0 {
			return word[:i]
		}
	}
	return word
}

// cells is how wide a text is on a terminal.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += cellsOf(r)
	}
	return n
}

func cellsOf(r rune) int {
	switch kind := width.LookupRune(r).Kind(); {
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r):
		return 0
	case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

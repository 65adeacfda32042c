package evidence

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// Text writes the document for a terminal.
func (d *Document) Text(out io.Writer) error {
	p := &printer{out: out}
	p.line("Why did this person get these messages? As of %s UTC.", d.MadeAt.Format(time.DateTime))
	p.line("")
	p.line("PERSON %s %s %s %s", d.Contact.ID, d.Contact.ExternalID, d.Contact.Name, d.Contact.Phone)
	for _, a := range d.Contact.Addresses {
		p.line("  %s %s, %s", a.Channel, a.ID, a.State)
	}
	p.line("")
	p.line("CONSENT NOW")
	for _, c := range d.Consents {
		p.line("  %s: %s", c.About, standingWords(&c))
	}
	p.line("")
	p.line("WHAT WAS SAID")
	for i := range d.Lines {
		p.said(&d.Lines[i])
	}
	p.none(len(d.Lines))
	p.line("")
	p.line("WHAT WAS SENT")
	for i := range d.Messages {
		p.sent(&d.Messages[i])
	}
	p.none(len(d.Messages))
	p.line("")
	p.line("WHAT A NO STOPPED")
	for _, s := range d.Stopped {
		p.line("  %s %s %s %s: %s (%s)%s", s.At.Format(time.DateTime), s.Purpose, s.Template, s.Delivery, s.State, s.Reason, lineWord(s.Line))
	}
	p.none(len(d.Stopped))
	if d.Cut {
		p.line("")
		p.line("There is more than this shows: it ends after 5,000 messages.")
	}
	return p.err
}

// printer writes lines in which nothing can be that a terminal would obey; the first error stays.
type printer struct {
	out io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err != nil {
		return
	}
	_, p.err = fmt.Fprintln(p.out, Printable(fmt.Sprintf(format, args...)))
}

func (p *printer) none(n int) {
	if n == 0 {
		p.line("  nothing")
	}
}

func (p *printer) said(l *Line) {
	p.line("  %s %s %s: %s%s", numbered(l), stamp(l), l.About, l.State, before(l))
	p.line("     %s", strings.Join(Details(l), "; "))
}

func (p *printer) sent(m *SentMessage) {
	p.line("  %s %s to %s on %s: %s", m.At.Format(time.DateTime), m.Purpose, m.To, m.Channel, m.Status)
	p.line("     because: %s", m.Why.Says)
	p.line("     %s", strings.Join(Facets(m), "; "))
}

// numbered is the number of a line, with whose it is where that is not the document's own.
func numbered(l *Line) string {
	if l.Contact == "" {
		return fmt.Sprintf("%d.", l.Number)
	}
	return fmt.Sprintf("%s/%d.", l.Contact, l.Number)
}

// stamp is when a line was said, else when it was written down.
func stamp(l *Line) string {
	if l.At.IsZero() {
		return l.Kept.Format(time.DateTime)
	}
	return l.At.Format(time.DateTime)
}

func before(l *Line) string {
	if l.Was == "" || l.Was == l.State {
		return ""
	}
	return ", before: " + l.Was
}

// Details are what is known of a line, in words.
func Details(l *Line) []string {
	var all []string
	add := func(name, value string) {
		if value != "" {
			all = append(all, name+value)
		}
	}
	add("by ", l.By)
	add("source ", l.Source)
	if l.Words != "" {
		add("words ", "“"+l.Words+"”")
	}
	add("version ", l.Version)
	add("on ", strings.TrimSpace(l.Channel+" "+l.Chat))
	add("message ", l.Message)
	add("link of delivery ", l.Delivery)
	add("came: ", l.Via)
	add("with contact ", l.With)
	if l.Times > 1 {
		add("", fmt.Sprintf("said %d times, last %s", l.Times, l.Last.Format(time.DateTime)))
	}
	if n := len(l.Ended) + l.More; n > 0 {
		add("", fmt.Sprintf("ended %d deliveries", n))
	}
	if l.Folded > 0 {
		add("", fmt.Sprintf("%d lines before it made room", l.Folded))
	}
	add("written down ", l.Kept.Format(time.DateTime))
	return all
}

// Facets are what else is known of a message, in words.
func Facets(m *SentMessage) []string {
	var all []string
	for _, f := range [...]struct{ name, value string }{
		{"delivery ", m.Delivery}, {"template ", m.Template}, {"cascade ", m.Cascade}, {"cost ", m.Cost}, {"proof ", m.Proof}, {"written by ", m.Author}, {"message ", m.ID},
	} {
		if f.value != "" {
			all = append(all, f.name+f.value)
		}
	}
	if m.Step > 0 {
		all = append(all, fmt.Sprintf("step %d", m.Step))
	}
	return all
}

func standingWords(c *Standing) string {
	if c.State == "unknown" {
		return "nothing was said"
	}
	return fmt.Sprintf("%s, %s, by %s, %s%s", c.State, c.At.Format(time.DateTime), c.By, c.Source, lineWord(c.Line))
}

func lineWord(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (line %d)", n)
}

// Printable is a text without control characters, and without what turns the direction of writing.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}

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
	d = d.onTheClock()
	p := &printer{out: out, tongue: tongueOf(d.Locale)}
	p.line("%s %s", p.Say("Why did this person get these messages?"), p.Say("As of %s (%s).", d.MadeAt.Format(time.DateTime), d.Timezone))
	p.head("Person", d.Contact.ID, d.Contact.ExternalID, d.Contact.Name, d.Contact.Phone)
	for _, a := range d.Contact.Addresses {
		p.line("  %s %s, %s", a.Channel, a.ID, p.Say(a.State))
	}
	p.head("Consent now")
	for _, c := range d.Consents {
		p.line("  %s: %s", p.About(c.About), p.standing(&c))
	}
	p.head("What was said")
	for i := range d.Lines {
		p.said(&d.Lines[i])
	}
	p.none(len(d.Lines))
	p.head("What was sent")
	for i := range d.Messages {
		p.sent(&d.Messages[i])
	}
	p.none(len(d.Messages))
	p.head("What a no stopped")
	for _, s := range d.Stopped {
		p.line("  %s %s %s: %s (%s)%s", s.At.Format(time.DateTime), strings.TrimSpace(p.Say(s.Purpose)+" "+s.Template), s.Delivery, p.Say(s.State), p.reason(s.Reason), p.lineWord(s.Line, s.Contact))
	}
	p.none(len(d.Stopped))
	if d.Cut {
		p.line("")
		p.line("%s", p.Say("There is more than this shows: it ends after 5,000 messages."))
	}
	return p.err
}

// printer writes lines in which nothing can be that a terminal would obey; the first error stays.
type printer struct {
	tongue
	out io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err != nil {
		return
	}
	_, p.err = fmt.Fprintln(p.out, Printable(fmt.Sprintf(format, args...)))
}

// head begins a part.
func (p *printer) head(title string, values ...string) {
	p.line("")
	p.line("%s", strings.Join(append([]string{strings.ToUpper(p.Say(title))}, values...), " "))
}

func (p *printer) none(n int) {
	if n == 0 {
		p.line("  %s", p.Say("nothing"))
	}
}

func (p *printer) said(l *Line) {
	p.line("  %s %s %s%s", numbered(l), stamp(l), p.what(l), p.before(l))
	p.line("     %s", strings.Join(p.details(l), "; "))
}

func (p *printer) sent(m *SentMessage) {
	p.line("  %s", p.Say("%s %s to %s on %s: %s", m.At.Format(time.DateTime), p.Say(m.Purpose), m.To, m.Channel, p.Say(m.Status)))
	p.line("     %s", p.Say("because: %s", m.Why.Says))
	p.line("     %s", strings.Join(p.facets(m), "; "))
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

// Printable is a text without control characters, and without what turns the direction of writing.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}

package export

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageHTML string

// page writes the document as one page.
type page struct {
	out  io.Writer
	is   *template.Template
	say  func(english string, values ...any) string
	open bool
	name string
}

func titles(section string) string {
	return map[string]string{
		"statements": "What was said about consent", "deliveries": "What was asked to be sent", "messages": "Messages", "staff_posts": "What staff read", "links": "One-time links",
		"quarantine": "Events that could not be read",
	}[section]
}

func newPage(out io.Writer, as Look) (*page, error) {
	t, zone := phrases().In(as.Locale), cmp.Or(as.Zone, time.UTC)
	is, err := template.New("export").Funcs(template.FuncMap{
		"time":   func(t time.Time) string { return t.In(zone).Format(time.DateTime) },
		"fields": func(b []byte) []field { return fields(b, t) },
		"say":    t.Say,
		"about":  t.About,
		"source": t.Source,
		"locale": func() string { return t.Locale },
		"zone":   zone.String,
	}).Parse(pageHTML)
	return &page{out: out, is: is, say: t.Say}, err
}

func (p *page) head(of *Person) error { return p.is.ExecuteTemplate(p.out, "head", of) }

func (p *page) close() error {
	if !p.open {
		return nil
	}
	return p.is.ExecuteTemplate(p.out, "close", nil)
}

func (p *page) section(name string) error {
	if err := p.close(); err != nil {
		return err
	}
	p.open, p.name = true, name
	return p.is.ExecuteTemplate(p.out, "section", p.say(titles(name)))
}

func (p *page) item(v any) error { return p.is.ExecuteTemplate(p.out, p.name, v) }

func (p *page) end(n Counts) error {
	if err := p.close(); err != nil {
		return err
	}
	return p.is.ExecuteTemplate(p.out, "end", n)
}

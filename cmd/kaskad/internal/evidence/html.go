package evidence

import (
	_ "embed"
	"html/template"
	"io"
	"time"
)

//go:embed page.html
var pageHTML string

// HTML writes the document as one page that needs nothing else: no script, nothing loaded from anywhere.
func (d *Document) HTML(out io.Writer) error {
	d = d.onTheClock()
	t := tongueOf(d.Locale)
	page, err := template.New("evidence").Funcs(template.FuncMap{
		"time":    func(at time.Time) string { return at.Format(time.DateTime) },
		"say":     t.Say,
		"about":   t.About,
		"stamp":   func(l Line) string { return stamp(&l) },
		"before":  func(l Line) string { return t.before(&l) },
		"details": func(l Line) []string { return t.details(&l) },
		"facets":  func(m SentMessage) []string { return t.facets(&m) },
		"stands":  func(c Standing) string { return t.standing(&c) },
		"line":    t.lineWord,
		"reason":  t.reason,
	}).Parse(pageHTML)
	if err != nil {
		return err
	}
	return page.Execute(out, d)
}

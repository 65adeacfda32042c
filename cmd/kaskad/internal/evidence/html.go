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
	page, err := template.New("evidence").Funcs(template.FuncMap{
		"time":    func(t time.Time) string { return t.Format(time.DateTime) },
		"stamp":   func(l Line) string { return stamp(&l) },
		"before":  func(l Line) string { return before(&l) },
		"details": func(l Line) []string { return Details(&l) },
		"facets":  func(m SentMessage) []string { return Facets(&m) },
		"stands":  func(c Standing) string { return standingWords(&c) },
		"line":    lineWord,
	}).Parse(pageHTML)
	if err != nil {
		return err
	}
	return page.Execute(out, d)
}

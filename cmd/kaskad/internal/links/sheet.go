package links

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"kaskad/cmd/kaskad/internal/qrcode"
	"kaskad/templates"
)

//go:embed sheet.html
var sheetHTML string

//go:embed sheet.css
var sheetCSS string

// Sheet is a page to print: the codes of one source.
type Sheet struct {
	Name   string // of the source, small, for staff
	Links  []SheetLink
	Paper  string // a4, or a6
	Locale string // empty: the company's
}

// SheetLink is one code on it.
type SheetLink struct{ Channel, URL string }

// sheetView is what the page is filled with.
type sheetView struct {
	Lang, Paper          string
	Style                template.CSS
	Company, Title, Text string
	Name                 string
	Codes                []sheetCode
}

type sheetCode struct {
	Channel, Label string
	Typed          []string // the pieces of an address between which a line may end
	Code           template.HTML
}

// sheetLevel: a code on paper gets creased, and stands behind glass.
const sheetLevel = qrcode.Q

// Print makes the page. It loads nothing: a browser prints it, or makes a PDF of it, without a network.
func (l *Ways) Print(s Sheet) ([]byte, error) {
	lang := s.Locale
	if lang == "" {
		lang = l.Locale
	}
	v := sheetView{
		Lang: lang, Paper: s.Paper, Style: template.CSS(sheetCSS), Company: l.Company().Name, Name: s.Name,
		Title: l.Words(lang, templates.ScanTitle), Text: l.Words(lang, templates.ScanText),
	}
	for _, link := range s.Links {
		drawn, err := qrcode.SVG(link.URL, sheetLevel)
		if err != nil {
			return nil, err
		}
		v.Codes = append(v.Codes, sheetCode{Channel: link.Channel, Label: Label(link.Channel), Typed: typed(link.URL), Code: template.HTML(drawn)})
	}
	page, err := template.New("sheet").Parse(sheetHTML)
	if err != nil {
		return nil, fmt.Errorf("the page to print: %w", err)
	}
	var b bytes.Buffer
	err = page.Execute(&b, v)
	return b.Bytes(), err
}

// typed is an address as people type it, in pieces; none for one that nobody would.
func typed(url string) []string {
	plain, web := strings.CutPrefix(url, "https://")
	if !web || strings.Contains(plain, "%") || len(plain) > 48 {
		return nil
	}
	return strings.SplitAfter(plain, "/")
}

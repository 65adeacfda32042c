package templates

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var pagePiece = regexp.MustCompile(`^(?:<!doctype html>|<(/?)(html|head|meta|title|body|div|p|img|h[1-6]|ul|ol|li|blockquote|hr|pre|br|b|i|s|code|a)((?: [a-z-]+="[^"<>]*")*)>|&(?:lt|gt|amp|quot|#39);|[^<>&])`)

// badPage is a tiny reader of the HTML that our e-mails are made of: what is not well formed, or would be fetched or run.
func badPage(page string) string {
	var open []string
	for rest := page; rest != ""; {
		m := pagePiece.FindStringSubmatch(rest)
		if m == nil {
			return fmt.Sprintf("not ours at %.60q", rest)
		}
		rest = rest[len(m[0]):]
		name := m[2]
		switch {
		case m[1] != "":
			if len(open) == 0 || open[len(open)-1] != name {
				return fmt.Sprintf("</%s> closes %v", name, open)
			}
			open = open[:len(open)-1]
		case name == "" || name == "meta" || name == "br" || name == "hr":
		case name == "img":
			if !strings.HasPrefix(m[3], ` src="https://`) {
				return "an image of " + m[3]
			}
		case name == "a":
			address, _, _ := strings.Cut(strings.TrimPrefix(m[3], ` href="`), `"`)
			if problem := badHref(address); problem != "" {
				return problem
			}
			open = append(open, name)
		default:
			open = append(open, name)
		}
	}
	if len(open) > 0 {
		return fmt.Sprintf("left open: %v", open)
	}
	return ""
}

var pageAddress = regexp.MustCompile(`(href|src)="[^"]*"`)

// pageSkeleton is the elements of a page, without the words, the addresses and the line ends of data.
func pageSkeleton(page string) string {
	return pageAddress.ReplaceAllString(strings.ReplaceAll(strings.Join(tags.FindAllString(page, -1), ""), "<br>", ""), "$1")
}

func mail(t *testing.T, s *Set, data map[string]any) (Rendered, bool) {
	t.Helper()
	r, err := s.Render(Input{Template: "t", Channel: "email", Format: Email, Data: data, WayOut: options().WayOut, Company: options().Company})
	var long *TooLong
	var empty *Empty
	var field *FieldError
	if errors.As(err, &long) || errors.As(err, &empty) || errors.As(err, &field) {
		return r, false
	}
	if err != nil {
		t.Fatal(err)
	}
	if problem := badPage(r.Markup); problem != "" {
		t.Fatalf("%s\n%s", problem, r.Markup)
	}
	for _, text := range []string{r.Markup, r.Text, r.Subject} {
		if problem := unfit(text); problem != "" {
			t.Fatalf("%s in %q", problem, text)
		}
	}
	if strings.ContainsAny(r.Subject, "\r\n") || strings.TrimSpace(r.Subject) == "" || utf8.RuneCountInString(r.Subject) > maxSubject {
		t.Fatalf("subject %q", r.Subject)
	}
	return r, true
}

// FuzzEmail: whatever the data, the elements of a page are those its author wrote, and the subject is one line.
func FuzzEmail(f *testing.F) {
	for i, h := range hostile {
		f.Add(h, hostile[(i+1)%len(hostile)], "https://track.example/"+h)
	}
	f.Add("a\r\nBcc: x@evil.example", "\u0085Subject: y", "")
	s := load(f, strings.Replace(everywhere, "+++\n", "+++\nsubject = \"S {{.a}} {{.b}}\"\nimage = \"https://cdn.example/{{.a}}/{{.b}}.png\"\n", 1))
	f.Fuzz(func(t *testing.T, a, b, c string) {
		r, ok := mail(t, s, map[string]any{"a": a, "b": b, "c": c})
		if !ok {
			return
		}
		calm := map[string]any{"a": "x", "b": "y", "c": ""}
		if truth(c) {
			calm["c"] = "https://z.example"
		}
		want, _ := mail(t, s, calm)
		if got, want := pageSkeleton(r.Markup), pageSkeleton(want.Markup); got != want {
			t.Fatalf("data changed the elements:\n%s\nwant\n%s", got, want)
		}
	})
}

func TestTheReaderOfPagesSeesFaults(t *testing.T) {
	for _, bad := range []string{"<p>", "</p>", "<script>x</script>", `<p onclick='x'>a</p>`, "a < b", "&nbsp;", `<a href="javascript:x">y</a>`, `<img src="http://x/y.png">`, "<b><i>x</b></i>"} {
		if badPage(bad) == "" {
			t.Errorf("%s passes", bad)
		}
	}
}

func TestSubject(t *testing.T) {
	for name, c := range map[string]struct{ front, data, want, says string }{
		"words and a field":       {`subject = "Балів: {{.a}}"`, "120", "Балів: 120", ""},
		"two lines are one":       {`subject = "{{.a}}"`, "x\r\nBcc: y@evil.example", "x Bcc: y@evil.example", ""},
		"a long one is cut":       {`subject = "{{.a}}"`, strings.Repeat("ж", 300), strings.Repeat("ж", 199) + "…", ""},
		"nothing to read":         {`subject = "{{.a}}"`, " \u200b", "", "is empty"},
		"none, and it is no mail": {``, "x", "", "has no subject"},
	} {
		s := load(t, "+++\n"+c.front+"\n+++\nтекст {{.a}}")
		r, err := s.Render(Input{Template: "t", Channel: "email", Format: Email, Data: map[string]any{"a": c.data}})
		if r.Subject != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v", name, r.Subject, err)
		}
	}
}

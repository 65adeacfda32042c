package templates

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// tracked is a variant whose links are tracked.
func tracked(body string) string { return "+++\n[links]\ntrack = true\n+++\n" + body }

// linksOf renders template t for Telegram with links of ours.
func linksOf(t *testing.T, s *Set, data map[string]any) (Rendered, error) {
	t.Helper()
	return s.Render(Input{Template: "t", Channel: "telegram", Format: Telegram, Data: data, Company: options().Company, Link: ourLink})
}

func TestUTMIsAddedToWhatIsThere(t *testing.T) {
	const utm = "[links]\ntrack = true\nutm = { source = 'crm', campaign = 'x' }"
	for name, c := range map[string]struct{ front, link, want string }{
		"no query":                          {utm, "https://shop.example", "https://shop.example?utm_source=crm&utm_medium=telegram&utm_campaign=x"},
		"a path":                            {utm, "https://shop.example/a", "https://shop.example/a?utm_source=crm&utm_medium=telegram&utm_campaign=x"},
		"a query":                           {utm, "https://shop.example/a?b=1", "https://shop.example/a?b=1&utm_source=crm&utm_medium=telegram&utm_campaign=x"},
		"an empty query":                    {utm, "https://shop.example/a?", "https://shop.example/a?utm_source=crm&utm_medium=telegram&utm_campaign=x"},
		"a query that ends in &":            {utm, "https://shop.example/a?b&", "https://shop.example/a?b&utm_source=crm&utm_medium=telegram&utm_campaign=x"},
		"a fragment stays last":             {utm, "https://shop.example/a#b?c=1", "https://shop.example/a?utm_source=crm&utm_medium=telegram&utm_campaign=x#b?c=1"},
		"its own parameter wins":            {utm, "https://shop.example/?utm_campaign=own", "https://shop.example/?utm_campaign=own&utm_source=crm&utm_medium=telegram"},
		"its own, written in another way":   {utm, "https://shop.example/?UTM%5Fcampaign=own", "https://shop.example/?UTM%5Fcampaign=own&utm_source=crm&utm_medium=telegram"},
		"its own, empty, wins too":          {utm, "https://shop.example/?utm_campaign", "https://shop.example/?utm_campaign&utm_source=crm&utm_medium=telegram"},
		"a medium of its own":               {"[links]\ntrack = true\nutm = { medium = 'chat' }", "https://shop.example/", "https://shop.example/?utm_source=kaskad&utm_medium=chat"},
		"an empty table means the defaults": {"[links]\ntrack = true\nutm = {}", "https://shop.example/", "https://shop.example/?utm_source=kaskad&utm_medium=telegram"},
		"no table, nothing is added":        {"[links]\ntrack = true", "https://shop.example/", "https://shop.example/"},
		"values are encoded":                {"[links]\ntrack = true\nutm = { source = 'a b&c=d#e', medium = '%41' }", "https://shop.example/", "https://shop.example/?utm_source=a%20b%26c%3Dd%23e&utm_medium=%2541"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := linksOf(t, load(t, "+++\n"+c.front+"\n+++\n[x]("+c.link+")"), nil)
			if err != nil || !slices.Equal(r.Links, []string{c.want}) || !strings.Contains(r.Markup, `"`+ourLink(0)+`"`) {
				t.Errorf("%q leads to %q (%v)", r.Markup, r.Links, err)
			}
		})
	}
}

func TestBareAddresses(t *testing.T) {
	for words, want := range map[string]string{
		"див. https://a.example/b.":                  "https://a.example/b",
		"(https://a.example/b)":                      "https://a.example/b",
		"https://a.example/b_(c)":                    "https://a.example/b_(c)",
		"«https://a.example/b»":                      "https://a.example/b",
		"HTTPS://A.example, далі":                    "HTTPS://A.example",
		"https://a.example/?q=1!":                    "https://a.example/?q=1",
		"два: http://a.example/1;http://b.example/2": "http://a.example/1;http://b.example/2",
		"xhttps://a.example":                         "",
		"ще0https://a.example":                       "",
		"https://":                                   "",
		"https://…":                                  "",
		"https://...":                                "",
		"ftp://a.example":                            "",
		"a.example":                                  "",
	} {
		var got []string
		for _, at := range bareAddresses(words) {
			got = append(got, words[at[0]:at[1]])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}

// Data cannot choose where a link leads, but where a field is the whole link; and then it is a page.
func TestHostileDataInATrackedLink(t *testing.T) {
	s := load(t, tracked("[whole]({{.a}}) [part](https://shop.example/p/{{.b}}?q={{.b}}#{{.b}}) https://shop.example/bare/{{.b}}"))
	for name, c := range map[string]struct {
		a  string
		ok bool
	}{
		"a script":                     {"javascript:alert(1)", false},
		"a script behind a space":      {" \tjavascript:alert(1)//https://", false},
		"data":                         {"data:text/html,<script>", false},
		"no scheme":                    {"//evil.example/", false},
		"a way within our own host":    {"/u/x", false},
		"a user before the host":       {"https://shop.example@evil.example/", false},
		"a backslash for a slash":      {`https:\\evil.example`, false},
		"a backslash in the host":      {`https://evil.example\@shop.example/`, false},
		"an address of another family": {"https://[::1]/", false},
		"far too long":                 {"https://shop.example/" + strings.Repeat("a", 3000), false},
		"a line end that splits":       {"https://shop.example/\r\nSet-Cookie: a=b", true},
		"a host of other letters":      {"https://крамниця.укр/знижки", true},
		"a port":                       {"http://shop.example:8443/a", true},
		"a host that is no name":       {"https://xn--шоп.example/", true},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := linksOf(t, s, map[string]any{"a": c.a, "b": c.a})
			var field *FieldError
			if !c.ok && !errors.As(err, &field) {
				t.Fatalf("%q: %v, want a fault of the field", r.Links, err)
			}
			if c.ok && err != nil {
				t.Fatal(err)
			}
			for _, target := range r.Links {
				if !strings.HasPrefix(target, "http") || strings.ContainsAny(target, "\r\n \"<>\\") {
					t.Errorf("a link leads to %q", target)
				}
			}
		})
	}
	_, err := linksOf(t, s, map[string]any{"a": "https://ok.example", "b": strings.Repeat("я", 1000)})
	var long *TooLong
	if !errors.As(err, &long) {
		t.Errorf("a target of 18,000 bytes: %v", err)
	}
}

func TestWithoutAnAddressOfOursLinksStay(t *testing.T) {
	s := load(t, "+++\nbuttons = [{ text = 'b', url = 'https://shop.example/b' }]\n[links]\ntrack = true\nutm = { campaign = 'x' }\n+++\n[x](https://shop.example/{{.b}}) https://shop.example/bare")
	for name, mint := range map[string]func(int) string{"no public address": nil, "a message whose links cannot be told": func(int) string { return "" }} {
		r, err := s.Render(Input{Template: "t", Channel: "telegram", Format: Telegram, Data: map[string]any{"b": "<1>"}, Link: mint})
		if err != nil || r.Links != nil || r.Buttons[0].URL != "https://shop.example/b" {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		if want := "x: https://shop.example/%3C1%3E https://shop.example/bare"; r.Text != want {
			t.Errorf("%s: %q, want %q", name, r.Text, want)
		}
	}
	if list := s.Untracked(); len(list) != 1 || list[0].Line != 4 || !strings.Contains(list[0].Fix, "public_url") {
		t.Errorf("check says %v", list)
	}
}

func TestWhetherATrackedLinkComes(t *testing.T) {
	s, err := Load(options(), Builtin(), folder("own", map[string]string{
		"all/uk.md":        tracked("https://shop.example"),
		"sometimes/uk.md":  tracked("x {{if .a}}https://shop.example{{end}}"),
		"nosms/uk.md":      tracked("https://shop.example"),
		"nosms/uk.sms.md":  "https://shop.example",
		"onlytg/uk.md":     "+++\nbuttons = [{ text = 'b', url = 'https://shop.example', on = ['telegram'] }]\n[links]\ntrack = true\n+++\nx",
		"language/uk.md":   tracked("https://shop.example"),
		"language/en.md":   "https://shop.example",
		"plain/uk.md":      "[x](https://shop.example)",
		"hidden/uk.md":     tracked("https://shop.example"),
		"hidden/pl.sms.md": "https://shop.example",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, channel string
		data          map[string]any
		want          bool
	}{
		{"all", "telegram", nil, true}, {"all", "sms", nil, true},
		{"sometimes", "sms", map[string]any{"a": "1"}, true}, {"sometimes", "sms", nil, false},
		{"nosms", "telegram", nil, true}, {"nosms", "sms", nil, false},
		{"onlytg", "telegram", nil, true}, {"onlytg", "sms", nil, false},
		{"language", "sms", nil, false}, {"plain", "sms", nil, false}, {"nothing", "sms", nil, false},
		{"hidden", "sms", nil, false}, {"hidden", "telegram", nil, true},
	} {
		if got := s.Tracks(c.name, c.channel, c.data); got != c.want {
			t.Errorf("%s on %s with %v: %t", c.name, c.channel, c.data, got)
		}
	}
	if !s.CanTrack("sms") || load(t, "https://shop.example").CanTrack("sms") {
		t.Error("CanTrack is wrong")
	}
}

// The length that check and the engine count is that of the address that is sent.
func TestLengthsCountTheTrackedAddress(t *testing.T) {
	long := tracked("x https://shop.example/" + strings.Repeat("a", 100))
	o := options()
	o.Channels[1].MaxParts = 1
	if _, err := Load(o, Builtin(), folder("own", map[string]string{"t/uk.md": long})); err == nil {
		t.Error("without a public address the plain one is sent, and it is too long for one part")
	}
	o.Link = ourLink(0)
	if _, err := Load(o, Builtin(), folder("own", map[string]string{"t/uk.md": long})); err != nil {
		t.Error(err)
	}
	o.Link = ourLink(0) + strings.Repeat("a", 60)
	if _, err := Load(o, Builtin(), folder("own", map[string]string{"t/uk.md": tracked("https://a.example")})); err == nil {
		t.Error("a long public address does not count")
	}
}

// FuzzTarget: whatever the data, a tracked link leads to a page, and where the template names the host, to that host.
func FuzzTarget(f *testing.F) {
	for _, h := range hostile {
		f.Add(h, "https://shop.example/a?b=c#d")
	}
	f.Add("a", "https://крамниця.укр/?utm_source=x")
	f.Add("a", "http://a.example:80/\r\nb: c")
	s, err := Load(options(), Builtin(), folder("own", map[string]string{"t/uk.md": "+++\nbuttons = [{ text = 'b', url = 'https://button.example/{{.a}}' }]\n" +
		"[links]\ntrack = true\nutm = { campaign = '{{.a}}' }\n+++\n[x](https://text.example/{{.a}}?{{.a}}#{{.a}}) https://bare.example/{{.a}} [y]({{.b}})"}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		r, err := linksOf(t, s, map[string]any{"a": a, "b": b})
		var tooLong *TooLong
		var field *FieldError
		if errors.As(err, &tooLong) || errors.As(err, &field) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Links) < 3 || len(r.Links) > 4 { // the whole one may be one of the others
			t.Fatalf("%d links: %q", len(r.Links), r.Links)
		}
		hosts := map[string]bool{}
		for _, target := range r.Links {
			u, err := url.Parse(target)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || strings.ContainsAny(target, " \r\n\t\"<>\\") {
				t.Fatalf("a link leads to %q (%v)", target, err)
			}
			if _, ok := u.Query()["utm_campaign"]; !ok {
				t.Errorf("%q has no campaign", target)
			}
			hosts[u.Host] = true
		}
		for _, host := range []string{"text.example", "bare.example", "button.example"} {
			if !hosts[host] {
				t.Errorf("no link leads to %s: %q", host, r.Links)
			}
		}
		if problem := badTelegram(r.Markup); problem != "" {
			t.Fatalf("%s\n%s", problem, r.Markup)
		}
	})
}

// Every format sends the addresses of ours, as text, as a mark and in buttons, and never the plain ones.
func TestEveryFormatSendsTrackedLinks(t *testing.T) {
	o := options()
	o.Channels = everyFormat()
	s, err := Load(o, Builtin(), folder("own", map[string]string{"t/uk.md": "+++\nsubject = 's'\nbuttons = [{ text = 'b', url = 'https://shop.example/b' }]\n[links]\ntrack = true\nutm = {}\n+++\n# [x](https://shop.example/x)\n> https://shop.example/y_z_\n\n**https://shop.example/w**, <https://shop.example/v>\n"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, ch := range o.Channels {
		r, err := s.Render(Input{Template: "t", Channel: ch.Name, Format: ch.Format, Company: o.Company, Link: ourLink})
		if err != nil {
			t.Fatal(err)
		}
		all := r.Text + r.Markup
		for _, b := range r.Buttons {
			all += b.URL
		}
		if len(r.Links) != 5 || strings.Contains(all, "shop.example/") {
			t.Errorf("%s: %q leads to %q", ch.Name, all, r.Links)
		}
		for n, target := range r.Links {
			if !strings.Contains(all, ourLink(n)) || !strings.HasSuffix(target, "?utm_source=kaskad&utm_medium="+ch.Name) {
				t.Errorf("%s: link %d leads to %q and is not in %q", ch.Name, n, target, all)
			}
		}
	}
}

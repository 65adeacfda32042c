package sms

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kaskad/bots"
)

var update = flag.Bool("update", false, "write what the provider does into testdata/conversations")

// TestConversations reads testdata/conversations/NAME.txt, one file per preset: what is asked of the provider, what it answers or
// calls, and what is understood. Input and output stand in one file; -update rewrites the output:
//
//	=== a title, and perhaps lines with # behind it
//	send hello                     or: ask ID [PHONE], or: balance, or: nothing, for calls
//	--- request                    output: what goes out
//	--- answer 200 KIND            input: what comes back
//	--- answers KIND               input: one answer a line, each behind its status
//	--- call POST KIND [?QUERY]    input: what the provider calls; then its headers, an empty line, and the body
//	--- calls POST KIND [?QUERY]   input: one body a line
//	--- understood                 output: a line per answer or event
//
// The first block holds the operator's keys.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txt")
	if err != nil || len(files) != len(Presets()) {
		t.Fatalf("%d conversations for %d presets, %v", len(files), len(Presets()), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(raw)
			got := playAll(t, name, want)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("%s is not what happens; look at the difference and run with -update:\n%s", file, difference(want, got))
			}
		})
	}
}

// block is one exchange.
type block struct {
	title    string
	notes    []string
	verb     string
	sections []section // inputs
}

type section struct{ head, body string }

func parseBlocks(text string) (blocks []block) {
	for _, part := range strings.Split(text, "=== ")[1:] {
		lines := strings.Split(strings.TrimRight(part, "\n"), "\n")
		b := block{title: lines[0]}
		lines = lines[1:]
		for len(lines) > 0 && strings.HasPrefix(lines[0], "#") {
			b.notes, lines = append(b.notes, lines[0]), lines[1:]
		}
		if len(lines) > 0 && !strings.HasPrefix(lines[0], "--- ") {
			b.verb, lines = lines[0], lines[1:]
		}
		for _, s := range strings.Split("\n"+strings.Join(lines, "\n"), "\n--- ")[1:] {
			head, body, _ := strings.Cut(s, "\n")
			b.sections = append(b.sections, section{head, body})
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func (b block) input(kind string) (section, bool) {
	for _, s := range b.sections {
		if first, _, _ := strings.Cut(s.head, " "); first == kind {
			return s, true
		}
	}
	return section{}, false
}

// playAll plays a file and writes it anew.
func playAll(t *testing.T, preset, text string) string {
	blocks := parseBlocks(text)
	config, _ := blocks[0].input("config")
	cfg := configOf(t, "[[sms]]\nname = \"main\"\npreset = \""+preset+"\"\nprice = { amount = \"0.92\", currency = \"UAH\" }\n"+config.body)
	cfg.Country = "UA"
	var out strings.Builder
	for i, b := range blocks {
		if i > 0 {
			out.WriteString("\n")
		}
		fmt.Fprintf(&out, "=== %s\n", b.title)
		for _, note := range b.notes {
			fmt.Fprintln(&out, note)
		}
		if b.verb != "" {
			fmt.Fprintln(&out, b.verb)
		}
		put := func(head, body string) { fmt.Fprintf(&out, "--- %s\n%s\n", head, strings.TrimRight(body, "\n")) }
		if i == 0 {
			put("config", config.body)
			continue
		}
		play(t, cfg, b, put)
	}
	return out.String()
}

// play plays one block and puts down its sections.
func play(t *testing.T, cfg Config, b block, put func(head, body string)) {
	if !strings.Contains(b.title, "nobody can reach us") {
		cfg.ReportURL = bots.Secret("https://bots.example.com/in/sms/main/" + cfg.ReportSecret.Reveal())
	} else {
		cfg.Deaf = true
	}
	if s, ok := b.input("answer"); ok {
		status, kind, _ := strings.Cut(strings.TrimPrefix(s.head, "answer "), " ")
		request, understood := exchange(t, cfg, b.verb, status, kind, s.body)
		put("request", request)
		put(s.head, s.body)
		put("understood", understood)
		return
	}
	if s, ok := b.input("answers"); ok {
		var all []string
		for _, line := range strings.Split(strings.TrimSpace(s.body), "\n") {
			status, body, _ := strings.Cut(line, " ")
			_, understood := exchange(t, cfg, b.verb, status, strings.TrimPrefix(s.head, "answers "), body)
			all = append(all, understood)
		}
		put(s.head, s.body)
		put("understood", strings.Join(all, "\n"))
		return
	}
	if s, ok := b.input("call"); ok {
		head, body, _ := strings.Cut(s.body, "\n\n")
		if !strings.Contains(s.body, "\n\n") {
			head, body = "", s.body
		}
		put(s.head, s.body)
		put("understood", called(t, cfg, s.head, head, body))
		return
	}
	s, ok := b.input("calls")
	if !ok {
		t.Fatalf("%s: there is neither an answer nor a call", b.title)
	}
	var all []string
	for _, body := range strings.Split(strings.TrimSpace(s.body), "\n") {
		all = append(all, called(t, cfg, s.head, "", body))
	}
	put(s.head, s.body)
	put("understood", strings.Join(all, "\n"))
}

// exchange lets the provider ask a server that gives one answer.
func exchange(t *testing.T, cfg Config, verb, status, kind, answer string) (request, understood string) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request = dump(t, r)
		w.Header().Set("Content-Type", kind)
		var n int
		fmt.Sscan(status, &n)
		w.WriteHeader(n)
		io.WriteString(w, strings.TrimRight(answer, "\n"))
	}))
	defer srv.Close()
	cfg.APIURL = srv.URL
	p := newProvider(t, cfg)
	what, rest, _ := strings.Cut(verb, " ")
	switch what {
	case "send":
		got, err := p.Send(t.Context(), message(strings.ReplaceAll(rest, `\n`, "\n")))
		return request, outcome(err, fmt.Sprintf("accepted id=%s parts=%d", got.ID, got.Parts))
	case "ask":
		batch, err := p.Ask(t.Context(), awaitedOf(rest))
		return request, outcome(err, eventsOf(batch.Events))
	case "balance":
		m, err := p.Balance(t.Context())
		return request, outcome(err, "balance "+m.String())
	}
	t.Fatalf("%q is no verb", verb)
	return "", ""
}

// awaitedOf reads "ID,ID …".
func awaitedOf(ids string) (about []Awaited) {
	for i, id := range strings.FieldsFunc(ids, func(r rune) bool { return r == ',' }) {
		about = append(about, Awaited{ID: id, Step: step + bots.ID(i), Phone: anna})
	}
	return about
}

func outcome(err error, well string) string {
	if err != nil {
		return err.Error()
	}
	return well
}

func eventsOf(events []bots.Event) string {
	var all []string
	for _, e := range events {
		e.At = arrived // when we asked
		all = append(all, told(e))
	}
	return strings.Join(append(all, []string{"nothing"}[:btoi(len(all) == 0)]...), " | ")
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// called lets the provider read a call.
func called(t *testing.T, cfg Config, head, headers, body string) string {
	words := strings.Fields(head)
	call := bots.Call{Method: words[1], Header: http.Header{}, Body: []byte(strings.TrimRight(body, "\n")), At: arrived}
	for _, w := range words[2:] {
		if query, ok := strings.CutPrefix(w, "?"); ok {
			call.Query, _ = url.ParseQuery(query)
			continue
		}
		call.Header.Set("Content-Type", w)
	}
	for _, line := range strings.Split(headers, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			call.Header.Set(name, value)
		}
	}
	batch, err := newProvider(t, cfg).Parse(call)
	var all []string
	for _, e := range batch.Events {
		all = append(all, told(e))
	}
	if len(all) == 0 {
		all = []string{"nothing"}
	}
	if answer := string(batch.Answer.Body); answer != "" {
		all = append(all, fmt.Sprintf("answered %q", answer))
	}
	return outcome(err, strings.Join(all, " | "))
}

// dump is a request as it came, without what net/http adds.
func dump(t *testing.T, r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	lines := []string{r.Method + " " + r.RequestURI}
	var names []string
	for name := range r.Header {
		if !slices.Contains([]string{"Accept-Encoding", "User-Agent", "Content-Length", "Connection"}, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		lines = append(lines, name+": "+strings.Join(r.Header[name], ", "))
	}
	if len(body) > 0 {
		lines = append(lines, "", string(body))
	}
	return strings.Join(lines, "\n")
}

// difference shows the first lines that differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		switch {
		case i >= len(w):
			return "more: " + g[i]
		case i >= len(g):
			return "less: " + w[i]
		case w[i] != g[i]:
			return fmt.Sprintf("line %d\nfile %s\nnow  %s", i+1, w[i], g[i])
		}
	}
	return ""
}

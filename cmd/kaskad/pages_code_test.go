package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// Whatever the world may reach passes a proxy that is set up as the page shows, and what is secret of it does not stand in its log.
func TestProxiesOfThePageLetEverythingPass(t *testing.T) {
	t.Parallel()
	page := pages(t)["docs/webhooks.md"]
	told := between(t, page, "The public paths are", "nothing else")
	caddy := between(t, page, "\nbots.example.com {", "```")
	nginx := between(t, page, "\nserver {", "```")
	for _, route := range app.PublicPaths() {
		folder, whole := strings.CutSuffix(route, "/")
		want := [][2]string{{told, "`" + route + "`"}, {caddyLine(caddy, "@ours"), route}, {nginx, "location = " + route + " "}}
		if whole {
			inCaddy := route + "*"
			want = [][2]string{{told, "`" + route + "`"}, {caddyLine(caddy, "@ours"), inCaddy}, {caddyLine(caddy, "@secret"), inCaddy}, {nginxFolders(nginx), strings.TrimPrefix(folder, "/")}}
		}
		for _, w := range want {
			if !strings.Contains(w[0], w[1]) {
				t.Errorf("%s is public, and %q is not in %q", route, w[1], strings.TrimSpace(w[0]))
			}
		}
	}
}

func caddyLine(block, name string) string {
	return regexp.MustCompile(name + " path .*").FindString(block)
}

func nginxFolders(block string) string { return regexp.MustCompile(`\^/\((.*)\)/`).FindString(block) }

func between(t *testing.T, text, from, to string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, from)
	part, _, ended := strings.Cut(rest, to)
	if !ok || !ended {
		t.Fatalf("there is nothing between %q and %q", from, to)
	}
	return part
}

// Every module that we chose has its reason in the page about the architecture, and none is told of that is gone.
func TestEveryDependencyHasAReason(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(root + "go.mod")
	mustAll(t, err)
	_, table, ok := strings.Cut(pages(t)["docs/architecture.md"], "## Dependencies")
	if !ok {
		t.Fatal("the page has no heading of dependencies")
	}
	found := 0
	for line := range strings.Lines(string(mod)) {
		m := regexp.MustCompile(`^(?:require )?\s*([a-z0-9.-]+\.[a-z]+/\S+) v\S+\s*$`).FindStringSubmatch(line)
		if m == nil || strings.Contains(line, "// indirect") {
			continue
		}
		found++
		name := strings.TrimPrefix(strings.TrimPrefix(m[1], "github.com/"), "golang.org/")
		if !regexp.MustCompile(`[| ]`+regexp.QuoteMeta(name)+`\b`).MatchString(table) && !strings.Contains(table, m[1]) {
			t.Errorf("docs/architecture.md does not say why we need %s", m[1])
		}
	}
	if found < 20 {
		t.Fatalf("found only %d modules", found)
	}
}

// Every package has its line in the page about the architecture.
func TestEveryPackageHasALine(t *testing.T) {
	t.Parallel()
	page := between(t, pages(t)["docs/architecture.md"], "## Who may import whom", "\n## ")
	sources, err := filepath.Glob(root + "*/*.go")
	mustAll(t, err)
	for _, depth := range []string{"*/*/*.go", "*/*/*/*.go", "*/*/*/*/*.go"} {
		more, err := filepath.Glob(root + depth)
		mustAll(t, err)
		sources = append(sources, more...)
	}
	seen := map[string]bool{}
	for _, file := range sources {
		name := path.Dir(filepath.ToSlash(strings.TrimPrefix(file, root)))
		if seen[name] || strings.HasPrefix(name, ".") {
			continue // a folder that begins with a dot holds scripts
		}
		seen[name] = true
		shown := strings.Replace(name, "cmd/kaskad/internal/", "…/internal/", 1)
		if strings.HasPrefix(name, "bots/simulator/") {
			shown = "bots/simulator/*"
		}
		if !strings.Contains(page, "`"+shown+"`") {
			t.Errorf("docs/architecture.md has no line of %s", shown)
		}
	}
	if len(seen) < 20 {
		t.Fatalf("found only %d packages", len(seen))
	}
}

// Both READMEs lead to every page.
func TestREADMEsListEveryPage(t *testing.T) {
	t.Parallel()
	all := pages(t)
	for _, readme := range []string{"README.md", "README.uk.md"} {
		for name := range all {
			if strings.HasPrefix(name, "docs/") && !strings.Contains(all[readme], "]("+name+")") {
				t.Errorf("%s does not lead to %s", readme, name)
			}
		}
	}
}

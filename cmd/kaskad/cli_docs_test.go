package main

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestTheDocsHaveEveryCommand compares docs/cli.md with the table of commands, both ways, and looks whether every help has an example.
func TestTheDocsHaveEveryCommand(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	told := sections(string(raw))
	parser, err := kong.New(&commands{}, kong.Name("kaskad"), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	walk(parser.Model.Node, func(n *kong.Node) {
		name := n.FullPath()
		text, ok := told[name]
		delete(told, name)
		if !ok {
			t.Errorf("docs/cli.md has no %q", name)
			return
		}
		if !strings.Contains(n.Detail, "Example") || !strings.Contains(n.Detail, name) {
			t.Errorf("%s --help has no example", name)
		}
		if n.Leaf() && !strings.Contains(text, "\n    "+name) && !strings.Contains(text, "<("+name) {
			t.Errorf("docs/cli.md has no example of %s", name)
		}
		flagsAre(t, name, text, n)
	})
	for name := range told {
		t.Errorf("docs/cli.md has %q, which is not there", name)
	}
}

// flagsAre compares the flags and arguments that a section names with those of its command.
func flagsAre(t *testing.T, name, text string, n *kong.Node) {
	t.Helper()
	var named []string
	for _, flag := range regexp.MustCompile("`(--[a-z-]+)`").FindAllStringSubmatch(text, -1) {
		named = append(named, flag[1])
	}
	var have []string
	for _, f := range n.Flags {
		if f.Name == "help" {
			continue
		}
		have = append(have, "--"+f.Name)
		if !slices.Contains(named, "--"+f.Name) {
			t.Errorf("docs/cli.md does not tell of %s --%s", name, f.Name)
		}
	}
	for _, flag := range named {
		if !slices.Contains(have, flag) && n.Leaf() {
			t.Errorf("docs/cli.md tells of %s %s, which is not there", name, flag)
		}
	}
	for _, arg := range n.Positional {
		if !strings.Contains(text, strings.ToUpper(arg.Name)) {
			t.Errorf("docs/cli.md does not tell of %s %s", name, strings.ToUpper(arg.Name))
		}
	}
}

func walk(n *kong.Node, f func(*kong.Node)) {
	for _, child := range n.Children {
		if !child.Hidden {
			f(child)
			walk(child, f)
		}
	}
}

// sections are the parts of the page by the command they are about. A heading of another kind belongs to the command before it.
func sections(page string) map[string]string {
	all, now := map[string]string{}, ""
	for line := range strings.Lines(page) {
		if name := regexp.MustCompile(`^##+ (kaskad .+)\n`).FindStringSubmatch(line); name != nil {
			now = name[1]
		}
		if now != "" {
			all[now] += line
		}
	}
	return all
}

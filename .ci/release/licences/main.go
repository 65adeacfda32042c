// Command licences collects the licence texts of everything that is linked into a program for one target, and refuses what we may
// not pass on: a module without a licence, and one whose licence is not in the list here.
//
// It reads the module cache and the Go tree, as `go list` names them; it never asks the network what a licence is, and never
// takes a file's name for its text.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

func main() {
	goos := flag.String("os", runtime.GOOS, "the target's system")
	arch := flag.String("arch", runtime.GOARCH, "the target's processor")
	list := flag.Bool("list", false, "print modules and the names of their licences instead of texts")
	flag.Parse()
	if err := run(os.Stdout, *goos, *arch, *list, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, goos, arch string, list bool, packages []string) error {
	linked, err := modules(goos, arch, packages)
	if err != nil {
		return err
	}
	var faults []error
	found := make([][]text, len(linked))
	for i, m := range linked {
		if found[i], err = m.licences(); err != nil {
			faults = append(faults, err)
			continue
		}
		if !list && wholly(found[i]) {
			fmt.Fprintf(out, wholeUnder+"\n", m.Path)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	for i, m := range linked {
		write(out, m, found[i], list)
	}
	return nil
}

// wholly reports whether one of the licences is for whatever links its module.
func wholly(texts []text) bool {
	return slices.ContainsFunc(texts, func(t text) bool { return t.whole })
}

func write(out io.Writer, m *module, texts []text, list bool) {
	if list {
		var names []string
		for _, t := range texts {
			names = append(names, t.kinds...)
		}
		slices.Sort(names)
		fmt.Fprintf(out, "%s %s: %s\n", m.Path, m.Version, strings.Join(slices.Compact(names), ", "))
		return
	}
	fmt.Fprintf(out, "%s\n%s %s\nhttps://%s\n", strings.Repeat("=", 100), m.Path, m.Version, source(m))
	for _, t := range texts {
		fmt.Fprintf(out, "%s\n%s\n\n%s\n\n", strings.Repeat("-", 100), t.name, strings.TrimSpace(t.body))
	}
}

// source is where a module's source can be had, which some licences want to be told.
func source(m *module) string {
	if m.Path == goItself {
		return "go.dev/dl/"
	}
	return "proxy.golang.org/" + escaped(m.Path) + "/@v/" + escaped(m.Version) + ".zip"
}

// escaped writes a path as the module proxy wants it: capitals as an exclamation mark and the small letter.
func escaped(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('!')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// module is one that is linked, with the folders of its packages that are.
type module struct {
	Path, Version, Dir string
	folders            []string
}

// listed is what go list says of a package.
type listed struct {
	Dir      string
	Standard bool
	Module   *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path string }
	}
}

const goItself = "The Go standard library"

// modules are all that packages link for a target; the first is Go itself, whose library is in every program.
func modules(goos, arch string, packages []string) ([]*module, error) {
	cmd := exec.Command("go", append([]string{"list", "-deps", "-json=Dir,Standard,Module"}, packages...)...)
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+arch, "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	raw, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	tree, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	root := strings.TrimSpace(string(tree))
	all := []*module{{Path: goItself, Version: runtime.Version(), Dir: root, folders: []string{root}}}
	found := map[string]*module{}
	for decoder := json.NewDecoder(bytes.NewReader(raw)); ; {
		var p listed
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		if p.Module.Replace != nil {
			return nil, fmt.Errorf("%s is replaced by %s: a release takes modules as they are", p.Module.Path, p.Module.Replace.Path)
		}
		m := found[p.Module.Path]
		if m == nil {
			m = &module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir}
			found[m.Path] = m
			all = append(all, m)
		}
		m.folders = append(m.folders, p.Dir)
	}
	slices.SortFunc(all[1:], func(a, b *module) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// text is one licence file.
type text struct {
	name  string // in the module
	body  string
	kinds []string
	whole bool // it is for whatever links the module
}

// licences reads the licence files in the folders of linked packages and all above them, up to the module's own: a module may
// carry somebody else's package with a licence of its own.
func (m *module) licences() ([]text, error) {
	if m.Dir == "" {
		return nil, fmt.Errorf("%s is not in the module cache: run go mod download", m.Path)
	}
	var all []text
	seen := map[string]bool{}
	own := false
	for _, folder := range m.folders {
		for ; !seen[folder] && strings.HasPrefix(folder, m.Dir); folder = filepath.Dir(folder) {
			seen[folder] = true
			texts, err := read(m.Path, m.Dir, folder)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.Path, err)
			}
			all = append(all, texts...)
			own = own || folder == m.Dir && named(texts)
		}
	}
	if !own {
		return nil, fmt.Errorf("%s %s has no licence file: nobody may pass it on", m.Path, m.Version)
	}
	slices.SortFunc(all, func(a, b text) int { return strings.Compare(a.name, b.name) })
	return all, nil
}

// named reports whether some of the texts is a licence; a notice or a grant of patents alone is none.
func named(texts []text) bool {
	return slices.ContainsFunc(texts, func(t text) bool { return len(t.kinds) > 0 })
}

// read reads the licence files of one folder of a module.
func read(module, root, folder string) ([]text, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var all []text
	for _, e := range entries {
		kind := kindOfFile(e.Name())
		if e.IsDir() || kind == other {
			continue
		}
		body, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		name, err := filepath.Rel(root, filepath.Join(folder, e.Name()))
		if err != nil {
			return nil, err
		}
		t := text{name: filepath.ToSlash(name), body: string(body)}
		if kind == licence {
			if err := t.judge(module); err != nil {
				return nil, fmt.Errorf("%s: %w", t.name, err)
			}
		}
		all = append(all, t)
	}
	return all, nil
}

// judge names the licences that the text holds, if we may pass it on.
func (t *text) judge(module string) (err error) {
	e := exceptionOf(module, t.name, t.body)
	if e == nil {
		t.kinds, err = recognise(t.body)
		return err
	}
	if e.kind != "" {
		t.kinds = []string{e.kind}
	}
	t.whole = e.whole
	return nil
}

// fileKind is what the name of a file promises.
type fileKind int

const (
	other fileKind = iota
	licence
	addition // a notice that has to be passed on, or a grant of patents
)

func kindOfFile(name string) fileKind {
	base := strings.ToUpper(strings.TrimSuffix(strings.TrimSuffix(name, ".md"), ".txt"))
	switch {
	case strings.HasSuffix(strings.ToLower(name), ".go"):
		return other
	case strings.HasPrefix(base, "LICENSE"), strings.HasPrefix(base, "LICENCE"), strings.HasPrefix(base, "COPYING"), base == "UNLICENSE":
		return licence
	case base == "NOTICE", base == "PATENTS":
		return addition
	}
	return other
}

// Command mutations removes one safety rule at a time from the program, and looks whether the torture sees it.
//
// A mutation is a change of the sources that still builds. The mutant is built from the sources as they are, through an overlay: nothing in
// the tree is written. It is then tortured by a program that was built without it, whose oracle must find a broken rule.
//
// It keeps nothing, and ends with status 1 when a mutant lives.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// edit is one change: Old stands exactly once in File.
type edit struct{ File, Old, New string }

// mutation takes one rule away.
type mutation struct {
	Name  string
	Rules []string // of the oracle's, those that may see it
	Edits []edit
}

func main() {
	only := flag.String("run", "", "a regular expression: only mutations whose names it matches")
	kills := flag.Int("kills", 60, "how often each mutant is killed at most; it ends with the first rule that is broken")
	seed := flag.Uint64("seed", 1, "of the first gateway")
	flag.Parse()
	if err := run(*only, *kills, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "mutations:", err)
		os.Exit(1)
	}
}

func run(only string, kills int, seed uint64) error {
	which, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	root, err := root()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kaskad-mutations-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	torturer := filepath.Join(dir, "kaskad")
	if err := build(root, torturer, ""); err != nil {
		return err
	}
	var alive []string
	for _, m := range mutations {
		if !which.MatchString(m.Name) {
			continue
		}
		begun := time.Now()
		seen, err := try(root, dir, torturer, m, kills, seed)
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		if seen == "" {
			alive = append(alive, m.Name)
			seen = "LIVES: nothing was seen"
		}
		fmt.Printf("%-34s %5.0fs  %s\n", m.Name, time.Since(begun).Seconds(), seen)
	}
	if len(alive) > 0 {
		return fmt.Errorf("the torture does not see: %s", strings.Join(alive, ", "))
	}
	return nil
}

// root is the folder of the module.
func root() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	return filepath.Dir(strings.TrimSpace(string(out))), err
}

func build(root, to, overlay string) error {
	args := []string{"build", "-buildvcs=false", "-o", to}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, "./cmd/kaskad")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// mutate writes the changed files, and the overlay that names them.
func mutate(root, dir string, m mutation) (overlay string, err error) {
	replace := map[string]string{}
	texts := map[string]string{}
	for _, e := range m.Edits {
		path := filepath.Join(root, e.File)
		text, ok := texts[path]
		if !ok {
			raw, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			text = string(raw)
		}
		if n := strings.Count(text, e.Old); n != 1 {
			return "", fmt.Errorf("%s has %d times what is to be changed: the list of mutations wants its new words: %q", e.File, n, e.Old)
		}
		texts[path] = strings.Replace(text, e.Old, e.New, 1)
	}
	for path, text := range texts {
		to := filepath.Join(dir, fmt.Sprintf("%s-%d.go", m.Name, len(replace)))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[path] = to
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, m.Name+".json")
	return overlay, os.WriteFile(overlay, raw, 0o600)
}

// broken is a line in which the torture says which rule was broken.
var broken = regexp.MustCompile(`(?m)^([a-z-]+): .*$`)

// try builds a mutant and tortures it; the answer is the line that saw it, empty if none did. Without a line of a rule that may see it,
// whatever else went wrong is an error.
func try(root, dir, torturer string, m mutation, kills int, seed uint64) (string, error) {
	overlay, err := mutate(root, dir, m)
	if err != nil {
		return "", err
	}
	mutant := filepath.Join(dir, m.Name)
	if err := build(root, mutant, overlay); err != nil {
		return "", err
	}
	work := filepath.Join(dir, m.Name+"-work")
	if err := os.Mkdir(work, 0o700); err != nil {
		return "", err
	}
	out, err := exec.Command(torturer, "bench", "torture", "--program", mutant, "--dir", work, "--kills", fmt.Sprint(kills), "--seed", fmt.Sprint(seed)).CombinedOutput()
	if err == nil {
		return "", nil
	}
	if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		return "", err
	}
	for _, line := range broken.FindAllStringSubmatch(string(out), -1) {
		for _, rule := range m.Rules {
			if line[1] == rule {
				return strings.TrimSpace(line[0]), nil
			}
		}
	}
	return "", fmt.Errorf("it was not seen by %v, but: %s", m.Rules, out)
}

package templates

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
)

//go:embed builtin
var builtin embed.FS

const (
	maxFile     = 16 << 10 // a message has at most a few thousand characters
	phrasesFile = "phrases.toml"
)

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

// Layer is one folder of templates. Name is how faults call it.
type Layer struct {
	Name string
	FS   fs.FS

	builtIn   bool
	questions bool // Name is a file: see Questions
}

// Builtin is the layer that comes with the program.
func Builtin() Layer {
	sub, err := fs.Sub(builtin, "builtin")
	if err != nil {
		panic(err) // the folder is embedded: see above
	}
	return Layer{Name: "builtin", FS: sub, builtIn: true}
}

// Dir is the operator's folder.
func Dir(dir string) Layer { return Layer{Name: dir, FS: os.DirFS(dir)} }

// lay reads one layer and puts it over what the set has.
func (s *Set) lay(l Layer, o Options) {
	if l.questions {
		s.layQuestions(l)
		return
	}
	entries, err := fs.ReadDir(l.FS, ".")
	if err != nil {
		s.fault(l.Name, 0, "cannot read the folder: "+cause(err), "check [templates] dir and its permissions")
		return
	}
	s.layers++
	for _, e := range entries {
		name := e.Name()
		switch {
		case strings.HasPrefix(name, "."), strings.HasPrefix(name, "README"):
		case name == phrasesFile:
			s.layPhrases(l)
		case !isDir(l.FS, e, name):
			s.fault(path.Join(l.Name, name), 0, "a file outside a template's folder", "put it into a folder named after the template, or take it away")
		case !nameForm.MatchString(name):
			s.fault(path.Join(l.Name, name), 0, "not a name for a template", "use a-z, 0-9, - and _")
		default:
			s.layTemplate(l, name, o)
		}
	}
}

// layTemplate reads the variants of one folder and puts them over those of the layers below.
func (s *Set) layTemplate(l Layer, name string, o Options) {
	entries, err := fs.ReadDir(l.FS, name)
	if err != nil {
		s.fault(path.Join(l.Name, name), 0, "cannot read the folder: "+cause(err), "check its permissions")
		return
	}
	var upper []*variant
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || strings.HasSuffix(e.Name(), "~") {
			continue // what editors and systems leave behind
		}
		if v := s.readVariant(l, path.Join(name, e.Name()), o); v != nil {
			upper = append(upper, v)
		}
	}
	t := s.templates[name]
	if t == nil {
		t = &template{name: name, variants: map[key]*variant{}, example: map[string]any{}}
	}
	t.cover(upper, s.locale)
	if len(t.variants) > 0 {
		s.templates[name] = t
	}
}

// readVariant reads one file. Nil when it cannot be used: then there is a fault.
func (s *Set) readVariant(l Layer, file string, o Options) *variant {
	shown := path.Join(l.Name, file)
	base, isMarkdown := strings.CutSuffix(path.Base(file), ".md")
	if !isMarkdown {
		s.fault(shown, 0, "not a .md file", "variants are named <locale>.<channel>.md; take other files away")
		return nil
	}
	k, problem := parseKey(base, func(c string) bool { return isChannel(c) || o.channel(c) != nil })
	if problem != "" {
		s.fault(shown, 0, problem, "name it <locale>.<channel>.md, like uk.md, sms.md or uk.sms.md")
		return nil
	}
	text, err := fs.ReadFile(l.FS, file)
	if err != nil {
		s.fault(shown, 0, "cannot read it: "+cause(err), "check its permissions")
		return nil
	}
	v, faults := newVariant(shown, k, text)
	s.faults = append(s.faults, faults...)
	if len(faults) > 0 {
		return nil
	}
	v.layer, v.builtIn = s.layers, l.builtIn
	return v
}

// cover lays the variants of a higher layer over those the template has, see the package comment.
func (t *template) cover(upper []*variant, company string) {
	if len(upper) == 0 {
		return
	}
	for k, lower := range t.variants {
		if hidden(k, upper, company) || !fits(lower, upper) {
			delete(t.variants, k)
		}
	}
	for _, v := range upper {
		t.variants[v.key] = v
	}
}

// hidden tells whether a higher layer has words for all that the lower variant k was for.
func hidden(k key, upper []*variant, company string) bool {
	for _, u := range upper {
		sameLocale := u.key.locale == k.locale || k.locale == "" && within(u.key.locale, company) || u.key.locale == "" && within(k.locale, company)
		if sameLocale && (u.key.channel == "" || u.key.channel == k.channel) {
			return true
		}
	}
	return false
}

// fits tells whether a lower variant says the same as those above it: same needs, same purpose.
func fits(lower *variant, upper []*variant) bool {
	above := map[string]bool{}
	for _, u := range upper {
		if u.front.Purpose != "" && lower.front.Purpose != "" && u.front.Purpose != lower.front.Purpose {
			return false
		}
		for f, required := range u.fields {
			above[f] = above[f] || required
		}
	}
	for f, required := range lower.fields {
		if _, ok := above[f]; required && !ok {
			return false
		}
	}
	for f, required := range above {
		if _, ok := lower.fields[f]; required && !ok && lower.key.channel == "" {
			return false
		}
	}
	return true
}

// isDir follows links: mounted volumes are often made of them.
func isDir(fsys fs.FS, e fs.DirEntry, name string) bool {
	if e.IsDir() {
		return true
	}
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// cause leaves the path out of a file error: the fault names it.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

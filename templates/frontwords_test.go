package templates

import (
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// goWords are what only who reads the program knows.
var goWords = regexp.MustCompile(`struct|interface|\[\]|map\[|templates\.|front[A-Z]|decode|\bTOML (string|integer|array)`)

func TestAKeyOfTheWrongKindIsToldInWords(t *testing.T) {
	for name, c := range map[string]struct {
		matter, problem, fix string
		line                 int
	}{
		"a text for a table":          {`approved = "ok"`, `front matter: "approved" cannot be a text`, "[approved]", 2},
		"a list for a table":          {"[[approved]]\nname = \"a\"", `front matter: "approved" cannot be a list of tables, in double brackets`, "[approved]", 2},
		"a number for a text":         {"purpose = 5", `front matter: "purpose" cannot be a number`, `purpose = "service"`, 2},
		"a fraction for a text":       {"purpose = 1.5", `front matter: "purpose" cannot be a number`, `purpose = "service"`, 2},
		"a yes for a text":            {"subject = true", `front matter: "subject" cannot be true or false`, "subject = ", 2},
		"a date for an address":       {"image = 2020-01-01", `front matter: "image" cannot be a date`, "https://", 2},
		"a table for an address":      {"image = {a = 1}", `front matter: "image" cannot be a table`, "https://", 2},
		"a text for a list":           {`expect = "points > 0"`, `front matter: "expect" cannot be a text`, "list", 2},
		"a number in a list":          {"expect = [1]", `front matter: "expect" cannot be a number`, "list", 2},
		"a text for a yes":            {"purpose = \"service\"\ntransliterate = \"yes\"", `front matter: "transliterate" cannot be a text`, "transliterate = true", 3},
		"a number for a table":        {"example = 4", `front matter: "example" cannot be a number`, "[example]", 2},
		"a text for buttons":          {`buttons = ["Open"]`, `front matter: "buttons" cannot be a text`, "[[buttons]]", 2},
		"a number on a button":        {"[[buttons]]\ntext = \"a\"\n[[buttons]]\ntext = 1", `front matter: "buttons.text" cannot be a number`, "text = ", 5},
		"a channel for channels":      {"[[buttons]]\non = \"viber\"", `front matter: "buttons.on" cannot be a text`, `on = ["viber"]`, 3},
		"a yes for links":             {"links = true", `front matter: "links" cannot be true or false`, "[links]", 2},
		"a number for a yes":          {"[links]\ntrack = 1", `front matter: "links.track" cannot be a number`, "track = true", 3},
		"a number as a mark":          {"[links.utm]\nsource = 4", `front matter: "links.utm.source" cannot be a number`, "[links.utm]", 3},
		"a number for a name":         {"[approved]\nname = 3", `front matter: "approved.name" cannot be a number`, "bonus_added", 3},
		"a number for its buttons":    {"[approved]\nname = \"a\"\nbuttons = 3", `front matter: "approved.buttons" cannot be a number`, "[[approved.buttons]]", 4},
		"a text for a place":          {"[approved]\nname = \"a\"\n[[approved.buttons]]\nindex = \"x\"", `front matter: "approved.buttons.index" cannot be a text`, "index = 1", 5},
		"what is no TOML is told so":  {"purpose", "front matter: expected '=' after key", "key = value", 2},
		"a number that is too large":  {"example = {a = 99999999999999999999}", "front matter: decimal number is too large to fit in a 64-bit signed integer", "key = value", 2},
		"two things on one line, too": {"purpose = 5 5", "", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := parseFront(c.matter)
			if len(faults) != 1 {
				t.Fatalf("faults: %v, want one", faults)
			}
			f := faults[0]
			if c.problem != "" && f.Problem != c.problem || !strings.Contains(f.Fix, c.fix) || f.Line != c.line {
				t.Errorf("line %d: %s; %s\nwant line %d: %s; … %s …", f.Line, f.Problem, f.Fix, c.line, c.problem, c.fix)
			}
			if bad := goWords.FindString(f.Problem); bad != "" {
				t.Errorf("%q has %q, which is the program's", f.Problem, bad)
			}
		})
	}
}

// Whatever key has a value of the wrong kind, the fault says what it takes.
func TestEveryKeySaysWhatItTakes(t *testing.T) {
	for key := range frontTakes {
		name := key[strings.LastIndexByte(key, '.')+1:]
		matter := name + " = 2020-01-01"
		if table := strings.TrimSuffix(key, "."+name); table != key {
			brackets := "[" + table + "]"
			if strings.HasSuffix(table, "buttons") {
				brackets = "[" + brackets + "]"
			}
			matter = brackets + "\n" + matter
		}
		_, faults := parseFront(matter)
		if len(faults) != 1 || faults[0].Fix != frontTakes[key] {
			t.Errorf("%s: %v, want %q", key, faults, frontTakes[key])
		}
	}
}

func TestPhrasesOfTheWrongKindAreToldInWords(t *testing.T) {
	_, err := Load(Options{}, Layer{Name: "own", FS: fstest.MapFS{"phrases.toml": {Data: []byte("[uk]\nthanks = 5\n")}}})
	if err == nil || !strings.Contains(err.Error(), `own/phrases.toml:2`) || !strings.Contains(err.Error(), `"uk.thanks" cannot be a number`) || goWords.MatchString(err.Error()) {
		t.Errorf("it says %v", err)
	}
}

package app

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kaskad/fallback"
)

// groupsOf is a configuration with groups of staff, each of these lines.
func groupsOf(groups ...string) string {
	text := aBot + "staff_chat = \"-1009\"\n"
	for _, g := range groups {
		text += "[[staff.groups]]\n" + g + "\n"
	}
	return text
}

func TestStaffGroupsReachTheRules(t *testing.T) {
	cfg, faults := load(t, groupsOf(
		"name = \"viber\"\nchannels = [\"viber\", \"sms\"]\nlanguages = [\"uk_UA\", \"RU\", \"eng\"]\nattributes = { city = \"Львів\" }\nchat = \"-1001234567890\"",
		"name = \"2-night\"",
	))
	if faults.Errors() {
		t.Fatal(faults)
	}
	want := []fallback.StaffGroup{
		{Name: "viber", Channels: []string{"viber", "sms"}, Languages: []string{"uk-UA", "ru", "en"}, Attributes: map[string]string{"city": "Львів"}, Chat: "-1001234567890"},
		{Name: "2-night"},
	}
	if got := cfg.Staff.rules().Groups; !reflect.DeepEqual(got, want) {
		t.Errorf("the rules have\n%+v, want\n%+v", got, want)
	}
	if cfg, _ := load(t, aBot); cfg.Staff.rules().Groups != nil {
		t.Errorf("without any the rules have %+v", cfg.Staff.rules().Groups)
	}
}

// Everything that is wrong with groups is said at once, at the line where it stands, with what to write instead.
func TestStaffGroupsThatAreNone(t *testing.T) {
	const mine = "name = \"a\"\n"
	for name, c := range map[string]struct {
		text string
		want []string // KEY: a word of the problem
	}{
		"without a name":                {groupsOf("channels = [\"telegram\"]"), []string{"[0].name: --group"}},
		"called as the first":           {groupsOf(`name = "main"`), []string{"[0].name: first group"}},
		"a name with a capital":         {groupsOf(`name = "Viber"`), []string{"[0].name: no name of a group"}},
		"a name in letters of ours":     {groupsOf(`name = "львів"`), []string{"[0].name: no name of a group"}},
		"a name that reads as a flag":   {groupsOf(`name = "-a"`), []string{"[0].name: no name of a group"}},
		"a name that is too long":       {groupsOf(`name = "` + strings.Repeat("a", 33) + `"`), []string{"[0].name: no name of a group"}},
		"two of one name":               {groupsOf(mine, `name = "b"`, mine), []string{"[2].name: two groups"}},
		"a channel that is mistyped":    {groupsOf(mine + `channels = ["telegram", "vibre"]`), []string{"[0].channels[1]: did you mean \"viber\""}},
		"a channel where nobody writes": {groupsOf(mine + `channels = ["email"]`), []string{"[0].channels[0]: on which customers write"}},
		"a language that is none":       {groupsOf(mine + `languages = ["uk", "ukrainian!"]`), []string{"[0].languages[1]: no language"}},
		"an empty language":             {groupsOf(mine + `languages = [""]`), []string{"[0].languages[0]: no language"}},
		"an attribute without a value":  {groupsOf(mine + `attributes = { city = " " }`), []string{"[0].attributes: the value"}},
		"an attribute without a name":   {groupsOf(mine + `attributes = { "" = "x" }`), []string{"[0].attributes: an attribute of a contact"}},
		"an attribute that is no text":  {groupsOf(mine + `attributes = { points = 5 }`), []string{"[0].attributes: cannot be an integer"}},
		"a person":                      {groupsOf(mine + `chat = "42"`), []string{"[0].chat: --group a"}},
		"the first group's chat":        {groupsOf(mine + `chat = "-1009"`), []string{"[0].chat: [telegram] staff_chat"}},
		"one chat of two":               {groupsOf(mine+`chat = "-1005"`, "name = \"b\"\nchat = \"-1005\""), []string{"[1].chat: two groups"}},
		"a key that there is not":       {groupsOf(mine + `channel = "sms"`), []string{"staff.groups.channel: unknown key"}},
		"several things at once":        {groupsOf("name = \"B\"\nchat = \"x\"", "name = \"main\"\nlanguages = [\"5\"]"), []string{"[0].name: no name", "[0].chat: --group B", "[1].name: first", "[1].languages[0]: no language"}},
		"one too many":                  {groupsOf(named(mostGroups + 1)...), []string{"[20]: at most 20"}},
		"as many as there may be":       {groupsOf(named(mostGroups)...), nil},
	} {
		_, faults := load(t, c.text)
		faults = slices.DeleteFunc(faults, func(f Fault) bool { return f.Warning })
		if len(faults) != len(c.want) {
			t.Errorf("%s: %d faults, want %d:\n%v", name, len(faults), len(c.want), faults)
			continue
		}
		for i, want := range c.want {
			key, word, _ := strings.Cut(want, ": ")
			if f := faults[i]; f.Line < 4 || !strings.HasSuffix(f.Key, key) || !strings.Contains(f.Problem, word) {
				t.Errorf("%s: %v, want one at %s with %q", name, f, key, word)
			}
		}
	}
}

// named are groups with nothing but a name.
func named(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("name = \"g%d\"", i))
	}
	return all
}

// What may be meant, and yet does nothing, is a warning.
func TestStaffGroupsThatGetNothing(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a channel that is off":                  {groupsOf("name = \"a\"\nchannels = [\"viber\"]"), "staff.groups[0].channels[0]: viber is switched off"},
		"the same conversations as another":      {groupsOf("name = \"a\"\nchannels = [\"telegram\", \"sms\"]", "name = \"b\"\nchannels = [\"sms\", \"telegram\"]"), "staff.groups[1]: takes the same conversations as group \"a\""},
		"the same, spelt otherwise":              {groupsOf("name = \"a\"\nlanguages = [\"uk-UA\"]", "name = \"b\"\nlanguages = [\"UK_ua\"]"), "staff.groups[1]: takes the same conversations as group \"a\""},
		"without Telegram":                       {"[[staff.groups]]\nname = \"a\"\n", "staff.groups[0]: groups of staff are in Telegram"},
		"two that share what nobody else takes":  {groupsOf("name = \"a\"", "name = \"b\"\nchannels = []"), ""},
		"two of which the first takes only some": {groupsOf("name = \"a\"\nlanguages = [\"uk\"]\nattributes = { city = \"Львів\" }", "name = \"b\"\nlanguages = [\"uk\"]"), ""},
	} {
		_, faults := load(t, c.text)
		if faults.Errors() {
			t.Errorf("%s: %v", name, faults)
		}
		said := ""
		for _, f := range faults {
			if strings.HasPrefix(f.Key, "staff.groups") {
				said += f.String() + "\n"
			}
		}
		if c.want == "" && said != "" || !strings.Contains(said, c.want) {
			t.Errorf("%s: %q, want %q", name, said, c.want)
		}
	}
}

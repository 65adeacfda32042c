package app

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/fallback"
	"kaskad/templates"
)

// groupName is what a group may be called: it stands in commands, and beside other words in what the API tells.
var groupName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

func (l *loader) staffGroups(cfg *Config, on map[string]fallback.Channel) {
	groups := cfg.Staff.Groups
	if len(groups) == 0 {
		return
	}
	if len(groups) > mostGroups {
		l.add(groupKey(mostGroups), "is one too many: at most %d beside the first", mostGroups)
	}
	if _, is := on[bots.Telegram]; !is {
		l.warn(groupKey(0), "groups of staff are in Telegram, which is switched off: nobody answers there until it has a token")
	}
	for i := range groups {
		l.groupNamed(groups, i)
		l.groupTakes(groupKey(i), &groups[i], on)
		l.groupChat(cfg, i)
	}
	l.groupsAlike(groups)
}

func groupKey(i int) string { return fmt.Sprintf("staff.groups[%d]", i) }

func (l *loader) groupNamed(groups []StaffGroup, i int) {
	key, name := groupKey(i)+".name", groups[i].Name
	switch {
	case name == "":
		l.add(key, "write what the group is called, such as viber: kaskad staff code --group viber binds it")
	case name == fallback.MainGroup:
		l.add(key, "%q is what the first group is called: write another name", name)
	case !groupName.MatchString(name):
		l.add(key, "%q is no name of a group: write up to 32 of a-z, 0-9 and -, a letter or digit first", name)
	case slices.ContainsFunc(groups[:i], func(g StaffGroup) bool { return g.Name == name }):
		l.add(key, "%q is the name of two groups: each needs its own", name)
	}
}

// groupTakes looks at whose conversations the group takes.
func (l *loader) groupTakes(key string, g *StaffGroup, on map[string]fallback.Channel) {
	for i, channel := range g.Channels {
		l.groupChannel(fmt.Sprintf("%s.channels[%d]", key, i), channel, on)
	}
	for i, tag := range g.Languages {
		if t, err := language.Parse(tag); err != nil || t == language.Und {
			l.add(fmt.Sprintf("%s.languages[%d]", key, i), "%q is no language: write uk, ru, en or another BCP 47 tag", tag)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Attributes)) {
		if strings.TrimSpace(name) == "" || strings.TrimSpace(g.Attributes[name]) == "" {
			l.add(key+".attributes", "%q = %q: write an attribute of a contact, as in PUT /v1/contacts, and the value that it has", name, g.Attributes[name])
		}
	}
}

// groupChannel: customers write on all channels that are built.
func (l *loader) groupChannel(key, channel string, on map[string]fallback.Channel) {
	all := slices.DeleteFunc(bots.Channels(), func(c string) bool { return c == bots.Email })
	if slices.Contains(all, channel) {
		if _, is := on[channel]; !is {
			l.warn(key, "%s is switched off: nobody writes there", channel)
		}
		return
	}
	near := ""
	if is := templates.Nearest(channel, all); is != "" {
		near = fmt.Sprintf(" (did you mean %q?)", is)
	}
	l.add(key, "%q is no channel on which customers write%s: write %s", channel, near, strings.Join(all, ", "))
}

// groupChat: what stands there is a group, and no other room of the team.
func (l *loader) groupChat(cfg *Config, i int) {
	key, g := groupKey(i)+".chat", &cfg.Staff.Groups[i]
	switch {
	case g.Chat == "":
	case !telegram.IsGroup(g.Chat):
		l.add(key, "%q is no group: its id is a number below 0, such as -1001234567890; or leave it out and bind the group with kaskad staff code --group %s", g.Chat, cmp.Or(g.Name, "NAME"))
	case g.Chat == cfg.Telegram.StaffChat:
		l.add(key, "%s is the first group, as [telegram] staff_chat says: write another one", g.Chat)
	case slices.ContainsFunc(cfg.Staff.Groups[:i], func(o StaffGroup) bool { return o.Chat == g.Chat }):
		l.add(key, "%s is the chat of two groups: each needs its own", g.Chat)
	}
}

// groupsAlike warns of a group whose every conversation another one takes first. Those that name nothing share theirs.
func (l *loader) groupsAlike(groups []StaffGroup) {
	for i := range groups {
		for j := range groups[:i] {
			if takes := groups[i].takes(); !reflect.DeepEqual(takes, fallback.StaffGroup{}) && reflect.DeepEqual(takes, groups[j].takes()) {
				l.warn(groupKey(i), "takes the same conversations as group %q, which comes first: it gets any only while nobody has bound that one", groups[j].Name)
				break
			}
		}
	}
}

// takes is whose conversations the group takes, without which group it is.
func (g *StaffGroup) takes() fallback.StaffGroup {
	all := fallback.StaffGroup{Channels: sortedOrNone(g.Channels), Languages: sortedOrNone(tags(g.Languages))}
	if len(g.Attributes) > 0 {
		all.Attributes = g.Attributes
	}
	return all
}

// tags are languages as their standard spells them, however somebody wrote them: "ukr" is "uk".
func tags(languages []string) (all []string) {
	for _, tag := range languages {
		all = append(all, language.Make(tag).String())
	}
	return all
}

func sortedOrNone(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(list))
}

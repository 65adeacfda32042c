package inbox

import "strings"

// browserName is what a browser calls itself, in a word or two.
func browserName(agent string) string {
	name := ""
	for _, b := range []struct{ mark, name string }{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	} {
		if strings.Contains(agent, b.mark) {
			name = b.name
			break
		}
	}
	for _, o := range []struct{ mark, name string }{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	} {
		if name != "" && strings.Contains(agent, o.mark) {
			return name + ", " + o.name
		}
	}
	if name == "" { // a program
		name, _, _ = strings.Cut(agent, "/")
		r := []rune(name)
		name = string(r[:min(len(r), 40)])
	}
	return name
}

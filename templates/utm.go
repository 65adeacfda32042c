package templates

import (
	"net/url"
	"slices"
	"strings"
)

// What utm has where nothing is written: who sends, and the channel.
const (
	utmSource = "source"
	utmMedium = "medium"
	ourSource = "kaskad"
)

// utmNames are the parameters that analytics know, see https://support.google.com/analytics/answer/10917952.
func utmNames() []string {
	return []string{utmSource, utmMedium, "campaign", "term", "content", "id", "source_platform", "creative_format", "marketing_tactic"}
}

// param is one utm parameter. A program without pieces is the channel's name.
type param struct {
	name  string
	value program
}

// compileUTM reads utm; in the order of utmNames, whatever the order in the file.
func compileUTM(written map[string]string, matter string, b *body) ([]param, []Fault) {
	if written == nil {
		return nil, nil
	}
	var faults []Fault
	for _, name := range keys(written) {
		if !slices.Contains(utmNames(), name) {
			faults = append(faults, Fault{Line: lineOf(matter, name) + 1, Problem: "front matter: unknown utm parameter " + quote(name), Fix: didYouMean(Nearest(name, utmNames()), "they are "+strings.Join(utmNames(), ", "))})
		}
	}
	var params []param
	for _, name := range utmNames() {
		value, given := written[name]
		if !given && name == utmSource {
			value = ourSource
		}
		if !given && value == "" && name != utmMedium {
			continue
		}
		p := param{name: "utm_" + name}
		if given || value != "" {
			var more []Fault
			p.value, more = compileParam(name, value, lineOf(matter, name)+1, b)
			faults = append(faults, more...)
		}
		params = append(params, p)
	}
	return params, faults
}

// compileParam compiles the value of one parameter: words and fields, each percent-encoded.
func compileParam(name, value string, line int, b *body) (program, []Fault) {
	fault := func(problem, fix string) (program, []Fault) {
		return program{}, []Fault{{Line: line, Problem: "front matter: utm " + name + problem, Fix: fix}}
	}
	const fix = "write words and fields, {{.name}}"
	switch {
	case strings.TrimSpace(value) == "":
		return fault(" is empty", "take it out, or write a word")
	case strings.Contains(value, "{{if"):
		return fault(" asks with {{if}}", fix)
	}
	raw, faults := buttonText(value, line, b)
	if len(faults) > 0 {
		return fault(" cannot be read: "+faults[0].Problem, fix)
	}
	for _, s := range addressSlots(raw, b.slots) {
		if !s.field || s.shape != "" {
			return fault(" has "+s.String(), fix)
		}
	}
	w := &writer{marks: plainMarks()}
	eachPiece(raw, func(literal string, slot int) {
		if slot >= 0 {
			w.ops = append(w.ops, op{slot: slot, place: asLinkPart})
		} else {
			w.literal(linkPart(literal))
		}
	})
	return program{w.marks, w.ops}, nil
}

// withUTM adds the parameters to an address. What it has already stays, also where that is a parameter of the same name.
func (l *trackedLinks) withUTM(address string, v *values) (string, error) {
	if len(l.utm) == 0 {
		return address, nil
	}
	rest, fragment, hasFragment := strings.Cut(address, "#")
	page, query, _ := strings.Cut(rest, "?")
	has := parameters(query)
	for i := range l.utm {
		p := &l.utm[i]
		if slices.Contains(has, p.name) {
			continue
		}
		value, err := p.print(l.channel, v)
		if err != nil {
			return "", err
		}
		if query != "" && !strings.HasSuffix(query, "&") {
			query += "&"
		}
		query += p.name + "=" + value
	}
	if query != "" {
		page += "?" + query
	}
	if hasFragment {
		page += "#" + fragment
	}
	return page, nil
}

func (p *param) print(channel string, v *values) (string, error) {
	if len(p.value.ops) == 0 {
		return linkPart(channel), nil
	}
	value, _, err := p.value.run(v)
	return value, err
}

// parameters lists the names of a query, as a server reads them.
func parameters(query string) []string {
	var names []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil {
			name = plain
		}
		names = append(names, strings.ToLower(name))
	}
	return names
}

package templates

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Approved is a message as a template that WhatsApp has approved: it alone may begin a talk there. The words are WhatsApp's copy; here
// is what fills their places.
type Approved struct {
	Name     string
	Language string // as WhatsApp writes it: "uk", "en_US"
	Header   string // address of the picture; empty: none
	Body     []ApprovedField
	Buttons  []ApprovedButton
}

// ApprovedField fills one place; without a name it is its place by number.
type ApprovedField struct{ Name, Text string }

// ApprovedButton fills one button: URL is put behind its address, Data is the answer that it sends.
type ApprovedButton struct {
	Index     int
	URL, Data string
}

// frontApproved is [approved] of the front matter.
type frontApproved struct {
	Name     string                `toml:"name"`
	Language string                `toml:"language"` // empty: the file's
	Header   string                `toml:"header"`
	Body     any                   `toml:"body"` // a list, or a table of names
	Buttons  []frontApprovedButton `toml:"buttons"`
}

type frontApprovedButton struct {
	Index *int   `toml:"index"` // nil: its place in the list
	URL   string `toml:"url"`
	Data  string `toml:"data"`
}

// approved is a compiled one.
type approved struct {
	name, language string
	header         *image // nil: none
	body           []approvedPlace
	buttons        []approvedButton
}

type approvedPlace struct {
	name string
	text program
}

type approvedButton struct {
	index int
	url   program
	data  string
}

const (
	cloudChannel       = "whatsapp_cloud"
	maxApprovedButtons = 10
	inApproved         = "front matter: [approved] "
)

var (
	approvedName     = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	approvedLanguage = regexp.MustCompile(`^[a-z]{2,3}(_[A-Za-z]{2,4})?$`)
	placeName        = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
)

// approvedReader compiles [approved]; its fields become slots of the body.
type approvedReader struct {
	matter string
	body   *body
	faults []Fault
}

func (r *approvedReader) fault(snippet, problem, fix string) {
	r.faults = append(r.faults, Fault{Line: lineOf(r.matter, snippet) + 1, Problem: inApproved + problem, Fix: fix})
}

// compileApproved reads [approved] of a file for a channel; nil when there is none.
func compileApproved(f *frontApproved, channel, matter string, b *body) (*approved, []Fault) {
	if f == nil {
		return nil, nil
	}
	r := &approvedReader{matter: matter, body: b}
	if channel != "" && channel != cloudChannel {
		r.fault("[approved]", "in a file for "+channel, "only "+cloudChannel+" has approved templates: write it into a file for that, or for all channels")
	}
	if !approvedName.MatchString(f.Name) {
		r.fault(firstOf(f.Name, "[approved]"), "needs the name of the template at WhatsApp", `write name = "bonus_added": small letters, digits and _`)
	}
	if f.Language != "" && !approvedLanguage.MatchString(f.Language) {
		r.fault(f.Language, "language "+quote(f.Language)+" is none of WhatsApp's", `write it as WhatsApp does, like "uk" or "en_US"`)
	}
	got := &approved{name: f.Name, language: f.Language, header: r.header(f.Header), body: r.places(f.Body), buttons: r.buttons(f.Buttons)}
	return got, r.faults
}

func (r *approvedReader) header(address string) *image {
	img, faults := compileImage(address, r.matter, r.body)
	for _, f := range faults {
		f.Line = lineOf(r.matter, "header") + 1
		f.Problem = strings.Replace(f.Problem, "front matter: ", inApproved+"header: ", 1)
		f.Fix = strings.Replace(f.Fix, "Viber takes", "WhatsApp takes", 1)
		r.faults = append(r.faults, f)
	}
	return img
}

// places reads the values of the body: a list by number, or a table by name.
func (r *approvedReader) places(body any) (list []approvedPlace) {
	switch body := body.(type) {
	case nil:
	case []any:
		for _, value := range body {
			list = append(list, r.place("", value))
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(body)) {
			if !placeName.MatchString(name) {
				r.fault(name, "a place named "+quote(name), "WhatsApp names places with small letters, digits and _")
			}
			list = append(list, r.place(name, body[name]))
		}
	default:
		r.fault("body", "body is no list", `write body = ["{{.points}}"], or body = { points = "{{.points}}" }`)
	}
	return list
}

func (r *approvedReader) place(name string, value any) approvedPlace {
	text, isText := value.(string)
	if !isText || strings.TrimSpace(text) == "" {
		r.fault("body", "a place of the body that is no text", `write a text with a field: "{{.points}}"`)
		return approvedPlace{}
	}
	raw := r.text(text, "the body")
	w := &writer{marks: whatsappMarks()}
	w.text(raw, false)
	return approvedPlace{name, program{w.marks, w.ops}}
}

// text puts placeholders for the fields of a value.
func (r *approvedReader) text(text, where string) string {
	line := lineOf(r.matter, text) + 1
	raw, faults := buttonText(text, line, r.body)
	for _, f := range faults {
		f.Problem = strings.Replace(f.Problem, "in a button", "in "+where+" of [approved]", 1)
		r.faults = append(r.faults, f)
	}
	if slices.Contains(addressSlots(raw, r.body.slots), wordSlot(wayOutWord)) {
		r.fault(text, "{{way_out}} in "+where, "the approved template has a way out of its own: a sentence, or a button")
	}
	return raw
}

func (r *approvedReader) buttons(list []frontApprovedButton) (got []approvedButton) {
	for i, f := range list {
		b := approvedButton{index: i, data: f.Data}
		if f.Index != nil {
			b.index = *f.Index
		}
		snippet := firstOf(f.URL, f.Data, "buttons")
		if b.index < 0 || b.index >= maxApprovedButtons || slices.ContainsFunc(got, func(have approvedButton) bool { return have.index == b.index }) {
			r.fault(snippet, "a button whose place is taken, or none of 0 to 9", "count the buttons of the template from 0")
		}
		if (f.URL == "") == (f.Data == "") {
			r.fault(snippet, "a button needs either url or data", `write { url = "{{.code}}" } for what comes behind its address, or { data = "more" } for its answer`)
		}
		if len(f.Data) > maxButtonData || strings.ContainsAny(f.Data, "{}") || !isPrintableASCII(f.Data) {
			r.fault(snippet, "data of a button is at most 32 plain ASCII characters, without fields", "use a short word, like again")
		}
		b.url = r.behind(f.URL)
		got = append(got, b)
	}
	return got
}

// behind reads what is put behind the address of a button: every value in it is one piece of the address.
func (r *approvedReader) behind(text string) program {
	raw := r.text(text, "a button")
	for _, s := range addressSlots(raw, r.body.slots) {
		if s.shape != "" {
			r.fault(text, s.String()+" in a button", "write {{."+s.name+"}}: an address has no language")
		}
	}
	w := &writer{marks: plainMarks()}
	eachPiece(raw, func(literal string, slot int) {
		if slot >= 0 {
			w.ops = append(w.ops, op{slot: slot, place: asLinkPart})
			return
		}
		w.literalAt(escapeAddress(literal), asLink)
	})
	return program{w.marks, w.ops}
}

// programs are those that a file has besides its text.
func (a *approved) programs() (list []*program) {
	if a == nil {
		return nil
	}
	if a.header != nil {
		list = append(list, &a.header.url)
	}
	for i := range a.body {
		list = append(list, &a.body[i].text)
	}
	for i := range a.buttons {
		list = append(list, &a.buttons[i].url)
	}
	return list
}

// approvedOf fills the places of the approved template; nil when there is none.
func (v *variant) approvedOf(vals *values, company string) (*Approved, error) {
	a := v.approved
	if a == nil {
		return nil, nil
	}
	out := &Approved{Name: a.name, Language: firstOf(a.language, cloudLanguage(v.locale(company)))}
	if a.header != nil {
		address, err := vals.picture(a.header)
		if err != nil {
			return nil, err
		}
		out.Header = address
	}
	for i := range a.body {
		text, _, err := a.body[i].text.write(vals)
		if err != nil {
			return nil, err
		}
		out.Body = append(out.Body, ApprovedField{a.body[i].name, inOneLine(text)})
	}
	for _, b := range a.buttons {
		url, _, err := b.url.run(vals)
		if err != nil {
			return nil, err
		}
		out.Buttons = append(out.Buttons, ApprovedButton{b.index, url, b.data})
	}
	return out, nil
}

// inOneLine writes a value without line ends, tabs and runs of spaces, which WhatsApp takes in no place.
func inOneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' }), " ")
}

// cloudLanguage is a locale as WhatsApp writes it: "en_US".
func cloudLanguage(locale string) string {
	language, region, _ := strings.Cut(locale, "-")
	switch {
	case region == "":
		return language
	case len(region) == 2:
		region = strings.ToUpper(region)
	}
	return language + "_" + region
}

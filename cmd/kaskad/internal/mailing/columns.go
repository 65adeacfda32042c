package mailing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/sheet"
	"kaskad/templates"
)

// Letter is the message, as far as it is the same for everybody.
type Letter struct {
	Template, Text, Cascade, Purpose string
	Data                             map[string]string
	SendAt                           time.Time
	Key                              string // of the whole list; empty: made of the message and the list's name
	List                             string // the name of the list: the same row of another list is another message
}

// Wanted is a delivery as the API takes it.
type Wanted struct {
	To       string            `json:"to"`
	Template string            `json:"template,omitempty"`
	Text     string            `json:"text,omitempty"`
	Data     map[string]string `json:"data,omitempty"`
	Cascade  string            `json:"cascade,omitempty"`
	Purpose  string            `json:"purpose,omitempty"`
	SendAt   time.Time         `json:"send_at,omitzero"`
	Key      string            `json:"key,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Known is what a list is read against.
type Known struct {
	Fields  []templates.Field // of the template; none for free text
	Country string            // for phones without a country code
	Ignore  bool              // columns that mean nothing are no fault
}

// Columns turns the rows of a list into deliveries.
type Columns struct {
	letter Letter
	known  Known
	id     string
	to     []column // whoever it is, the first that is not empty
	fields []column
}

type column struct {
	at       int
	name     string
	required bool
}

// toColumn holds whole REFs; the others the part behind the colon.
const toColumn = "to"

// kinds are the names of columns that say to whom.
func kinds() []string { return append([]string{toColumn, "id", "ext", "phone"}, bots.Channels()...) }

// NewColumns finds out what the columns of a list mean.
func NewColumns(l Letter, header []string, known Known) (*Columns, error) {
	c := &Columns{letter: l, known: known, id: l.digest()}
	taken := map[string]bool{}
	for i, name := range header {
		if err := c.add(i, name, taken); err != nil {
			return nil, err
		}
	}
	if len(c.to) == 0 {
		return nil, fmt.Errorf("no column says to whom: name one %s (a REF such as ext:C-100), or phone, ext, telegram", toColumn)
	}
	slices.SortStableFunc(c.to, func(a, b column) int { // whole REFs first
		return btoi(b.name == toColumn) - btoi(a.name == toColumn)
	})
	for _, f := range known.Fields {
		if _, constant := l.Data[f.Name]; f.Required && !constant && !taken[f.Name] {
			return nil, fmt.Errorf("template %q needs %q: name a column so, or write --var %s=…", l.Template, f.Name, f.Name)
		}
	}
	return c, nil
}

func btoi(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (c *Columns) add(i int, name string, taken map[string]bool) error {
	names := kinds()
	field := slices.IndexFunc(c.known.Fields, func(f templates.Field) bool { return strings.EqualFold(f.Name, name) })
	kind := slices.IndexFunc(names, func(k string) bool { return strings.EqualFold(k, name) })
	if kind >= 0 && field >= 0 && taken[toColumn] {
		kind = -1 // whom is said already: it is the field of that name
	}
	switch {
	case kind >= 0:
		name = names[kind]
		c.to = append(c.to, column{at: i, name: name})
	case field >= 0:
		f := c.known.Fields[field]
		name = f.Name
		if _, twice := c.letter.Data[name]; twice {
			return fmt.Errorf("%s is a column and --var %s: take one of them away", name, name)
		}
		c.fields = append(c.fields, column{i, name, f.Required})
	case strings.EqualFold(name, sheet.ProblemColumn), c.known.Ignore:
		return nil
	case name == "":
		return fmt.Errorf("column %d has no name; name it, take it away, or write --ignore-columns", i+1)
	default:
		return fmt.Errorf("column %q means nothing%s; take it away, or write --ignore-columns", name, c.near(name))
	}
	if taken[name] {
		return fmt.Errorf("column %q stands twice", name)
	}
	taken[name] = true
	return nil
}

func (c *Columns) near(name string) string {
	names := kinds()
	for _, f := range c.known.Fields {
		names = append(names, f.Name)
	}
	if near := templates.Nearest(strings.ToLower(name), names); near != "" {
		return fmt.Sprintf(", did you mean %q?", near)
	}
	if c.letter.Template == "" {
		return ": free text has no fields"
	}
	return fmt.Sprintf(": template %q has no such field", c.letter.Template)
}

// Delivery is what a row asks for, with its key.
func (c *Columns) Delivery(cells []string) (Wanted, error) {
	w := Wanted{Template: c.letter.Template, Text: c.letter.Text, Cascade: c.letter.Cascade, Purpose: c.letter.Purpose, SendAt: c.letter.SendAt}
	to, err := c.whom(cells)
	if err != nil {
		return w, err
	}
	w.To = to
	if len(c.fields)+len(c.letter.Data) > 0 {
		w.Data = map[string]string{}
	}
	maps.Copy(w.Data, c.letter.Data)
	for _, f := range c.fields {
		value := cells[f.at]
		if value == "" && f.required {
			return w, fmt.Errorf("%s is empty", f.name)
		}
		if value != "" {
			w.Data[f.name] = value
		}
	}
	sum := hash(w)
	w.Key = "file-" + c.id + "-" + hex.EncodeToString(sum[:12])
	w.Metadata = map[string]string{"file": c.id}
	return w, nil
}

// whom is the REF of a row, as it is always written: two spellings of a number are one person.
func (c *Columns) whom(cells []string) (string, error) {
	for _, col := range c.to {
		value := cells[col.at]
		if value == "" {
			continue
		}
		if col.name != toColumn && col.name != "id" {
			value = col.name + ":" + value
		}
		ref, err := bots.ParseRef(value, c.known.Country)
		if err != nil {
			return "", fmt.Errorf("%s: %s", col.name, strings.TrimPrefix(err.Error(), col.name+": "))
		}
		return ref.String(), nil
	}
	return "", errors.New("nobody is named")
}

// ID is the same for every run of the same message to the same list; deliveries have it as metadata file.
func (c *Columns) ID() string { return c.id }

// digest leaves the name out where a key says what is the same.
func (l Letter) digest() string {
	if l.Key != "" {
		l.List = ""
	}
	sum := hash(l)
	return hex.EncodeToString(sum[:6])
}

// hash is of a value's JSON, in which the names of maps are sorted.
func hash(v any) [sha256.Size]byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and times: they always marshal
	}
	return sha256.Sum256(raw)
}

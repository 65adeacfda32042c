package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/templates"
)

// Wish is what whoever imports has said about the list.
type Wish struct {
	Map     map[string]string // heading → field
	Source  string            // where people gave their consent, for rows that do not say it
	Words   string            // what they agreed to, for rows that do not say it
	Version string            // of those words
	Unknown string            // what to do with columns that mean nothing: Refuse, Ignore, Attributes; empty: Refuse, or what the export wants
	Zone    *time.Location    // of dates
}

// What to do with columns that mean nothing.
const (
	Refuse     = "refuse"
	Ignore     = "ignore"
	Attributes = "attributes"
)

// Columns turns the rows of a list into changes of people.
type Columns struct {
	wish  Wish
	cols  []column
	Yespo bool     // the list is an export of theirs
	Notes []string // what whoever imports should know
}

type column struct {
	at      int
	heading string
	field   string
}

// NewColumns finds out what the columns of a list mean.
func NewColumns(header []string, wish Wish) (*Columns, error) {
	c := &Columns{wish: wish, Yespo: slices.ContainsFunc(header, func(h string) bool { return fromYespo(folded(h)) })}
	if c.wish.Unknown == "" {
		c.wish.Unknown = Refuse
		if c.Yespo {
			c.wish.Unknown = Attributes
			c.Notes = append(c.Notes, "the columns are those of a Yespo (eSputnik) export: what has no place of its own becomes an attribute; no yes is taken from it")
		}
	}
	if err := c.mapped(header); err != nil {
		return nil, err
	}
	for i, heading := range header {
		field, err := c.fieldOf(i, heading)
		if err != nil {
			return nil, err
		}
		if field != fieldSkip {
			c.cols = append(c.cols, column{i, heading, field})
		}
	}
	c.settleKey()
	return c, c.check()
}

// mapped refuses a --map of a column that there is not, or to a field that there is not.
func (c *Columns) mapped(header []string) error {
	for heading, field := range c.wish.Map {
		if !slices.Contains(header, heading) {
			return fmt.Errorf("--map: there is no column %q%s", heading, near(heading, header))
		}
		if !slices.Contains(fields(), field) && (!strings.HasPrefix(field, attribute) || field == attribute) {
			return fmt.Errorf("--map: %q is no field%s; the fields are %s, and attr.NAME", field, near(field, fields()), strings.Join(fields(), ", "))
		}
	}
	return nil
}

func near(word string, words []string) string {
	if found := templates.Nearest(word, words); found != "" {
		return fmt.Sprintf(", did you mean %q?", found)
	}
	return ""
}

func (c *Columns) fieldOf(i int, heading string) (string, error) {
	if field, ok := c.wish.Map[heading]; ok {
		return field, nil
	}
	if field := meaning(heading); field != "" {
		return field, nil
	}
	word := folded(heading)
	switch {
	case c.Yespo && (word == "contact key" || word == "contactkey"):
		return contactKey, nil
	case heading == "" && c.wish.Unknown == Refuse:
		return "", fmt.Errorf("column %d has no name; name it, take it away, or write --columns ignore", i+1)
	case heading == "", c.wish.Unknown == Ignore:
		return fieldSkip, nil
	case c.wish.Unknown == Attributes:
		return attribute + heading, nil
	}
	return "", fmt.Errorf("column %q means nothing%s; say what it is with --map %q, or keep all such columns with --columns attributes, or leave them out with --columns ignore",
		heading, nearHeading(word), heading+"=attr.name")
}

func nearHeading(word string) string {
	words := fields()
	for _, list := range headings() {
		words = append(words, list...)
	}
	slices.Sort(words)
	return near(word, words)
}

// contactKey is Yespo's place for an id of another system, which the external id came after: it is the external id unless that is there.
const contactKey = "contact key"

func (c *Columns) settleKey() {
	key := slices.IndexFunc(c.cols, func(col column) bool { return col.field == contactKey })
	if key < 0 {
		return
	}
	if c.has(fieldExt) {
		c.cols[key].field = attribute + c.cols[key].heading
	} else {
		c.cols[key].field = fieldExt
	}
}

func (c *Columns) has(field string) bool {
	return slices.ContainsFunc(c.cols, func(col column) bool { return col.field == field })
}

// heading is what the list calls a field; empty: it has none.
func (c *Columns) heading(field string) string {
	for _, col := range c.cols {
		if col.field == field {
			return col.heading
		}
	}
	return ""
}

// naming are the fields that say who a row is about.
func naming(field string) bool {
	switch field {
	case fieldRef, fieldExt, fieldPhone:
		return true
	}
	return messenger(field)
}

// check refuses lists of nobody, and columns that stand twice.
func (c *Columns) check() error {
	seen := map[string]string{}
	for _, col := range c.cols {
		first, twice := seen[col.field]
		if twice && strings.EqualFold(first, col.heading) {
			return fmt.Errorf("two columns are called %q: call one of them otherwise in the first row, such as %q, and say what it is or leave it out with --map", first, col.heading+" 2")
		}
		if twice {
			return fmt.Errorf("columns %q and %q are both %s: leave one out with --map %q", first, col.heading, col.field, col.heading+"=skip")
		}
		seen[col.field] = col.heading
	}
	if !slices.ContainsFunc(c.cols, func(col column) bool { return naming(col.field) }) {
		return errors.New(`no column says who people are: name one external_id, phone or telegram, or say which it is: --map "Картка=external_id"`)
	}
	c.noteDays()
	return nil
}

// noteDays tells of consents that no column gives a day.
func (c *Columns) noteDays() {
	if c.has(consentField("", partAt)) {
		return
	}
	for _, col := range c.cols {
		if channel, part := consentPart(col.field); part == partState && !c.has(consentField(channel, partAt)) {
			c.Notes = append(c.Notes, fmt.Sprintf("no column says when a consent was given (marketing_at): rows with a yes in %q will be refused", col.heading))
		}
	}
}

// Meanings are the columns with what each is taken for.
func (c *Columns) Meanings() map[string]string {
	all := map[string]string{}
	for _, col := range c.cols {
		all[col.heading] = col.field
	}
	return all
}

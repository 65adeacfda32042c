package contacts

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"kaskad/bots"
)

// maxVersion is how long the name of a version of a text may be, in bytes.
const maxVersion = 100

// firstYear is the first of which a consent is taken. What programs write for a day that they do not know lies before it: 0001, 1899, 1900,
// 1970. A yes of such a day has no proof, and a no of it would lose to any yes.
const firstYear = 2000

// check refuses consents that could not be kept.
func (c *ConsentsChange) check(now time.Time) error {
	if c == nil {
		return nil
	}
	for _, channel := range slices.Sorted(maps.Keys(c.Channels)) {
		if wrong := checkChannel(channel); wrong != "" {
			return unfit("consents.channels", "consents.channels: %s.", wrong)
		}
		told := c.Channels[channel]
		if err := told.check("consents.channels."+channel, now); err != nil {
			return err
		}
	}
	if err := c.Marketing.check("consents.marketing", now); err != nil {
		return err
	}
	return c.All.check("consents.all", now)
}

func (told *ConsentChange) check(field string, now time.Time) error {
	if told == nil {
		return nil
	}
	switch {
	case told.State != "given" && told.State != denied:
		return unfit(field+".state", "%s.state: write given or denied.", field)
	case told.State == "given" && (told.At.IsZero() || strings.TrimSpace(told.Source) == ""):
		return unfit(field, "A consent that was given needs at and source: when the person said so, and where.")
	case told.At.After(now.Add(maxAhead)):
		return unfit(field+".at", "A consent cannot be said in the future: write the day on which the person said so, %d or later and not after now.", firstYear)
	case !told.At.IsZero() && told.At.Year() < firstYear: // by the clocks by which it was written
		return unfit(field+".at", "A consent cannot be of the year %d: write the day on which the person said so, %d or later and not after now.", told.At.Year(), firstYear)
	case checkShort(told.Source) != "":
		return unfit(field+".source", "source: %s.", checkShort(told.Source))
	case len(told.Words) > bots.MaxWords || strings.ContainsFunc(told.Words, hides):
		return unfit(field+".words", "words: at most %d bytes, without control characters.", bots.MaxWords)
	case len(told.Version) > maxVersion || checkShort(told.Version) != "":
		return unfit(field+".version", "version: at most %d bytes, without control characters.", maxVersion)
	}
	return nil
}

// hides are characters that words need not have; those that end a line may stand.
func hides(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// apply tells a contact what changed.
func (c *ConsentsChange) apply(to *bots.Contact, at telling) {
	if c == nil {
		return
	}
	if told := c.Marketing; told != nil && told.news(to.Marketing) {
		to.Tell(told.consent(at))
	}
	for channel, told := range c.Channels {
		if told.news(to.ConsentOn(channel)) {
			to.TellOn(channel, told.consent(at))
		}
	}
	if told := c.All; told != nil && told.news(to.All) {
		to.TellAll(told.consent(at))
	}
}

// telling is who tells consents, when, and what the source is of those that name none.
type telling struct {
	by, source string
	now        time.Time
}

// news reports whether what is told is to be weighed at all: a person's own no stands whatever is told, and a no without a time, which
// is of now, tells nothing to whom has one. Nor does the same no without a source: it would have another one in tomorrow's list.
func (told *ConsentChange) news(have bots.Consent) bool {
	switch {
	case have.State != bots.Denied:
		return true
	case have.ByPerson:
		return false
	case told.State != denied:
		return true
	}
	same := told.Source == "" && told.At.UTC().Truncate(time.Microsecond).Equal(have.At) && cmp.Or(told.Words, have.Words) == have.Words && cmp.Or(told.Version, have.Version) == have.Version
	return !told.At.IsZero() && !same
}

func (told *ConsentChange) consent(at telling) bots.Consent {
	c := bots.Consent{State: bots.Given, At: told.At.UTC(), Source: cmp.Or(told.Source, at.source, "api"), Words: told.Words, Version: told.Version, By: at.by}
	if told.State == denied {
		c.State = bots.Denied
	}
	if told.At.IsZero() {
		c.At = at.now.UTC()
	}
	return c
}

// FromList is the source of consents that a row of a list tells without one. Row 0 is none. A long name is cut at its end.
func (c *Checked) FromList(list string, row int) {
	place := ""
	if row > 0 {
		place = ":" + strconv.Itoa(row)
	}
	name := list[:min(len(list), maxShort-len("list:")-len(place))]
	c.source = "list:" + strings.ToValidUTF8(name, "") + place
}

const denied = "denied"

package contacts

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"kaskad/bots"
)

// maxVersion is how long the name of a version of a text may be, in bytes.
const maxVersion = 100

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
		return unfit(field+".at", "A consent cannot be said in the future.")
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

// apply tells a contact what changed. By is who tells it.
func (c *ConsentsChange) apply(to *bots.Contact, by string, now time.Time) {
	if c == nil {
		return
	}
	if told := c.Marketing; told != nil && told.news(to.Marketing) {
		to.Tell(told.consent(by, now))
	}
	for channel, told := range c.Channels {
		if told.news(to.ConsentOn(channel)) {
			to.TellOn(channel, told.consent(by, now))
		}
	}
	if told := c.All; told != nil && told.news(to.All) {
		to.TellAll(told.consent(by, now))
	}
}

// news reports whether what is told is to be weighed at all: a person's own no stands whatever is told, and a no without a time, which
// is of now, tells nothing to whom has one.
func (told *ConsentChange) news(have bots.Consent) bool {
	return have.State != bots.Denied || !have.ByPerson && !(told.State == denied && told.At.IsZero())
}

func (told *ConsentChange) consent(by string, now time.Time) bots.Consent {
	c := bots.Consent{State: bots.Given, At: told.At.UTC(), Source: told.Source, Words: told.Words, Version: told.Version, By: by}
	if told.State == denied {
		c.State = bots.Denied
	}
	if told.At.IsZero() {
		c.At = now.UTC()
	}
	if c.Source == "" {
		c.Source = "api"
	}
	return c
}

const denied = "denied"

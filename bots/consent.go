package bots

import (
	"slices"
	"time"
	"unicode/utf8"
)

// Consent is what a person allowed, who said so and when. The zero value is unknown.
type Consent struct {
	State  ConsentState
	At     time.Time
	Source string // "api", "list:people.csv:12", "keyword:стоп", "block:telegram", "stop:whatsapp_cloud" (at the messenger itself), "page"
	// ByPerson: said by the person, not told by the retailer. Only the person lifts such a denial.
	ByPerson bool
	Words    string // what the person wrote, or what the form said that the person sent; at most MaxWords bytes
	Version  string // which version of those words
	By       string // who told it: "key:crm", "import:people.csv:12"; empty: the person
	Line     int    // the Statement that says how it came about; 0: it is from before there were any
	// Everything: of a word at a number, that it is about service messages, too.
	Everything bool
}

// MaxWords is how many bytes of what was said are kept.
const MaxWords = 500

// ConsentState is one of unknown, given, denied.
type ConsentState uint8

// The states of a consent.
const (
	Unknown ConsentState = iota
	Given
	Denied
)

var consentStates = [...]string{"unknown", "given", "denied"}

func (s ConsentState) String() string { return consentStates[s] }

// ConsentOn is what a person allowed on one channel.
type ConsentOn struct {
	Channel string
	Consent
}

// Same reports whether two consents are one, wherever they are written down.
func (c Consent) Same(as Consent) bool {
	c.Line, as.Line = 0, 0
	c.At, as.At = kept(c.At), kept(as.At)
	return c == as
}

// adds reports whether what is told again says more than is known.
func (c *Consent) adds(told *Consent) bool {
	same := told.State == c.State && kept(told.At).Equal(kept(c.At)) && told.Source == c.Source
	return !same || told.Words != "" && told.Words != c.Words || told.Version != "" && told.Version != c.Version
}

// kept is a time as stores keep it.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// own reports whether a consent is the person's own word.
func (c Consent) own(state ConsentState) bool { return c.State == state && c.ByPerson }

// tell lays what the retailer tells over what is known: the later one wins, a no of the same moment stands, and so does a person's
// own no, against whatever is told.
func (c *Consent) tell(told Consent) (changed bool) {
	switch {
	case told.State == Unknown || !c.adds(&told) || told.At.Before(c.At):
		return false
	case c.own(Denied) && told.State == Given:
		return false
	case c.State == Denied && told.State == Given && told.At.Equal(c.At):
		return false
	}
	told.ByPerson = told.ByPerson || told.State == Denied && c.own(Denied)
	told.Line = 0
	*c = told
	return true
}

// Tell takes a consent to marketing on all channels that the retailer tells.
func (c *Contact) Tell(told Consent) (changed bool) { return c.Marketing.tell(told) }

// TellAll takes a no to everything that the retailer tells, or that such a no is lifted. It is a no to marketing as well.
func (c *Contact) TellAll(told Consent) (changed bool) {
	if changed = c.All.tell(told); changed && told.State == Denied {
		c.Marketing.tell(told)
	}
	return changed
}

// TellOn takes a consent to marketing on one channel that the retailer tells.
func (c *Contact) TellOn(channel string, told Consent) (changed bool) {
	have := c.ConsentOn(channel)
	if changed = have.tell(told); changed {
		c.putOn(channel, have)
	}
	return changed
}

// ConsentOn is what is known of a channel by itself.
func (c *Contact) ConsentOn(channel string) Consent {
	for _, on := range c.On {
		if on.Channel == channel {
			return on.Consent
		}
	}
	return Consent{}
}

// RefuseOn notes a no to marketing on one channel that stands whatever is known.
func (c *Contact) RefuseOn(channel string, no Consent) { c.putOn(channel, no) }

// StandOn lets what was known of one channel stand.
func (c *Contact) StandOn(channel string, was Consent) { c.putOn(channel, was) }

// putOn sets what is known of a channel by itself, in the order of Channels.
func (c *Contact) putOn(channel string, said Consent) {
	var all []ConsentOn
	for _, name := range Channels() {
		on := ConsentOn{Channel: name, Consent: c.ConsentOn(name)}
		if name == channel {
			on.Consent = said
		}
		if on.State != Unknown {
			all = append(all, on)
		}
	}
	c.On = all
}

// Silent reports whether the person said no to everything.
func (c *Contact) Silent() bool { return c.All.State == Denied }

// Allows reports whether marketing may be sent on some channel. Unknown counts as a yes only where the operator wrote opt-out.
func (c *Contact) Allows(optOut bool) bool {
	return c.allows(optOut) || c.Marketing.State == Unknown && !c.Silent() && slices.ContainsFunc(c.On, func(on ConsentOn) bool { return on.State == Given })
}

func (c *Contact) allows(optOut bool) bool {
	return !c.Silent() && (c.Marketing.State == Given || optOut && c.Marketing.State == Unknown)
}

// AllowsOn reports whether marketing may be sent on a channel: the strictest word wins.
func (c *Contact) AllowsOn(channel string, optOut bool) bool {
	switch c.ConsentOn(channel).State {
	case Denied:
		return false
	case Given:
		return c.allows(true) // what is said of one channel is enough there, where nothing is known of all
	}
	return c.allows(optOut)
}

// Permit is the consent that lets marketing go on a channel; the zero value: none, the operator's opt-out does.
func (c *Contact) Permit(channel string) Consent {
	if c.Marketing.State == Given {
		return c.Marketing
	}
	if on := c.ConsentOn(channel); on.State == Given {
		return on
	}
	return Consent{}
}

// Bounded cuts words where they would be too long to be kept, between letters.
func Bounded(words string) string {
	if len(words) <= MaxWords {
		return words
	}
	words = words[:MaxWords-len("…")]
	for len(words) > 0 && !utf8.ValidString(words) {
		words = words[:len(words)-1]
	}
	return words + "…"
}

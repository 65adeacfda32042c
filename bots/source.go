package bots

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Source is where people come from by a link that is used again and again: a shop, a till, the site, a receipt.
type Source struct {
	Code     string            // what the links carry; short, because it is printed
	Name     string            // for staff: "Shop 7, till 3"
	Kind     string            // a word: shop, till, site, receipt
	Tags     map[string]string // of the operator's
	Channels []string          // those that its page and its sheet offer; empty: all that are on
	Created  time.Time
	Changed  time.Time
	Retired  time.Time // zero: it is in use
}

// Bounds of a source.
const (
	MinSourceCode = 3
	MaxSourceCode = 32
	MaxSourceName = 100 // letters
	MaxSourceKind = 32
	MaxSourceTags = 8
	MaxSourceTag  = 64 // bytes of a tag's name, and of its value
	MaxSources    = 10_000
)

// SourceSMS is the source of the links in texts that invite people to a bot. Nobody makes it, and nobody else can have its code.
const SourceSMS = "sms"

// TestSource begins the codes of test keys, and no others: the page of a code is then of one side for sure.
const TestSource = "test-"

// Came is by which source, and where, a person came.
type Came struct {
	Source, Channel string
	At              time.Time
}

// Offers reports whether a source offers a channel.
func (s *Source) Offers(channel string) bool {
	return len(s.Channels) == 0 || slices.Contains(s.Channels, channel)
}

// Faulty says which field cannot be as it is; nil: all can.
func (s *Source) Faulty() *SourceFault {
	switch {
	case strings.TrimSpace(s.Name) == "":
		return &SourceFault{"name", "A source needs a name that staff know it by, as \"Shop 7, till 3\"."}
	case utf8.RuneCountInString(s.Name) > MaxSourceName || !printable(s.Name):
		return &SourceFault{"name", fmt.Sprintf("A name is one line of at most %d letters, without control characters and marks that turn the direction of writing.", MaxSourceName)}
	case len(s.Kind) > MaxSourceKind || !wordly(s.Kind):
		return &SourceFault{"kind", fmt.Sprintf("A kind is one word of small letters a-z, digits, - and _, at most %d of them: shop, till, site, receipt.", MaxSourceKind)}
	case !SourceCode(s.Code):
		return &SourceFault{"code", fmt.Sprintf("A code has %d to %d small letters a-z, digits and -, and begins and ends with none of the -: shop7-till3.", MinSourceCode, MaxSourceCode)}
	case s.Code == SourceSMS:
		return &SourceFault{"code", "The code sms stands for the links in texts: choose another one."}
	}
	return s.faultyTags()
}

func (s *Source) faultyTags() *SourceFault {
	if len(s.Tags) > MaxSourceTags {
		return &SourceFault{"tags", fmt.Sprintf("There are %d tags; a source has at most %d.", len(s.Tags), MaxSourceTags)}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Tags)) {
		value := s.Tags[name]
		if name == "" || len(name) > MaxSourceTag || len(value) > MaxSourceTag || !printable(name) || !printable(value) {
			return &SourceFault{"tags", fmt.Sprintf("The tag %.64q cannot be kept: a tag's name and its value have at most %d bytes each, on one line, and the name has one at least.", name, MaxSourceTag)}
		}
	}
	return nil
}

// SourceFault is what is wrong with a field of a source, and what would be accepted.
type SourceFault struct{ Field, Problem string }

func (f *SourceFault) Error() string { return f.Field + ": " + f.Problem }

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func wordly(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_') })
}

// SourceCode reports whether a word has the form of a source's code. That of a one-time link never has: its letters are large.
func SourceCode(s string) bool {
	return len(s) >= MinSourceCode && len(s) <= MaxSourceCode && wordly(s) && !strings.Contains(s, "_") && s[0] != '-' && s[len(s)-1] != '-'
}

// maxPayload is what Telegram lets a link carry: https://core.telegram.org/bots/features#deep-linking
const maxPayload = 64

// Payload reports whether a word can be what a link of ours carried.
func Payload(s string) bool {
	return s != "" && len(s) <= maxPayload && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

// WayMark stands before a code in a message that a link wrote for the person.
const WayMark = "#"

// WayText is the message that a wa.me link writes: what people say, and the code behind it.
func WayText(hello, code string) string { return hello + " " + WayMark + code }

// WayIn finds the code that a link wrote behind a person's first message, where links can carry nothing else; rest is what stands before
// it. The person sees the text, and may change it.
func WayIn(text string) (code, rest string) {
	text = strings.TrimSpace(text)
	i := strings.LastIndexFunc(text, unicode.IsSpace)
	code, marked := strings.CutPrefix(strings.TrimSpace(text[i+1:]), WayMark)
	if i < 0 || !marked || !Payload(code) {
		return "", text
	}
	return code, strings.TrimSpace(text[:i])
}

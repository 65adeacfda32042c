package fallback

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/templates"
)

// Ask is a delivery as a caller words it, before anything of it is checked.
type Ask struct {
	To       string            // REF
	Template string            // or Text
	Data     map[string]any    // numbers as json.Number
	Text     string            // instead of a template
	Cascade  string            // a name; empty: the purpose's
	Steps    *CascadeConfig    // instead of a name
	Purpose  string            // empty: the template's
	SendAt   time.Time         // zero: now
	Key      string            // idempotency key; empty: none
	Metadata map[string]string // at most 4 of 64 bytes each
	Scope    string            // whose keys: idempotency keys of one caller do not meet another's
	By       string            // who asks, as the delivery shows it
	Admin    bool              // may send free text as urgent
	// Conversation makes it an answer to the person's own message; only the program itself asks so.
	Conversation bool
	Channel      string       // Conversation: where the person wrote; empty: the messenger used last
	Chat         bots.Address // Conversation: the chat where the person wrote; zero: the best on the channel
	Then         string       // Conversation: the channel after that one, where it does not take it; empty: none
	Place        bots.Address // Conversation: where exactly on its channel, whoever's it is; zero: Chat
	Author       string       // staff
	ReplyTo      bots.ID
	AskContact   bool
	Choices      []bots.Button // offered under the text, besides the template's own buttons
	// Conversation: a one-time code that stands in Data as a mask; see codes_seal.go.
	Sealed []byte
	// Conversation: after so long it is worth nothing to the person, and is not sent; zero: a day.
	Within time.Duration
}

// Invalid is an ask that cannot become a delivery: a stable code, the field, and what to do.
type Invalid struct {
	Code   string
	Field  string
	Detail string
}

func (e *Invalid) Error() string { return e.Detail }

func invalid(code, field, format string, args ...any) *Invalid {
	detail := fmt.Sprintf(format, args...)
	if strings.HasSuffix(detail, "..") {
		detail = detail[:len(detail)-1] // an example that ends a sentence has its own full stop
	}
	return &Invalid{Code: code, Field: field, Detail: detail}
}

// thenWait is how long an answer waits for an outcome that is not known before it goes another way.
const thenWait = 30 * time.Second

// Limits of an ask.
const (
	maxKey      = 200
	maxText     = 10_000
	maxData     = 16 << 10
	maxMetadata = 4
	maxMetaLen  = 64
	maxSendAt   = 366 * 24 * time.Hour
)

// Intake turns asks into requests: it knows the templates, the cascades and the channels.
type Intake struct {
	Templates *templates.Set
	Cascades  map[string]Cascade
	Channels  map[string]Channel
	WhenDown  map[string]DownPolicy // what the operator wrote about channels that take nothing, by cascade
	Country   string                // for phones without a country code
	WayOut    bool                  // marketing carries a link to stop it
}

// Request checks an ask and makes it a request. The error is *Invalid or an error of package templates.
func (in *Intake) Request(a Ask, now time.Time) (*Request, error) {
	to, err := ReadRef(a.To, "to", in.Country)
	if err != nil {
		return nil, err
	}
	purpose, err := in.purpose(&a)
	if err != nil {
		return nil, err
	}
	cascade, err := in.cascade(&a, purpose)
	if err != nil {
		return nil, err
	}
	if err := bounds(&a, now); err != nil {
		return nil, err
	}
	if err := in.stoppable(&a, purpose, cascade); err != nil {
		return nil, err
	}
	data, err := in.data(&a, cascade)
	if err != nil {
		return nil, err
	}
	if err := in.clickable(&a, cascade); err != nil {
		return nil, err
	}
	skip, err := in.expected(&a)
	if err != nil {
		return nil, err
	}
	chat, exact := a.Chat, false
	if a.Place.ID != "" {
		chat, exact = a.Place, true
	}
	req := &Request{
		To: to, Given: a.To, Purpose: purpose, Template: a.Template, Text: a.Text, Data: data, Cascade: cascade, SendAt: a.SendAt,
		Metadata: a.Metadata, Author: a.Author, By: a.By, ReplyTo: a.ReplyTo, AskContact: a.AskContact, Choices: a.Choices, Chat: chat, Exact: exact, Sealed: a.Sealed, Same: digest(a.Template, a.Text, string(data)), Skip: skip,
	}
	if a.Key != "" {
		req.Key, req.Body = keyOf(&a), in.body(&a)
	}
	return req, nil
}

func (in *Intake) purpose(a *Ask) (Purpose, error) {
	if (a.Template == "") == (a.Text == "") {
		return 0, invalid("template_or_text", "template", "Write either a template or a text.")
	}
	if a.Conversation {
		return Conversation, nil
	}
	if a.Purpose == "conversation" {
		return 0, invalid("invalid_purpose", "purpose", "Only the program itself answers with purpose conversation; write service, marketing or urgent.")
	}
	own, templated := Service, a.Template != ""
	if templated {
		p, err := in.Templates.Purpose(a.Template)
		if err != nil {
			return 0, err
		}
		own = purposeOf(p)
	}
	if a.Purpose == "" {
		if !templated {
			return 0, invalid("purpose_missing", "purpose", "Free text must name its purpose: service, marketing or urgent.")
		}
		return own, nil
	}
	asked, err := ParsePurpose(a.Purpose)
	if err != nil {
		return 0, invalid("invalid_purpose", "purpose", "%v.%s", err, didYouMean(a.Purpose, purposes[:Conversation]))
	}
	if asked == Urgent && own != Urgent && !a.Admin {
		return 0, invalid("urgent_not_allowed", "purpose", "Urgent ignores quiet hours: it needs a template marked urgent, or a key with scope admin.")
	}
	if own == Marketing && asked != Marketing {
		return 0, invalid("invalid_purpose", "purpose", "Template %q is marketing and stays so: send another template as %s.", a.Template, asked)
	}
	return asked, nil
}

func purposeOf(p templates.Purpose) Purpose {
	switch string(p) {
	case "marketing":
		return Marketing
	case "urgent":
		return Urgent
	case "conversation":
		return Conversation
	}
	return Service
}

func (in *Intake) cascade(a *Ask, p Purpose) (Cascade, error) {
	if a.Conversation {
		channel := a.Channel
		if channel == "" {
			channel = Messengers
		}
		steps := []Step{{Channel: channel, Until: Until{Level: bots.Accepted}, Wait: defaultWait}}
		if a.Then != "" {
			steps[0].Wait = thenWait
			steps = append(steps, Step{Channel: a.Then, Until: Until{Level: bots.Accepted}, Wait: defaultWait})
		}
		return Cascade{Name: "conversation", Steps: steps, Order: "listed", Deadline: cmp.Or(a.Within, defaultDeadline)}, nil
	}
	if a.Steps != nil {
		if a.Cascade != "" {
			return Cascade{}, invalid("invalid_cascade", "cascade", "Write either the name of a cascade or its steps.")
		}
		return in.inline(a.Steps, p)
	}
	name := a.Cascade
	if name == "" {
		name = "service"
		if p == Marketing {
			name = "marketing"
		}
	}
	c, ok := in.Cascades[name]
	if !ok {
		names := slices.Sorted(maps.Keys(in.Cascades))
		return c, invalid("unknown_cascade", "cascade", "No cascade %q.%s There are: %s.", name, didYouMean(name, names), strings.Join(names, ", "))
	}
	if p == Marketing && c.PaidSteps == 0 {
		c.PaidSteps = 1
	}
	return c, nil
}

func (in *Intake) inline(conf *CascadeConfig, p Purpose) (Cascade, error) {
	c, faults := conf.Build("inline", p == Marketing, in.Channels)
	for _, f := range faults {
		if !f.Warning {
			return c, invalid("invalid_cascade", strings.TrimPrefix(f.Path, "cascades.inline."), "%s: %s.", strings.TrimPrefix(f.Path, "cascades.inline."), f.Problem)
		}
	}
	return c, nil
}

func bounds(a *Ask, now time.Time) error {
	switch {
	case len(a.Key) > maxKey:
		return invalid("invalid_key", "key", "An idempotency key has at most %d bytes.", maxKey)
	case len(a.Text) > maxText:
		return invalid("text_too_long", "text", "A text has at most %d bytes.", maxText)
	case a.Text != "" && blank(a.Text):
		return invalid("text_empty", "text", "The text has nothing in it that anybody could see.")
	case len(a.Metadata) > maxMetadata:
		return invalid("too_much_metadata", "metadata", "At most %d metadata keys.", maxMetadata)
	case a.SendAt.Sub(now) > maxSendAt:
		return invalid("invalid_send_at", "send_at", "At most a year ahead.")
	}
	if _, nameless := a.Metadata[""]; nameless {
		return invalid("invalid_field", "metadata", "A name in metadata is empty: write one, or leave its value out.")
	}
	for _, k := range slices.Sorted(maps.Keys(a.Metadata)) {
		if strings.Contains(k, ":") {
			return invalid("invalid_field", "metadata", "%q: a name in metadata has no colon; lists are asked for name:value.", k)
		}
		if len(k)+len(a.Metadata[k]) > maxMetaLen {
			return invalid("too_much_metadata", "metadata", "%q: a metadata key with its value has at most %d bytes.", k, maxMetaLen)
		}
	}
	return nil
}

// blank reports whether a text shows nothing.
func blank(text string) bool {
	_, err := templates.RenderText(templates.Plain, text)
	var empty *templates.Empty
	return errors.As(err, &empty)
}

// stoppable refuses marketing in free words where the person would have no way to say no.
func (in *Intake) stoppable(a *Ask, p Purpose, c Cascade) error {
	if p != Marketing || a.Text == "" || in.WayOut {
		return nil
	}
	for _, channel := range in.channelsOf(c) {
		if !in.Channels[channel].WayBack {
			return invalid("no_way_out", "text", "Nobody hears a STOP sent by %s, and without [server] public_url there is no link: set it, or describe the provider's inbound messages.", channel)
		}
	}
	return nil
}

// channelsOf are the channels a cascade may use, of those that are on.
func (in *Intake) channelsOf(c Cascade) []string {
	var found []string
	for _, channel := range bots.Channels() {
		_, on := in.Channels[channel]
		named := slices.ContainsFunc(c.Steps, func(s Step) bool {
			return s.Channel == channel || s.Channel == Messengers && bots.Messenger(channel)
		})
		if on && named {
			found = append(found, channel)
		}
	}
	return found
}

package app

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/sms"
	"kaskad/templates"
)

// PreviewAsk is a template to look at. Fields without a value have their example.
type PreviewAsk struct {
	Template string
	Locale   string // empty: the company's
	Vars     map[string]string
	Channels []string // empty: those that are on
}

// Preview is a template as channels would send it.
type Preview struct {
	Template string           `json:"template"`
	Purpose  string           `json:"purpose"`
	Locale   string           `json:"locale"`
	Unmet    string           `json:"unmet"` // the expectation that the data does not meet: nothing would be sent
	Channels []PreviewChannel `json:"channels"`
}

// PreviewChannel is what one channel would send, or why it cannot.
type PreviewChannel struct {
	Channel    string          `json:"channel"`
	On         bool            `json:"on"`
	Subject    string          `json:"subject,omitempty"` // of an e-mail
	Image      string          `json:"image,omitempty"`   // of the picture above the text
	Text       string          `json:"text"`
	Markup     string          `json:"markup"` // as it is handed to the channel, where that is not the text
	Buttons    []PreviewButton `json:"buttons"`
	Links      []PreviewLink   `json:"links"` // tracked: samples of our addresses, and where they lead
	Characters int             `json:"characters"`
	Alphabet   string          `json:"alphabet"` // of an SMS: gsm7 or ucs2
	Parts      int             `json:"parts"`
	Cost       PreviewMoney    `json:"cost"`
	Note       string          `json:"note,omitempty"` // what is left out
	// Approved is the template of WhatsApp's that goes in place of the text when the person did not write there lately.
	Approved *PreviewApproved `json:"approved,omitempty"`
	Problem  string           `json:"problem"`
}

// PreviewButton is a button; one without an address sends us its answer.
type PreviewButton struct {
	Text string `json:"text"`
	URL  string `json:"url"`
	Data string `json:"data"`
}

// PreviewApproved is what fills the places of an approved template.
type PreviewApproved struct {
	Name     string                  `json:"name"`
	Language string                  `json:"language"`
	Header   string                  `json:"header,omitempty"`
	Body     []PreviewPlace          `json:"body"`
	Buttons  []PreviewApprovedButton `json:"buttons,omitempty"`
}

// PreviewPlace is one place of it; without a name it is counted.
type PreviewPlace struct {
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
}

// PreviewApprovedButton is a button that takes something.
type PreviewApprovedButton struct {
	Index int    `json:"index"`
	URL   string `json:"url,omitempty"` // behind its address
	Data  string `json:"data,omitempty"`
}

func previewApproved(a *templates.Approved) *PreviewApproved {
	if a == nil {
		return nil
	}
	shown := &PreviewApproved{Name: a.Name, Language: a.Language, Header: a.Header, Body: []PreviewPlace{}}
	for _, f := range a.Body {
		shown.Body = append(shown.Body, PreviewPlace(f))
	}
	for _, b := range a.Buttons {
		shown.Buttons = append(shown.Buttons, PreviewApprovedButton(b))
	}
	return shown
}

// PreviewLink is a tracked link: a sample of our address, as long as the real one, and where it leads.
type PreviewLink struct {
	URL    string `json:"url"`
	Target string `json:"target"`
}

// PreviewMoney is an amount as the API writes it.
type PreviewMoney struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// ShowPreview writes a template for the channels that are asked for, or for all that are on. It needs the configuration alone: no gateway, no store, no network.
func ShowPreview(at Place, ask PreviewAsk) (*Preview, error) {
	if tag, err := language.Parse(ask.Locale); ask.Locale != "" && (err != nil || tag == language.Und) {
		return nil, Misused("--locale %q is no language: write uk, ru, en or another BCP 47 tag", ask.Locale)
	}
	cfg, faults := loadForClient(string(at))
	if cfg == nil || faults.Errors() {
		return nil, faults
	}
	words, err := takeWords(cfg)
	if err != nil {
		return nil, err
	}
	channels, err := openChannels(cfg, deps{})
	if err != nil {
		return nil, err
	}
	if len(channels) == 0 && len(ask.Channels) == 0 {
		return nil, &usageError{errors.New("no channel is on: fill in [telegram], [viber], [whatsapp], [whatsapp_cloud] or [[sms]] in the configuration")}
	}
	v := &previewer{cfg: cfg, words: words, channels: channels, options: wordOptions(cfg, traits(cfg))}
	return v.show(ask)
}

type previewer struct {
	cfg      *Config
	words    *templates.Set
	channels map[string]*channel
	options  templates.Options
}

func (v *previewer) show(ask PreviewAsk) (*Preview, error) {
	data, err := v.data(ask)
	if err != nil {
		return nil, &usageError{err}
	}
	purpose, err := v.words.Purpose(ask.Template)
	if err != nil {
		return nil, err
	}
	p := &Preview{Template: ask.Template, Purpose: string(purpose), Locale: ask.Locale}
	if p.Locale == "" {
		p.Locale = v.cfg.Company.Locale
	}
	if p.Unmet, err = v.words.Unmet(ask.Template, data); err != nil {
		return nil, &usageError{err}
	}
	names, err := v.named(ask.Channels)
	if err != nil {
		return nil, &usageError{err}
	}
	for _, name := range names {
		own := map[string]any{}
		maps.Copy(own, v.words.Example(ask.Template, p.Locale, name))
		for field, value := range ask.Vars {
			own[field] = value
		}
		p.Channels = append(p.Channels, v.channel(name, p, own))
	}
	return p, nil
}

// data are the examples with the caller's values over them.
func (v *previewer) data(ask PreviewAsk) (map[string]any, error) {
	fields, err := v.words.Fields(ask.Template)
	if err != nil {
		return nil, err
	}
	data, names := map[string]any{}, []string{}
	for _, f := range fields {
		names = append(names, f.Name)
		if f.Example != nil {
			data[f.Name] = f.Example
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ask.Vars)) {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("template %q has no field %q; it has: %s", ask.Template, name, strings.Join(names, ", "))
		}
		data[name] = ask.Vars[name]
	}
	return data, nil
}

// channel writes the template for one channel, as the engine would.
func (v *previewer) channel(name string, p *Preview, data map[string]any) PreviewChannel {
	c, on := v.channels[name]
	limits := offered(name)
	if on {
		i := slices.IndexFunc(v.options.Channels, func(c templates.Channel) bool { return c.Name == name })
		if i < 0 {
			return PreviewChannel{Channel: name, On: true, Problem: "the channel cannot be understood; see kaskad check"}
		}
		limits = v.options.Channels[i]
	}
	in := templates.Input{Template: p.Template, Locale: p.Locale, Channel: name, Format: limits.Format, Data: data, Company: company(v.cfg)}
	if p.Purpose == string(templates.Marketing) {
		in.WayOut = v.options.WayOut
	}
	shown := PreviewChannel{Channel: name, On: on, Buttons: []PreviewButton{}, Links: []PreviewLink{}}
	in.Link = func(n int) string { return sampleLink(v.cfg, n) }
	r, err := v.words.Render(in)
	if err != nil {
		shown.Problem = err.Error()
		return shown
	}
	shown.Subject, shown.Text, shown.Markup, shown.Characters = r.Subject, r.Text, r.Markup, r.Units
	shown.picture(&r, &limits)
	shown.Approved = previewApproved(r.Approved)
	for n, target := range r.Links {
		shown.Links = append(shown.Links, PreviewLink{sampleLink(v.cfg, n), target})
	}
	if !on || c.traits.Buttons {
		for _, b := range r.Buttons {
			shown.Buttons = append(shown.Buttons, PreviewButton(b))
		}
	}
	if name == bots.SMS {
		shown.Alphabet, shown.Parts = sms.Parts(r.Text)
	}
	if on {
		shown.price(c)
	}
	shown.Problem = overLimit(&shown, &limits)
	return shown
}

// price says what the message costs with the provider that is tried first.
func (s *PreviewChannel) price(c *channel) {
	parts, cost := 1, c.traits.Price
	if p, ok := c.senders[first(c.traits)].(bots.Pricer); ok {
		parts, cost = p.Price(s.Text)
	}
	s.Parts, s.Cost = parts, PreviewMoney{cost.Decimal(), cost.Currency}
}

func first(c fallback.Channel) string {
	if len(c.Senders) == 0 {
		return ""
	}
	return c.Senders[0]
}

func overLimit(s *PreviewChannel, limits *templates.Channel) string {
	switch {
	case limits.MaxText > 0 && s.Characters > limits.MaxText:
		return fmt.Sprintf("%d characters, at most %d: it would be rejected", s.Characters, limits.MaxText)
	case limits.MaxParts > 0 && s.Parts > limits.MaxParts:
		return fmt.Sprintf("%d parts, max_parts is %d: it would be rejected", s.Parts, limits.MaxParts)
	}
	return ""
}

// Failed is the error to leave with: how many channels cannot be written.
func (p *Preview) Failed() error {
	failed := 0
	for i := range p.Channels {
		if p.Channels[i].Problem != "" {
			failed++
		}
	}
	if failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d channels could not send it", failed, len(p.Channels))
}

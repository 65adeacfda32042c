package whatsappcloud

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"kaskad/bots"
)

const (
	maxReplies = 3
	maxRows    = 10 // of a list
	maxTitle   = 20 // of a button
	maxRow     = 24 // of a row of a list; Meta's guide says so, its schema does not
	maxBody    = 1024
	maxLink    = 2000

	// listSign is what opens a list. It has to be something, and no language is known here.
	listSign = "☰"
)

// fillWords writes a text, a picture, a document or a message with buttons. What cannot go together goes without the lesser part:
// the words are what counts.
func (b *Bot) fillWords(m *outgoing, out bots.Outgoing) error {
	links, answers := split(out.Buttons)
	body := repaired(cmp.Or(out.Markup, out.Text))
	if strings.TrimSpace(body) == "" {
		return errors.New("the text is empty")
	}
	file, err := fileOf(out.File)
	if err != nil {
		return err
	}
	image := b.picture(out, file != nil, len(answers))
	if len(answers) == 0 && len(links) == 1 && file == nil && image == nil && fitsButton(body, links[0]) {
		m.Type, m.Interactive = "interactive", opening(body, links[0])
		return nil
	}
	body = withLinks(body, links)
	if most := longest(file, image); units(body) > most {
		return fmt.Errorf("the text is too long: %d of %d characters", units(body), most)
	}
	if answers = b.askable(answers, body, file, out.Step); len(answers) > 0 {
		m.Type = "interactive"
		m.Interactive, err = asking(out.Step, body, answers, headerOf(image, file))
		return err
	}
	fillPlain(m, body, image, file)
	return nil
}

// fillPlain writes a message without buttons.
func fillPlain(m *outgoing, body string, image, file *linked) {
	switch {
	case file != nil:
		file.Caption = body
		m.Type, m.Document = "document", file
	case image != nil:
		image.Caption = body
		m.Type, m.Image = "image", image
	default:
		m.Type, m.Text = "text", &text{Body: body}
	}
}

// split tells buttons that open pages from those that answer. A button for sharing the phone is neither: WhatsApp knows the phone.
func split(buttons []bots.Button) (links, answers []bots.Button) {
	for _, b := range buttons {
		switch {
		case b.URL != "":
			links = append(links, b)
		case b.Data != bots.ShareContact:
			answers = append(answers, b)
		}
	}
	return links, answers
}

// withLinks writes the buttons that open pages as lines: WhatsApp has one such button at most, and none beside answers.
func withLinks(body string, links []bots.Button) string {
	for _, b := range links {
		body += "\n" + strings.TrimSpace(repaired(b.Text)) + ": " + b.URL
	}
	return body
}

// fitsButton reports whether a link can be a button of its own, with its whole label.
func fitsButton(body string, link bots.Button) bool {
	label := strings.TrimSpace(repaired(link.Text))
	return units(body) <= maxBody && label != "" && units(label) <= maxTitle && webAddress(link.URL) && len(link.URL) <= maxLink
}

func opening(body string, link bots.Button) *interactive {
	return &interactive{Type: "cta_url", Body: words{body}, Action: action{
		Name: "cta_url", Parameters: &linkButton{strings.TrimSpace(repaired(link.Text)), link.URL},
	}}
}

// longest is how long the words may be beside what goes with them.
func longest(file, image *linked) int {
	if file != nil || image != nil {
		return maxCaption
	}
	return maxText
}

// askable are the answers that can be shown. With a text that is longer than a message with buttons may be, or beside a document
// when they would need a list, they are left out: the person can answer in words, and WhatsApp tells of reading by itself.
func (b *Bot) askable(answers []bots.Button, body string, file *linked, step bots.ID) []bots.Button {
	if len(answers) == 0 || units(body) <= maxBody && (file == nil || len(answers) <= maxReplies) {
		return answers
	}
	b.opt.Log.Warn("whatsapp shows no buttons under so long a text, or so many beside a document: sent without", "step", step)
	return nil
}

// asking is a message with answers: up to three buttons, else a list that the person opens.
func asking(step bots.ID, body string, answers []bots.Button, above *header) (*interactive, error) {
	title := maxTitle
	if len(answers) > maxReplies {
		title = maxRow
	}
	choices, err := choicesOf(step, answers, title)
	if err != nil {
		return nil, err
	}
	m := &interactive{Type: "button", Header: above, Body: words{body}}
	if len(choices) > maxReplies {
		m.Type, m.Action = "list", action{Button: listSign, Sections: []section{{choices}}}
		return m, nil
	}
	for _, c := range choices {
		m.Action.Buttons = append(m.Action.Buttons, replyButton{"reply", c})
	}
	return m, nil
}

// choicesOf writes answers with labels of at most so many units. WhatsApp refuses two of one name.
func choicesOf(step bots.ID, answers []bots.Button, title int) ([]choice, error) {
	if len(answers) > maxRows {
		return nil, fmt.Errorf("%d answers are too many: a list has room for %d", len(answers), maxRows)
	}
	var all []choice
	for _, a := range answers {
		id, err := encodeAnswer(step, a.Data)
		if err != nil {
			return nil, err
		}
		c := choice{ID: id, Title: cut(repaired(a.Text), title)}
		if c.Title == "" {
			return nil, errors.New("a button has no text")
		}
		if slices.ContainsFunc(all, func(had choice) bool { return had.Title == c.Title || had.ID == c.ID }) {
			return nil, fmt.Errorf("two buttons are the same to WhatsApp, which shows %d characters: give them other texts", title)
		}
		all = append(all, c)
	}
	return all, nil
}

// picture is the picture above the words, nil for none. WhatsApp shows one thing above them, and nothing above a list.
func (b *Bot) picture(out bots.Outgoing, file bool, answers int) *linked {
	switch {
	case out.Image == "":
		return nil
	case file || answers > maxReplies:
		b.opt.Log.Warn("whatsapp shows no picture beside a document or a list: sent without it", "step", out.Step)
		return nil
	case !webAddress(out.Image) || len(out.Image) > maxLink:
		b.opt.Log.Warn("whatsapp takes pictures by their web address only: sent without it", "step", out.Step)
		return nil
	}
	return &linked{Link: out.Image}
}

// fileOf is the document of a message, nil for none. A message that promises a document must not go without it.
func fileOf(f *bots.File) (*linked, error) {
	if f == nil {
		return nil, nil
	}
	if !webAddress(f.URL) || len(f.URL) > maxLink {
		return nil, errors.New("the document has no web address that WhatsApp could fetch it from")
	}
	name := f.Name
	if u, err := url.Parse(f.URL); name == "" && err == nil {
		name = path.Base("/" + u.Path)
	}
	return &linked{Link: f.URL, Filename: bounded(strings.Trim(bots.FileName(name), "/"), 240)}, nil
}

func headerOf(image, file *linked) *header {
	switch {
	case file != nil:
		return &header{Type: "document", Document: file}
	case image != nil:
		return &header{Type: "image", Image: image}
	}
	return nil
}

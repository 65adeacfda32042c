package whatsappcloud

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kaskad/bots"
)

var (
	templateName = regexp.MustCompile(`^[a-z0-9_]{1,512}$`)
	languageCode = regexp.MustCompile(`^[a-z]{2,3}(_[A-Za-z]{2,4})?$`)
)

// fillTemplate writes an approved template with what fills its places, in Meta's order: header, body, buttons.
func fillTemplate(m *outgoing, step bots.ID, a *bots.Approved) error {
	switch {
	case !templateName.MatchString(a.Name):
		return fmt.Errorf("%q is no name of an approved template: small letters, digits and _ only", a.Name)
	case !languageCode.MatchString(a.Language):
		return fmt.Errorf("%q is no language of an approved template: write uk or en_US", a.Language)
	case a.Header != "" && !webAddress(a.Header):
		return errors.New("the picture of the approved template has no web address")
	}
	t := &template{Name: a.Name, Language: language{a.Language}}
	if a.Header != "" {
		t.Components = append(t.Components, component{Type: "header", Parameters: []parameter{{Type: "image", Image: &linked{Link: a.Header}}}})
	}
	body, err := bodyOf(a.Body)
	if err != nil {
		return err
	}
	if len(body) > 0 {
		t.Components = append(t.Components, component{Type: "body", Parameters: body})
	}
	for _, b := range a.Buttons {
		c, err := buttonOf(step, b)
		if err != nil {
			return err
		}
		t.Components = append(t.Components, c)
	}
	m.Type, m.Template = "template", t
	return nil
}

// bodyOf fills the places of a template's text. Meta refuses what has lines, tabs or many spaces in it, and what is empty.
func bodyOf(fields []bots.ApprovedField) (all []parameter, err error) {
	for i, f := range fields {
		value := strings.Join(strings.Fields(repaired(f.Text)), " ")
		if value == "" {
			return nil, fmt.Errorf("place %d of the approved template has nothing to fill it", i+1)
		}
		all = append(all, parameter{Type: "text", Name: f.Name, Text: value})
	}
	return all, nil
}

func buttonOf(step bots.ID, b bots.ApprovedButton) (component, error) {
	c := component{Type: "button", Index: strconv.Itoa(b.Index)}
	if b.URL != "" {
		c.SubType, c.Parameters = "url", []parameter{{Type: "text", Text: repaired(b.URL)}}
		return c, nil
	}
	payload, err := encodeAnswer(step, b.Data)
	c.SubType, c.Parameters = "quick_reply", []parameter{{Type: "payload", Payload: payload}}
	return c, err
}

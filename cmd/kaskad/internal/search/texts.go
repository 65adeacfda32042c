package search

import (
	"cmp"
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

// text is what is kept of a record; an empty one is not kept.
type text struct {
	id      bots.ID
	contact bots.ID // of a message: whose it is
	text    string
}

// person is what a person is found by, each on a line of its own: a query has no lines, so nothing is found across two of them.
func person(v fallback.View, id bots.ID) (text, *bots.Contact) {
	none := text{id: id}
	c := v.Contact(id)
	if c == nil || c.ID != id || fallback.ForStaff(c) { // one that was absorbed is found as the one that did
		return none, nil
	}
	lines := []string{fold(c.Name), fold(c.ExternalID), fold(c.Email), digits(c.Phone)}
	if d := digits(c.ExternalID); d != c.ExternalID && len(d) >= least {
		lines = append(lines, d) // 4820-0001 is also 48200001
	}
	for _, a := range c.Addresses {
		lines = append(lines, fold(strings.TrimPrefix(a.ID, "+")))
	}
	for _, n := range c.Names {
		if n.Kind == "phone" || n.Kind == bots.NameClaimed {
			n.Value = digits(n.Value)
		}
		lines = append(lines, fold(n.Value))
	}
	return text{id: id, text: joined(lines)}, c
}

// joined are the lines that say something, each once.
func joined(lines []string) string {
	var out strings.Builder
	seen := map[string]bool{"": true}
	for _, l := range lines {
		if seen[l] || out.Len()+len(l) > 2*maxText {
			continue
		}
		seen[l] = true
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(l)
	}
	return out.String()
}

// said is what a message is found by: its newest words, while it stands. Posts to staff repeat what stands elsewhere.
func said(v fallback.View, id bots.ID) (t text, m *bots.Message, words string) {
	none := text{id: id}
	m = v.Message(id)
	if m == nil || m.Channel == bots.Staff || m.Kind != bots.TextMessage && m.Kind != bots.PressMessage {
		return none, nil, ""
	}
	s := v.MessageState(id)
	if c := v.Contact(m.Contact); !s.DeletedAt.IsZero() || c == nil || fallback.ForStaff(c) {
		return none, nil, ""
	}
	words = m.Text
	if edit := v.Message(s.Edit); edit != nil {
		words = edit.Text
	}
	return text{id: id, contact: cmp.Or(m.Under, m.Contact), text: fold(words)}, m, words // a merge moves no row
}

// stands is the message that a message is about: an edit and a taking back are about an earlier one.
func stands(v fallback.View, id bots.ID) bots.ID {
	if m := v.Message(id); m != nil && (m.Kind == bots.EditMessage || m.Kind == bots.DeleteMessage) {
		return m.ReplyTo
	}
	return id
}

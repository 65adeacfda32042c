package desk

import (
	"fmt"
	"strings"

	"kaskad/bots"
	"kaskad/fallback"
)

// What a person wrote at length stands cut among their lines. In a topic the rest of it follows in posts of its own, so that staff can read
// all of it where they answer.

const (
	maxRest  = 3400 // units of one
	maxRests = 3    // for one message: what is longer still is cut in the end
)

// rests lets the rest of those lines follow that were cut.
func (t *turn) rests(contact bots.ID, lines []bots.ID) {
	for _, id := range lines {
		if m := t.tx.Message(id); m != nil {
			for i := range t.k.desk.restOf(m) {
				t.notes.Says = append(t.notes.Says, saying{Why: sayRest, Who: contact, Post: id, More: i})
			}
		}
	}
}

// rest words one post of the rest of a message. An answer to it reaches the customer.
func (d *Desk) rest(v fallback.View, s *saying) (string, fallback.Post) {
	m := v.Message(s.Post)
	if m == nil || m.Erased || v.Contact(s.Who) == nil { // erased since
		return "", fallback.Post{}
	}
	parts := d.restOf(m)
	if s.More >= len(parts) {
		return "", fallback.Post{}
	}
	return "… " + parts[s.More], fallback.Post{Contact: s.Who}
}

// restOf is what of a message does not stand among its person's lines.
func (d *Desk) restOf(m *bots.Message) (parts []string) {
	all := []rune(strings.TrimSpace(m.Text))
	if len(all) <= maxLine || m.Kind == bots.PressMessage || m.Kind == bots.DeleteMessage {
		return nil
	}
	for left := all[maxLine:]; len(left) > 0; {
		if len(parts) == maxRests {
			parts[maxRests-1] += "… " + fmt.Sprintf(d.words.cut, len(all))
			break
		}
		n := fits(left)
		parts, left = append(parts, string(left[:n])), left[n:]
	}
	return parts
}

// fits is how many characters of a text one post takes.
func fits(text []rune) int {
	size := 0
	for i, r := range text {
		if size += units(string(r)); size > maxRest {
			return i
		}
	}
	return len(text)
}

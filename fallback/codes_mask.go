package fallback

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// People write a code too late, in a wrong chat, once more, or amid other words. What is kept of such a message has a mask in its place,
// too: of codes that are known to have gone out for that chat or to that number, and of no other digits.

// Drawn is a code that went out: who has the key can tell whether a number is it, and nobody can read it.
type Drawn struct {
	Hash string
	At   time.Time
}

// mostDrawn is how many codes are known again of one chat or number: those of two days with the widest bounds.
const mostDrawn = 40

// draw notes a code that goes out under a name.
func (k *CodeRules) draw(n *Codes, name, code string, now time.Time) {
	kept := slices.DeleteFunc(slices.Clone(n.Drawn), func(d Drawn) bool { return now.Sub(d.At) >= CodesKept })
	n.Drawn = append(kept[max(0, len(kept)-mostDrawn+1):], Drawn{k.drawn(name, code), now})
	n.At = now
}

func (k *CodeRules) drawn(name, code string) string { return k.keyed("drawn", name, code) }

// mask takes codes out of the words of an event.
func (k *CodeRules) mask(tx Tx, t *bots.Turn) {
	if k.Key == "" || !someCode(t.Event.Text) {
		return
	}
	known := map[string][]Drawn{}
	for _, name := range k.names(tx, t) {
		if drawn := tx.Codes(name).Drawn; len(drawn) > 0 {
			known[name] = drawn
		}
	}
	if len(known) == 0 {
		return
	}
	text := []byte(t.Event.Text)
	for _, digits := range codesIn(t.Event.Text) {
		code := make([]byte, 0, len(digits))
		for _, at := range digits {
			code = append(code, t.Event.Text[at])
		}
		if !k.isOf(known, string(code)) {
			continue
		}
		for _, at := range digits {
			text[at] = codeMask[0]
		}
	}
	t.Event.Text = string(text)
}

// isOf reports whether a code is one of those that went out under the names.
func (k *CodeRules) isOf(known map[string][]Drawn, code string) bool {
	for name, all := range known {
		hash := k.drawn(name, code)
		if slices.ContainsFunc(all, func(d Drawn) bool { return d.Hash == hash }) {
			return true
		}
	}
	return false
}

// names are those under which codes are counted that whoever writes may know: of the chat, and of the numbers that are theirs, or that they
// say are.
func (k *CodeRules) names(tx Tx, t *bots.Turn) (all []string) {
	e := &t.Event
	add := func(name string) {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	for _, chat := range sides(tx, e.Chat, e.Twin()) {
		add(k.chat(chat))
	}
	numbers := []string{t.Contact.Phone, t.Conversation.Bot.Claim.Phone, e.Phone, e.Proves()}
	if e.Chat.Channel == bots.SMS {
		numbers = append(numbers, e.Chat.ID)
	}
	for i := range t.Contact.Addresses {
		if a := &t.Contact.Addresses[i]; a.Channel == bots.SMS {
			numbers = append(numbers, a.ID)
		}
	}
	for _, number := range numbers {
		if number != "" {
			add(k.phone(number))
		}
	}
	return all
}

// someCode reports whether a text has digits enough.
func someCode(text string) bool {
	n := 0
	for i := range len(text) {
		if isDigit(text, i) {
			n++
		}
	}
	return n >= len(codeMask)
}

func isDigit(s string, i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }

// mostCodes is in how many places of a text codes are looked for.
const mostCodes = 500

// codesIn are the places of the digits of all that may be a code in a text: six digits that no further one stands beside; with a blank or a
// dash between them only where they are no part of a longer number; and the digits of a message that is heard as a code.
func codesIn(text string) (all [][]int) {
	if bots.ReadCode(text) != "" {
		var digits []int
		for i := range len(text) {
			if isDigit(text, i) {
				digits = append(digits, i)
			}
		}
		all = append(all, digits)
	}
	for i := 0; i < len(text) && len(all) < mostCodes; i++ {
		if isDigit(text, i) && (i == 0 || !isDigit(text, i-1)) {
			if digits := codeAt(text, i); digits != nil {
				all = append(all, digits)
			}
		}
	}
	return all
}

// codeAt reads six digits from a place on; none: they are a part of something longer.
func codeAt(text string, from int) (digits []int) {
	at := from
	for len(digits) < len(codeMask) {
		if !isDigit(text, at) {
			return nil
		}
		digits = append(digits, at)
		at++
		if len(digits) < len(codeMask) {
			at += len(between(text[at:], strings.HasPrefix))
		}
	}
	apart := at-from > len(codeMask)
	before, after := between(text[:from], strings.HasSuffix), between(text[at:], strings.HasPrefix)
	if isDigit(text, at) || apart && (isDigit(text, at+len(after)) || isDigit(text, from-len(before)-1)) {
		return nil
	}
	return digits
}

// between is what stands between the groups of one number, at an end of a text; empty: nothing of that kind.
func between(text string, at func(text, part string) bool) string {
	for _, part := range []string{" ", "-", "\u00a0", "."} {
		if at(text, part) {
			return part
		}
	}
	return ""
}

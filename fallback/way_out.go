package fallback

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// The link by which a person stops marketing stands whole on the wire alone: whoever opens it speaks for the person. What is kept of its
// message, and so what staff, callers, searches and exports read, has a mask in the place of its code. A further attempt makes it again.

// wayMask is the letter that stands for those of a code.
const wayMask = "x"

// wayCode is the code of a link, with the slash before it: what stands before that may be written otherwise in a text, as a messenger's
// marks want it, and the address of the page may be another one at a further attempt.
func wayCode(link string) string {
	return link[max(0, strings.LastIndexByte(link, '/')):]
}

// masked is a code as it is kept, and as long.
func masked(code string) string {
	return code[:1] + strings.Repeat(wayMask, len(code)-1)
}

// maskedWay is a link without its code.
func maskedWay(link string) string {
	if link == "" {
		return ""
	}
	code := wayCode(link)
	return strings.TrimSuffix(link, code) + masked(code)
}

// wayOut is the link in the message of a leg; empty: there is none.
func wayOut(mint func(*Delivery) string, d *Delivery, leg int) string {
	if mint == nil || d.Purpose != Marketing {
		return ""
	}
	at := *d
	at.Leg = leg
	return mint(&at)
}

// showWay writes the code of a link where its mask stands; nothing without one.
func showWay(out bots.Outgoing, link string) bots.Outgoing {
	if link == "" {
		return out
	}
	code := wayCode(link)
	put := func(s string) string { return strings.ReplaceAll(s, masked(code), code) }
	out.Text, out.Markup = put(out.Text), put(out.Markup)
	out.Buttons = slices.Clone(out.Buttons)
	for i := range out.Buttons {
		out.Buttons[i].URL = put(out.Buttons[i].URL)
	}
	if out.Approved != nil {
		approved := *out.Approved
		approved.Body, approved.Buttons = slices.Clone(approved.Body), slices.Clone(approved.Buttons)
		for i := range approved.Body {
			approved.Body[i].Text = put(approved.Body[i].Text)
		}
		for i := range approved.Buttons {
			approved.Buttons[i].URL = put(approved.Buttons[i].URL)
		}
		out.Approved = &approved
	}
	return out
}

// ShowWayOut makes a message of ours that was read again what it was on the wire: with the link that mint makes.
func ShowWayOut(v View, out bots.Outgoing, mint func(*Delivery) string) bots.Outgoing {
	m := v.Message(out.Step)
	if m == nil {
		return out
	}
	d := v.Delivery(m.Delivery)
	if d == nil {
		return out
	}
	return showWay(out, wayOut(mint, d, m.Leg))
}

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

// maskedWay is a link without its code, and as long.
func maskedWay(link string) string {
	i := strings.LastIndexByte(link, '/') + 1
	return link[:i] + strings.Repeat(wayMask, len(link)-i)
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

// showWay writes a link where its mask stands; nothing without one.
func showWay(out bots.Outgoing, link string) bots.Outgoing {
	if link == "" {
		return out
	}
	put := func(s string) string { return strings.ReplaceAll(s, maskedWay(link), link) }
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

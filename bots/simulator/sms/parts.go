package sms

import (
	"strings"
	"unicode/utf16"
)

// basic and extended are the GSM 7-bit alphabet of 3GPP TS 23.038; a character of the extension takes two septets.
const (
	basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	extended = "\f^{}\\[~]|€"
)

// Encodings of a text.
const (
	GSM7 = "GSM7"
	UCS2 = "UCS2"
)

// Count tells how a text travels and in how many parts.
func Count(text string) (encoding string, parts int) {
	septets := make([]int, 0, len(text))
	units := make([]int, 0, len(text))
	gsm := true
	for _, r := range text {
		units = append(units, utf16.RuneLen(r))
		switch {
		case strings.ContainsRune(basic, r):
			septets = append(septets, 1)
		case strings.ContainsRune(extended, r):
			septets = append(septets, 2)
		default:
			gsm = false
		}
	}
	if gsm {
		return GSM7, split(septets, 160, 153)
	}
	return UCS2, split(units, 70, 67)
}

// split fills parts with characters of the given sizes; no character is cut in two.
func split(sizes []int, single, part int) int {
	total := 0
	for _, n := range sizes {
		total += n
	}
	if total <= single {
		return 1
	}
	parts, room := 1, part
	for _, n := range sizes {
		if n > room {
			parts, room = parts+1, part
		}
		room -= n
	}
	return parts
}

// isGSM tells whether all of a text is in the basic alphabet.
func isGSM(text string) bool {
	return strings.Trim(text, basic) == ""
}

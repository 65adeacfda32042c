package sms

import "unicode/utf16"

// The two alphabets of a message.
const (
	GSM7 = "gsm7" // 160 characters in one part, 153 in each of several
	UCS2 = "ucs2" // 70 and 67
)

// The alphabet of 3GPP TS 23.038. Position 0x1B leads to the extension table and is no character.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€" // each takes two places
)

var gsmWidth = func() map[rune]int {
	w := make(map[rune]int, len(gsmBasic))
	for _, r := range gsmBasic {
		w[r] = 1
	}
	for _, r := range gsmExtended {
		w[r] = 2
	}
	return w
}()

// IsGSM7 reports whether a text fits the alphabet that takes the least room.
func IsGSM7(text string) bool {
	for _, r := range text {
		if gsmWidth[r] == 0 {
			return false
		}
	}
	return true
}

// Parts says in which alphabet a text is sent and how many messages it takes. Neither an escape pair nor a surrogate pair
// is split over two parts. The empty text takes none.
func Parts(text string) (encoding string, parts int) {
	if IsGSM7(text) {
		return GSM7, split(text, func(r rune) int { return gsmWidth[r] }, 160, 153)
	}
	return UCS2, split(text, func(r rune) int { return max(utf16.RuneLen(r), 1) }, 70, 67)
}

// split counts parts: one if everything fits into whole, else as many as it takes with room for part in each.
func split(text string, width func(rune) int, whole, part int) int {
	total, parts, used := 0, 1, 0
	for _, r := range text {
		w := width(r)
		total += w
		if used+w > part {
			parts++
			used = 0
		}
		used += w
	}
	switch {
	case total == 0:
		return 0
	case total <= whole:
		return 1
	}
	return parts
}

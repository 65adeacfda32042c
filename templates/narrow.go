package templates

import "strings"

// gsm7 is the alphabet in which 160 characters make one SMS, see 3GPP TS 23.038; with any other character it is 70.
const gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà\f^{}\\[~]|€"

// narrow writes an SMS with plain punctuation when that alone brings it into GSM-7. Otherwise it stays as it is: where one
// character costs as much as another, quotes may be beautiful.
func narrow(s string) string {
	if isASCII(s) && !strings.ContainsRune(s, '`') {
		return s
	}
	plain := strings.Map(plainSign, s)
	if beyondGSM7(s) >= 0 {
		return s
	}
	var b strings.Builder
	for _, sign := range plain {
		if word := plainWord(sign); word != "" {
			b.WriteString(word)
		} else {
			b.WriteRune(sign)
		}
	}
	return b.String()
}

// beyondGSM7 is the first character that makes an SMS a long one, and has no plain one in its place; -1 when there is none.
func beyondGSM7(s string) rune {
	for _, r := range s {
		if plainWord(r) == "" && !strings.ContainsRune(gsm7, plainSign(r)) {
			return r
		}
	}
	return -1
}

// plainSign is the sign of GSM-7 that says the same.
func plainSign(r rune) rune {
	switch r {
	case '«', '»', '“', '”', '„', '‟', '″':
		return '"'
	case '‘', '’', '‚', '‛', 'ʼ', '′', '`', '´', '‹', '›':
		return '\''
	case '–', '—', '−', '‐', '‑', '‒', '―', '•', '·':
		return '-'
	case '×':
		return 'x'
	}
	return r
}

// plainWord is what a sign is written as that no single one stands for.
func plainWord(r rune) string {
	switch r {
	case '…':
		return "..."
	case '№':
		return "No"
	case '₴':
		return "UAH"
	case '₽':
		return "RUB"
	case '™':
		return "TM"
	}
	return ""
}

// Package barcode draws the number of a card as tills read it: EAN-13 where the number is one, Code 128 for everything else.
//
// It keeps nothing and knows nobody: a text in, a picture out. It never draws what a till could misread: a text with a letter outside
// ASCII is refused.
package barcode

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"strings"
)

// MaxText is how many characters a code has at most: a longer one is too wide for a phone.
const MaxText = 32

// Sizes in pixels.
const (
	module = 4 // of the thinnest bar
	quiet  = 12 * module
	height = 240
)

// ErrText is a number that no bar code can show.
var ErrText = errors.New("a bar code has 1 to 32 printable ASCII characters")

// PNG draws a text.
func PNG(text string) ([]byte, error) {
	bars, err := widths(text)
	if err != nil {
		return nil, err
	}
	total := 2 * quiet
	for _, w := range bars {
		total += w * module
	}
	img := image.NewPaletted(image.Rect(0, 0, total, height+2*quiet), color.Palette{color.White, color.Black})
	x := quiet
	for i, w := range bars {
		if i%2 == 0 {
			for at := x; at < x+w*module; at++ {
				for y := quiet; y < quiet+height; y++ {
					img.SetColorIndex(at, y, 1)
				}
			}
		}
		x += w * module
	}
	var b bytes.Buffer
	err = png.Encode(&b, img)
	return b.Bytes(), err
}

// widths are those of bars and gaps in turn, a bar first.
func widths(text string) ([]int, error) {
	if ean13(text) {
		return eanWidths(text), nil
	}
	codes, err := code128(text)
	if err != nil {
		return nil, err
	}
	var all []int
	for _, c := range codes {
		all = append(all, digits(patterns[c])...)
	}
	return all, nil
}

func digits(s string) (all []int) {
	for _, r := range s {
		all = append(all, int(r-'0'))
	}
	return all
}

// The signs of Code 128 that are no characters: ISO/IEC 15417.
const (
	toB    = 100
	startB = 104
	startC = 105
	stop   = 106
)

// code128 chooses pairs of digits (set C) for a text of digits alone, and set B for any other.
func code128(text string) ([]int, error) {
	if text == "" || len(text) > MaxText || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, ErrText
	}
	codes := []int{startB}
	if pairs := len(text) / 2 * 2; pairs >= 4 && strings.Trim(text, "0123456789") == "" {
		codes[0] = startC
		for i := 0; i < pairs; i += 2 {
			codes = append(codes, int(text[i]-'0')*10+int(text[i+1]-'0'))
		}
		if text = text[pairs:]; text != "" {
			codes = append(codes, toB)
		}
	}
	for _, r := range text {
		codes = append(codes, int(r-' '))
	}
	sum := codes[0]
	for i, c := range codes[1:] {
		sum += (i + 1) * c
	}
	return append(codes, sum%103, stop), nil
}

// patterns are the bars and gaps of the signs 0 to 106.
var patterns = strings.Fields(`
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 223211 221132
221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 211313
231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111
314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141
114131 311141 411131 211412 211214 211232 2331112`)

// ean13 reports whether a text is one: 13 digits, the last of which checks the others.
func ean13(text string) bool {
	if len(text) != 13 || strings.Trim(text, "0123456789") != "" {
		return false
	}
	sum := 0
	for i, d := range digits(text) {
		sum += d * (1 + i%2*2)
	}
	return sum%10 == 0
}

// The digits of EAN-13 as gap, bar, gap, bar; and which of the first six are drawn the other way round, which tells the first digit.
var (
	eanDigits = []string{"3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112"}
	eanFirst  = []string{"LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL"}
)

func eanWidths(text string) []int {
	d := digits(text)
	all := []int{1, 1, 1}
	for i, kind := range eanFirst[d[0]] {
		p := digits(eanDigits[d[i+1]])
		if kind == 'G' {
			p[0], p[1], p[2], p[3] = p[3], p[2], p[1], p[0]
		}
		all = append(all, p...)
	}
	all = append(all, 1, 1, 1, 1, 1)
	for _, n := range d[7:] {
		all = append(all, digits(eanDigits[n])...)
	}
	return append(all, 1, 1, 1)
}

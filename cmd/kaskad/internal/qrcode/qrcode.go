// Package qrcode draws links as QR codes for paper and screens: PNG, and SVG for what is printed large.
//
// Around a code stands the quiet zone of four modules that ISO/IEC 18004 wants: without it cameras do not find the code. Which pixels
// there are is a whole number for each module, so that no edge is blurred.
//
// It keeps nothing, and loads nothing.
package qrcode

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// Quiet is how many white modules stand around a code.
const Quiet = 4

// Level is how much of a code may be lost: L 7 %, M 15 %, Q 25 %, H 30 %.
type Level string

// The levels. M is for paper that stays clean, Q for what is creased or stuck on glass, H for what a logo will cover.
const (
	L Level = "L"
	M Level = "M"
	Q Level = "Q"
	H Level = "H"
)

// Levels are all of them, from the smallest code to the largest.
func Levels() []string { return []string{string(L), string(M), string(Q), string(H)} }

func encode(text string, level Level) (*qr.Code, error) {
	at := strings.Index("LMQH", string(level))
	if len(level) != 1 || at < 0 {
		return nil, fmt.Errorf("there is no level %.8q; there are %s", level, strings.Join(Levels(), ", "))
	}
	code, err := qr.Encode(text, qr.Level(at))
	if err != nil {
		return nil, fmt.Errorf("draw a link as QR code: %w", err)
	}
	return code, nil
}

// PNG draws a code with modules of so many pixels.
func PNG(text string, level Level, module int) ([]byte, error) {
	code, err := encode(text, level)
	if err != nil {
		return nil, err
	}
	code.Scale = module
	return code.PNG(), nil // the library's border is four modules
}

// SVG draws a code that can be made as large as one likes. It stands on white of its own.
func SVG(text string, level Level) (string, error) {
	code, err := encode(text, level)
	if err != nil {
		return "", err
	}
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+Quiet, y+Quiet, x-from, x-from)
			}
		}
	}
	size := code.Size + 2*Quiet
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		size, size, size, size, path.String()), nil
}

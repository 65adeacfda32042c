package qrcode

import (
	"bytes"
	"fmt"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rsc.io/qr"
)

const link = "https://t.me/shop_bot?start=shop7-till3"

// TestBothFormsShowTheSameCode: every module is where the library has it, four white ones stand around, and a higher level is larger.
func TestBothFormsShowTheSameCode(t *testing.T) {
	last := 0
	for i, level := range Levels() {
		want, err := qr.Encode(link, qr.Level(i))
		if err != nil {
			t.Fatal(err)
		}
		size := want.Size + 2*Quiet
		if size < last {
			t.Errorf("%s has %d modules, the level below it %d", level, size, last)
		}
		last = size
		raw, err := PNG(link, Level(level), 3)
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(raw))
		if err != nil || picture.Bounds().Dx() != size*3 || picture.Bounds().Dy() != size*3 {
			t.Fatalf("%s is %v (%v), want %d pixels", level, picture.Bounds(), err, size*3)
		}
		drawn, err := SVG(link, Level(level))
		if err != nil || !strings.Contains(drawn, fmt.Sprintf(`viewBox="0 0 %d %d"`, size, size)) {
			t.Fatalf("%s: %v %.100s", level, err, drawn)
		}
		black := modules(t, drawn)
		for y := range size {
			for x := range size {
				is := want.Black(x-Quiet, y-Quiet)
				r, _, _, _ := picture.At(x*3+1, y*3+1).RGBA()
				if (r == 0) != is || black[[2]int{x, y}] != is {
					t.Fatalf("%s: at %d,%d the picture is %d and the drawing %v, want %v", level, x, y, r, black[[2]int{x, y}], is)
				}
			}
		}
	}
}

// modules are the black ones of a drawing.
func modules(t *testing.T, svg string) map[[2]int]bool {
	t.Helper()
	all := map[[2]int]bool{}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(svg, -1) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(run[i+1])
		}
		if n[2] != n[3] {
			t.Errorf("%s does not come back", run[0])
		}
		for i := range n[2] {
			all[[2]int{n[0] + i, n[1]}] = true
		}
	}
	return all
}

func TestWhatCannotBeDrawn(t *testing.T) {
	for _, level := range []Level{"", "X", "LM", "l"} {
		if _, err := PNG(link, level, 1); err == nil || !strings.Contains(err.Error(), "L, M, Q, H") {
			t.Errorf("%q is answered %v", level, err)
		}
	}
	if _, err := SVG(strings.Repeat("x", 5000), L); err == nil {
		t.Error("a text that no code holds was drawn")
	}
}

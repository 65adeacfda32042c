package barcode

import (
	"bytes"
	"errors"
	"image/png"
	"slices"
	"testing"
)

// Every sign of Code 128 is eleven modules wide, and no two are drawn alike: a slip in the table would show a till another card.
func TestTheTableOfSigns(t *testing.T) {
	seen := map[string]bool{}
	for i, p := range patterns {
		sum := 0
		for _, w := range digits(p) {
			sum += w
		}
		want := 11
		if i == stop {
			want = 13
		}
		if sum != want || seen[p] {
			t.Errorf("sign %d is %s: %d modules, seen before: %t", i, p, sum, seen[p])
		}
		seen[p] = true
	}
	if len(patterns) != 107 {
		t.Errorf("%d signs, want 107", len(patterns))
	}
}

func TestCodes(t *testing.T) {
	for text, want := range map[string][]int{
		"PJJ123C":  {104, 48, 42, 42, 17, 18, 19, 35, 55, 106}, // the example of the common explanations: check sign 55
		"123456":   {105, 12, 34, 56, 44, 106},
		"12345":    {105, 12, 34, 100, 21, 54, 106},
		"C-1":      {104, 35, 13, 17, 10, 106},
		"Ж":        nil,
		"":         nil,
		"a\nb":     nil,
		"7":        {104, 23, 24, 106},
		"12":       {104, 17, 18, 54, 106},
		"00000000": {105, 0, 0, 0, 0, 2, 106},
	} {
		got, err := code128(text)
		if !slices.Equal(got, want) || (want == nil) != errors.Is(err, ErrText) {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestEAN(t *testing.T) {
	for text, want := range map[string]bool{"4006381333931": true, "4006381333932": false, "400638133393": false, "40063813339AB": false} {
		if got := ean13(text); got != want {
			t.Errorf("%s is an EAN-13: %t, want %t", text, got, want)
		}
	}
	sum := 0
	for _, w := range eanWidths("4006381333931") {
		sum += w
	}
	if sum != 95 {
		t.Errorf("an EAN-13 is %d modules wide, want 95", sum)
	}
}

func TestPNG(t *testing.T) {
	raw, err := PNG("C-1001")
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := img.At(quiet, quiet).RGBA(); r != 0 {
		t.Error("the code does not begin with a bar")
	}
	if r, _, _, _ := img.At(quiet-1, quiet).RGBA(); r == 0 {
		t.Error("there is no quiet zone before the code")
	}
}

package links

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kaskad/bots"
)

func somePlace(t *rapid.T) place {
	p := place{bots.ID(rapid.Uint64Range(1, 1<<timeBits-1).Draw(t, "id")), rapid.IntRange(0, 15).Draw(t, "leg"), rapid.IntRange(0, 7).Draw(t, "n")}
	if rapid.Bool().Draw(t, "test") {
		p.delivery |= bots.TestMark
	}
	return p
}

func TestLinkCodesOpen(t *testing.T) {
	mine, others := linkCodes{[]byte("0123456789abcdef")}, linkCodes{[]byte("0123456789abcdeg")}
	rapid.Check(t, func(t *rapid.T) {
		p := somePlace(t)
		code, ok := mine.mint(p)
		if !ok || len(code) != linkCodeLen || strings.Trim(code, digits) != "" {
			t.Fatalf("mint(%+v) = %q, %t", p, code, ok)
		}
		if got, right := mine.open(code); !right || got != p {
			t.Fatalf("%q opens as %+v, %t; want %+v", code, got, right, p)
		}
		if _, right := others.open(code); right {
			t.Fatal("another secret opens the code")
		}
		forged := []byte(code)
		at := rapid.IntRange(0, linkCodeLen-1).Draw(t, "at")
		forged[at] = digits[rapid.IntRange(0, len(digits)-1).Draw(t, "digit")]
		if _, right := mine.open(string(forged)); right && string(forged) != code {
			t.Fatalf("%q opens", forged)
		}
	})
}

func TestPlacesThatHaveNoCode(t *testing.T) {
	c := linkCodes{[]byte("0123456789abcdef")}
	for name, p := range map[string]place{
		"a leg too many":      {1, 16, 0},
		"a link too many":     {1, 0, 8},
		"a time after 2112":   {1 << timeBits, 0, 0},
		"another bit":         {1<<63 | 1, 0, 0},
		"a leg before all":    {1, -1, 0},
		"a number before all": {1, 0, -1},
	} {
		if code, ok := c.mint(p); ok {
			t.Errorf("%s: %q", name, code)
		}
	}
	none, _ := c.mint(place{})
	if _, right := c.open(none); right || len(none) != linkCodeLen {
		t.Error("a delivery that is none has a code that opens")
	}
	for n := range 8 {
		if _, right := c.open(SampleCode(n)); right || len(SampleCode(n)) != linkCodeLen {
			t.Errorf("sample %q", SampleCode(n))
		}
	}
}

// The codes of the way out are made with another purpose: with one secret for both, none opens as the other.
func TestTheWayOutIsNoLink(t *testing.T) {
	c := linkCodes{[]byte("0123456789abcdef")}
	if _, right := c.open(codes(c).mint(7, 0)[:linkCodeLen]); right {
		t.Error("a code of /u opens as a link")
	}
}

func FuzzLinkCode(f *testing.F) {
	c := linkCodes{[]byte("0123456789abcdef")}
	for _, p := range []place{{1, 0, 0}, {1700000000000000, 3, 7}, {1700000000000000 | bots.TestMark, 15, 1}} {
		code, _ := c.mint(p)
		f.Add(code)
	}
	f.Add("zzzzzzzzzzzzzzzzz")
	f.Add("0000000000000000é")
	f.Add("")
	f.Fuzz(func(t *testing.T, code string) {
		p, right := c.open(code)
		if !right {
			return
		}
		if again, ok := c.mint(p); !ok || again != code {
			t.Errorf("%q opens as %+v, whose code is %q", code, p, again)
		}
	})
}

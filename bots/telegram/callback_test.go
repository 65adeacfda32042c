package telegram

import (
	"strings"
	"testing"
	"unicode/utf8"

	"kaskad/bots"
)

func TestCallbackData(t *testing.T) {
	const step bots.ID = 1_779_999_900_000_000
	full, err := encodeCallback(step, strings.Repeat("x", MaxButtonData))
	if err != nil || len(full) != maxCallback {
		t.Errorf("the longest answer makes %d bytes, %v; want %d", len(full), err, maxCallback)
	}
	if _, err := encodeCallback(step, strings.Repeat("x", MaxButtonData+1)); err == nil {
		t.Error("one byte more was taken")
	}
	if _, err := encodeCallback(0, ""); err == nil {
		t.Error("nothing at all was taken")
	}
	for _, foreign := range []string{"", ":", "menu", "menu/2", "001jjwt2vtqr0", "001JJWT2VTQR0:ok", "0000000000000:ok", "g01jjwt2vtqr0:ok"} {
		if got, data := decodeCallback(foreign); got != 0 || data != foreign {
			t.Errorf("decodeCallback(%q) = %v, %q; want no step and the data as it came", foreign, got, data)
		}
	}
}

func FuzzCallbackData(f *testing.F) {
	f.Add(uint64(1_779_999_900_000_000), "ok")
	f.Add(uint64(1), "")
	f.Add(^uint64(0), "так:ні")
	f.Fuzz(func(t *testing.T, id uint64, data string) {
		if step, got := decodeCallback(data); step == 0 && got != strings.ToValidUTF8(data, "\uFFFD") {
			t.Errorf("decodeCallback(%q) = %q", data, got)
		}
		wire, err := encodeCallback(bots.ID(id), data)
		if err != nil || id == 0 || !utf8.ValidString(data) {
			return
		}
		if step, got := decodeCallback(wire); step != bots.ID(id) || got != data {
			t.Errorf("%d, %q came back as %d, %q", id, data, step, got)
		}
	})
}

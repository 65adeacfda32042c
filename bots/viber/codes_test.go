package viber

import (
	"strings"
	"testing"

	"kaskad/bots"
)

func TestAnswerCode(t *testing.T) {
	const step bots.ID = 1_779_999_900_000_000
	if _, err := encodeAnswer(step, strings.Repeat("x", MaxButtonData)); err != nil {
		t.Errorf("the longest answer: %v", err)
	}
	for _, data := range []string{"", strings.Repeat("x", MaxButtonData+1)} {
		if _, err := encodeAnswer(step, data); err == nil {
			t.Errorf("an answer of %d bytes was taken", len(data))
		}
	}
	for _, typed := range []string{
		"", "#", "#k", "#k:", "#k::", "#k:ok", "#k:" + step.String(), "#k:" + step.String() + ":", "#K::ok", " #k::ok",
		"#k:0000000000000:ok", "#k:g01jjwt2vtqr0:ok", "#k:short:ok", step.String() + ":ok",
	} {
		if got, data, ours := decodeAnswer(typed); ours || got != 0 || data != "" {
			t.Errorf("decodeAnswer(%q) = %v, %q, %v; want nothing of ours", typed, got, data, ours)
		}
	}
}

func FuzzAnswerCode(f *testing.F) {
	f.Add(uint64(1_779_999_900_000_000), "ok")
	f.Add(uint64(0), "menu")
	f.Add(^uint64(0), "так:ні")
	f.Fuzz(func(t *testing.T, n uint64, data string) {
		if step, got, ours := decodeAnswer(data); !ours && (step != 0 || got != "") {
			t.Errorf("decodeAnswer(%q) = %v, %q, which is not ours", data, step, got)
		}
		wire, err := encodeAnswer(bots.ID(n), data)
		if err != nil {
			return
		}
		if step, got, ours := decodeAnswer(wire); !ours || step != bots.ID(n) || got != data {
			t.Errorf("%d, %q came back as %d, %q, %v", n, data, step, got, ours)
		}
	})
}

func TestTrackingOfOthers(t *testing.T) {
	for _, s := range []string{"tracking data", "campaign:share", "0000000000000", "0000000000000:share", "01jjwt2vtqr00:sharing", `{"a":1}`} {
		if step, asked := decodeTracking(s); step != 0 || asked {
			t.Errorf("decodeTracking(%q) = %v, %v; want nothing", s, step, asked)
		}
	}
}

func FuzzTracking(f *testing.F) {
	f.Add(uint64(1_779_999_900_000_000), true, "tracking data")
	f.Add(uint64(0), true, ":share")
	f.Add(uint64(0), false, "01jjwt2vtqr00:share")
	f.Fuzz(func(t *testing.T, n uint64, asks bool, foreign string) {
		if step, asked := decodeTracking(encodeTracking(bots.ID(n), asks)); step != bots.ID(n) || asked != asks {
			t.Errorf("%d, %v came back as %d, %v", n, asks, step, asked)
		}
		if step, asked := decodeTracking(foreign); (step != 0 || asked) && !strings.EqualFold(encodeTracking(step, asked), foreign) {
			t.Errorf("decodeTracking(%q) = %v, %v", foreign, step, asked)
		}
	})
}

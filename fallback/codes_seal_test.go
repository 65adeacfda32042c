package fallback

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

func TestACodeIsSealed(t *testing.T) {
	k := CodeRules{Key: "a key"}
	claim := func(code string) *bots.Claim {
		c := &bots.Claim{Phone: "+380501112233", Chat: bots.Address{Channel: bots.Viber, ID: "v1"}, Asked: time.Unix(1, 0)}
		c.Hash = k.seal(c, code)
		return c
	}
	var a, again, other Ask
	k.hide(&a, claim("042517"), "042517")
	k.hide(&again, claim("042517"), "042517")
	k.hide(&other, claim("042518"), "042518")
	if a.Data[codeField] != codeMask || bytes.Contains(a.Sealed, []byte("042517")) {
		t.Errorf("the ask is %+v", a)
	}
	if !bytes.Equal(a.Sealed, again.Sealed) {
		t.Error("a transaction that runs again writes something else")
	}
	if n := 12; bytes.Equal(a.Sealed[:n], other.Sealed[:n]) {
		t.Error("two codes are sealed with one nonce")
	}
	if code, err := k.open(a.Sealed); code != "042517" || err != nil {
		t.Errorf("open = %q, %v", code, err)
	}
	if code, err := k.open(nil); code != "" || err != nil {
		t.Errorf("of a message without a code: %q, %v", code, err)
	}
	for name, sealed := range map[string][]byte{"short": a.Sealed[:5], "cut": a.Sealed[:20], "changed": append(a.Sealed[:13:13], 0)} {
		if code, err := k.open(sealed); code != "" || err == nil {
			t.Errorf("%s: %q, %v", name, code, err)
		}
	}
	if code, err := (&CodeRules{Key: "another"}).open(a.Sealed); code != "" || err == nil || strings.Contains(err.Error(), "042517") {
		t.Errorf("with another key: %q, %v", code, err)
	}
}

func TestACodeIsWrittenWhereItsMaskStands(t *testing.T) {
	kept := bots.Outgoing{
		Text: codeMask + " is the code", Markup: "<b>" + codeMask + "</b> is the code",
		Approved: &bots.Approved{Name: "code", Body: []bots.ApprovedField{{Text: codeMask}, {Text: "10"}}, Buttons: []bots.ApprovedButton{{URL: codeMask}}},
	}
	out := unmask(kept, "042517")
	if out.Text != "042517 is the code" || out.Markup != "<b>042517</b> is the code" || out.Approved.Body[0].Text != "042517" || out.Approved.Body[1].Text != "10" || out.Approved.Buttons[0].URL != "042517" {
		t.Errorf("on the wire it is %+v", out)
	}
	if kept.Approved.Body[0].Text != codeMask || kept.Approved.Buttons[0].URL != codeMask {
		t.Error("what is kept has the code")
	}
	if out := unmask(kept, ""); out.Text != kept.Text || out.Approved != kept.Approved {
		t.Errorf("without a code it is %+v", out)
	}
}

// A pause or a hold makes other messages late; a code that comes after its life is worth nothing, and costs what a text costs.
func TestNothingStopsTheClockOfACode(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	paused := &World{Pauses: []Pause{{From: began, To: began.Add(2 * time.Hour)}}}
	for name, c := range map[string]struct {
		sealed []byte
		want   bool
	}{"a code": {[]byte("sealed"), true}, "another answer": {nil, false}} {
		d := &Delivery{Plan: Plan{Purpose: Conversation, Sealed: c.sealed, Cascade: Cascade{Deadline: 10 * time.Minute}}, Status: Status{Started: began, Route: []Leg{{Channel: bots.SMS}}}}
		e := &Env{Rules: &Rules{}, World: paused, Contact: &bots.Contact{}}
		if over := d.over(e, began.Add(11*time.Minute)); over != c.want {
			t.Errorf("%s, held by a pause for longer than its time, is over: %t, want %t", name, over, c.want)
		}
	}
}

package main

import (
	"testing"

	simviber "kaskad/bots/simulator/viber"
)

// TestANewCodeIsHeard: its button and its words are understood; within the pause they say that a code is on its way, and none is paid for.
func TestANewCodeIsHeard(t *testing.T) {
	t.Parallel()
	p, vb := violet(t, simviber.Options{})
	mustAll(t, vb.Open(olena, ""))
	p.hears(vb, olena, 1, "Вас вітає")
	_, err := vb.SharePhone(olena)
	mustAll(t, err)
	asked := p.hears(vb, olena, 2, "код із шести цифр")
	p.texted(1)
	_, err = vb.PressButton(olena, asked.Token, 0)
	mustAll(t, err)
	p.hears(vb, olena, 3, "Код уже в дорозі")
	_, err = vb.Say(olena, "Не прийшов код")
	mustAll(t, err)
	p.hears(vb, olena, 4, "Код уже в дорозі")
	if n := len(p.sms.Messages(phone)); n != 1 {
		t.Errorf("%d texts went out, want 1", n)
	}
	p.finish()
}

package dialogue

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"kaskad/bots"
)

// drawCode is a one-time code of six digits.
func drawCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err) // crypto/rand gives no error
	}
	return fmt.Sprintf("%06d", n.Int64())
}

// code says that a code is on its way, and sends it: to the phone that the person claims, never into this chat. What is said here is the
// same whether we know the number or not.
func (t *turn) code(code string) error {
	on := func(channel string) bool { _, on := t.d.Buttons[channel]; return on }
	out, goes := t.d.Codes.Issue(t.tx, &t.talk, code, on)
	if err := t.tell(ask{template: "code_sent", data: map[string]any{"minutes": int(t.d.Codes.Life.Minutes())}, choices: t.aboutCode()}); err != nil || !goes {
		return err
	}
	out.Scope, out.Key = scope, "code:"+t.change.Message.String()
	out.Template, out.Data["minutes"] = "code", int(t.d.Codes.Life.Minutes())
	if out.Channel != bots.SMS {
		out.Choices = []bots.Button{t.button(bots.DeniesCode)}
	}
	return t.say(out)
}

// aboutCode is what can be done while a code is awaited.
func (t *turn) aboutCode() []bots.Button {
	return []bots.Button{t.button(bots.WantsCode), t.button(bots.OtherPhone), t.button(bots.WantsPerson)}
}

// later is offered where a question can wait, and where there are buttons: a number is typed there.
func (t *turn) later() []bots.Button {
	if !t.d.Buttons[t.change.Channel] {
		return nil
	}
	return []bots.Button{t.button(bots.WantsLater)}
}

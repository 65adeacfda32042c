package whatsapp

import (
	"context"
	"strings"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

// askTime is how long WhatsApp may take to say who a number is.
const askTime = 15 * time.Second

// where is the place that an address names, as far as we know without asking. A person known by phone is written to there: a bare hidden
// id is more often refused (463).
func (b *Bot) where(ctx context.Context, address bots.Address) (types.JID, error) {
	to, err := jidOf(address)
	if err != nil {
		return to, fault(bots.Unreachable, "", err.Error())
	}
	if known, ok := b.pen.place(to); ok {
		return known, nil
	}
	if to.Server != types.HiddenUserServer {
		return to, nil
	}
	phone, err := b.lids().GetPNForLID(ctx, to)
	if err != nil {
		return to, notNow(err)
	}
	if !phone.IsEmpty() {
		return phone.ToNonAD(), nil
	}
	return to, nil
}

// reach finds the place that an address names, and whatever has to be known before the first message to it: whether WhatsApp knows the
// number at all (a message to one that it does not know is accepted and reaches nobody), how it writes it, and the hidden id. Without
// that id a chat's keys move from the one to the other under a message on its way, and answers cannot be decrypted.
func (b *Bot) reach(ctx context.Context, address bots.Address) (types.JID, error) {
	to, err := b.where(ctx, address)
	if err != nil || to.Server == types.HiddenUserServer {
		return to, err
	}
	if _, ok := b.pen.place(to); ok {
		return to, nil
	}
	lid, err := b.lids().GetLIDForPN(ctx, to)
	if err != nil {
		return to, notNow(err)
	}
	known := to
	if lid.IsEmpty() {
		if known, err = b.ask(ctx, to); err != nil {
			return to, err
		}
	}
	b.pen.learn(to, known)
	b.pen.learn(known, known)
	return known, nil
}

// ask asks WhatsApp about a number.
func (b *Bot) ask(ctx context.Context, number types.JID) (types.JID, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	known := number
	err := b.sending(ctx, func(cli *whatsmeow.Client) error {
		found, err := cli.IsOnWhatsApp(ctx, []string{"+" + number.User})
		if err != nil {
			return err
		}
		if known, err = answerFor(number, found); err != nil {
			return err
		}
		_, err = cli.GetUserInfo(ctx, []types.JID{known}) // the library keeps the hidden id
		return err
	})
	if err != nil {
		return number, askFault(err)
	}
	return known, nil
}

// answerFor reads what WhatsApp said of a number. Answers come in any order, and not to every question.
func answerFor(number types.JID, found []types.IsOnWhatsAppResponse) (types.JID, error) {
	for _, f := range found {
		if strings.TrimPrefix(f.Query, "+") != number.User {
			continue
		}
		if !f.IsIn {
			return number, fault(bots.Unreachable, "not_on_whatsapp", "whatsapp does not know the number")
		}
		if f.JID.Server == types.DefaultUserServer {
			return f.JID.ToNonAD(), nil
		}
		return number, nil
	}
	// No answer is no exact error, and only an exact one shuts an address.
	return number, fault(bots.Rejected, "no_answer", "whatsapp did not say whether it knows the number")
}

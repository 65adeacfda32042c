package whatsappcloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kaskad/bots"
)

// Send hands one message to the Graph API. The step goes with it, so that a status names it even when the answer is lost. WhatsApp
// knows the phone, so that AskContact asks for nothing.
func (b *Bot) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	receipt, err := b.send(ctx, out)
	if err != nil {
		return bots.Receipt{}, fmt.Errorf("whatsapp_cloud: send: %w", err) // without the address, which is a phone
	}
	return receipt, nil
}

func (b *Bot) send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	return b.hand(ctx, out, b.fill)
}

// hand makes one attempt with what fill writes.
func (b *Bot) hand(ctx context.Context, out bots.Outgoing, fill func(*outgoing, bots.Outgoing) error) (bots.Receipt, error) {
	m := outgoing{Product: product, RecipientType: "individual", Tag: out.Step.String()}
	var ok bool
	if m.To, m.Recipient, ok = recipient(out.To.ID); !ok {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Unreachable, Err: errors.New("the address is neither a phone with its plus nor a WhatsApp user id")}
	}
	if out.ReplyTo != "" {
		m.Context = &reference{out.ReplyTo}
	}
	if err := fill(&m, out); err != nil {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	var got sent
	if err := b.post(ctx, m, &got); err != nil {
		return bots.Receipt{}, err
	}
	if len(got.Messages) == 0 || got.Messages[0].ID == "" {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Uncertain, Err: errors.New("the answer names no message")}
	}
	r := b.accepted(out, got.Messages[0].ID, got.Messages[0].Status)
	r.Bare = out.Image != "" && m.Type != "reaction" && m.Type != "template" && !m.pictured()
	return r, nil
}

// accepted is the receipt of a message that was taken. Meta holds back messages of a template whose quality it doubts: that is no
// failure, and they may go out later.
func (b *Bot) accepted(out bots.Outgoing, id, status string) bots.Receipt {
	r := bots.Receipt{Sender: bots.WhatsAppCloud, Chat: out.To.ID, ID: id, Step: out.Step, Level: bots.Accepted, At: time.Now()}
	if status != "" && status != "accepted" {
		r.Reason = bounded(status, 60)
		b.opt.Log.Warn("whatsapp took a message of a template and holds it back", "step", out.Step, "status", r.Reason)
	}
	return r
}

// fill writes what the message says, or says why WhatsApp would not take it.
func (b *Bot) fill(m *outgoing, out bots.Outgoing) error {
	switch {
	case out.Act == bots.ReactAct && out.On == "":
		return errors.New("a reaction names no message")
	case out.Act == bots.ReactAct:
		m.Type, m.Context, m.Reaction = "reaction", nil, &reaction{out.On, repaired(out.Text)}
		return nil
	case out.Act != "":
		return fmt.Errorf("the Cloud API cannot %s a message: write a new one", out.Act)
	case out.Approved != nil:
		return fillTemplate(m, out.Step, out.Approved)
	case out.Media != nil && out.Media.Type == "location":
		return fillPlace(m, out)
	}
	return b.fillWords(m, out)
}

var _ bots.Marker = (*Bot)(nil)

// MarkRead tells WhatsApp that a person's messages were read: the person sees two blue ticks. The newest is named, and Meta marks those
// before it as well. It proves nothing and may be repeated.
func (b *Bot) MarkRead(ctx context.Context, _ bots.Address, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	var got sent
	err := b.post(ctx, seenRequest{product, "read", ids[len(ids)-1]}, &got)
	if err == nil && !got.Success {
		err = errors.New("the answer does not confirm it")
	}
	if err != nil {
		return fmt.Errorf("whatsapp_cloud: mark as read: %w", err)
	}
	return nil
}

// post makes one call of /messages. Every error is a *bots.SendError without the token.
func (b *Bot) post(ctx context.Context, body, out any) error {
	raw, err := encode(body)
	if err != nil {
		return &bots.SendError{Fault: bots.Rejected, Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, b.at(b.cfg.PhoneNumberID, "messages"), bytes.NewReader(raw))
	if err != nil {
		return &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("api_url is no address")}
	}
	req.Header.Set("Content-Type", "application/json")
	return b.call(req, out)
}

// at is an address of the Graph API.
func (b *Bot) at(parts ...string) string {
	at := strings.TrimRight(b.cfg.APIURL, "/")
	for _, p := range parts {
		at += "/" + url.PathEscape(p)
	}
	return at
}

// call makes one call and decodes its answer into out.
func (b *Bot) call(req *http.Request, out any) error {
	req.Header.Set("Authorization", "Bearer "+b.cfg.Token.Reveal())
	res, err := b.opt.Client.Call(req)
	if err != nil {
		return bots.FaultOf(err)
	}
	if e := b.judge(res); e != nil {
		return e
	}
	if err := json.Unmarshal(res.Body, out); err != nil {
		return &bots.SendError{Fault: bots.Uncertain, Err: errors.New("the answer cannot be read")}
	}
	return nil
}

// encode writes a request with text as it is: escapes for the sake of HTML would only make it longer.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}

package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

// call makes one call of a method and decodes its result into out. Every error is a *bots.SendError without the token.
func (b *Bot) call(ctx context.Context, via Doer, method string, params tgbotapi.Params, out any) error {
	x := &exchange{ctx: ctx, via: via}
	api := *b.api // a copy for each call is how the library takes a context and a client
	api.Client = x
	resp, err := api.MakeRequest(method, params)
	if err != nil {
		return b.failed(x, err)
	}
	if err := json.Unmarshal(resp.Result, out); err != nil {
		return &bots.SendError{Fault: bots.Uncertain, Err: fmt.Errorf("the answer to %s cannot be read: %w", method, err)}
	}
	return nil
}

// exchange is one HTTP call made for the library, which has no contexts, forgets the status of an answer that is no JSON
// and reads answers without bounds. The library's own client would also return errors that quote the URL, token and all.
type exchange struct {
	ctx    context.Context
	via    Doer
	lost   error // there was no answer, or it broke off
	status int
	header http.Header
}

// Do makes the call and reads the whole answer.
func (x *exchange) Do(req *http.Request) (*http.Response, error) {
	resp, err := x.via.Do(req.WithContext(x.ctx))
	if err != nil {
		x.lost = bots.FaultOf(withoutURL(err))
		return nil, x.lost
	}
	defer resp.Body.Close()
	x.status, x.header = resp.StatusCode, resp.Header
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		x.lost = &bots.SendError{Fault: bots.Uncertain, Err: fmt.Errorf("the answer broke off: %w", err)}
		return nil, x.lost
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// withoutURL takes the address, which holds the token, out of the error of an *http.Client.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// redact takes the token out of words that came from outside.
func (b *Bot) redact(s string) string {
	return strings.ReplaceAll(s, b.cfg.Token.Reveal(), b.cfg.Token.String())
}

package viber

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kaskad/bots"
)

const tokenHeader = "X-Viber-Auth-Token"

// call makes one call of a method and decodes its answer into out. Every error is a *bots.SendError without the token.
func (b *Bot) call(ctx context.Context, method string, body []byte, out any) error {
	at := strings.TrimRight(b.cfg.APIURL, "/") + "/pa/" + method
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at, bytes.NewReader(body))
	if err != nil {
		return &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("api_url is no address")}
	}
	req.Header.Set(tokenHeader, b.cfg.Token.Reveal())
	req.Header.Set("Content-Type", "application/json")
	res, err := b.opt.Client.Call(req)
	if err != nil {
		return bots.FaultOf(err)
	}
	b.clock.answered(res.Header, time.Now())
	if e := b.judge(res); e != nil {
		return e
	}
	if err := json.Unmarshal(res.Body, out); err != nil {
		return &bots.SendError{Fault: bots.Uncertain, Err: fmt.Errorf("the answer to %s cannot be read", method)}
	}
	return nil
}

// encode writes a request within Viber's bounds, with text as it is: escapes for the sake of HTML would only make it longer.
func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	body := bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
	if len(body) > maxRequest {
		return nil, fmt.Errorf("the message is too long with its buttons: %d of %d bytes", len(body), maxRequest)
	}
	return body, nil
}

// maxRequest is Viber's "30 KB", read the narrow way.
const maxRequest = 30_000

package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"kaskad/bots"
)

// asked is the answer to a request that is no message. Such requests change nothing, so no outcome of theirs is uncertain.
type asked struct {
	res   bots.Response
	input any // nil: it cannot be read
}

// ask makes one request that is no message.
func (p *Provider) ask(ctx context.Context, r *request, format string, v values) (asked, error) {
	v["token"], v["password"] = p.cfg.Token.Reveal(), p.cfg.Password.Reveal()
	v["login"], v["sender"] = p.cfg.Login, p.cfg.Sender
	req, err := r.build(ctx, v)
	if err != nil {
		return asked{}, p.failed(&bots.SendError{Fault: bots.Misconfigured, Err: err}, "")
	}
	res, err := p.client.Call(req)
	if err != nil {
		e := *bots.FaultOf(err)
		e.Fault = bots.Temporary
		return asked{}, p.failed(&e, "")
	}
	a := asked{res: res}
	if a.input, err = valueOf(format, res); err != nil {
		a.input = nil
	}
	return a, nil
}

func (a asked) ok() bool { return a.input != nil && a.res.Status >= 200 && a.res.Status < 300 }

// errNotUnderstood is an answer that is neither what the description expects nor a fault that it knows.
var errNotUnderstood = errors.New("the answer is not what the description expects")

// refusal says why an answer to such a request does not hold what was asked for.
func (p *Provider) refusal(ctx context.Context, a asked, what string, words, code *query) *bots.SendError {
	e := &bots.SendError{Fault: bots.Temporary, Err: errNotUnderstood}
	r := reading{code: code.text(ctx, a.input), words: words.text(ctx, a.input)}
	fault, known := p.answers.fault(r, a.res.Status)
	switch {
	case known && (fault == bots.Misconfigured || fault == bots.Temporary):
		e.Fault, e.Err = fault, errors.New("refused")
	case a.res.Status == http.StatusUnauthorized || a.res.Status == http.StatusForbidden:
		e.Fault, e.Err = bots.Misconfigured, errors.New("the provider does not know us; check token, login and password")
	case a.res.Status >= 300 && a.res.Status < 400:
		e.Fault, e.Err = bots.Misconfigured, errors.New("the provider's address has moved; check api_url")
	case a.res.Status >= 500 || a.res.Status == http.StatusTooManyRequests:
		e.Err = errors.New("the provider failed")
	}
	if e.Code = r.code; e.Code == "" {
		e.Code = "http:" + strconv.Itoa(a.res.Status)
	}
	if e.Fault == bots.Temporary {
		e.RetryAfter = bots.RetryAfter(a.res.Header, time.Now())
	}
	if r.words != "" {
		e.Err = fmt.Errorf("%s: %w; it says: %s", what, e.Err, r.words)
	} else {
		e.Err = fmt.Errorf("%s: %w", what, e.Err)
	}
	return p.failed(e, "")
}

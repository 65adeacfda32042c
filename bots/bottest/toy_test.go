package bottest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/bottest"
)

// toy is the smallest adapter there can be: what Conform asks for, and nothing else.
type toy struct {
	url, key string
	client   *bots.Client
}

func (a toy) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	if strings.TrimSpace(out.Text) == "" || len(out.Text) > 1000 {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Err: errors.New("the text is empty or too long")}
	}
	form := url.Values{"key": {a.key}, "to": {out.To.ID}, "text": {out.Text}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url+"/send", strings.NewReader(form.Encode()))
	if err != nil {
		return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured, Err: errors.New("the address is none")}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := a.client.Call(req)
	if err != nil {
		return bots.Receipt{}, err
	}
	var answer struct{ ID string }
	if json.Unmarshal(res.Body, &answer) != nil || answer.ID == "" {
		return bots.Receipt{}, toyFault(res)
	}
	return bots.Receipt{Sender: "toy", ID: answer.ID, Step: out.Step, Level: bots.Accepted, At: time.Now()}, nil
}

func toyFault(res bots.Response) error {
	e := &bots.SendError{Code: fmt.Sprint(res.Status), Err: errors.New("not accepted")}
	switch res.Status {
	case http.StatusForbidden:
		e.Fault = bots.Misconfigured
	case http.StatusTooManyRequests:
		e.Fault, e.RetryAfter = bots.Temporary, bots.RetryAfter(res.Header, time.Now())
	}
	return e
}

func (a toy) Check(context.Context) (bots.Identity, error) { return bots.Identity{Name: "toy"}, nil }

func (a toy) Limits() bots.Limits {
	return bots.Limits{MaxText: 1000, Reports: bots.Accepted, PerSecond: 10}
}

// An adapter of plain HTTP calls needs no simulator to be conformed.
func TestConform(t *testing.T) {
	const key = "open sesame"
	bottest.Conform(t, bottest.Adapter{
		New: func(_ *testing.T, url string) bots.Sender {
			return toy{url: url, key: key, client: bots.NewClient(bots.ClientOptions{})}
		},
		Start: bottest.HTTP{
			Text:   func(r *http.Request) string { return r.FormValue("text") },
			Accept: bottest.Answer(http.StatusOK, "application/json", `{"id":"7"}`),
			Refuse: map[bottest.Failure]http.HandlerFunc{
				bottest.Flooded:  bottest.Answer(http.StatusTooManyRequests, "text/plain", "slower", "Retry-After", "3"),
				bottest.BadToken: bottest.Answer(http.StatusForbidden, "text/plain", "who are you?"),
			},
		}.Start,
		To:      bots.Address{Channel: "toy", ID: "42"},
		Secrets: []string{key, url.QueryEscape(key)},
	})
}

package api_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/api"
)

// phone is a session that does as it is told.
type phone struct {
	status *api.WhatsAppStatus
	steps  []api.WhatsAppStep
	err    error
	asked  api.WhatsAppPairing
	outs   int
}

func (p *phone) Status(context.Context) (*api.WhatsAppStatus, error) { return p.status, p.err }

func (p *phone) Pair(_ context.Context, ask api.WhatsAppPairing, tell func(api.WhatsAppStep) error) error {
	p.asked = ask
	for _, s := range p.steps {
		if err := tell(s); err != nil {
			return err
		}
	}
	return p.err
}

func (p *phone) Logout(context.Context) error { p.outs++; return p.err }

// The calls of kaskad whatsapp: a pairing is told step by step, and what cannot be done says why.
func TestThePairedPhonesCalls(t *testing.T) {
	until := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	account := &api.WhatsAppAccount{Phone: "+380441112233", Name: "Крамниця"}
	for name, c := range map[string]struct {
		method, path, body string
		phone              phone
		status             int
		want               string
	}{
		"a status": {"GET", "", "", phone{status: &api.WhatsAppStatus{State: "banned", Until: until, Advice: "wait", Account: account}}, 200,
			`{"state":"banned","until":"2026-12-01T10:00:00Z","advice":"wait","account":{"phone":"+380441112233","name":"Крамниця"}}` + "\n"},
		"no phone": {"GET", "", "", phone{status: &api.WhatsAppStatus{State: "unpaired"}}, 200, `{"state":"unpaired","advice":"","account":null}` + "\n"},
		"off":      {"GET", "", "", phone{err: api.ErrWhatsAppOff}, 409, `"code":"channel_off"`},
		"a pairing": {"POST", "/pair", `{"phone":"+380441112233"}`, phone{steps: []api.WhatsAppStep{{Code: "ABCD-EFGH", Until: until}, {Paired: account}}}, 200,
			"data: {\"code\":\"ABCD-EFGH\",\"until\":\"2026-12-01T10:00:00Z\"}\n\ndata: {\"paired\":{\"phone\":\"+380441112233\",\"name\":\"Крамниця\"}}\n\n"},
		"a pairing that cannot begin": {"POST", "/pair", `{}`, phone{err: &api.WhatsAppFailed{Err: errors.New("another pairing is under way")}}, 503, "another pairing is under way"},
		"a pairing of something else": {"POST", "/pair", `{"number":"1"}`, phone{}, 422, `"code":"invalid_json"`},
		"a logout":                    {"POST", "/logout", `{}`, phone{}, 200, "{}\n"},
		"a logout that fails":         {"POST", "/logout", `{}`, phone{err: &api.WhatsAppFailed{Err: errors.New("no network")}}, 503, "no network"},
		"a fault of ours":             {"POST", "/logout", `{}`, phone{err: errors.New("secret words")}, 500, `"code":"internal"`},
		"a call that is none":         {"GET", "/pair", "", phone{}, 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			server := httptest.NewServer(d.api.WhatsApp(&c.phone))
			defer server.Close()
			r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+"/v1/whatsapp"+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var body strings.Builder
			buf := make([]byte, 4096)
			for {
				n, err := resp.Body.Read(buf)
				body.Write(buf[:n])
				if err != nil {
					break
				}
			}
			got := body.String()
			if resp.StatusCode != c.status || c.status == 200 && got != c.want || !strings.Contains(got, c.want) || strings.Contains(got, "secret words") {
				t.Errorf("%d %s; want %d %s", resp.StatusCode, got, c.status, c.want)
			}
		})
	}
}

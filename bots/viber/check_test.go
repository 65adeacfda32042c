package viber_test

import (
	"log/slog"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/bots/viber"
)

const (
	ours     = "https://bots.example.com/in/viber/path-s3cret"
	everyone = `["delivered","seen","failed","subscribed","unsubscribed","conversation_started"]`
)

func accountOf(webhook, events string) string {
	return `{"status":0,"status_message":"ok","id":"pa:75346594275468546724","name":"Крамниця бот","uri":"kramnytsia","webhook":"` + webhook + `","event_types":` + events + `,"subscribers_count":35,"location":{"lon":"0.1"}}`
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		webhook, events string
		registered      bool
		want            []string // one in each warning
	}{
		"all is well":                        {ours, everyone, true, nil},
		"not registered by this process":     {ours, everyone, false, nil},
		"no webhook":                         {"", "[]", false, []string{"knows no webhook"}},
		"taken away by somebody":             {"", "[]", true, []string{"knows no webhook"}},
		"taken elsewhere":                    {"https://other.example.com/in/viber/path-s3cret", everyone, true, []string{"other.example.com"}},
		"another path":                       {"https://bots.example.com/in/viber/old-s3cret", everyone, true, []string{"another path"}},
		"events are missing":                 {ours, `["delivered","failed"]`, true, []string{"seen, conversation_started"}},
		"only what cannot be left out":       {ours, `[]`, true, []string{"delivered, seen, failed, conversation_started"}},
		"Viber says nothing about events":    {ours, `null`, true, nil},
		"taken elsewhere, and without seens": {"https://other.example.com/x", `["delivered","failed","conversation_started"]`, true, []string{"other.example.com", "told of seen"}},
	} {
		t.Run(name, func(t *testing.T) {
			answers := []string{accountOf(c.webhook, c.events)}
			if c.registered {
				answers = append([]string{`{"status":0,"status_message":"ok","event_types":` + everyone + `}`}, answers...)
			}
			h, url := listen(t, answers...)
			b := newBot(t, url, viber.Options{})
			if c.registered {
				if err := b.Register(t.Context(), ours); err != nil {
					t.Fatal(err)
				}
			}
			who, err := b.Check(t.Context())
			if err != nil || who.Name != "Крамниця бот" || len(who.Warnings) != len(c.want) {
				t.Fatalf("Check = %+v, %v; want %d warnings", who, err, len(c.want))
			}
			for i, w := range who.Warnings {
				if !strings.Contains(w, c.want[i]) || strings.Contains(w, "s3cret") {
					t.Errorf("the warning is %q, want %q in it and no secret", w, c.want[i])
				}
			}
			if last := h.paths[len(h.paths)-1]; last != "/pa/get_account_info" {
				t.Errorf("Viber was asked %s", last)
			}
		})
	}
}

func TestRegister(t *testing.T) {
	h, at := listen(t, `{"status":0,"status_message":"ok","event_types":["delivered"]}`)
	var log strings.Builder
	b := newBot(t, at, viber.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := b.Register(t.Context(), ours); err != nil {
		t.Fatalf("Register = %v", err)
	}
	want := asJSON(t, `{"url":"`+ours+`","event_types":["delivered","seen","failed","conversation_started","subscribed","unsubscribed"],"send_name":true,"send_photo":false}`)
	if got := asJSON(t, h.bodies[0]); h.paths[0] != "/pa/set_webhook" || !reflect.DeepEqual(got, want) {
		t.Errorf("%s %v", h.paths[0], got)
	}
	if !strings.Contains(log.String(), "seen,failed,conversation_started") || strings.Contains(log.String(), "s3cret") {
		t.Errorf("the log says %s", log.String())
	}
}

func TestRegisterFails(t *testing.T) {
	for name, c := range map[string]struct {
		answer, says string
		want         bots.Fault
	}{
		"Viber cannot reach us":         {refusal(1, "Result: SSLHandshakeException calling "+ours), "certificate of a known authority", bots.Misconfigured},
		"the token is wrong":            {refusal(2, "invalidAuthToken"), "[viber] token", bots.Misconfigured},
		"its words quote the address":   {refusal(3, "url "+ours+" is not valid"), "badData: url https", bots.Rejected},
		"something answers in between":  {"<html>", "cannot be read", bots.Uncertain},
		"an error that nobody explains": {refusal(77, "failure"), "unknown status", bots.Uncertain},
	} {
		_, at := listen(t, c.answer)
		err := newBot(t, at, viber.Options{}).Register(t.Context(), ours)
		if err == nil || bots.FaultOf(err).Fault != c.want || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: Register = %v, want %v with %q and no secret", name, err, c.want, c.says)
		}
	}
	h, at := listen(t, accepted)
	for _, nowhere := range []bots.Secret{"", "/in/viber/path-s3cret"} {
		err := newBot(t, at, viber.Options{}).Register(t.Context(), nowhere)
		if err == nil || !strings.Contains(err.Error(), "public_url") || strings.Contains(err.Error(), "s3cret") || len(h.bodies) > 0 {
			t.Errorf("Register(%q) = %v after %d calls: an empty address would close the chat", nowhere.Reveal(), err, len(h.bodies))
		}
	}
}

func TestInspect(t *testing.T) {
	for name, c := range map[string]struct {
		webhook string
		want    bots.Registration
	}{
		"it calls us":                    {ours, bots.Registration{Ours: true, Host: "bots.example.com", Pending: -1}},
		"it calls nobody":                {"", bots.Registration{Pending: -1}},
		"it calls somebody else":         {"https://other.example.com/in/viber/path-s3cret", bots.Registration{Host: "other.example.com", Pending: -1}},
		"it calls us at an older secret": {"https://bots.example.com/in/viber/older", bots.Registration{Host: "bots.example.com", Pending: -1}},
	} {
		_, at := listen(t, `{"status":0,"status_message":"ok","name":"Shop","webhook":"`+c.webhook+`"}`)
		got, err := newBot(t, at, viber.Options{}).Inspect(t.Context(), ours)
		if err != nil || got != c.want {
			t.Errorf("%s: Inspect = %+v, %v; want %+v", name, got, err, c.want)
		}
	}
	_, at := listen(t, refusal(2, "invalidAuthToken"))
	if _, err := newBot(t, at, viber.Options{}).Inspect(t.Context(), ours); bots.FaultOf(err).Fault != bots.Misconfigured {
		t.Errorf("Inspect with a wrong token = %v", err)
	}
}

func TestLink(t *testing.T) {
	h, at := listen(t, accountOf(ours, everyone))
	b := newBot(t, at, viber.Options{})
	for range 2 {
		link, err := b.Link(t.Context(), "a b&c=+")
		if err != nil || link != "viber://pa?chatURI=kramnytsia&context=a%20b%26c%3D%2B" {
			t.Fatalf("Link = %q, %v", link, err)
		}
		if u, err := url.Parse(link); err != nil || u.Query().Get("context") != "a b&c=+" {
			t.Errorf("the context of %s is not what was put in, %v", link, err)
		}
	}
	if len(h.bodies) != 1 {
		t.Errorf("Viber was asked %d times who we are", len(h.bodies))
	}
	_, at = listen(t, `{"status":0,"name":"Shop"}`)
	if _, err := newBot(t, at, viber.Options{}).Link(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "URI") {
		t.Errorf("without a URI: Link = %v", err)
	}
	_, at = listen(t, refusal(2, "invalidAuthToken"))
	if _, err := newBot(t, at, viber.Options{}).Link(t.Context(), "x"); bots.FaultOf(err).Fault != bots.Misconfigured {
		t.Errorf("with a wrong token: Link = %v", err)
	}
}

package viber_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/bots/bottest"
	sim "kaskad/bots/simulator/viber"
	"kaskad/bots/viber"
)

// simulator starts a Viber in which Olena is subscribed.
func simulator(t *testing.T, opt sim.Options) *sim.Server {
	t.Helper()
	opt.Token = token
	v, err := sim.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.Close() })
	must(t, v.AddPerson(sim.Person{ID: olena, Name: "Олена Коваль", Language: "uk", Phone: "380501112233", Subscribed: true}))
	return v
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func adapter(t *testing.T) bottest.Adapter {
	stranger := hookCall(recorded(t, "wrote"))
	stranger.Header = http.Header{"X-Viber-Content-Signature": {sign("guess", stranger.Body)}}
	unsigned := hookCall(recorded(t, "seen"))
	unsigned.Header = http.Header{}
	a := bottest.Adapter{
		New:     func(t *testing.T, url string) bots.Sender { return newBot(t, url, viber.Options{}) },
		To:      toOlena,
		Secrets: []string{token, secret},
		Forged:  []bots.Call{stranger, unsigned},
	}
	for _, file := range []string{"wrote", "pressed", "shared", "opened", "seen", "failed", "unsubscribed", "webhook"} {
		a.Genuine = append(a.Genuine, hookCall(recorded(t, file)))
	}
	return a
}

// The simulator refuses to send for a bot without a webhook, as Viber does.
func withWebhook(t *testing.T, v *sim.Server) {
	t.Helper()
	hook := listenFor(t, newBot(t, v.URL(), viber.Options{}), nil)
	must(t, newBot(t, v.URL(), viber.Options{}).Register(t.Context(), bots.Secret(hook)))
}

func TestConformOnSimulator(t *testing.T) {
	a := adapter(t)
	a.Start = func(t *testing.T) bottest.Peer {
		v := simulator(t, sim.Options{})
		withWebhook(t, v)
		return bottest.Peer{
			URL:      v.URL(),
			Fail:     func(f bottest.Failure) bool { return fail(t, v, f) },
			Requests: func() int { return len(v.CallsOf("send_message")) },
			Pictures: func() (all []string) {
				for _, m := range v.Accepted(olena) {
					if m.Type == "picture" && m.Failed == "" {
						all = append(all, m.Media)
					}
				}
				return all
			},
			Texts: func() (texts []string) {
				for _, m := range v.Accepted(olena) {
					texts = append(texts, m.Text)
				}
				return texts
			},
		}
	}
	bottest.Conform(t, a)
}

// fail makes the simulator fail. Where that can be, it does first what it was asked for.
func fail(t *testing.T, v *sim.Server, f bottest.Failure) bool {
	always := func(fault sim.Fault) {
		fault.Times, fault.CarryOut = -1, true
		v.Fail(fault)
	}
	switch f {
	case bottest.Blocked:
		must(t, v.Unsubscribe(olena))
	case bottest.Gone:
		must(t, v.Leave(olena))
	case bottest.Flooded:
		always(sim.Fault{Kind: sim.AnswerStatus})
	case bottest.BadText:
		always(sim.Fault{Kind: sim.AnswerStatus, Status: 3})
	case bottest.BadToken:
		always(sim.Fault{Kind: sim.AnswerStatus, Status: 2})
	case bottest.ServerError:
		always(sim.Fault{Kind: sim.BadGateway})
	case bottest.Garbage:
		always(sim.Fault{Kind: sim.Garbage})
	case bottest.Hang:
		always(sim.Fault{Kind: sim.HangAfterAccept})
	case bottest.Cut:
		always(sim.Fault{Kind: sim.CutAfter})
	case bottest.Down:
		must(t, v.Close())
	default:
		return false
	}
	return true
}

// The same with answers as they are written in Viber's documents.
func TestConformOnAnswers(t *testing.T) {
	said := func(status int, words string) http.HandlerFunc {
		return bottest.Answer(200, "application/json", refusal(status, words))
	}
	a := adapter(t)
	a.Start = bottest.HTTP{
		IsSend: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/pa/send_message") },
		Text: func(r *http.Request) string {
			var m struct{ Text string }
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				t.Error(err)
			}
			return m.Text
		},
		Accept: bottest.Answer(200, "application/json", accepted),
		Other:  bottest.Answer(200, "application/json", accountOf(ours, everyone)),
		Refuse: map[bottest.Failure]http.HandlerFunc{
			bottest.Blocked:  said(6, "notSubscribed"),
			bottest.Gone:     said(5, "receiverNotRegistered"),
			bottest.Flooded:  said(12, "Too many requests"),
			bottest.BadText:  said(3, "badData"),
			bottest.BadToken: said(2, "invalidAuthToken"),
		},
	}.Start
	bottest.Conform(t, a)
}

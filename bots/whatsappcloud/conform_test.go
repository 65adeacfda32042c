package whatsappcloud_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/bots/bottest"
	"kaskad/bots/simulator/graph"
	"kaskad/bots/whatsappcloud"
)

const (
	olenaDigits = "380501112233"
	version     = "/v23.0"
)

// simulator starts a Graph API that knows Olena, who has just written to us.
func simulator(t *testing.T, opt graph.Options) *graph.Server {
	t.Helper()
	opt.Token, opt.AppSecret, opt.VerifyToken, opt.PhoneID = token, secret, verify, numberID
	g, err := graph.New(opt)
	must(t, err)
	t.Cleanup(func() { _ = g.Close() })
	must(t, g.AddPerson(graph.Person{Phone: olenaDigits, Name: "Олена Коваль", Wrote: true}))
	return g
}

func adapter(t *testing.T) bottest.Adapter {
	stranger := hookCall(recorded(t, "text"))
	stranger.Header = http.Header{"X-Hub-Signature-256": {sign("guess", stranger.Body)}}
	unsigned := hookCall(recorded(t, "read"))
	unsigned.Header = http.Header{}
	a := bottest.Adapter{
		New: func(t *testing.T, url string) bots.Sender {
			return newBot(t, url+version, whatsappcloud.Options{})
		},
		To:      toOlena,
		Secrets: []string{token, secret, verify, olenaDigits},
		Forged:  []bots.Call{stranger, unsigned},
	}
	for _, file := range []string{"text", "image", "pressed", "reaction", "phoneless", "changed_number", "read", "failed", "batch"} {
		a.Genuine = append(a.Genuine, hookCall(recorded(t, file)))
	}
	return a
}

func TestConformOnSimulator(t *testing.T) {
	a := adapter(t)
	a.Start = func(t *testing.T) bottest.Peer {
		g := simulator(t, graph.Options{Sync: []int{131026, 131050}})
		return bottest.Peer{
			URL:      g.URL(),
			Fail:     func(f bottest.Failure) bool { return fail(t, g, f) },
			Requests: func() int { return len(g.CallsOf(graph.Messages)) },
			Texts: func() (texts []string) {
				for _, m := range g.Messages(olenaDigits) {
					texts = append(texts, m.Text)
				}
				return texts
			},
			Pictures: func() (all []string) {
				for _, m := range g.Messages(olenaDigits) {
					if m.Type == "image" {
						all = append(all, m.Link)
					}
				}
				return all
			},
		}
	}
	bottest.Conform(t, a)
}

// fail makes the simulator fail. Where that can be, it does first what it was asked for.
func fail(t *testing.T, g *graph.Server, f bottest.Failure) bool {
	always := func(fault graph.Fault) {
		fault.Times, fault.CarryOut = -1, true
		g.Fail(fault)
	}
	switch f {
	case bottest.Blocked:
		always(graph.Fault{Kind: graph.AnswerError, Code: 131050})
	case bottest.Gone:
		must(t, g.Change(olenaDigits, func(p *graph.Person) { p.NoWhatsApp = true }))
	case bottest.Flooded:
		always(graph.Fault{Kind: graph.AnswerError, Code: 130429})
	case bottest.BadText:
		always(graph.Fault{Kind: graph.AnswerError, Code: 100})
	case bottest.BadToken:
		g.ExpireToken()
	case bottest.ServerError:
		always(graph.Fault{Kind: graph.BadGateway})
	case bottest.Garbage:
		always(graph.Fault{Kind: graph.Garbage})
	case bottest.Hang:
		always(graph.Fault{Kind: graph.HangAfterAccept})
	case bottest.Cut:
		always(graph.Fault{Kind: graph.CutAfter})
	case bottest.Down:
		must(t, g.Close())
	default:
		return false
	}
	return true
}

// The same with answers as they are written in Meta's documents.
func TestConformOnAnswers(t *testing.T) {
	said := func(status, code int) http.HandlerFunc {
		return bottest.Answer(status, "application/json", refusal(code, "see the docs"))
	}
	a := adapter(t)
	a.Start = bottest.HTTP{
		IsSend: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, numberID+"/messages") },
		Text: func(r *http.Request) string {
			var m struct {
				Text  struct{ Body string }
				Image struct{ Caption string }
			}
			if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
				t.Error(err)
			}
			return m.Text.Body + m.Image.Caption
		},
		Accept: bottest.Answer(200, "application/json", taken),
		Other:  bottest.Answer(200, "application/json", `{"id":"1","display_phone_number":"+1 631-555-5555","verified_name":"Jasper's Market","quality_rating":"GREEN"}`),
		Refuse: map[bottest.Failure]http.HandlerFunc{
			bottest.Blocked:  said(400, 131050),
			bottest.Gone:     said(400, 131026),
			bottest.Flooded:  said(429, 130429),
			bottest.BadText:  said(400, 100),
			bottest.BadToken: said(401, 190),
		},
	}.Start
	bottest.Conform(t, a)
}

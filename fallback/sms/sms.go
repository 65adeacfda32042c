// Package sms sends text messages through any provider that takes them over HTTP, as its description in the configuration
// says: see [Config].
//
// # Presets
//
// A preset is such a description that comes with the program, one file of presets/ each, with its sources in it. It is laid
// under the operator's own keys: what he wrote wins, and tables such as [sms.faults] are joined. Sections that nobody has seen
// work with a real account are listed in unverified; see Provider.Questions.
//
// # Requests
//
// Every string of [sms.request] may hold placeholders: {{.to}} (E.164), {{.text}}, {{.sender}}, {{.id}} (our id of the
// message), {{.token}}, {{.login}}, {{.password}} and {{.report_url}} (where reports reach us; it carries our id as ?ref=).
// Filters: e164, digits, national and phone "00" write a phone; is_gsm7 and parts look at a text; base64 is for headers;
// int, bool and list make a JSON string that is nothing but one placeholder a number, a boolean or an array. {{if}} is there,
// loops and variables are not. Each value is escaped for the place where it stands, so no text can change the shape of a request. A
// field with {{.report_url}} is left out while nobody can reach us; omit_empty leaves out every empty one.
//
// # Answers
//
// Answers are read with jq expressions. An answer is a yes when its status is listed, accept.ok is true (if written) and
// accept.id gives something (if written). Everything else is looked up in [sms.faults], by its code and then by its status;
// what is not there is
//
//	uncertain      5xx; an answer that cannot be read; a yes without an id or with a status that is not listed
//	misconfigured  401; 403 without a code; a redirect that says the address has moved (301, 307, 308)
//	rejected       every other answer: the provider says no
//
// # Calls
//
// Providers call one address for reports and for what people write, with JSON, a form or a query; a form is an object whose
// repeated fields are lists. One call may hold many: the elements of a list at the top, or what report.each gives, such as
// ".results[]"; the other expressions of [sms.report] and [sms.inbound] are run over each. What has a status and an id (or our
// id, from report.ref or from ?ref= of the address) is a report; what else has a phone and a text is a message of a person.
// Where that is not enough to tell them apart, inbound.when decides. A report that tells an unknown state says nothing and is
// acknowledged, so that the provider does not come again. A provider that signs its calls is described in
// [sms.report.signature]: a call without a good signature is forged, and so is every call while our half of the secret is
// empty.
//
// # Questions
//
// [sms.poll] says how a provider is asked what became of messages, [sms.balance] what is left of the money; both in the words of
// a request and of an answer. Such a question changes nothing, so none of its failures is uncertain. See [Provider.Poller] and
// [Provider.Check].
//
// A Provider keeps nothing, makes one attempt per Send and never repeats it. It applies no transliteration: what the
// templates wrote is sent, without control characters.
package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"kaskad/bots"
)

var (
	_ bots.Sender  = (*Provider)(nil)
	_ bots.Pricer  = (*Provider)(nil)
	_ bots.Webhook = (*Provider)(nil)
)

// Provider is one [[sms]] entry. It is safe for use by many goroutines.
type Provider struct {
	cfg     Config
	price   bots.Money
	client  *bots.Client
	request *request
	answers *answers
	calls   *calls
	poll    *poll    // nil: it cannot be asked about messages
	balance *balance // nil: nor about money
}

// New returns a provider, or every fault of its description. It makes no network call.
func New(cfg Config, client *bots.Client) (*Provider, error) {
	p, err := compile(cfg)
	if err != nil {
		return nil, err
	}
	if p.client = client; client == nil {
		p.client = bots.NewClient(bots.ClientOptions{})
	}
	return p, nil
}

// compile turns a description into a provider without a connection, and collects all its faults.
func compile(cfg Config) (*Provider, error) {
	f := &faults{name: cfg.Name}
	cfg, err := cfg.overPreset()
	if err != nil {
		f.add("preset", "%w", err)
		cfg.checkAlone(f)
		return nil, f.err()
	}
	cfg = cfg.withDefaults()
	cfg.check(f)
	p := &Provider{cfg: cfg}
	p.price, _ = cfg.Price.Money() // its fault is already among the others
	p.request = compileSend(cfg, f)
	p.answers = compileAnswers(cfg, p.request, f)
	p.calls = compileCalls(cfg, p.request, f)
	p.poll = compilePoll(cfg, f)
	p.balance = compileBalance(cfg, f)
	if err := f.err(); err != nil {
		return nil, err
	}
	return p, nil
}

// Name is the sender's name in receipts, "sms/main".
func (p *Provider) Name() string { return bots.SMS + "/" + p.cfg.Name }

// Hook is the provider's way in. Its secret is the configured one, or empty: the program makes one.
func (p *Provider) Hook() bots.Hook {
	return bots.Hook{
		Path: p.Name(), Channel: bots.SMS, Secret: p.cfg.ReportSecret, Webhook: p,
		Methods: []string{http.MethodGet, http.MethodPost},
	}
}

// Send makes one attempt.
func (p *Provider) Send(ctx context.Context, out bots.Outgoing) (bots.Receipt, error) {
	t := p.Try(ctx, out)
	if t.Err != nil {
		return bots.Receipt{}, t.Err
	}
	return t.Receipt, nil
}

// unsendable says why a message needs no attempt.
func (p *Provider) unsendable(to bots.Address, text string, parts int) *bots.SendError {
	switch {
	case !isE164(to.ID):
		return &bots.SendError{Fault: bots.Unreachable, Err: errors.New("the address is no phone in E.164, as +380501112233")}
	case strings.TrimSpace(text) == "":
		return &bots.SendError{Fault: bots.Rejected, Err: errors.New("the text is empty")}
	case parts > p.cfg.MaxParts:
		return &bots.SendError{Fault: bots.Rejected, Err: fmt.Errorf("the text takes %d parts, max_parts is %d; shorten it", parts, p.cfg.MaxParts)}
	}
	return nil
}

func isE164(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 5 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

func (p *Provider) values(out bots.Outgoing, text string) values {
	return values{
		"to": out.To.ID, "text": text, "sender": p.cfg.Sender, "id": out.Step.String(), "login": p.cfg.Login,
		"token": p.cfg.Token.Reveal(), "password": p.cfg.Password.Reveal(), "report_url": p.reportURL(out.Step),
	}
}

// reportURL is where reports of one message reach us, with the message's id.
func (p *Provider) reportURL(step bots.ID) string {
	base := p.cfg.ReportURL.Reveal()
	if base == "" || step == 0 {
		return base
	}
	if strings.Contains(base, "?") {
		return base + "&ref=" + step.String()
	}
	return base + "?ref=" + step.String()
}

// codeShape is a code that can be shown as it is.
var codeShape = regexp.MustCompile(`^[A-Za-z0-9_.:-]{1,32}$`)

// failed puts the provider's name in front of an error and takes out of it what is nobody's business.
func (p *Provider) failed(e *bots.SendError, text string) *bots.SendError {
	secrets := p.secrets()
	safe := *e
	if !codeShape.MatchString(e.Code) {
		safe.Code = discreet(e.Code, text, secrets...)
	}
	safe.Err = errors.New(p.Name())
	if e.Err != nil {
		safe.Err = &sendError{p.Name() + ": " + discreet(e.Err.Error(), text, secrets...), e.Err}
	}
	return &safe
}

// sendError is a sentence without secrets. Its cause can be asked for and is never printed.
type sendError struct {
	text  string
	cause error
}

func (e *sendError) Error() string        { return e.text }
func (e *sendError) Is(target error) bool { return errors.Is(e.cause, target) }

// Price tells how many parts a text takes and what they cost.
func (p *Provider) Price(text string) (int, bots.Money) {
	_, parts := Parts(clean(text))
	return parts, p.price.Times(parts)
}

// Limits says what the provider can show and prove, as far as its description tells.
func (p *Provider) Limits() bots.Limits {
	l := bots.Limits{MaxParts: p.cfg.MaxParts, Reports: bots.Accepted, PerSecond: p.cfg.Rate}
	if p.calls.status != nil && !p.cfg.Deaf || p.poll != nil && p.cfg.Polled {
		l.Reports = bots.Delivered
	}
	l.CanEngage = p.calls.from != nil && !p.cfg.Deaf
	l.WayBack = l.CanEngage
	return l
}

package sms

import (
	"cmp"
	"time"
)

// describedParts are what Unverified can name: the sections of a description.
var describedParts = []string{"request", "accept", "faults", "report", "inbound", "poll", "balance"}

// About is what people should know of a provider. Nothing of it is sent.
type About struct {
	Title     string   `toml:"title"`
	Countries []string `toml:"countries"` // ISO 3166; empty: everywhere
	Address   string   `toml:"address"`   // where the operator finds api_url, when each account has its own
	Reports   string   `toml:"reports"`   // where the operator enters the address of the reports
	Note      string   `toml:"note"`
}

// Request says how something is asked of the provider. Strings are templates: see the package doc.
type Request struct {
	Method    string            `toml:"method"` // POST unless written
	Path      string            `toml:"path"`
	Headers   map[string]string `toml:"headers"`
	JSON      any               `toml:"json"` // tables, arrays, strings, numbers, booleans
	Form      map[string]any    `toml:"form"` // strings, or arrays of strings for repeated keys
	Query     map[string]any    `toml:"query"`
	Body      string            `toml:"body"`       // needs headers.Content-Type, which decides how values are escaped
	OmitEmpty bool              `toml:"omit_empty"` // leave out what renders to nothing
}

func (r Request) withDefaults() Request {
	r.Method = cmp.Or(r.Method, "POST")
	return r
}

// Accept says how an answer is read. All but Format and Status are jq expressions.
type Accept struct {
	Format string `toml:"format"` // "json" unless written; "text": the whole answer is one string
	Status []int  `toml:"status"` // what can be a yes; empty: any 2xx
	OK     string `toml:"ok"`     // true: taken; empty: the status and an id decide
	ID     string `toml:"id"`
	Parts  string `toml:"parts"` // how many parts it bills, if it says so
	Error  string `toml:"error"` // the provider's words, for people
	Code   string `toml:"code"`  // looked up in faults
}

// Report says how a delivery report is read: jq expressions, each over one report.
type Report struct {
	Each      string            `toml:"each"` // the reports in one call; empty: the call itself, or its elements if it is a list
	ID        string            `toml:"id"`
	Ref       string            `toml:"ref"` // our own id, where the provider hands it back; ?ref= of the report URL needs no expression
	To        string            `toml:"to"`  // the phone, if it says so
	Status    string            `toml:"status"`
	States    map[string]string `toml:"states"` // its word → delivered, failed or refused; another word says nothing
	At        string            `toml:"at"`     // RFC 3339, or unix seconds or milliseconds
	Answer    string            `toml:"answer"`
	Signature Signature         `toml:"signature"`
}

// Signature says how the provider signs its calls, reports and replies alike. A call whose signature is missing or wrong is
// refused.
type Signature struct {
	Header   string `toml:"header"`   // the header that holds it, or
	Value    string `toml:"value"`    // where the call holds it: a jq expression
	Hash     string `toml:"hash"`     // md5, sha1, sha256, hmac-sha1 or hmac-sha256
	Key      string `toml:"key"`      // of an hmac: token, password or secret, which is report_secret
	Text     string `toml:"text"`     // what is signed: a jq expression over the call, with $token, $login, $password, $secret, $body and $urls; of several outputs any may fit
	Encoding string `toml:"encoding"` // hex unless written, or base64
}

// Inbound says how a person's own message is read: jq expressions, over the same elements as Report.
type Inbound struct {
	When string `toml:"when"` // true: it is a message; empty: what is no report and has a phone and a text
	From string `toml:"from"`
	Text string `toml:"text"`
	ID   string `toml:"id"`
	At   string `toml:"at"`
}

// Poll says how the provider is asked what became of messages: the keys of a request, in which {{.ids}} and {{.phones}} are
// those that are asked about, with commas between them, and the keys of a report.
type Poll struct {
	Request
	Format string            `toml:"format"` // as in Accept
	Batch  int               `toml:"batch"`  // messages in one request; 0: one
	New    bool              `toml:"new"`    // it tells what is new, each status once, and needs no ids
	Every  string            `toml:"every"`  // how often; "1m" unless written
	Each   string            `toml:"each"`   // as in Report
	ID     string            `toml:"id"`     // empty: the one that was asked about
	Ref    string            `toml:"ref"`
	To     string            `toml:"to"`
	Status string            `toml:"status"`
	States map[string]string `toml:"states"` // empty: those of the reports
	At     string            `toml:"at"`
}

const (
	pollEvery    = time.Minute
	maxPollBatch = 1000
)

func (p Poll) described() bool { return p.Status != "" || p.Path != "" }

func (p Poll) withDefaults() Poll {
	if p.described() {
		p.Request = p.Request.withDefaults()
		p.Format, p.Batch, p.Every = cmp.Or(p.Format, formatJSON), max(p.Batch, 1), cmp.Or(p.Every, pollEvery.String())
	}
	return p
}

// Balance says how the provider is asked what is left of the money: the keys of a request, and jq expressions over the answer.
type Balance struct {
	Request
	Format   string `toml:"format"`   // as in Accept
	Amount   string `toml:"amount"`   // of money, or of the units that the provider counts in
	Currency string `toml:"currency"` // empty: the provider does not say in what
	Error    string `toml:"error"`    // as in Accept; empty: the one of Accept
	Code     string `toml:"code"`
}

func (b Balance) described() bool { return b.Amount != "" || b.Path != "" }

func (b Balance) withDefaults() Balance {
	if b.described() {
		b.Request = b.Request.withDefaults()
		b.Format = cmp.Or(b.Format, formatJSON)
	}
	return b
}

package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"kaskad/bots"
)

// LookupConfig describes a call that asks a system of the retailer's about one person, in the words in which [sms.request] describes a
// message's: the placeholders are {{.external_id}}, {{.phone}} and {{.token}}.
type LookupConfig struct {
	APIURL    string      `toml:"api_url"`
	Token     bots.Secret `toml:"token"`
	TokenFile string      `toml:"token_file"`
	Request
	Value string `toml:"value"` // a jq expression over the answer
}

// Lookup asks. It may be used by many goroutines.
type Lookup struct {
	cfg     LookupConfig
	request *request
	value   *query
	client  *bots.Client
}

// LookupFault is what is wrong with one key of the description.
type LookupFault struct{ Key, Problem string }

var lookupPlaceholders = []string{"external_id", "phone", "token"}

// NewLookup compiles a description. The operator wrote the address: it may well be in a private network.
func NewLookup(c LookupConfig) (*Lookup, []LookupFault) {
	f := &faults{name: "lookup"}
	if c.Method == "" {
		c.Method = "GET"
	}
	if u, err := url.Parse(c.APIURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		f.add("api_url", "write the address of your system, https://host/path, without login, ? and #")
	}
	if c.Value == "" {
		f.add("value", "write where the answer has the number, as a jq expression such as .balance")
	}
	if empty, is := c.JSON.(map[string]any); is && len(empty) == 0 {
		c.JSON = nil
	}
	l := &Lookup{
		cfg: c, request: compileRequest("request", Config{APIURL: c.APIURL, Token: c.Token}, c.Request, lookupPlaceholders, f),
		value: f.query("value", c.Value), client: bots.NewClient(bots.ClientOptions{}),
	}
	if !l.request.uses["external_id"] && !l.request.uses["phone"] {
		f.add("path", "neither {{.external_id}} nor {{.phone}} is anywhere: your system cannot know whom it is asked about")
	}
	var told []LookupFault
	for _, err := range f.all {
		key, problem, _ := strings.Cut(strings.TrimPrefix(err.Error(), `sms "lookup": `), ": ")
		told = append(told, LookupFault{strings.TrimPrefix(strings.TrimPrefix(key, "request."), "request"), strings.ReplaceAll(problem, "request.", "")})
	}
	return l, told
}

// Needs reports whether the call has a place for the phone, and one for the card.
func (l *Lookup) Needs() (card, phone bool) {
	return l.request.uses["external_id"], l.request.uses["phone"]
}

// ErrNothing: the system answered, and has nothing for this card or phone. That is no fault of the system.
var ErrNothing = errors.New("the system has nothing for the person")

// ErrEmpty: the system answered, and not with a value. Whether it knows the person, nobody can tell.
var ErrEmpty = errors.New("the system's answer has no value")

// Ask makes one call; ErrNothing: the system knows no such person. Its errors hold nothing of the person and nothing of the answer.
func (l *Lookup) Ask(ctx context.Context, card, phone string) (string, error) {
	req, err := l.request.build(ctx, values{"external_id": card, "phone": phone, "token": l.cfg.Token.Reveal()})
	if err != nil {
		return "", err
	}
	res, err := l.client.Call(req)
	if err != nil {
		return "", err
	}
	if res.Status == http.StatusNotFound || res.Status == http.StatusGone {
		return "", fmt.Errorf("%w: it answered with status %d", ErrNothing, res.Status)
	}
	if res.Status < 200 || res.Status > 299 {
		return "", fmt.Errorf("the system answered with status %d", res.Status)
	}
	input, err := valueOf(formatJSON, res)
	if err != nil {
		return "", errors.New("the answer is no JSON")
	}
	read, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	value := l.value.text(read, input)
	switch {
	case value == "":
		return "", fmt.Errorf("%w: there is nothing where value points; if that is so for everybody, check value", ErrEmpty)
	case len(value) > maxLookup || strings.ContainsFunc(value, unicode.IsControl):
		return "", fmt.Errorf("what value points at is no number: more than %d bytes, or several lines", maxLookup)
	}
	return value, nil
}

// maxLookup is how long a value may be that is shown to a person.
const maxLookup = 64

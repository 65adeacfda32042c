package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
)

const (
	formatJSON = "json"
	formatText = "text"
)

// answers is the compiled [sms.accept] and [sms.faults].
type answers struct {
	format                     string
	status                     []int
	ok, id, parts, words, code *query
	faults                     map[string]bots.Fault
}

func compileAnswers(c Config, req *request, f *faults) *answers {
	a := &answers{format: c.Accept.Format, status: c.Accept.Status, faults: make(map[string]bots.Fault)}
	f.format("accept.format", a.format)
	for _, status := range a.status {
		if status < 200 || status > 599 {
			f.add("accept.status", "%d is no status of an answer", status)
		}
	}
	a.ok = f.query("accept.ok", c.Accept.OK)
	a.id = f.query("accept.id", c.Accept.ID)
	a.parts = f.query("accept.parts", c.Accept.Parts)
	a.words = f.query("accept.error", c.Accept.Error)
	a.code = f.query("accept.code", c.Accept.Code)
	if a.id == nil && !req.uses["report_url"] && (c.Report.Ref == "" || !req.uses["id"]) {
		f.add("accept.id", "there is no id expression, so no report could be matched; write where the answer has the message's id, or put {{.report_url}} into the request")
	}
	if a.id == nil && a.ok == nil {
		f.add("accept", "nothing tells a yes from a no; write ok or id")
	}
	for code, name := range c.Faults {
		fault, err := bots.ParseFault(name)
		if err != nil {
			f.add("faults."+code, "%w", err)
		}
		if n, ok := strings.CutPrefix(code, "http:"); ok {
			if status, err := strconv.Atoi(n); err != nil || status < 100 || status > 599 {
				f.add("faults."+code, "write a status as \"http:429\"")
			}
		} else if a.code == nil {
			f.add("faults."+code, "no answer has a code; write accept.code, or \"http:429\" for a status")
		}
		a.faults[code] = fault
	}
	return a
}

func (f *faults) query(key, source string) *query {
	q, err := compileQuery(source)
	if err != nil {
		f.add(key, "%w", err)
	}
	return q
}

func (f *faults) format(key, format string) {
	if format != formatJSON && format != formatText {
		f.add(key, "%q is not known; write %q or %q", format, formatJSON, formatText)
	}
}

// reading is what one answer says.
type reading struct {
	readable bool
	listed   bool // its status can be a yes
	yes      bool // accept.ok is true; without accept.ok: the status is listed
	id       string
	parts    int // 0: it does not say
	code     string
	words    string
}

// read evaluates an answer. One on which accept.ok fails is unreadable: it is not what was described.
func (a *answers) read(res bots.Response) reading {
	r := reading{listed: a.isListed(res.Status)}
	r.yes = r.listed
	input, err := valueOf(a.format, res)
	if err != nil {
		return r
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTime) // the send's own time may be over: the answer counts
	defer cancel()
	r.readable = true
	if a.ok != nil {
		v, err := a.ok.first(ctx, input)
		r.yes, r.readable = err == nil && truth(v), err == nil
	}
	r.id, r.code, r.words = a.id.text(ctx, input), a.code.text(ctx, input), a.words.text(ctx, input)
	r.parts, _ = strconv.Atoi(a.parts.text(ctx, input)) // what is no number says nothing
	if r.parts < 0 || r.parts > maxParts {
		r.parts = 0
	}
	return r
}

// valueOf is what expressions over an answer are run on.
func valueOf(format string, res bots.Response) (any, error) {
	switch {
	case res.Cut:
		return nil, errors.New("the answer is too long")
	case format == formatText:
		return strings.TrimSpace(string(res.Body)), nil
	}
	return decode(res.Body)
}

func (a *answers) isListed(status int) bool {
	if len(a.status) == 0 {
		return status >= 200 && status < 300
	}
	return slices.Contains(a.status, status)
}

// judge reads an answer: the provider's id and the parts that it counted, or why there is none.
func (a *answers) judge(res bots.Response, now time.Time) (reading, *bots.SendError) {
	r := a.read(res)
	mapped, known := a.fault(r, res.Status)
	if r.readable && r.listed && r.yes && (a.id == nil || r.id != "") && (a.ok != nil || !known) {
		return r, nil
	}
	fault, why := a.unmapped(r, res.Status)
	if known {
		fault, why = mapped, ""
	}
	e := &bots.SendError{Fault: fault, Code: r.code}
	if e.Code == "" {
		e.Code = "http:" + strconv.Itoa(res.Status)
	}
	if fault == bots.Temporary {
		e.RetryAfter = bots.RetryAfter(res.Header, now)
	}
	switch {
	case r.words != "" && why != "":
		e.Err = fmt.Errorf("%s; it says: %s", why, r.words)
	case r.words != "":
		e.Err = errors.New(r.words)
	case why != "":
		e.Err = errors.New(why)
	}
	return r, e
}

// fault looks an answer up in [sms.faults]: its code first, then its status.
func (a *answers) fault(r reading, status int) (bots.Fault, bool) {
	if fault, ok := a.faults[r.code]; ok && r.code != "" {
		return fault, true
	}
	fault, ok := a.faults["http:"+strconv.Itoa(status)]
	return fault, ok
}

// unmapped is what an answer means that [sms.faults] does not know. Only an answer that plainly says no is a no: the message
// of any other may be on its way.
func (a *answers) unmapped(r reading, status int) (bots.Fault, string) {
	switch {
	case status >= 500:
		return bots.Uncertain, "the provider failed"
	case status == http.StatusUnauthorized, status == http.StatusForbidden && r.code == "":
		return bots.Misconfigured, "the provider does not know us; check token, login and password"
	case status == http.StatusMovedPermanently || status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect:
		return bots.Misconfigured, "the provider's address has moved; check api_url"
	case !r.readable:
		return bots.Uncertain, "the answer is not what [sms.accept] describes; check it and api_url"
	case a.ok != nil && r.yes && !r.listed:
		return bots.Uncertain, "the answer says yes, with a status that accept.status does not list"
	case a.ok != nil && r.yes:
		return bots.Uncertain, "the answer says yes and has no id"
	case a.ok == nil && r.code == "" && status < 300:
		return bots.Uncertain, "the answer has no id"
	}
	return bots.Rejected, "the provider did not take the message"
}

package sms

import (
	"encoding/json"
	"strings"

	"kaskad/bots"
)

// What a provider's word can mean.
const (
	stateDelivered = "delivered"
	stateFailed    = "failed"
	stateRefused   = "refused" // its stop list: a no
)

// calls is the compiled [sms.report] and [sms.inbound].
type calls struct {
	reports
	signature                            *signature // nil: the path is all the protection there is
	answer                               bots.Answer
	when, from, text, messageID, wroteAt *query
}

// reports reads delivery reports, whether they were brought or asked for.
type reports struct {
	each, id, ref, to, status, at *query
	states                        map[string]string
}

func compileReports(section string, r Report, f *faults) reports {
	for word, state := range r.States {
		if state != stateDelivered && state != stateFailed && state != stateRefused {
			f.add(section+".states."+word, "%q is no state; write %q, %q or %q, and leave out the words that say nothing final", state, stateDelivered, stateFailed, stateRefused)
		}
	}
	if (r.Status == "") != (len(r.States) == 0) {
		f.add(section, "status and states belong together: where the word is, and what it means")
	}
	query := func(key, source string) *query { return f.query(section+"."+key, source) }
	return reports{
		each: query("each", r.Each), id: query("id", r.ID), ref: query("ref", r.Ref), to: query("to", r.To),
		status: query("status", r.Status), at: query("at", r.At), states: r.States,
	}
}

func compileCalls(c Config, req *request, f *faults) *calls {
	r, in := c.Report, c.Inbound
	k := &calls{
		reports: compileReports("report", r, f), signature: compileSignature(r.Signature, f), answer: answerOf(r.Answer),
		when: f.query("inbound.when", in.When), from: f.query("inbound.from", in.From), text: f.query("inbound.text", in.Text),
		messageID: f.query("inbound.id", in.ID), wroteAt: f.query("inbound.at", in.At),
	}
	if r.Status != "" && r.ID == "" && r.Ref == "" && !req.uses["report_url"] {
		f.add("report.id", "nothing names the message; write where the report has its id, or put {{.report_url}} into the request")
	}
	if r.ID != "" && c.Accept.ID == "" && r.Ref == "" && !req.uses["report_url"] {
		f.add("report.id", "answers have no accept.id that it could be compared with")
	}
	if r.Status == "" && (r.ID != "" || r.Ref != "") {
		f.add("report.status", "a report needs one; write where its word is")
	}
	if (in.From == "") != (in.Text == "") || in.From == "" && (in.ID != "" || in.When != "" || in.At != "") {
		f.add("inbound", "from and text belong together: who wrote, and what")
	}
	return k
}

// answerOf is what a provider wants to hear; a JSON text is marked as one.
func answerOf(text string) bots.Answer {
	a := bots.Answer{Body: []byte(text)}
	if strings.HasPrefix(text, "{") && json.Valid(a.Body) {
		a.Type = "application/json"
	}
	return a
}

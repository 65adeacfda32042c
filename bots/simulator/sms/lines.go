package sms

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// decision speaks as the clients of Decision Telecom do: pairs in JSON, asked for by GET. It reports nothing, and is asked.
func decision() *dialect {
	return &dialect{
		understand: decisionAsked, say: decisionSays, taken: taken200,
		id: func(n int) string { return strconv.Itoa(31885000 + n) },
	}
}

func decisionAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	q := h.query
	wrong := wrongToken(q.Get("login") != s.opt.Login || q.Get("password") != s.opt.Password)
	if h.method != http.MethodGet {
		return "", nil, nil
	}
	switch h.path {
	case "/ru/js/send":
		wrong = worst(wrong, only(q, "login", "password", "phone", "sender", "text", "dlr"))
		return "/send", map[string]string{"to": international(q.Get("phone")), "from": q.Get("sender"), "text": q.Get("text")}, wrong
	case "/ru/js/state":
		return "/status", map[string]string{"message_id": q.Get("msgid")}, worst(wrong, only(q, "login", "password", "msgid"))
	case "/ru/js/balance":
		return "/balance", nil, worst(wrong, only(q, "login", "password"))
	}
	return "", nil, nil
}

var decisionCodes = map[string]string{"29": "50", "40": "43", "41": "44", "42": "40", "43": "41", "44": "46", "45": "43", "49": "49", "51": "51", "404": "51"}

var decisionWords = map[string]string{Accepted: "6", Delivered: "2", Undelivered: "5", Expired: "3"}

func decisionSays(_ *Server, _ *Call, result any, wrong *refusal) said {
	if wrong != nil {
		return saidJSON(200, []string{"error", codeOf(decisionCodes, wrong.code)})
	}
	switch r := result.(type) {
	case sendAnswer:
		return saidJSON(200, []string{"msgid", r.MessageID})
	case balanceAnswer: // no JSON, though it looks like it
		return saidText(200, fmt.Sprintf(`["balance":"%s0000","credit":"0","currency":"%s"]`, r.Balance, r.Currency))
	}
	list := result.([]Message)
	if len(list) != 1 {
		return saidJSON(200, []string{"status", ""})
	}
	return saidJSON(200, []string{"status", decisionWords[list[0].Status]})
}

// alphasms speaks as the package alphasms/gateway and the provider's pages do: words with a colon, asked for by GET. It reports
// nothing, and is asked.
func alphasms() *dialect {
	return &dialect{
		understand: alphasmsAsked, say: alphasmsSays, taken: taken200,
		id: func(n int) string { return strconv.Itoa(1230000 + n) },
	}
}

func alphasmsAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	q := h.query
	wrong := wrongToken(q.Get("key") != s.opt.Token)
	if h.method != http.MethodGet || h.path != "/api/http.php" || q.Get("version") != "http" {
		return "", nil, nil
	}
	switch q.Get("command") {
	case "send":
		wrong = worst(wrong, only(q, "version", "key", "command", "from", "to", "message"))
		return "/send", map[string]string{"to": international(q.Get("to")), "from": q.Get("from"), "text": q.Get("message")}, wrong
	case "receive":
		return "/status", map[string]string{"message_id": q.Get("id")}, worst(wrong, only(q, "version", "key", "command", "id"))
	case "balance":
		return "/balance", nil, worst(wrong, only(q, "version", "key", "command"))
	}
	return "/send", nil, refuse("40", "unknown command %q", q.Get("command"))
}

var alphasmsWords = map[string]string{Accepted: "Sent code:2", Delivered: "Delivered code:3", Undelivered: "Number not in service code:99", Expired: "Deleted code:10"}

// alphasmsErrors are those whose words are known.
var alphasmsErrors = map[string]string{"41": "Access denied", "43": "Error in Alpha-name"}

func alphasmsSays(_ *Server, _ *Call, result any, wrong *refusal) said {
	if wrong != nil {
		return saidText(200, "errors:"+cmp.Or(alphasmsErrors[wrong.code], wrong.text))
	}
	switch r := result.(type) {
	case sendAnswer:
		return saidText(200, fmt.Sprintf("id:%s sms_count:%d", r.MessageID, r.Parts))
	case balanceAnswer:
		return saidText(200, "balance:"+r.Balance)
	}
	list := result.([]Message)
	if len(list) != 1 {
		return saidText(200, "errors:no such id")
	}
	return saidText(200, "status:"+alphasmsWords[list[0].Status]+" status_time:"+list[0].StatusAt.Format("2006/01/02"))
}

// kannel speaks as the user guide of Kannel says: it gives no id, and calls the address of the report with %d filled in.
func kannel() *dialect {
	return &dialect{
		understand: kannelAsked, say: kannelSays, report: kannelReport, inbound: kannelInbound, taken: kannelTaken,
		id: func(n int) string { return fmt.Sprintf("kannel-%d", n) },
	}
}

func kannelAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	q := h.query
	if h.method != http.MethodGet || h.path != "/cgi-bin/sendsms" {
		return "", nil, nil
	}
	wrong := wrongToken(q.Get("username") != s.opt.Login || q.Get("password") != s.opt.Password)
	wrong = worst(wrong, only(q, "username", "password", "from", "to", "text", "charset", "coding", "dlr-mask", "dlr-url"))
	encoding, _ := Count(q.Get("text"))
	switch {
	case wrong != nil:
	case strings.Contains(q.Get("to"), " "):
		wrong = refuse("42", "two numbers: a plus must be written %%2B")
	case q.Get("charset") != "UTF-8" || q.Get("coding") != map[string]string{GSM7: "0", UCS2: "2"}[encoding]:
		wrong = refuse("40", "the text needs another coding than %q", q.Get("coding"))
	case (q.Get("dlr-url") == "") != (q.Get("dlr-mask") == ""):
		wrong = refuse("40", "dlr-url and dlr-mask belong together")
	}
	return "/send", map[string]string{"to": q.Get("to"), "from": named(q.Get("from")), "text": q.Get("text"), "callback": q.Get("dlr-url"), "ref": q.Get("dlr-mask")}, wrong
}

func kannelSays(_ *Server, _ *Call, _ any, wrong *refusal) said {
	switch {
	case wrong == nil:
		return saidText(http.StatusAccepted, "0: Accepted for delivery")
	case wrong.code == "41":
		return saidText(http.StatusForbidden, "Authorization failed for sendsms")
	case wrong.code == "29":
		return saidText(http.StatusServiceUnavailable, "Temporal failure, try again later.")
	case wrong.code == "51" || wrong.code == "404":
		return saidText(http.StatusNotFound, "Not routable. Do not try again.")
	}
	return saidText(http.StatusBadRequest, wrong.text)
}

var kannelWords = map[string]int{Delivered: 1, Undelivered: 2, Expired: 2}

func kannelReport(_ *Server, m *Message, _ string) *Report {
	mask, _ := strconv.Atoi(m.Ref)
	word := kannelWords[m.Status]
	if m.Callback == "" || mask&word == 0 {
		return nil
	}
	return &Report{Method: http.MethodGet, URL: strings.ReplaceAll(m.Callback, "%d", strconv.Itoa(word))}
}

func kannelInbound(_ *Server, id, from, text, address string) *Report {
	escaped := strings.NewReplacer("%", "%25", "+", "%2B", " ", "+", "&", "%26", "#", "%23")
	return &Report{Method: http.MethodGet, URL: address + "?from=" + escaped.Replace(from) + "&text=" + escaped.Replace(text) + "&id=" + id}
}

func kannelTaken(status int, _ string) error {
	if status/100 != 2 {
		return fmt.Errorf("the answer was %d", status)
	}
	return nil
}

package sms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// smsru speaks as https://sms.ru/api says.
func smsru() *dialect {
	return &dialect{
		understand: smsruAsked, say: smsruSays, report: smsruReport, taken: smsruTaken,
		id: func(n int) string { return fmt.Sprintf("202647-%07d", n) },
	}
}

func smsruAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	f := url.Values{}
	for _, from := range []url.Values{h.query, h.form} {
		for name, values := range from {
			f[name] = append(f[name], values...)
		}
	}
	wrong := wrongToken(f.Get("api_id") != s.opt.Token)
	if wrong == nil && f.Get("json") != "1" {
		wrong = refuse("40", "this server answers in JSON only")
	}
	if h.method != http.MethodPost && h.method != http.MethodGet {
		return "", nil, nil
	}
	switch h.path {
	case "/sms/send":
		wrong = worst(wrong, only(f, "api_id", "json", "to", "msg", "from"))
		return "/send", map[string]string{"to": international(f.Get("to")), "from": named(f.Get("from")), "text": f.Get("msg")}, wrong
	case "/sms/status":
		wrong = worst(wrong, only(f, "api_id", "json", "sms_id"))
		return "/status", map[string]string{"message_id": f.Get("sms_id")}, wrong
	case "/my/balance":
		return "/balance", nil, worst(wrong, only(f, "api_id", "json"))
	}
	return "", nil, nil
}

var smsruCodes = map[string]string{"29": "220", "40": "203", "41": "200", "42": "202", "43": "204", "44": "203", "45": "205", "49": "201", "51": "207", "404": "209"}

// smsruOfNumber are the codes that stand beside the number, under a whole that is OK.
var smsruOfNumber = []string{"202", "203", "204", "205", "207", "209", "212", "221", "230", "231", "232"}

func smsruSays(s *Server, c *Call, result any, wrong *refusal) said {
	if wrong != nil {
		code := codeOf(smsruCodes, wrong.code)
		n, _ := strconv.Atoi(code)
		failed := map[string]any{"status": "ERROR", "status_code": n, "status_text": wrong.text}
		if c.Path == "/send" && slices.Contains(smsruOfNumber, code) {
			return saidJSON(200, map[string]any{"status": "OK", "status_code": 100, "sms": map[string]any{strings.TrimPrefix(c.Params["to"], "+"): failed}, "balance": 10.5})
		}
		return saidJSON(200, failed)
	}
	switch r := result.(type) {
	case sendAnswer:
		taken := map[string]any{"status": "OK", "status_code": 100, "sms_id": r.MessageID}
		return saidJSON(200, map[string]any{"status": "OK", "status_code": 100, "sms": map[string]any{strings.TrimPrefix(c.Params["to"], "+"): taken}, "balance": 10.5})
	case balanceAnswer:
		left, _ := strconv.ParseFloat(r.Balance, 64)
		return saidJSON(200, map[string]any{"status": "OK", "status_code": 100, "balance": left})
	}
	sms := map[string]any{}
	for _, id := range strings.Split(c.Params["message_id"], ",") {
		sms[id] = map[string]any{"status": "ERROR", "status_code": -1}
	}
	for _, m := range result.([]Message) {
		sms[m.ID] = map[string]any{"status": "OK", "status_code": smsruWords[m.Status], "cost": m.Price.String()}
	}
	return saidJSON(200, map[string]any{"status": "OK", "status_code": 100, "sms": sms})
}

var smsruWords = map[string]int{Accepted: 102, Delivered: 103, Undelivered: 106, Expired: 104}

func smsruReport(s *Server, m *Message, _ string) *Report {
	if s.reportURL == "" {
		return nil
	}
	line := fmt.Sprintf("sms_status\n%s\n%d\n%d", m.ID, smsruWords[m.Status], m.StatusAt.Unix())
	sum := sha256.Sum256([]byte(s.opt.Token + line))
	return posted(s.reportURL, url.Values{"data[0]": {line}, "hash": {hex.EncodeToString(sum[:])}})
}

// smsruTaken: nothing but "100" ends a report.
func smsruTaken(status int, body string) error {
	if status != http.StatusOK || strings.TrimSpace(body) != "100" {
		return fmt.Errorf("the answer was %d %.20q, not 200 \"100\"", status, body)
	}
	return nil
}

package sms

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// twilio speaks as twilio-go does.
func twilio() *dialect {
	return &dialect{
		understand: twilioAsked, say: twilioSays, report: twilioReport, inbound: twilioInbound, taken: twilioTaken,
		id: func(n int) string { return fmt.Sprintf("SM%032x", n) },
	}
}

func twilioAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	user, password, ok := (&http.Request{Header: h.header}).BasicAuth()
	wrong := wrongToken(!ok || user != s.opt.Login || password != s.opt.Password)
	rest, ours := strings.CutPrefix(h.path, "/2010-04-01/Accounts/"+s.opt.Login+"/")
	id, message := strings.CutPrefix(rest, "Messages/")
	switch {
	case !ours:
	case rest == "Messages.json" && h.method == http.MethodPost:
		f := h.form
		wrong = worst(wrong, only(f, "To", "From", "Body", "StatusCallback"))
		if u, err := url.Parse(f.Get("StatusCallback")); wrong == nil && (err != nil || strings.Contains(u.Host, "_")) {
			wrong = refuse("21609", "StatusCallback is no address")
		}
		return "/send", map[string]string{"to": f.Get("To"), "from": f.Get("From"), "text": f.Get("Body"), "callback": f.Get("StatusCallback")}, wrong
	case rest == "Balance.json" && h.method == http.MethodGet:
		return "/balance", nil, wrong
	case message && h.method == http.MethodGet:
		return "/status", map[string]string{"message_id": strings.TrimSuffix(id, ".json")}, wrong
	}
	return "", nil, nil
}

var twilioCodes = map[string]string{"29": "20429", "40": "21600", "41": "20003", "42": "21211", "43": "21606", "44": "21602", "45": "21617", "49": "20005", "51": "21614", "404": "21610"}

func twilioSays(s *Server, _ *Call, result any, wrong *refusal) said {
	if wrong != nil {
		code, _ := strconv.Atoi(codeOf(twilioCodes, wrong.code))
		status := map[int]int{20003: 401, 20429: 429}[code]
		if status == 0 {
			status = 400
		}
		return twilioRefuses(status, code, wrong.text)
	}
	switch r := result.(type) {
	case sendAnswer:
		return saidJSON(201, map[string]any{"sid": r.MessageID, "status": "queued", "num_segments": strconv.Itoa(r.Parts), "price": nil, "price_unit": "USD", "error_code": nil, "error_message": nil})
	case balanceAnswer:
		return saidJSON(200, map[string]string{"account_sid": s.opt.Login, "balance": r.Balance, "currency": r.Currency})
	}
	list := result.([]Message)
	if len(list) != 1 {
		return twilioRefuses(404, 20404, "the requested resource was not found")
	}
	return saidJSON(200, map[string]any{"sid": list[0].ID, "status": twilioWords[list[0].Status], "error_code": nil})
}

func twilioRefuses(status, code int, words string) said {
	return saidJSON(status, map[string]any{"code": code, "message": words, "more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(code), "status": status})
}

var twilioWords = map[string]string{Accepted: "sent", Delivered: "delivered", Undelivered: "undelivered", Expired: "failed"}

func twilioReport(s *Server, m *Message, _ string) *Report {
	if m.Callback == "" {
		return nil
	}
	form := url.Values{"SmsSid": {m.ID}, "MessageSid": {m.ID}, "AccountSid": {s.opt.Login}, "From": {m.From}, "To": {m.To}, "MessageStatus": {twilioWords[m.Status]}, "SmsStatus": {twilioWords[m.Status]}}
	if m.Status != Delivered {
		form.Set("ErrorCode", "30003")
	}
	return twilioSigned(s, m.Callback, form)
}

func twilioInbound(s *Server, id, from, text, address string) *Report {
	return twilioSigned(s, address, url.Values{"MessageSid": {id}, "SmsStatus": {"received"}, "AccountSid": {s.opt.Login}, "From": {from}, "To": {"+380441234567"}, "Body": {text}, "NumSegments": {"1"}})
}

// twilioSigned adds the header that Twilio makes of its address and its sorted fields.
func twilioSigned(s *Server, address string, form url.Values) *Report {
	h := hmac.New(sha1.New, []byte(s.opt.Password))
	h.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		h.Write([]byte(name + form.Get(name)))
	}
	r := posted(address, form)
	r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(h.Sum(nil)))
	return r
}

func twilioTaken(status int, _ string) error {
	if status/100 != 2 {
		return fmt.Errorf("the answer was %d", status)
	}
	return nil
}

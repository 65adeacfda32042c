package sms

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// smsc speaks as https://smsc.ru/api/http/ says. The fields of its calls were not to be read there: they are those that its
// users know.
func smsc() *dialect {
	return &dialect{
		understand: smscAsked, say: smscSays, report: smscReport, inbound: smscInbound, taken: taken200,
		id: func(n int) string { return strconv.Itoa(1000000 + n) },
	}
}

func smscAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	f := h.form
	if h.method == http.MethodGet {
		f = h.query
	}
	wrong := wrongToken(f.Get("login") != s.opt.Login || f.Get("psw") != s.opt.Password)
	if wrong == nil && f.Get("fmt") != "3" {
		wrong = refuse("40", "fmt is %q: this server knows only 3", f.Get("fmt"))
	}
	switch h.path {
	case "/sys/send.php":
		wrong = worst(wrong, only(f, "login", "psw", "phones", "mes", "sender", "fmt", "charset"))
		if wrong == nil && f.Get("charset") != "utf-8" {
			wrong = refuse("40", "without charset=utf-8 the text is windows-1251")
		}
		return "/send", map[string]string{"to": international(f.Get("phones")), "from": named(f.Get("sender")), "text": f.Get("mes")}, wrong
	case "/sys/status.php":
		wrong = worst(wrong, only(f, "login", "psw", "phone", "id", "fmt", "charset"))
		if wrong == nil && (f.Get("phone") == "" || strings.Count(f.Get("phone"), ",") != strings.Count(f.Get("id"), ",")) {
			wrong = refuse("40", "phone and id must both be there")
		}
		return "/status", map[string]string{"message_id": f.Get("id"), "to": international(f.Get("phone"))}, wrong
	case "/sys/balance.php":
		return "/balance", nil, worst(wrong, only(f, "login", "psw", "cur", "fmt"))
	}
	return "", nil, nil
}

var smscCodes = map[string]string{"29": "9", "40": "1", "41": "2", "42": "7", "43": "6", "44": "1", "45": "6", "49": "3", "51": "8", "404": "6"}

func smscSays(s *Server, c *Call, result any, wrong *refusal) said {
	if wrong != nil {
		code, _ := strconv.Atoi(codeOf(smscCodes, wrong.code))
		return saidJSON(200, map[string]any{"error": wrong.text, "error_code": code})
	}
	switch r := result.(type) {
	case sendAnswer:
		id, _ := strconv.Atoi(r.MessageID)
		return saidJSON(200, map[string]int{"id": id, "cnt": r.Parts})
	case balanceAnswer:
		return saidJSON(200, map[string]string{"balance": r.Balance, "currency": r.Currency})
	}
	list := result.([]Message)
	if len(list) != 1 || list[0].To != c.Params["to"] {
		return saidJSON(200, map[string]int{"status": -3})
	}
	m := list[0]
	return saidJSON(200, map[string]any{"status": smscWords[m.Status], "last_date": m.StatusAt.Format("02.01.2006 15:04:05"), "last_timestamp": m.StatusAt.Unix()})
}

var smscWords = map[string]int{Accepted: 0, Delivered: 1, Undelivered: 20, Expired: 3}

func smscReport(s *Server, m *Message, _ string) *Report {
	if s.reportURL == "" {
		return nil
	}
	return posted(s.reportURL+"?charset=utf-8", url.Values{
		"id": {m.ID}, "phone": {m.To[1:]}, "status": {strconv.Itoa(smscWords[m.Status])}, "time": {m.StatusAt.Format("02.01.2006 15:04:05")},
		"ts": {strconv.FormatInt(m.StatusAt.Unix(), 10)},
	})
}

func smscInbound(s *Server, id, from, text, address string) *Report {
	return posted(address+"?charset=utf-8", url.Values{
		"sms_id": {strings.TrimPrefix(id, "MO")}, "phone": {from[1:]}, "mes": {text}, "to": {"380441234567"}, "time": {s.opt.Now().Format(time.DateTime)},
	})
}

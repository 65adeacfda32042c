package sms

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// turbosms speaks as https://turbosms.ua/ua/api.html and callback.html say.
func turbosms() *dialect {
	return &dialect{
		understand: turbosmsAsked, say: turbosmsSays, report: turbosmsReport, taken: taken200,
		id: func(n int) string { return fmt.Sprintf("%08d-5e46-c6cf-e4fb-615e5a293754", n) },
	}
}

func turbosmsAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	wrong := wrongToken(h.header.Get("Authorization") != "Bearer "+s.opt.Token)
	if h.method != http.MethodPost {
		return "", nil, nil
	}
	switch h.path {
	case "/message/send.json":
		var m struct {
			Recipients []string `json:"recipients"`
			SMS        struct {
				Sender string `json:"sender"`
				Text   string `json:"text"`
			} `json:"sms"`
		}
		wrong = worst(wrong, h.exactly(&m))
		if wrong == nil && len(m.Recipients) != 1 {
			wrong = refuse("40", "%d recipients", len(m.Recipients))
		}
		if wrong != nil {
			return "/send", nil, wrong
		}
		return "/send", map[string]string{"to": international(m.Recipients[0]), "from": m.SMS.Sender, "text": m.SMS.Text}, nil
	case "/message/status.json":
		var m struct {
			Messages []string `json:"messages"`
		}
		wrong = worst(wrong, h.exactly(&m))
		return "/status", map[string]string{"message_id": strings.Join(m.Messages, ",")}, wrong
	case "/user/balance.json":
		return "/balance", nil, worst(wrong, h.exactly(&struct{}{}))
	}
	return "", nil, nil
}

var turbosmsCodes = map[string]string{
	"29": "999", "40": "300", "41": "301", "42": "305", "43": "302", "44": "201", "45": "413", "49": "203", "51": "305", "404": "404",
}

type turbosmsAnswer struct {
	Code   int    `json:"response_code"`
	Status string `json:"response_status"`
	Result any    `json:"response_result"`
}

type turbosmsTaken struct {
	Phone  string  `json:"phone"`
	Code   int     `json:"response_code"`
	ID     *string `json:"message_id"`
	Status string  `json:"response_status"`
}

// turbosmsSays: what concerns the number stands beside it, under HTTP 200 either way.
func turbosmsSays(s *Server, c *Call, result any, wrong *refusal) said {
	if wrong != nil {
		code, _ := strconv.Atoi(codeOf(turbosmsCodes, wrong.code))
		phone := strings.TrimPrefix(c.Params["to"], "+")
		if code == 305 || code == 404 || code == 406 || code == 407 {
			return saidJSON(200, turbosmsAnswer{802, "SUCCESS_MESSAGE_PARTIAL_ACCEPTED", []turbosmsTaken{{phone, code, nil, "NOT_TAKEN"}}})
		}
		return saidJSON(200, turbosmsAnswer{code, "REFUSED: " + wrong.text, nil})
	}
	switch r := result.(type) {
	case sendAnswer:
		return saidJSON(200, turbosmsAnswer{801, "SUCCESS_MESSAGE_SENT", []turbosmsTaken{{strings.TrimPrefix(c.Params["to"], "+"), 0, &r.MessageID, "OK"}}})
	case balanceAnswer:
		left, _ := strconv.ParseFloat(r.Balance, 64)
		return saidJSON(200, turbosmsAnswer{0, "OK", map[string]float64{"balance": left}})
	}
	list := []map[string]any{}
	for _, m := range result.([]Message) {
		list = append(list, map[string]any{
			"message_id": m.ID, "recipient": m.To[1:], "sent": m.At.Format(time.DateTime), "updated": m.StatusAt.Format(time.DateTime),
			"status": turbosmsWords[m.Status], "type": "sms",
		})
	}
	return saidJSON(200, turbosmsAnswer{0, "OK", list})
}

var turbosmsWords = map[string]string{Accepted: "Sent", Delivered: "Delivered", Undelivered: "Undelivered", Expired: "Expired"}

func turbosmsReport(s *Server, m *Message, _ string) *Report {
	if s.reportURL == "" {
		return nil // the account's webhook is the only way
	}
	id := "event-" + strconv.Itoa(len(s.reports)+1)
	sum := sha1.Sum([]byte(s.opt.Secret + id))
	return postedJSON(s.reportURL, map[string]any{
		"id": id, "signature": hex.EncodeToString(sum[:]), "type": "DLR_SMS_API", "date": m.StatusAt.Format(time.DateTime), "try": 1,
		"data": map[string]string{"message_id": m.ID, "status": turbosmsWords[m.Status]},
	})
}

package sms

import (
	"fmt"
	"strconv"
	"strings"
)

// infobip speaks as infobip-api-python-client does, in version 3.
func infobip() *dialect {
	return &dialect{
		understand: infobipAsked, say: infobipSays, report: infobipReport, inbound: infobipInbound, taken: taken200,
		id: func(n int) string { return fmt.Sprintf("2250be2d4219-3af1-78856-aabe-%012d", n) },
	}
}

type infobipMessage struct {
	Sender       string `json:"sender"`
	Destinations []struct {
		To string `json:"to"`
	} `json:"destinations"`
	Content struct {
		Text string `json:"text"`
	} `json:"content"`
	Webhooks struct {
		Delivery struct {
			URL string `json:"url"`
		} `json:"delivery"`
		ContentType  string `json:"contentType"`
		CallbackData string `json:"callbackData"`
	} `json:"webhooks"`
}

func infobipAsked(s *Server, h *heard) (string, map[string]string, *refusal) {
	wrong := wrongToken(h.header.Get("Authorization") != "App "+s.opt.Token)
	switch h.method + " " + h.path {
	case "POST /sms/3/messages":
		var body struct {
			Messages []infobipMessage `json:"messages"`
		}
		wrong = worst(wrong, h.exactly(&body))
		if wrong == nil && (len(body.Messages) != 1 || len(body.Messages[0].Destinations) != 1) {
			wrong = refuse("40", "this server takes one message to one number")
		}
		if wrong != nil {
			return "/send", nil, wrong
		}
		m := body.Messages[0]
		hooks := m.Webhooks
		if hooks.Delivery.URL != "" && hooks.ContentType != "application/json" {
			wrong = refuse("40", "contentType is %q", hooks.ContentType)
		}
		return "/send", map[string]string{"to": international(m.Destinations[0].To), "from": m.Sender, "text": m.Content.Text, "callback": hooks.Delivery.URL, "ref": hooks.CallbackData}, wrong
	case "GET /sms/3/reports":
		return "/news", nil, worst(wrong, only(h.query, "limit", "messageId", "bulkId"))
	case "GET /account/1/balance":
		return "/balance", nil, wrong
	}
	return "", nil, nil
}

type infobipStatus struct {
	GroupID     int    `json:"groupId"`
	GroupName   string `json:"groupName"`
	ID          int    `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// infobipRefused are the refusals that come with HTTP 200, as a message of a bad group.
var infobipRefused = map[string]infobipStatus{
	"42":  {5, "REJECTED", 52, "REJECTED_INVALID_DESTINATION", "the number"},
	"43":  {5, "REJECTED", 14, "REJECTED_SENDER", "the sender"},
	"49":  {5, "REJECTED", 12, "REJECTED_NOT_ENOUGH_CREDITS", "no money"},
	"51":  {2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED", "it cannot be reached"},
	"404": {5, "REJECTED", 51, "REJECTED_DESTINATION", "on the stop list"},
}

func infobipSays(_ *Server, c *Call, result any, wrong *refusal) said {
	if wrong != nil {
		if bad, ok := infobipRefused[wrong.code]; ok {
			return saidJSON(200, map[string]any{"messages": []any{map[string]any{"messageId": "refused", "status": bad, "destination": c.Params["to"]}}})
		}
		status, name := 400, "BAD_REQUEST"
		switch wrong.code {
		case "41":
			status, name = 401, "UNAUTHORIZED"
		case "29":
			status, name = 429, "TOO_MANY_REQUESTS"
		}
		return saidJSON(status, map[string]any{"requestError": map[string]any{"serviceException": map[string]string{"messageId": name, "text": wrong.text}}})
	}
	switch r := result.(type) {
	case sendAnswer:
		pending := infobipStatus{1, "PENDING", 26, "PENDING_ACCEPTED", "Message sent to next instance"}
		return saidJSON(200, map[string]any{"messages": []any{map[string]any{"messageId": r.MessageID, "status": pending, "destination": strings.TrimPrefix(c.Params["to"], "+"), "messageCount": r.Parts}}})
	case balanceAnswer:
		left, _ := strconv.ParseFloat(r.Balance, 64)
		return saidJSON(200, map[string]any{"balance": left, "currency": r.Currency})
	}
	results := []any{}
	for _, m := range result.([]Message) {
		results = append(results, infobipResult(&m))
	}
	return saidJSON(200, map[string]any{"results": results})
}

var infobipWords = map[string]infobipStatus{
	Delivered:   {3, "DELIVERED", 5, "DELIVERED_TO_HANDSET", ""},
	Undelivered: {2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED", ""},
	Expired:     {4, "EXPIRED", 15, "EXPIRED_EXPIRED", ""},
}

const infobipTime = "2006-01-02T15:04:05.000-0700"

func infobipResult(m *Message) map[string]any {
	return map[string]any{
		"messageId": m.ID, "to": m.To[1:], "sentAt": m.At.Format(infobipTime), "doneAt": m.StatusAt.Format(infobipTime), "messageCount": m.Parts,
		"callbackData": m.Ref, "price": map[string]any{"pricePerMessage": 0.05, "currency": "EUR"}, "status": infobipWords[m.Status],
		"error": map[string]any{"groupName": "OK", "id": 0},
	}
}

func infobipReport(_ *Server, m *Message, _ string) *Report {
	if m.Callback == "" {
		return nil
	}
	return postedJSON(m.Callback, map[string]any{"results": []any{infobipResult(m)}})
}

func infobipInbound(s *Server, id, from, text, address string) *Report {
	return postedJSON(address, map[string]any{"messageCount": 1, "pendingMessageCount": 0, "results": []any{map[string]any{
		"messageId": id, "from": from[1:], "to": "380441234567", "text": text, "cleanText": text, "receivedAt": s.opt.Now().UTC().Format(infobipTime), "smsCount": 1,
	}}})
}

package sms_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"kaskad/bots/simulator/sms"
)

// asked is one request to a provider, by a client that knows nothing of ours.
type asked struct {
	provider, method, path, kind, auth, body string
}

func (a asked) ask(t *testing.T, s *sms.Server) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), a.method, s.URL()+a.path, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", a.kind)
	req.Header.Set("Authorization", a.auth)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, strings.TrimSpace(string(body))
}

const (
	form = "application/x-www-form-urlencoded"
	json = "application/json"
	me   = "Basic QUM5OnB3" // AC9:pw
)

func TestProvidersAreStrict(t *testing.T) {
	turbo := func(rest string) string {
		return `{"recipients":["380501112233"],"sms":{"sender":"Shop","text":"hi"}` + rest
	}
	smsc := "login=AC9&psw=pw&fmt=3&charset=utf-8&sender=Shop&mes=hi&phones="
	cases := map[string]struct {
		asked
		status int
		want   string
	}{
		"turbosms takes a message":          {asked{"turbosms", "POST", "/message/send.json", json, "Bearer tok", turbo("}")}, 200, `"response_code":801`},
		"turbosms wants digits only":        {asked{"turbosms", "POST", "/message/send.json", json, "Bearer tok", strings.Replace(turbo("}"), "380", "+380", 1)}, 200, `"response_code":305,"message_id":null`},
		"turbosms knows no such field":      {asked{"turbosms", "POST", "/message/send.json", json, "Bearer tok", turbo(`,"to":"1"}`)}, 200, `"response_code":300`},
		"turbosms knows another token":      {asked{"turbosms", "POST", "/message/send.json", json, "Bearer other", turbo("}")}, 200, `"response_code":301`},
		"turbosms is not asked by GET":      {asked{"turbosms", "GET", "/message/send.json", "", "Bearer tok", ""}, 404, "404"},
		"turbosms has no such address":      {asked{"turbosms", "POST", "/message/sent.json", json, "Bearer tok", turbo("}")}, 404, "404"},
		"smsc takes a message":              {asked{"smsc", "POST", "/sys/send.php", form, "", smsc + "380501112233"}, 200, `{"cnt":1,"id":1000001}`},
		"smsc answers prose without fmt":    {asked{"smsc", "POST", "/sys/send.php", form, "", strings.Replace(smsc, "fmt=3&", "", 1) + "380501112233"}, 200, `"error_code":1`},
		"smsc wants its charset":            {asked{"smsc", "POST", "/sys/send.php", form, "", strings.Replace(smsc, "charset=utf-8&", "", 1) + "380501112233"}, 200, `"error_code":1`},
		"smsc knows no such number":         {asked{"smsc", "POST", "/sys/send.php", form, "", smsc + "12"}, 200, `"error_code":7`},
		"smsc knows another password":       {asked{"smsc", "POST", "/sys/send.php", form, "", strings.Replace(smsc, "pw", "no", 1) + "380501112233"}, 200, `"error_code":2`},
		"smsc wants phone and id":           {asked{"smsc", "POST", "/sys/status.php", form, "", "login=AC9&psw=pw&fmt=3&id=1"}, 200, `"error_code":1`},
		"smsc knows no such message":        {asked{"smsc", "POST", "/sys/status.php", form, "", "login=AC9&psw=pw&fmt=3&id=1&phone=380501112233"}, 200, `{"status":-3}`},
		"smsru takes a message":             {asked{"smsru", "POST", "/sms/send?json=1", form, "", "api_id=tok&to=380501112233&msg=hi&from=Shop"}, 200, `"sms_id":"202647-0000001"`},
		"smsru answers for the number":      {asked{"smsru", "POST", "/sms/send?json=1", form, "", "api_id=tok&to=%2B380501112233&msg=hi&from=Shop"}, 200, `"status_code":202`},
		"smsru knows another api_id":        {asked{"smsru", "POST", "/sms/send?json=1", form, "", "api_id=other&to=380501112233&msg=hi&from=Shop"}, 200, `{"status":"ERROR","status_code":200`},
		"smsru takes a field once":          {asked{"smsru", "POST", "/sms/send?json=1", form, "", "api_id=tok&to=380501112233&to=380501112234&msg=hi&from=Shop"}, 200, `"status":"ERROR"`},
		"decision takes a message":          {asked{"decision", "GET", "/ru/js/send?login=AC9&password=pw&phone=380501112233&sender=Shop&text=hi&dlr=1", "", "", ""}, 200, `["msgid","31885001"]`},
		"decision knows another password":   {asked{"decision", "GET", "/ru/js/send?login=AC9&password=no&phone=380501112233&sender=Shop&text=hi", "", "", ""}, 200, `["error","44"]`},
		"decision knows no such message":    {asked{"decision", "GET", "/ru/js/state?login=AC9&password=pw&msgid=1", "", "", ""}, 200, `["status",""]`},
		"decision's balance is no JSON":     {asked{"decision", "GET", "/ru/js/balance?login=AC9&password=pw", "", "", ""}, 200, `["balance":"1000.000000","credit":"0","currency":"UAH"]`},
		"alphasms takes a message":          {asked{"alphasms", "GET", "/api/http.php?version=http&key=tok&command=send&from=Shop&to=380501112233&message=hi", "", "", ""}, 200, "id:1230001 sms_count:1"},
		"alphasms knows no such command":    {asked{"alphasms", "GET", "/api/http.php?version=http&key=tok&command=sent", "", "", ""}, 200, "errors:unknown command"},
		"alphasms knows another key":        {asked{"alphasms", "GET", "/api/http.php?version=http&key=no&command=balance", "", "", ""}, 200, "errors:Access denied"},
		"twilio takes a message":            {asked{"twilio", "POST", "/2010-04-01/Accounts/AC9/Messages.json", form, me, "To=%2B380501112233&From=Shop&Body=hi"}, 201, `"num_segments":"1"`},
		"twilio wants a plus":               {asked{"twilio", "POST", "/2010-04-01/Accounts/AC9/Messages.json", form, me, "To=380501112233&From=Shop&Body=hi"}, 400, `"code":21211`},
		"twilio takes no _ in a host":       {asked{"twilio", "POST", "/2010-04-01/Accounts/AC9/Messages.json", form, me, "To=%2B380501112233&From=Shop&Body=hi&StatusCallback=http://a_b.example"}, 400, `"code":21609`},
		"twilio knows another login":        {asked{"twilio", "POST", "/2010-04-01/Accounts/AC9/Messages.json", form, "Basic QUM5Om5v", "To=%2B380501112233&From=Shop&Body=hi"}, 401, `"code":20003`},
		"twilio has no such account":        {asked{"twilio", "GET", "/2010-04-01/Accounts/AC8/Balance.json", "", me, ""}, 404, "404"},
		"infobip takes a message":           {asked{"infobip", "POST", "/sms/3/messages", json, "App tok", `{"messages":[{"sender":"Shop","destinations":[{"to":"380501112233"}],"content":{"text":"hi"}}]}`}, 200, `"groupId":1`},
		"infobip refuses a number with 200": {asked{"infobip", "POST", "/sms/3/messages", json, "App tok", `{"messages":[{"sender":"Shop","destinations":[{"to":"+380501112233"}],"content":{"text":"hi"}}]}`}, 200, `"groupId":5`},
		"infobip knows no such field":       {asked{"infobip", "POST", "/sms/3/messages", json, "App tok", `{"messages":[{"from":"Shop"}]}`}, 400, "BAD_REQUEST"},
		"infobip knows another key":         {asked{"infobip", "GET", "/account/1/balance", "", "App other", ""}, 401, "UNAUTHORIZED"},
		"kannel takes a message":            {asked{"kannel", "GET", "/cgi-bin/sendsms?username=AC9&password=pw&from=Shop&to=%2B380501112233&text=hi&charset=UTF-8&coding=0", "", "", ""}, 202, "0: Accepted for delivery"},
		"kannel reads + as two numbers":     {asked{"kannel", "GET", "/cgi-bin/sendsms?username=AC9&password=pw&from=Shop&to=+380501112233&text=hi&charset=UTF-8&coding=0", "", "", ""}, 400, "two numbers"},
		"kannel wants UCS-2 for Cyrillic":   {asked{"kannel", "GET", "/cgi-bin/sendsms?username=AC9&password=pw&from=Shop&to=%2B380501112233&text=%D0%96&charset=UTF-8&coding=0", "", "", ""}, 400, "another coding"},
		"kannel knows another password":     {asked{"kannel", "GET", "/cgi-bin/sendsms?username=AC9&password=no&from=Shop&to=%2B380501112233&text=hi&charset=UTF-8&coding=0", "", "", ""}, 403, "Authorization failed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := sms.New(sms.Options{Provider: tc.provider, Token: "tok", Login: "AC9", Password: "pw"})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if status, body := tc.ask(t, s); status != tc.status || !strings.Contains(body, tc.want) {
				t.Errorf("answered %d %s, want %d %s", status, body, tc.status, tc.want)
			}
		})
	}
}

func TestProviders(t *testing.T) {
	if got := fmt.Sprint(sms.Providers()); got != "[alphasms decision infobip kannel smsc smsru turbosms twilio]" {
		t.Errorf("Providers = %s", got)
	}
	if _, err := sms.New(sms.Options{Provider: "nobody"}); err == nil || !strings.Contains(err.Error(), "alphasms, decision") {
		t.Errorf("New = %v", err)
	}
}

// What Infobip tells is told once.
func TestNewsAreToldOnce(t *testing.T) {
	s, err := sms.New(sms.Options{Provider: "infobip", Token: "tok", Habits: sms.Always(sms.Act{Do: sms.NoReport})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	send := asked{"infobip", "POST", "/sms/3/messages", json, "App tok", `{"messages":[{"sender":"Shop","destinations":[{"to":"380501112233"}],"content":{"text":"hi"}}]}`}
	if status, body := send.ask(t, s); status != 200 {
		t.Fatal(status, body)
	}
	news := asked{"infobip", "GET", "/sms/3/reports?limit=10", "", "App tok", ""}
	if _, body := news.ask(t, s); body != `{"results":[]}` {
		t.Errorf("before the end: %s", body)
	}
	if err := s.Report(s.Messages("")[0].ID, sms.Delivered); err != nil {
		t.Fatal(err)
	}
	if _, body := news.ask(t, s); !strings.Contains(body, "DELIVERED") {
		t.Errorf("after it: %s", body)
	}
	if _, body := news.ask(t, s); body != `{"results":[]}` {
		t.Errorf("the second time: %s", body)
	}
}

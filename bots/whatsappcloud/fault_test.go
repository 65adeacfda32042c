package whatsappcloud_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/bottest"
	"kaskad/bots/whatsappcloud"
)

// answered sends to a Graph API that answers one thing.
func answered(t *testing.T, status int, contentType, body string, header ...string) error {
	t.Helper()
	srv := httptest.NewServer(bottest.Answer(status, contentType, body, header...))
	defer srv.Close()
	_, err := newBot(t, srv.URL, whatsappcloud.Options{}).Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: "120 points for Olena"})
	return err
}

// refusal is an error as Meta writes it.
func refusal(code int, details string) string {
	return fmt.Sprintf(`{"error":{"message":"(#%d) Something about 380501112233","type":"OAuthException","code":%d,"error_data":{"messaging_product":"whatsapp","details":%q},"fbtrace_id":"Az8or2yhqkZfEZ-_4Qn_Bam"}}`, code, code, details)
}

// codes is every code of the facts and of Meta's schema, and what it means in an answer and as a status.
var codes = []struct {
	code       int
	sync, late bots.Fault
	says       string // in the error
}{
	{0, bots.Misconfigured, bots.Misconfigured, "[whatsapp_cloud] token"},
	{190, bots.Misconfigured, bots.Misconfigured, "[whatsapp_cloud] token"},
	{2500, bots.Misconfigured, bots.Misconfigured, "[whatsapp_cloud] api_url"},
	{3, bots.Misconfigured, bots.Misconfigured, "capability"},
	{10, bots.Misconfigured, bots.Misconfigured, "permission"},
	{200, bots.Misconfigured, bots.Misconfigured, "permission"},
	{250, bots.Misconfigured, bots.Misconfigured, "permission"},
	{299, bots.Misconfigured, bots.Misconfigured, "permission"},
	{131005, bots.Misconfigured, bots.Misconfigured, "permission"},
	{4, bots.Temporary, bots.Temporary, "too many calls"},
	{17, bots.Temporary, bots.Temporary, "too many calls"},
	{613, bots.Temporary, bots.Temporary, "too many calls"},
	{80007, bots.Temporary, bots.Temporary, "too many calls"},
	{130429, bots.Temporary, bots.Temporary, "too many messages"},
	{131048, bots.Misconfigured, bots.Misconfigured, "stop marketing"},
	{131056, bots.Temporary, bots.Temporary, "this person"},
	{131049, bots.Rejected, bots.Rejected, ""},
	{131050, bots.Refused, bots.Refused, ""},
	{130472, bots.Rejected, bots.Rejected, "experiment"},
	{131026, bots.Unreachable, bots.Unreachable, "undeliverable"},
	{131047, bots.Rejected, bots.Rejected, "24 hours"},
	{131021, bots.Rejected, bots.Rejected, "our own number"},
	{131030, bots.Rejected, bots.Rejected, "test number"},
	{131008, bots.Rejected, bots.Rejected, ""},
	{131009, bots.Rejected, bots.Rejected, ""},
	{100, bots.Rejected, bots.Rejected, ""},
	{135000, bots.Rejected, bots.Rejected, ""},
	{33, bots.Misconfigured, bots.Misconfigured, "phone_number_id"},
	{104, bots.Misconfigured, bots.Misconfigured, "app secret"},
	{803, bots.Misconfigured, bots.Misconfigured, "phone_number_id"},
	{131051, bots.Rejected, bots.Rejected, ""},
	{131052, bots.Rejected, bots.Rejected, ""},
	{131053, bots.Rejected, bots.Rejected, "reach the picture"},
	// Nobody says whether the message was passed on before: waited for in an answer; as a status it has failed for certain.
	{131000, bots.Uncertain, bots.Temporary, ""},
	{131016, bots.Uncertain, bots.Temporary, ""},
	{1, bots.Uncertain, bots.Temporary, ""},
	{2, bots.Uncertain, bots.Temporary, ""},
	{133004, bots.Uncertain, bots.Temporary, ""},
	{131057, bots.Temporary, bots.Temporary, "maintenance"}, // of the account: told before anything is done
	{131031, bots.Misconfigured, bots.Misconfigured, "locked"},
	{368, bots.Misconfigured, bots.Misconfigured, "locked"},
	{131042, bots.Misconfigured, bots.Misconfigured, "payment"},
	{131045, bots.Misconfigured, bots.Misconfigured, "register"},
	{133010, bots.Misconfigured, bots.Misconfigured, "register"},
	{131037, bots.Misconfigured, bots.Misconfigured, "display name"},
	{132000, bots.Rejected, bots.Rejected, "template"},
	{132001, bots.Rejected, bots.Rejected, "template"},
	{132005, bots.Rejected, bots.Rejected, "template"},
	{132007, bots.Rejected, bots.Rejected, "template"},
	{132012, bots.Rejected, bots.Rejected, "template"},
	{132015, bots.Rejected, bots.Rejected, "another template"},
	{132016, bots.Rejected, bots.Rejected, "another template"},
	{132068, bots.Rejected, bots.Rejected, ""},
	{132069, bots.Rejected, bots.Rejected, ""},
	{133000, bots.Misconfigured, bots.Misconfigured, "register"},
	{133005, bots.Misconfigured, bots.Misconfigured, "PIN"},
	{133006, bots.Misconfigured, bots.Misconfigured, "register"},
	{133008, bots.Misconfigured, bots.Misconfigured, "register"},
	{133009, bots.Misconfigured, bots.Misconfigured, "register"},
	{133015, bots.Misconfigured, bots.Misconfigured, "register"},
	{133016, bots.Misconfigured, bots.Misconfigured, "register"},
}

// The code decides whatever the HTTP status is, which differs between versions of the API.
func TestFaults(t *testing.T) {
	for _, c := range codes {
		for _, status := range []int{400, 403, 429, 500, 503} {
			t.Run(fmt.Sprint(c.code, " as ", status), func(t *testing.T) {
				err := answered(t, status, "application/json", refusal(c.code, "see the docs"))
				e := bots.FaultOf(err)
				code := fmt.Sprint(c.code)
				if c.code == 131047 {
					code = whatsappcloud.WindowClosed
				}
				if err == nil || e.Fault != c.sync || e.Code != code || !strings.Contains(err.Error(), c.says) {
					t.Errorf("Send = %v, want %v with code %s and %q", err, c.sync, code, c.says)
				}
				// The pair rate is one person's: nobody else waits.
				if (e.RetryAfter > 0) != (c.sync == bots.Temporary) || e.ChatOnly != (c.code == 131056) {
					t.Errorf("Send = %v with a pause of %v, of the chat only: %v", err, e.RetryAfter, e.ChatOnly)
				}
				if e.AdsOnly != (c.code == 131050) {
					t.Errorf("Send = %v, of marketing alone: %v", err, e.AdsOnly)
				}
				mustHide(t, err)
			})
		}
	}
}

func mustHide(t *testing.T, err error) {
	t.Helper()
	for _, secret := range []string{"380501112233", "Olena", token, secret} {
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows %q: %v", secret, err)
		}
	}
}

// The same codes as the status of a message that was accepted.
func TestFaultsOfStatuses(t *testing.T) {
	b := newBot(t, "", whatsappcloud.Options{})
	for _, c := range codes {
		t.Run(fmt.Sprint(c.code), func(t *testing.T) {
			r := failedWith(t, b, fmt.Sprintf(`[{"code":%d,"title":"t","message":"m","error_data":{"details":"380501112233"}}]`, c.code))
			reason := fmt.Sprint(c.code, ": ")
			if c.code == 131047 {
				reason = whatsappcloud.WindowClosed
			}
			if r.AdsOnly != (c.code == 131050) {
				t.Errorf("of marketing alone: %v", r.AdsOnly)
			}
			if !r.Failed || r.Level != bots.None || r.Fault != c.late || !strings.HasPrefix(r.Reason, reason) || strings.Contains(r.Reason, "380") {
				t.Errorf("the receipt is %+v, want %v with %q", r, c.late, reason)
			}
		})
	}
	for name, c := range map[string]struct {
		errors, reason string
		fault          bots.Fault
	}{
		"none":                             {`[]`, "", bots.Rejected},
		"one that nobody knows":            {`[{"code":139999}]`, "139999", bots.Rejected},
		"one that nobody knows, then ours": {`[{"code":139999},{"code":131050}]`, "131050: the person stopped our marketing", bots.Refused},
		"a code in quotes":                 {`[{"code":"131050"}]`, "131050: the person stopped our marketing", bots.Refused},
		"a code that is none":              {`[{"code":{}}]`, "", bots.Rejected},
	} {
		t.Run(name, func(t *testing.T) {
			if r := failedWith(t, b, c.errors); r.Fault != c.fault || r.Reason != c.reason {
				t.Errorf("the receipt is %+v", r)
			}
		})
	}
}

func failedWith(t *testing.T, b *whatsappcloud.Bot, errors string) *bots.Receipt {
	t.Helper()
	var whole map[string]any
	must(t, json.Unmarshal(recorded(t, "failed_bare"), &whole))
	value := whole["entry"].([]any)[0].(map[string]any)["changes"].([]any)[0].(map[string]any)["value"].(map[string]any)
	value["statuses"].([]any)[0].(map[string]any)["errors"] = json.RawMessage(errors)
	body, err := json.Marshal(whole)
	must(t, err)
	batch, err := b.Parse(hookCall(body))
	must(t, err)
	if len(batch.Events) != 1 || batch.Events[0].Receipt == nil {
		t.Fatalf("the events are %+v", batch.Events)
	}
	return batch.Events[0].Receipt
}

// Answers that are none of the book.
func TestStrangeAnswers(t *testing.T) {
	const page = "<html>see 380501112233, Bearer " + token + "</html>"
	for name, c := range map[string]struct {
		status int
		body   string
		want   bots.Fault
	}{
		"a code nobody knows, at fault":          {400, refusal(139999, ""), bots.Rejected},
		"a code nobody knows, forbidden":         {403, refusal(139999, ""), bots.Rejected},
		"a code nobody knows, too many":          {429, refusal(139999, ""), bots.Temporary},
		"a code nobody knows, server trouble":    {500, refusal(139999, ""), bots.Uncertain},
		"an error with the status of a success":  {200, refusal(190, ""), bots.Misconfigured},
		"an unknown error with a success":        {200, refusal(139999, ""), bots.Uncertain},
		"an error without a code":                {400, `{"error":{"message":"380501112233"}}`, bots.Uncertain},
		"an error that is a word":                {400, `{"error":"no"}`, bots.Uncertain},
		"no such object, so no such number":      {400, `{"error":{"message":"Unsupported post request. Object with ID '1' does not exist","code":100,"error_subcode":33}}`, bots.Misconfigured},
		"a page of a proxy":                      {502, page, bots.Uncertain},
		"a page instead of the API":              {200, page, bots.Uncertain},
		"an address that is not there":           {404, page, bots.Misconfigured},
		"a proxy that wants a password":          {401, page, bots.Misconfigured},
		"a redirect":                             {301, page, bots.Misconfigured},
		"a proxy that is flooded":                {429, page, bots.Temporary},
		"nothing":                                {200, "", bots.Uncertain},
		"a success without a message":            {200, `{"messaging_product":"whatsapp"}`, bots.Uncertain},
		"a success with a message without an id": {200, `{"messages":[{}]}`, bots.Uncertain},
		"half of an answer":                      {200, `{"messages":[{"id":"wam`, bots.Uncertain},
		"a gateway's time-out with JSON":         {504, `{"message":"Endpoint request timed out"}`, bots.Uncertain},
	} {
		t.Run(name, func(t *testing.T) {
			err := answered(t, c.status, "text/html", c.body)
			if err == nil || bots.FaultOf(err).Fault != c.want {
				t.Errorf("Send = %v, want %v", err, c.want)
			}
			mustHide(t, err)
		})
	}
}

// The lane rests as long as Meta says, within an hour.
func TestPauses(t *testing.T) {
	usage := func(minutes string) []string {
		return []string{"X-Business-Use-Case-Usage", `{"419561257915477":[{"type":"whatsapp","call_count":100,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":` + minutes + `}]}`}
	}
	for name, c := range map[string]struct {
		code   int
		header []string
		want   time.Duration
	}{
		"throughput":                   {130429, nil, 2 * time.Second},
		"throughput, a time named":     {130429, []string{"Retry-After", "30"}, 30 * time.Second},
		"throughput, no time at all":   {130429, usage("0"), 2 * time.Second},
		"the account, minutes named":   {80007, usage("17"), 17 * time.Minute},
		"the account, half a minute":   {80007, usage("0.5"), 30 * time.Second},
		"the account, a day named":     {80007, usage("1440"), time.Hour},
		"the account, nothing named":   {80007, nil, 5 * time.Minute},
		"the app, a header of rubbish": {4, []string{"X-Business-Use-Case-Usage", "soon"}, 5 * time.Minute},
		"maintenance":                  {131057, nil, 5 * time.Minute},
		"the pair rate":                {131056, usage("3"), 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			err := answered(t, 400, "application/json", refusal(c.code, ""), c.header...)
			if got := bots.FaultOf(err).RetryAfter; got != c.want {
				t.Errorf("Send = %v, a pause of %v, want %v", err, got, c.want)
			}
		})
	}
}

// What Meta says of a wrong request helps, as long as it holds nothing of the message.
func TestWordsOfMeta(t *testing.T) {
	for details, want := range map[string]string{
		"body: number of localizable_params (1) does not match the expected number of params (2)": "body: number of localizable_params",
		"Recipient phone number +380 50 111 22 33 not in allowed list":                            "Recipient phone number … not in allowed list",
		"Param text['body'] must not be 'Olena'":                                                  "Param text",
		"see https://shop.example/secret":                                                         "see https",
	} {
		err := answered(t, 400, "application/json", refusal(100, details))
		if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Olena") || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "380") {
			t.Errorf("Send = %v, want %q of %q", err, want, details)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		status     int
		body       string
		who        string
		warns, err string
	}{
		"all is well":      {200, `{"id":"1","display_phone_number":"+1 631-555-5555","verified_name":"Jasper's Market","quality_rating":"GREEN"}`, "Jasper's Market +1 631-555-5555", "", ""},
		"nobody rated yet": {200, `{"id":"1","display_phone_number":"+1 631-555-5555","quality_rating":"NA"}`, "+1 631-555-5555", "", ""},
		"falling":          {200, `{"id":"1","display_phone_number":"+1 631-555-5555","quality_rating":"YELLOW"}`, "+1 631-555-5555", "has fallen", ""},
		"low":              {200, `{"id":"1","display_phone_number":"+1 631-555-5555","quality_rating":"RED"}`, "+1 631-555-5555", "is low", ""},
		"a wrong token":    {401, `{"error":{"message":"Invalid OAuth access token","type":"OAuthException","code":190,"error_subcode":463}}`, "", "", "[whatsapp_cloud] token"},
		"a wrong id":       {400, `{"error":{"message":"Unsupported get request. Object with ID '1' does not exist","code":100,"error_subcode":33}}`, "", "", "phone_number_id"},
		"no permission":    {403, `{"error":{"message":"Your app doesn't have permission","code":200,"error_subcode":1349174}}`, "", "", "permission"},
		"another page":     {200, `{}`, "", "", "names no number"},
	} {
		t.Run(name, func(t *testing.T) {
			var asked *http.Request
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked = r
				bottest.Answer(c.status, "application/json", c.body)(w, r)
			}))
			defer srv.Close()
			got, err := newBot(t, srv.URL+"/v23.0/", whatsappcloud.Options{}).Check(t.Context())
			if got.Name != c.who || (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("Check = %+v, %v", got, err)
			}
			if (len(got.Warnings) > 0) != (c.warns != "") || c.warns != "" && !strings.Contains(got.Warnings[0], c.warns) {
				t.Errorf("it warns of %q", got.Warnings)
			}
			if asked.Method != "GET" || asked.URL.Path != "/v23.0/"+numberID || asked.Header.Get("Authorization") != "Bearer "+token {
				t.Errorf("Meta was asked %s %s", asked.Method, asked.URL)
			}
		})
	}
}

// TestNumber: the number of links is in digits, asked for once, and an error where Meta tells none.
func TestNumber(t *testing.T) {
	asked, body := 0, `{"id":"1","display_phone_number":"n/a","verified_name":"Jasper's Market"}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		bottest.Answer(200, "application/json", body)(w, r)
	}))
	defer srv.Close()
	bot := newBot(t, srv.URL+"/v23.0/", whatsappcloud.Options{})
	if n, err := bot.Number(t.Context()); err == nil {
		t.Errorf("no number is %q", n)
	}
	body = `{"id":"1","display_phone_number":"+1 631-555-5555"}`
	for range 3 {
		if n, err := bot.Number(t.Context()); err != nil || n != "16315555555" {
			t.Errorf("Number = %q, %v", n, err)
		}
	}
	if asked != 2 {
		t.Errorf("Meta was asked %d times, want 2", asked)
	}
}

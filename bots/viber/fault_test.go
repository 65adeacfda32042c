package viber_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/bottest"
	"kaskad/bots/viber"
)

// answered sends to a Viber that answers one thing.
func answered(t *testing.T, status int, contentType, body string, header ...string) error {
	t.Helper()
	srv := httptest.NewServer(bottest.Answer(status, contentType, body, header...))
	defer srv.Close()
	_, err := newBot(t, srv.URL, viber.Options{}).Send(t.Context(), bots.Outgoing{To: toOlena, Step: step, Text: "120 points for Olena"})
	return err
}

func refusal(status int, words string) string {
	return fmt.Sprintf(`{"status":%d,"status_message":%q,"chat_hostname":"SN-CHAT-05_"}`, status, words)
}

// Every status that facts/viber.md knows.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		status int
		words  string
		want   bots.Fault
		says   string
	}{
		{1, "invalidUrl", bots.Rejected, "invalidUrl"},
		{2, "invalidAuthToken", bots.Misconfigured, "[viber] token"},
		{3, "badData", bots.Rejected, "badData"},
		{4, "missingData", bots.Rejected, "missingData"},
		{4, "missing_auth_token", bots.Misconfigured, "[viber] token"},
		{5, "receiverNotRegistered", bots.Unreachable, "receiverNotRegistered"},
		{6, "notSubscribed", bots.Refused, "receiverNotSubscribed"},
		{7, "publicAccountBlocked", bots.Misconfigured, "support"},
		{8, "publicAccountNotFound", bots.Misconfigured, "api_url"},
		{9, "publicAccountSuspended", bots.Misconfigured, "support"},
		{10, "webhookNotSet", bots.Misconfigured, "public_url"},
		{11, "receiverNoSuitableDevice", bots.Unreachable, "receiverNoSuitableDevice"},
		{12, "Too many requests", bots.Temporary, "tooManyRequests"},
		{13, "apiVersionNotSupported", bots.Rejected, "apiVersionNotSupported"},
		{14, "incompatibleWithVersion", bots.Rejected, "incompatibleWithVersion"},
		{15, "publicAccountNotAuthorized", bots.Misconfigured, "registration"},
		{16, "inchatReplyMessageNotAllowed", bots.Rejected, ""},
		{17, "publicAccountIsNotInline", bots.Rejected, ""},
		{18, "noPublicChat", bots.Rejected, ""},
		{19, "cannotSendBroadcast", bots.Rejected, ""},
		{20, "broadcastNotAllowed", bots.Rejected, ""},
		{21, "unsupportedCountry", bots.Rejected, ""},
		{22, "paymentUnsupported", bots.Rejected, ""},
		{23, "freeMessagesExceeded", bots.Misconfigured, "next month"},
		{24, "noBalance", bots.Misconfigured, "top it up"},
		{999, "Bad receiver ID", bots.Unreachable, "Bad receiver ID"},
		{999, "general error", bots.Uncertain, "general error"},
		{25, "failure", bots.Uncertain, "unknown status"},
		{-1, "", bots.Uncertain, "unknown status"},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.words), func(t *testing.T) {
			err := answered(t, 200, "application/json", refusal(c.status, c.words))
			e := bots.FaultOf(err)
			if err == nil || e.Fault != c.want || e.Code != fmt.Sprint(c.status) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("Send = %v, want %v with code %d and %q", err, c.want, c.status, c.says)
			}
			if (e.RetryAfter > 0) != (c.want == bots.Temporary) {
				t.Errorf("Send = %v with a pause of %v", err, e.RetryAfter)
			}
		})
	}
}

// One person's limit must not stop everybody: the lane rests for a moment, unless Viber itself names a time.
func TestTooManyRequests(t *testing.T) {
	if e := bots.FaultOf(answered(t, 200, "application/json", refusal(12, "Too many requests"))); e.RetryAfter > 2*time.Second {
		t.Errorf("the whole lane rests for %v", e.RetryAfter)
	}
	if e := bots.FaultOf(answered(t, 200, "application/json", refusal(12, "Too many requests"), "Retry-After", "7")); e.RetryAfter != 7*time.Second {
		t.Errorf("Viber asked for 7 s, the pause is %v", e.RetryAfter)
	}
}

// Answers that contradict themselves, and those of something between us and Viber.
func TestUnreadableAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   bots.Fault
	}{
		{200, "<html>log in to the hotel's network</html>", bots.Uncertain},
		{200, `{"status":0,"message_token":57413`, bots.Uncertain},
		{200, `{"status_message":"ok"}`, bots.Uncertain},
		{200, `{"status":true}`, bots.Uncertain},
		{200, `{"status":0.5}`, bots.Uncertain},
		{200, `[]`, bots.Uncertain},
		{200, `null`, bots.Uncertain},
		{200, ``, bots.Uncertain},
		{200, `{"status":6,"x":"` + strings.Repeat("x", 2<<20) + `"}`, bots.Uncertain},
		{302, "<html>moved</html>", bots.Uncertain},
		{301, "<html>moved</html>", bots.Misconfigured},
		{308, "<html>moved</html>", bots.Misconfigured},
		{400, "<html>bad request</html>", bots.Uncertain},
		{400, refusal(0, "ok"), bots.Uncertain},
		{400, refusal(3, "badData"), bots.Rejected},
		{401, "<html>no</html>", bots.Misconfigured},
		{401, refusal(2, "invalidAuthToken"), bots.Misconfigured},
		{403, "<html>no</html>", bots.Uncertain},
		{404, "<html>not found</html>", bots.Misconfigured},
		{429, "<html>slower</html>", bots.Temporary},
		{429, refusal(99, "slower"), bots.Temporary},
		{500, refusal(3, "badData"), bots.Uncertain},
		{502, "<html>bad gateway</html>", bots.Uncertain},
		{503, refusal(0, "ok"), bots.Uncertain},
	} {
		name := fmt.Sprint(c.status, " ", c.body[:min(len(c.body), 60)])
		t.Run(name, func(t *testing.T) {
			if err := answered(t, c.status, "text/html", c.body, "Location", "/elsewhere"); err == nil || bots.FaultOf(err).Fault != c.want {
				t.Errorf("Send = %v, want %v", err, c.want)
			}
		})
	}
}

// What Viber says may quote what it was told: our token, and the message behind a bracket or a quote.
func TestWordsAreDiscreet(t *testing.T) {
	for name, words := range map[string]string{
		"the token":        "wrong token " + token,
		"a quoted value":   `text: is not valid "120 points for Olena"`,
		"in brackets":      `text: is not valid [120 points for Olena]`,
		"behind a newline": "text:\n120 points for Olena",
	} {
		err := answered(t, 200, "application/json", refusal(3, words))
		if strings.Contains(err.Error(), token[:8]) || strings.Contains(err.Error(), "120 points") {
			t.Errorf("%s is shown: %v", name, err)
		}
	}
	err := answered(t, 200, "application/json", refusal(3, `message: keyboard is not valid. [instance value ("x") not found in enum]`))
	if !strings.Contains(err.Error(), "keyboard is not valid") {
		t.Errorf("the part that helps is gone: %v", err)
	}
	if err := answered(t, 200, "application/json", refusal(3, strings.Repeat("x", 500))); len(err.Error()) > 300 {
		t.Errorf("%d characters of words are shown", len(err.Error()))
	}
}

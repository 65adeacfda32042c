package telegram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/bottest"
	"kaskad/bots/telegram"
)

// refusal is an error as Telegram writes it.
func refusal(code int, description, parameters string) string {
	if parameters != "" {
		parameters = `,"parameters":` + parameters
	}
	return fmt.Sprintf(`{"ok":false,"error_code":%d,"description":%q%s}`, code, description, parameters)
}

// Every error that facts/telegram.md knows, in Telegram's words.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		code        int
		description string
		want        bots.Fault
	}{
		{403, "Forbidden: bot was blocked by the user", bots.Refused},
		{403, "Forbidden: user is deactivated", bots.Unreachable},
		{403, "Forbidden: bot can't initiate conversation with a user", bots.Unreachable},
		{403, "Forbidden: bot can't send messages to bots", bots.Unreachable},
		{403, "Forbidden: bot was kicked from the supergroup chat", bots.Unreachable},
		{403, "Forbidden: bot is not a member of the channel chat", bots.Unreachable},
		{403, "Forbidden: the group chat was deleted", bots.Unreachable},
		{403, "Forbidden: something new", bots.Rejected},
		{400, "Bad Request: chat not found", bots.Unreachable},
		{400, "Bad Request: private chat not found", bots.Unreachable},
		{400, "Bad Request: chat_id is empty", bots.Unreachable},
		{400, "Bad Request: PEER_ID_INVALID", bots.Unreachable},
		{400, "Bad Request: group chat was upgraded to a supergroup chat", bots.Unreachable},
		{400, "Bad Request: message thread not found", bots.Rejected},
		{400, "Bad Request: TOPIC_CLOSED", bots.Rejected},
		{400, "Bad Request: message is too long", bots.Rejected},
		{400, "Bad Request: message text is empty", bots.Rejected},
		{400, "Bad Request: BUTTON_DATA_INVALID", bots.Rejected},
		{400, "Bad Request: reply markup is too long", bots.Rejected},
		{400, "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0", bots.Rejected},
		{400, "Logged out", bots.Misconfigured},
		{400, "Bad Request: FROZEN_METHOD_INVALID", bots.Misconfigured},
		{401, "Unauthorized", bots.Misconfigured},
		{401, "Unauthorized: invalid token specified", bots.Misconfigured},
		{404, "Not Found", bots.Misconfigured},
		{404, "Not Found: method not found", bots.Misconfigured},
		{409, "Conflict: terminated by other getUpdates request", bots.Misconfigured},
		{413, "Request Entity Too Large", bots.Rejected},
		{429, "Too Many Requests: retry after 7", bots.Temporary},
		{500, "Internal Server Error: restart", bots.Uncertain},
		{502, "Bad Gateway", bots.Uncertain},
		{418, "something new", bots.Uncertain},
	} {
		t.Run(fmt.Sprint(c.code, " ", c.description), func(t *testing.T) {
			err := sendTo(t, c.code, "application/json", refusal(c.code, c.description, ""))
			e := bots.FaultOf(err)
			if e.Fault != c.want || e.Code != fmt.Sprint(c.code) {
				t.Errorf("Send = %v, want %v with code %d", err, c.want, c.code)
			}
			if !strings.Contains(err.Error(), c.description) {
				t.Errorf("Send = %v, want Telegram's words in it", err)
			}
		})
	}
}

// sendTo sends to a Telegram that answers one thing.
func sendTo(t *testing.T, status int, contentType, body string, header ...string) error {
	t.Helper()
	srv := httptest.NewServer(bottest.Answer(status, contentType, body, header...))
	defer srv.Close()
	_, err := newBot(t, srv.URL, telegram.Options{}).Send(t.Context(), bots.Outgoing{To: bots.Address{Channel: bots.Telegram, ID: "42"}, Text: "hi"})
	if err == nil {
		t.Fatal("Send = nil error")
	}
	return err
}

// What stands between us and Telegram answers in HTML.
func TestUnreadableAnswers(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   bots.Fault
	}{
		{200, "<html>log in to the hotel's network</html>", bots.Uncertain},
		{200, `{"ok":true,"result":{"message_id":`, bots.Uncertain},
		{200, `{"ok":true,"result":"what?"}`, bots.Uncertain},
		{200, `{"ok":true}`, bots.Uncertain},
		{200, ``, bots.Uncertain},
		{200, `[]`, bots.Uncertain},
		{200, `{}`, bots.Uncertain},
		{302, "<html>moved</html>", bots.Uncertain},
		{400, "<html>bad request</html>", bots.Uncertain},
		{401, "<html>no</html>", bots.Misconfigured},
		{404, "<html>not found</html>", bots.Misconfigured},
		{429, "<html>slower</html>", bots.Temporary},
		{502, "<html>bad gateway</html>", bots.Uncertain},
		{504, "<html>time-out</html>", bots.Uncertain},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			if err := sendTo(t, c.status, "text/html", c.body, "Location", "/elsewhere"); bots.FaultOf(err).Fault != c.want {
				t.Errorf("Send = %v, want %v", err, c.want)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	for name, c := range map[string]struct {
		parameters, header string
		want               time.Duration
	}{
		"as a parameter":         {`{"retry_after":7}`, "", 7 * time.Second},
		"the parameter wins":     {`{"retry_after":7}`, "9", 7 * time.Second},
		"as a header":            {"", "9", 9 * time.Second},
		"not at all":             {"", "", time.Second},
		"a negative one":         {`{"retry_after":-7}`, "", time.Second},
		"longer than the future": {`{"retry_after":9223372036854775807}`, "", 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			err := sendTo(t, http.StatusTooManyRequests, "application/json", refusal(429, "Too Many Requests", c.parameters), "Retry-After", c.header)
			if e := bots.FaultOf(err); e.RetryAfter != c.want {
				t.Errorf("Send = %v with a pause of %v, want %v", err, e.RetryAfter, c.want)
			}
		})
	}
}

// Words from outside are shown to people, but not when they quote our token.
func TestAnswerThatQuotesToken(t *testing.T) {
	err := sendTo(t, 404, "application/json", refusal(404, "no such path: /bot"+token+"/sendMessage", ""))
	if strings.Contains(err.Error(), secret) {
		t.Errorf("the error shows the token: %v", err)
	}
}

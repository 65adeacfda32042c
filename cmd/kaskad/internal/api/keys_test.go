package api_test

import (
	"strings"
	"testing"

	"kaskad/cmd/kaskad/internal/people"
)

// One idempotency key is two when two API keys use it, in every call that takes one; and header and body are one place.
func TestIdempotencyKeysOfTwoCallersDoNotMeet(t *testing.T) {
	d, memory := realDesk(t)
	const one = `{"to":"phone:0501112233","text":"hi","purpose":"service","key":"k"}`
	const other = `{"to":"phone:0501112244","text":"ho","purpose":"service","key":"k"}`
	calls := []struct {
		scope        people.Scope
		path, body   string
		want, absent string
	}{
		{people.Send, "/v1/deliveries", one, `"id"`, "key_reused"},
		{people.Admin, "/v1/deliveries", other, `"id"`, "key_reused"},
		{people.Send, "/v1/deliveries", other, `key_reused`, `"id"`},
		{people.Admin, "/v1/deliveries:batch", `{"deliveries":[` + one + `]}`, `key_reused`, `"id"`},
		{people.Send, "/v1/deliveries:batch", `{"deliveries":[` + one + `]}`, `"id"`, "key_reused"},
		{people.Admin, "/v1/deliveries:batch", `{"deliveries":[` + other + `]}`, `"id"`, "key_reused"},
	}
	for i, c := range calls {
		if w := d.call(c.scope, "POST", c.path, c.body); !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), c.absent) {
			t.Errorf("call %d is answered %d %s; want %s", i, w.Code, w.Body, c.want)
		}
	}
	if n := len(memory.Deliveries()); n != 2 {
		t.Errorf("%d deliveries were made; want one for each caller", n)
	}
	plain := strings.Replace(one, `,"key":"k"`, "", 1)
	for _, c := range []struct{ header, body, want string }{
		{"k", plain, `"id"`}, {"k", one, `"id"`}, {"j", one, "invalid_key"}, {"", plain, "invalid_key"}, {strings.Repeat("k", 201), plain, "invalid_key"},
	} {
		got := d.play(t, "POST /v1/deliveries send\nIdempotency-Key: "+c.header+"\n\n"+c.body)
		if !strings.Contains(got, c.want) || strings.Contains(got, "Idempotent-Replay") != (c.want == `"id"`) {
			t.Errorf("header %.9q with %s is answered %s; want %s", c.header, c.body, got, c.want)
		}
	}
}

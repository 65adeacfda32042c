package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

// An estimate has a line for each delivery, sums of what would go, and leaves nothing behind.
func TestAnEstimateIsToldAndNothingIsSent(t *testing.T) {
	d, memory := realDesk(t)
	before := fmt.Sprintf("%+v", memory)
	body := `{"deliveries":[
		{"to":"phone:+380501112233","template":"bonus","data":{"points":1},"key":"a","cascade":{"steps":[{"channel":"sms"}],"quiet_hours":{"from":"00:00","to":"00:00"}}},
		{"to":"phone:+380501112233","template":"bonus","data":{"points":1},"key":"a","cascade":{"steps":[{"channel":"sms"}],"quiet_hours":{"from":"00:00","to":"00:00"}}},
		{"to":"ext:nobody","template":"bonus","data":{"points":1}},
		{"to":"phone:+380501112233","template":"bonus","data":{"points":1},"cascade":7},
		{"to":"phone:+380501112244","text":"−20 %","purpose":"marketing","cascade":{"steps":[{"channel":"telegram"}]}}]}`
	w := d.call(people.Send, "POST", "/v1/deliveries:estimate", body)
	var got struct {
		api.Estimates
		Results []struct {
			State, Reason, Code string
			Channels            []string
			Repeat              bool
		} `json:"results"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("answered %d %s, %v", w.Code, w.Body, err)
	}
	var lines []string
	for _, r := range got.Results {
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%v|%v", r.State, r.Reason, r.Code, r.Channels, r.Repeat))
	}
	want := []string{"queued|||[sms]|false", "queued|||[]|true", "||unknown_contact|[]|false", "||invalid_cascade|[]|false", "skipped|no_consent||[]|false"}
	if !slices.Equal(lines, want) {
		t.Errorf("told %q\nwant %q", lines, want)
	}
	if got.Sending != 1 || got.Repeated != 1 || got.Refused != 2 || got.Skipped != 1 || got.SpendLeft != nil {
		t.Errorf("sums: %s", w.Body)
	}
	if after := fmt.Sprintf("%+v", memory); after != before {
		t.Errorf("an estimate changed the store:\n%s\n%s", before, after)
	}
}

// Limits are none.
func (nobody) Limits() bots.Limits { return bots.Limits{} }

func TestAnEstimateIsRefusedAsABatchIs(t *testing.T) {
	d := newDesk(t)
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"nothing to estimate":         {`{"deliveries":[]}`, 422, "invalid_field"},
		"an unknown field of its own": {`{"deliveries":[{"to":"ext:1"}],"x":1}`, 422, "unknown_field"},
		"more than four mebibytes":    {`{"deliveries":[{"to":"` + strings.Repeat("a", 4<<20) + `"}]}`, 413, "too_large"},
		"an engine that has no price": {`{"deliveries":[{"to":"ext:1","template":"dear"}]}`, 500, "internal"},
	} {
		if w := d.call(people.Send, "POST", "/v1/deliveries:estimate", c.body); w.Code != c.status || code(t, w) != c.code {
			t.Errorf("%s: answered %d %s; want %d %s", name, w.Code, w.Body, c.status, c.code)
		}
	}
	if w := d.play(t, "POST /v1/deliveries:estimate send\nIdempotency-Key: a\n\n{\"deliveries\":[{\"to\":\"ext:1\"}]}"); !strings.Contains(w, "invalid_key") {
		t.Errorf("with a key: %s", w)
	}
}

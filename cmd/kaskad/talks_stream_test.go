package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestTheStreamOfARunningGateway: what happens is told as it does, nothing of the staff's room is, and a stop of the gateway ends
// the stream in good order.
func TestTheStreamOfARunningGateway(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+p.admin+"/v1/stream?after=0", nil)
	mustAll(t, err)
	r.Header.Set("Authorization", "Bearer "+p.key)
	answer, err := http.DefaultClient.Do(r)
	mustAll(t, err)
	defer answer.Body.Close()
	told := bufio.NewScanner(answer.Body)
	_, err = p.tg.Say(shopper, "Коли спишуться?")
	mustAll(t, err)
	p.post(staffGroup, 2)
	customer := p.talk().ID
	var made state
	mustAll(t, p.call("POST", "/v1/conversations/ext:C-1/replies", map[string]any{"text": "За рік"}, &made))
	p.await(made.ID, "done")
	for told.Scan() && !strings.Contains(told.Text(), "delivery.done") {
		p.notOfTheRoom(told.Text(), customer)
	}
	p.stop()
	for told.Scan() {
		p.notOfTheRoom(told.Text(), customer)
	}
	if err := told.Err(); err != nil {
		t.Errorf("the stream ended with %v; want a clean end", err)
	}
	p.check()
}

// notOfTheRoom looks at one line of a stream.
func (p *plant) notOfTheRoom(line, customer string) {
	p.t.Helper()
	data, ok := strings.CutPrefix(line, "data: ")
	if !ok {
		return
	}
	var c struct {
		Type string
		Data struct{ Contact, Channel string }
	}
	mustAll(p.t, json.Unmarshal([]byte(data), &c))
	if strings.HasPrefix(c.Type, "staff.") || c.Data.Channel == "staff" || c.Data.Contact != "" && c.Data.Contact != customer {
		p.t.Errorf("a change of the room is told: %s", line)
	}
}

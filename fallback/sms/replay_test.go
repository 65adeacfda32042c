package sms_test

import (
	"errors"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback/sms"
)

func TestReplay(t *testing.T) {
	p, err := sms.New(sms.Config{
		Name: "main", APIURL: "https://sms.example.com", Price: bots.Price{Amount: "1", Currency: "UAH"},
		Request: sms.Request{Path: "/send", Form: map[string]any{"to": "{{.to}}", "text": "{{.text}}"}}, Accept: sms.Accept{ID: ".id"},
		Report: sms.Report{Each: ".list[]", ID: ".id", Status: ".status", States: map[string]string{"ok": "delivered"}}, Inbound: sms.Inbound{From: ".from", Text: ".text"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	call := bots.Call{Method: "POST", At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), Body: []byte(`{"list":[{"id":"7","status":"ok"},{"from":"+380501112233","text":"STOP"}]}`)}
	batch, err := p.Parse(call)
	if err != nil || len(batch.Events) != 2 {
		t.Fatalf("Parse = %+v, %v; want two events", batch, err)
	}
	for _, want := range batch.Events {
		again, err := p.Replay(want.Raw, call.At)
		if err != nil || len(again.Events) != 1 || again.Events[0].ID != want.ID || again.Events[0].Kind != want.Kind || again.Events[0].Text != want.Text {
			t.Errorf("Replay = %+v, %v; want %+v", again.Events, err, want)
		}
	}
	if _, err := p.Replay([]byte("{"), call.At); !errors.Is(err, bots.ErrMalformed) {
		t.Errorf("Replay of what is no JSON = %v", err)
	}
	if again, err := p.Replay([]byte(`{"id":"7"}`), call.At); err != nil || len(again.Events) != 0 {
		t.Errorf("Replay of what names nothing = %+v, %v; want no event", again.Events, err)
	}
}

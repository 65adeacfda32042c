package sms

import (
	"net/http"
	"net/url"
	"testing"

	"kaskad/bots"
)

// FuzzPresetCalls: whatever is posted to whatever preset, nothing panics, every event has its names, and a provider that signs
// is never heard without a signature.
func FuzzPresetCalls(f *testing.F) {
	for _, seed := range []string{
		`{"results":[{"messageId":"m","status":{"groupName":"DELIVERED"},"callbackData":"001ga4gc1wg00"}]}`, `[{"id":"1"},null,7]`,
		"id=1&status=1&phone=380501112233", "data%5B0%5D=sms_status%0A1%0A103%0A1&hash=00", "data%5Bx%5D=1&data=2&hash=1", "MessageSid=1&MessageStatus=delivered&To=1&To=2",
		`{"id":1,"signature":"00","type":"DLR_SMS_API","data":"{}"}`, "", "=", "{", "\xff=\x00",
	} {
		f.Add(seed, "ref=001ga4gc1wg00&type=1", true)
		f.Add(seed, "", false)
	}
	signed := map[*Provider]bool{}
	for _, preset := range Presets() {
		cfg := presetAt(preset.Name, "https://x.example")
		cfg.ReportURL = conformURL
		p, err := New(cfg, nil)
		if err != nil {
			f.Fatal(err)
		}
		signed[p] = preset.Signed
	}
	f.Fuzz(func(t *testing.T, body, query string, post bool) {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Skip()
		}
		call := bots.Call{Method: http.MethodGet, Header: http.Header{}, Query: values, Body: []byte(body), At: arrived}
		if post {
			call.Method = http.MethodPost
			call.Header.Set("X-Twilio-Signature", "AAAA")
		}
		for p, signed := range signed {
			batch, err := p.Parse(call)
			if signed && err == nil {
				t.Errorf("%s took a call without a good signature: %q %q", p.cfg.Preset, body, query)
			}
			for _, e := range batch.Events {
				if e.ID == "" || e.Sender == "" || e.Receipt != nil && e.Receipt.ID == "" && e.Receipt.Step == 0 {
					t.Errorf("%s: an event without names: %+v", p.cfg.Preset, e)
				}
			}
		}
	})
}

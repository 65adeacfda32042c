package telegram_test

import (
	"errors"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
)

func TestReplay(t *testing.T) {
	bot, err := telegram.New(telegram.Config{Token: "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"}, telegram.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		raw    string
		kind   bots.Kind
		id     string
		at     time.Time
		broken bool
	}{
		"a message": {
			raw:  `{"update_id":7,"message":{"message_id":1,"date":1772452800,"chat":{"id":42,"type":"private"},"from":{"id":42,"first_name":"A"},"text":"hi"}}`,
			kind: bots.Wrote, id: "telegram:123456:7", at: time.Unix(1772452800, 0),
		},
		"a press has the time at which it reached us": {
			raw:  `{"update_id":8,"callback_query":{"id":"q","from":{"id":42,"first_name":"A"},"data":"x"}}`,
			kind: bots.Pressed, id: "telegram:123456:8", at: at,
		},
		"what does not concern us is no event": {raw: `{"update_id":9,"poll":{}}`},
		"what cannot be read":                  {raw: `{"update_id":10,"message":5}`, broken: true},
		"what is no JSON":                      {raw: `{`, broken: true},
	} {
		batch, err := bot.Replay([]byte(c.raw), at)
		if c.broken != errors.Is(err, bots.ErrMalformed) || c.broken != (err != nil) {
			t.Errorf("%s: %v", name, err)
		}
		if c.kind == "" {
			if len(batch.Events) != 0 {
				t.Errorf("%s: %+v; want no event", name, batch.Events)
			}
			continue
		}
		if len(batch.Events) != 1 || batch.Events[0].Kind != c.kind || batch.Events[0].ID != c.id || !batch.Events[0].At.Equal(c.at) {
			t.Errorf("%s: %+v", name, batch.Events)
		}
	}
}

package store

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
	"kaskad/fallback"
)

// Where a delivery stood is read without its legs: it must be what reading all of it tells.
func TestWhereADeliveryStoodIsReadWithoutItsLegs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := fallback.Delivery{Plan: fallback.Plan{ID: 1_700_000_000_000_000, Purpose: fallback.Purpose(rapid.IntRange(0, int(fallback.Conversation)).Draw(t, "purpose"))}}
		for range rapid.IntRange(1, 3).Draw(t, "legs") {
			d.Route = append(d.Route, fallback.Leg{Channel: rapid.SampledFrom(bots.Channels()).Draw(t, "channel")})
		}
		d.State = fallback.State(rapid.IntRange(0, int(fallback.Cancelled)).Draw(t, "state"))
		d.Reason = rapid.SampledFrom([]string{"", fallback.ReasonGap, fallback.ReasonQuiet, "some words"}).Draw(t, "reason")
		d.Leg = rapid.IntRange(0, len(d.Route)-1).Draw(t, "leg")
		if !d.State.Final() {
			d.Due = time.UnixMicro(rapid.Int64Range(1, 1<<52).Draw(t, "due")).UTC()
		}
		now := d // as it moved on
		now.State, now.Leg, now.Due = fallback.Done, 0, time.Time{}
		got, err := decodeStanding(&now, encodeStatus(nil, d.ID, &d.Status))
		if err != nil {
			t.Fatal(err)
		}
		if got.State != d.State || got.Lane() != d.Lane() || !got.Due.Equal(d.Due) {
			t.Errorf("stood as %s in %q, due %s; want %s in %q, due %s", got.State, got.Lane(), got.Due, d.State, d.Lane(), d.Due)
		}
	})
}

func TestADamagedStandingIsAnError(t *testing.T) {
	d := fallback.Delivery{Plan: fallback.Plan{ID: 1}, Status: fallback.Status{State: fallback.Waiting, Leg: 3, Route: make([]fallback.Leg, 4)}}
	b := encodeStatus(nil, 1, &d.Status)
	d.Route = d.Route[:2]
	for name, b := range map[string][]byte{"a leg that is not there": b, "a record of a message": encodeState(nil, 1, &bots.MessageState{}), "nothing": {}, "half": b[:2]} {
		if got, err := decodeStanding(&d, b); err == nil {
			t.Errorf("%s: read as %s in leg %d", name, got.State, got.Leg)
		}
	}
}

package whatsappcloud_test

import (
	"fmt"
	"testing"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
	"kaskad/bots/whatsappcloud"
)

// What Meta says of money in a status. Only its word counts: what kind of message is free changes.
func TestWhatIsNotBilled(t *testing.T) {
	b := newBot(t, "", whatsappcloud.Options{})
	for pricing, want := range map[string]bool{
		`{"billable":false,"pricing_model":"PMP","type":"free_customer_service","category":"service"}`: true,
		`{"billable":false}`: true,
		`{"billable":true,"pricing_model":"PMP","type":"regular","category":"marketing"}`: false,
		`{"billable":true,"type":"free_customer_service"}`:                                false,
		`{"pricing_model":"PMP","category":"service"}`:                                    false,
		`{"billable":null}`: false,
		`null`:              false,
	} {
		for _, status := range []string{"sent", "delivered", "read"} {
			body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":{"metadata":{"phone_number_id":%q},"statuses":[`+
				`{"id":"wamid.A","status":%q,"timestamp":"1780000000","recipient_id":"380501112233","pricing":%s}]}}]}]}`, numberID, status, pricing)
			batch, err := b.Parse(hookCall([]byte(body)))
			if err != nil || len(batch.Events) != 1 || batch.Events[0].Receipt == nil {
				t.Fatalf("%s: %+v, %v", pricing, batch.Events, err)
			}
			if got := batch.Events[0].Receipt.Free; got != want {
				t.Errorf("%s with %s: free %v, want %v", status, pricing, got, want)
			}
		}
	}
}

// An answer to somebody who came through an advertisement is free, on the wire, too; any other is not.
func TestFreeOnTheWire(t *testing.T) {
	for ad, want := range map[bool]bool{true: true, false: false} {
		w := newTown(t, graph.Options{})
		if ad {
			do(t)(w.SayFromAd(olenaDigits, "how much?"))
		} else {
			do(t)(w.Say(olenaDigits, "how much?"))
		}
		w.send(t, bots.Outgoing{Step: step, Text: "hi"})
		w.settle(t)
		all := w.in.of(bots.Reported)
		if len(all) == 0 || all[0].Receipt.Free != want {
			t.Errorf("through an advertisement %v: the receipts are %+v", ad, all)
		}
	}
}

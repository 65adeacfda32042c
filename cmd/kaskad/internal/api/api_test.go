package api_test

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// delivered puts a delivery into the fake that went out by Telegram and was read.
func (f *fake) delivered(contact bots.ID) bots.ID {
	id, message := f.id(), f.id()
	f.deliveries[id] = &fallback.Delivery{
		Plan: fallback.Plan{
			ID: id, Contact: contact, To: "ext:C-100", Template: "bonus", Zone: "Europe/Kyiv", Created: noon, Metadata: map[string]string{"order": "17"},
			Cascade: fallback.Cascade{Name: "service", Deadline: 24 * time.Hour, Quiet: fallback.DefaultQuiet(), Steps: []fallback.Step{{Channel: "messenger"}, {Channel: "sms"}}},
		},
		Status: fallback.Status{
			State: fallback.Done, Started: noon, Reached: 1, Proof: "receipt", ProofAt: noon.Add(time.Minute), Leg: 0,
			Route: []fallback.Leg{
				{Channel: "telegram", Outcome: fallback.Taken, Level: bots.Read, Message: message, Attempts: 1, QueuedAt: noon, SentAt: noon.Add(time.Second)},
				{Channel: "viber", Again: true},
				{Step: 1, Channel: "sms", Message: f.id(), Cost: bots.Money{Amount: 9200, Currency: "UAH"}, Attempts: 1, Outcome: fallback.Fell, Reason: "44"},
			},
		},
	}
	f.states[message] = bots.MessageState{Level: bots.Read, ProviderID: "7", SentAt: noon.Add(time.Second), ReadAt: noon.Add(time.Minute)}
	return id
}

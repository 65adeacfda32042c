package bots_test

import (
	"testing"

	"kaskad/bots"
)

// A call that comes out of quarantine is answered to nobody: a welcome would be recorded that nobody read.
func TestAKeptCallIsNotAnswered(t *testing.T) {
	hook := parser(func(bots.Call) (bots.Batch, error) {
		return bots.Batch{
			Events: []bots.Event{{ID: "viber:1", Kind: bots.Opened, Answerable: true}},
			Word:   func(*bots.Message) (bots.Answer, error) { return bots.Answer{}, nil },
		}, nil
	})
	batch, err := bots.KeptCall{Hook: "viber"}.Parse(hook)
	if err != nil || len(batch.Events) != 1 || batch.Events[0].Answerable || batch.Word != nil {
		t.Errorf("Parse = %+v, %v; want the event, and nothing to say", batch.Events, err)
	}
}

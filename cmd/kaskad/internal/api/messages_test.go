package api_test

import (
	"encoding/json"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

// TestWhatWasTakenBackAndWhatThePhoneWroteAreShown reads a conversation in which a person took a message back and one of us answered
// on the phone itself.
func TestWhatWasTakenBackAndWhatThePhoneWroteAreShown(t *testing.T) {
	d := newDesk(t)
	d.seed()
	line := bots.Message{ID: d.id(), Contact: d.talks[0].Contact, In: true, Channel: bots.WhatsApp, Text: "1234", At: noon}
	gone := bots.Message{ID: d.id(), Contact: line.Contact, In: true, Kind: bots.DeleteMessage, Channel: bots.WhatsApp, At: noon.Add(time.Second), ReplyTo: line.ID}
	ours := bots.Message{ID: d.id(), Contact: line.Contact, Channel: bots.WhatsApp, Text: "Так", At: noon.Add(time.Minute), Author: bots.OwnerAuthor}
	d.said = []api.Said{
		{Message: line, State: bots.MessageState{DeletedAt: gone.At}}, {Message: gone},
		{Message: ours, State: bots.MessageState{Level: bots.Accepted, SentAt: ours.At}},
	}
	w := d.call(people.Read, "GET", "/v1/conversations/ext:C-100/messages", "")
	var got api.List[api.Message]
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || len(got.Items) != 3 {
		t.Fatalf("answered %d %s", w.Code, w.Body)
	}
	if m := got.Items[0]; m.Kind != "text" || m.Text != "1234" || !m.DeletedAt.Equal(gone.At) {
		t.Errorf("what was taken back is %+v", m)
	}
	if m := got.Items[1]; m.Kind != "delete" || m.Direction != "in" || m.ReplyTo != line.ID.String() || m.Text != "" {
		t.Errorf("taking it back is %+v", m)
	}
	if m := got.Items[2]; m.Direction != "out" || m.Author != "phone" || m.Status != "accepted" || m.Delivery != "" || !m.DeletedAt.IsZero() {
		t.Errorf("what the phone wrote is %+v", m)
	}
}

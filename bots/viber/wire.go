package viber

import (
	"encoding/json"
	"strconv"
	"time"

	viber "github.com/mileusna/viber"
)

// What we read of Viber's objects is written here, field by field as in https://creators.viber.com/docs/bots-api/, and not
// taken from the library: it drops milliseconds, the reason of a failure, contacts, locations, files and stickers. What we send
// is the library's, where its fields are right.

// callback is what Viber posts: the fields of all events.
type callback struct {
	Event        string   `json:"event"`
	Timestamp    number   `json:"timestamp"` // milliseconds
	MessageToken number   `json:"message_token"`
	UserID       string   `json:"user_id"` // unsubscribed, delivered, seen, failed
	User         *user    `json:"user"`    // subscribed, conversation_started
	Sender       *user    `json:"sender"`  // message
	Message      *message `json:"message"`
	Desc         string   `json:"desc"`    // failed
	Context      string   `json:"context"` // conversation_started by a link of ours
	Subscribed   bool     `json:"subscribed"`
	Silent       bool     `json:"silent"` // of a message: not shown in the chat
}

type user struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Language string `json:"language"`
}

type message struct {
	Type         string    `json:"type"`
	Text         string    `json:"text"`
	Media        string    `json:"media"`
	Location     *location `json:"location"`
	Contact      *contact  `json:"contact"`
	TrackingData string    `json:"tracking_data"`
	FileName     string    `json:"file_name"`
	FileSize     number    `json:"file_size"`
	Size         number    `json:"size"`
	StickerID    number    `json:"sticker_id"`
	AltText      string    `json:"alt_text"`
}

type location struct {
	Lat number `json:"lat"`
	Lon number `json:"lon"`
}

type contact struct {
	Name        string `json:"name"`
	PhoneNumber number `json:"phone_number"`
}

// number is a number of any length as it was written, in quotes or not. Tokens do not fit into a float64, and Viber's documents
// do not agree with its examples about which numbers are strings.
type number string

// UnmarshalJSON never fails: an error here would end the reading of everything behind it. What is no number is none.
func (n *number) UnmarshalJSON(b []byte) error {
	switch c := b[0]; {
	case c == '"':
		var s string
		if json.Unmarshal(b, &s) == nil {
			*n = number(s)
		}
	case c == '-', '0' <= c && c <= '9':
		*n = number(b)
	}
	return nil
}

func (n number) int() (int64, bool) {
	v, err := strconv.ParseInt(string(n), 10, 64)
	return v, err == nil
}

// time reads Unix milliseconds; the zero time for what is none.
func (n number) time() time.Time {
	ms, ok := n.int()
	if !ok || ms <= 0 || ms > 1<<48 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// status is in every answer.
type status struct {
	Code    number `json:"status"`
	Message string `json:"status_message"`
}

// sent is the answer to send_message. Its billing_status, a number or a string, is nobody's business yet.
type sent struct {
	MessageToken number `json:"message_token"`
}

type account struct {
	Name       string   `json:"name"`
	URI        string   `json:"uri"`
	Webhook    string   `json:"webhook"`
	EventTypes []string `json:"event_types"`
}

// webhookRequest is set_webhook with the fields that the library lacks.
type webhookRequest struct {
	viber.WebhookReq
	SendName  bool `json:"send_name"`
	SendPhoto bool `json:"send_photo"`
}

package whatsappcloud

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"
)

// What Meta calls us with: the fields that are read, as in Meta's OpenAPI file and the pages of the webhook's reference.

// envelope is one call. Values, messages and statuses are read one by one, so that a broken one takes nothing with it.
type envelope struct {
	Object string `json:"object"`
	Entry  []struct {
		Changes []change `json:"changes"`
	} `json:"entry"`
}

type change struct {
	Field string          `json:"field"`
	Value json.RawMessage `json:"value"`
}

// plainEnvelope is the same, read as a whole: each level that is read by itself is gone over twice more.
type plainEnvelope struct {
	Object string `json:"object"`
	Entry  []struct {
		Changes []struct {
			Field string `json:"field"`
			Value value  `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
}

type value struct {
	Metadata    json.RawMessage   `json:"metadata"`
	Contacts    json.RawMessage   `json:"contacts"`
	Messages    []json.RawMessage `json:"messages"`
	Statuses    []json.RawMessage `json:"statuses"`
	Preferences []json.RawMessage `json:"user_preferences"`
	Errors      []graphError      `json:"errors"`
	Event       string            `json:"event"` // of what happens to the account
}

type metadata struct {
	PhoneNumberID number `json:"phone_number_id"`
	Display       number `json:"display_phone_number"`
}

// contact is who a message is from or a status is about. user_id is unconfirmed.
type contact struct {
	WaID    number `json:"wa_id"`
	UserID  string `json:"user_id"`
	Profile struct {
		Name string `json:"name"`
	} `json:"profile"`
}

// status is what became of a message of ours. recipient_user_id is unconfirmed.
type status struct {
	ID              string       `json:"id"`
	Status          string       `json:"status"`
	Timestamp       number       `json:"timestamp"`
	RecipientID     number       `json:"recipient_id"`
	RecipientUserID string       `json:"recipient_user_id"`
	RecipientType   string       `json:"recipient_type"` // "group"
	Tag             string       `json:"biz_opaque_callback_data"`
	Pricing         *pricing     `json:"pricing"`
	Errors          []graphError `json:"errors"`
}

// pricing is what Meta bills for a message. Amounts are not told.
type pricing struct {
	Billable *bool `json:"billable"` // none: it does not say
}

// message is what a person did. from_user_id and user_id are unconfirmed.
type message struct {
	From       number `json:"from"`
	FromUserID string `json:"from_user_id"`
	UserID     string `json:"user_id"`
	ID         string `json:"id"`
	Timestamp  number `json:"timestamp"`
	Type       string `json:"type"`
	GroupID    string `json:"group_id"`
	Context    struct {
		From number `json:"from"`
		ID   string `json:"id"`
	} `json:"context"`

	Text        struct{ Body string } `json:"text"`
	Image       *file                 `json:"image"`
	Video       *file                 `json:"video"`
	Audio       *file                 `json:"audio"`
	Voice       *file                 `json:"voice"`
	Document    *file                 `json:"document"`
	Sticker     *file                 `json:"sticker"`
	Location    *place                `json:"location"`
	Contacts    []card                `json:"contacts"`
	Button      *buttonPress          `json:"button"`
	Interactive *interactiveReply     `json:"interactive"`
	Order       *order                `json:"order"`
	System      *systemNote           `json:"system"`
	Reaction    *struct {
		MessageID string `json:"message_id"`
		Emoji     string `json:"emoji"` // none: taken back
	} `json:"reaction"`
}

type file struct {
	ID       string `json:"id"`
	Caption  string `json:"caption"`
	Filename string `json:"filename"`
	Voice    bool   `json:"voice"`
}

type place struct {
	Latitude  number `json:"latitude"`
	Longitude number `json:"longitude"`
	Name      string `json:"name"`
	Address   string `json:"address"`
}

type card struct {
	Name struct {
		Formatted string `json:"formatted_name"`
		First     string `json:"first_name"`
		Last      string `json:"last_name"`
	} `json:"name"`
	Phones []struct {
		Phone string `json:"phone"`
		WaID  number `json:"wa_id"`
	} `json:"phones"`
}

type buttonPress struct {
	Payload string `json:"payload"`
	Text    string `json:"text"`
}

type interactiveReply struct {
	Type   string  `json:"type"`
	Button *choice `json:"button_reply"`
	List   *choice `json:"list_reply"`
	Flow   *struct {
		Body string `json:"body"`
		Name string `json:"name"`
	} `json:"nfm_reply"`
}

type order struct {
	Text  string `json:"text"`
	Items []struct {
		Product  string `json:"product_retailer_id"`
		Quantity number `json:"quantity"`
		Price    number `json:"item_price"`
		Currency string `json:"currency"`
	} `json:"product_items"`
}

// systemNote tells that a person's number changed, or what they chose in WhatsApp's own menu. user_id, previous_user_id and marketing are
// unconfirmed.
type systemNote struct {
	Type       string `json:"type"`
	WaID       number `json:"wa_id"`
	UserID     string `json:"user_id"`
	PreviousID string `json:"previous_user_id"`
	Marketing  string `json:"marketing"` // stop, resume
}

// preference is a person's choice in WhatsApp's own menu.
type preference struct {
	WaID      number `json:"wa_id"`
	UserID    string `json:"user_id"`
	Category  string `json:"category"`
	Value     string `json:"value"` // stop, resume
	Timestamp number `json:"timestamp"`
}

// number is a number as it was written, in quotes or not: Meta's own examples have both.
type number string

// UnmarshalJSON never fails: an error here would end the reading of everything behind it. What is no number is kept as it is written,
// and what is neither number nor string is none.
func (n *number) UnmarshalJSON(b []byte) error {
	switch c := b[0]; {
	case c == '"' && bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b):
		*n = number(b[1 : len(b)-1])
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

// time reads Unix seconds; the zero time for what is none.
func (n number) time() time.Time {
	s, ok := n.int()
	if !ok || s <= 0 || s > 1<<37 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

// coordinate is a number without exponent; what is none is shown as it came.
func (n number) coordinate() string {
	v, err := strconv.ParseFloat(string(n), 64)
	if err != nil {
		return string(n)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

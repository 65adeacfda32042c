package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf16"
)

// The webhook payloads, in Meta's order of fields.
type (
	envelope struct {
		Object string  `json:"object"`
		Entry  []entry `json:"entry"`
	}
	entry struct {
		ID      string   `json:"id"`
		Changes []change `json:"changes"`
	}
	change struct {
		Value value  `json:"value"`
		Field string `json:"field"`
	}
	value struct {
		Product  string        `json:"messaging_product"`
		Metadata metadata      `json:"metadata"`
		Contacts []wireContact `json:"contacts,omitempty"`
		Messages []wireMessage `json:"messages,omitempty"`
		Statuses []wireStatus  `json:"statuses,omitempty"`
		Groups   []Group       `json:"groups,omitempty"`
		Errors   []statusError `json:"errors,omitempty"`
	}
	metadata struct {
		Phone   string `json:"display_phone_number"`
		PhoneID string `json:"phone_number_id"`
	}
	wireContact struct {
		Profile profile `json:"profile"`
		WaID    string  `json:"wa_id,omitempty"`
		UserID  string  `json:"user_id,omitempty"`
		Country string  `json:"country_code,omitempty"`
	}
	profile struct {
		Name     string `json:"name"`
		Username string `json:"username,omitempty"`
	}
)

type wireStatus struct {
	ID           string        `json:"id"`
	Status       string        `json:"status"`
	Timestamp    string        `json:"timestamp"`
	Recipient    string        `json:"recipient_id,omitempty"`
	RecipientID  string        `json:"recipient_user_id,omitempty"`
	Conversation *conversation `json:"conversation,omitempty"`
	Pricing      *pricing      `json:"pricing,omitempty"`
	Errors       []statusError `json:"errors,omitempty"`
	Data         string        `json:"biz_opaque_callback_data,omitempty"`
}

type conversation struct {
	ID      string `json:"id"`
	Expires string `json:"expiration_timestamp,omitempty"`
	Origin  origin `json:"origin"`
}

type origin struct {
	Type string `json:"type"`
}

type pricing struct {
	Billable bool   `json:"billable"`
	Model    string `json:"pricing_model"`
	Category string `json:"category"`
	Type     string `json:"type"`
}

type wireMessage struct {
	Context     *wireContext     `json:"context,omitempty"`
	Referral    *wireReferral    `json:"referral,omitempty"`
	From        string           `json:"from,omitempty"`
	FromUser    string           `json:"from_user_id,omitempty"`
	ID          string           `json:"id"`
	Timestamp   string           `json:"timestamp"`
	Errors      []statusError    `json:"errors,omitempty"`
	Type        string           `json:"type"`
	Text        *wireText        `json:"text,omitempty"`
	Image       *wireMedia       `json:"image,omitempty"`
	Video       *wireMedia       `json:"video,omitempty"`
	Audio       *wireMedia       `json:"audio,omitempty"`
	Document    *wireMedia       `json:"document,omitempty"`
	Sticker     *wireMedia       `json:"sticker,omitempty"`
	Location    *Location        `json:"location,omitempty"`
	Contacts    []Card           `json:"contacts,omitempty"`
	Reaction    *wireReaction    `json:"reaction,omitempty"`
	Button      *wireButton      `json:"button,omitempty"`
	Interactive *wireInteractive `json:"interactive,omitempty"`
	Order       *Order           `json:"order,omitempty"`
	System      *wireSystem      `json:"system,omitempty"`
}

type wireContext struct {
	From       string        `json:"from,omitempty"`
	ID         string        `json:"id,omitempty"`
	Forwarded  bool          `json:"forwarded,omitempty"`
	Frequently bool          `json:"frequently_forwarded,omitempty"`
	Product    *wireReferred `json:"referred_product,omitempty"`
}

type wireReferred struct {
	Catalog string `json:"catalog_id"`
	Product string `json:"product_retailer_id"`
}

type wireReferral struct {
	SourceURL  string   `json:"source_url"`
	SourceID   string   `json:"source_id"`
	SourceType string   `json:"source_type"`
	Body       string   `json:"body"`
	Headline   string   `json:"headline"`
	MediaType  string   `json:"media_type"`
	ImageURL   string   `json:"image_url"`
	Click      string   `json:"ctwa_clid"`
	Welcome    wireHola `json:"welcome_message"`
}

type wireHola struct {
	Text string `json:"text"`
}

type wireText struct {
	Body string `json:"body"`
}

type wireMedia struct {
	Caption  string `json:"caption,omitempty"`
	Filename string `json:"filename,omitempty"`
	MIME     string `json:"mime_type"`
	SHA256   string `json:"sha256"`
	ID       string `json:"id"`
	Voice    *bool  `json:"voice,omitempty"`
	Animated *bool  `json:"animated,omitempty"`
}

// Location is a place on the map.
type Location struct {
	Address   string  `json:"address,omitempty"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
	Name      string  `json:"name,omitempty"`
	URL       string  `json:"url,omitempty"`
}

// Card is a contact that somebody shared.
type Card struct {
	Name   CardName    `json:"name"`
	Org    *CardOrg    `json:"org,omitempty"`
	Phones []CardPhone `json:"phones,omitempty"`
}

// CardName is the name on a Card.
type CardName struct {
	First     string `json:"first_name,omitempty"`
	Last      string `json:"last_name,omitempty"`
	Formatted string `json:"formatted_name"`
}

// CardOrg is the employer on a Card.
type CardOrg struct {
	Company string `json:"company"`
}

// CardPhone is a number on a Card.
type CardPhone struct {
	Phone string `json:"phone"`
	WaID  string `json:"wa_id,omitempty"` // "" = not on WhatsApp
	Type  string `json:"type,omitempty"`
}

// Order is what somebody wants to buy.
type Order struct {
	Catalog string      `json:"catalog_id"`
	Text    string      `json:"text"`
	Items   []OrderItem `json:"product_items"`
}

// OrderItem is one line of an Order.
type OrderItem struct {
	Product  string  `json:"product_retailer_id"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"item_price"`
	Currency string  `json:"currency"`
}

type wireReaction struct {
	MessageID string `json:"message_id"`
	Emoji     string `json:"emoji,omitempty"`
}

type wireButton struct {
	Payload string `json:"payload"`
	Text    string `json:"text"`
}

type wireInteractive struct {
	Type   string     `json:"type"`
	Button *wireReply `json:"button_reply,omitempty"`
	List   *wireReply `json:"list_reply,omitempty"`
}

type wireReply struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

type wireSystem struct {
	Body   string `json:"body"`
	WaID   string `json:"wa_id,omitempty"`
	UserID string `json:"user_id,omitempty"`
	Type   string `json:"type"`
}

// Group is news about a group of the business.
type Group struct {
	Timestamp   string        `json:"timestamp"`
	ID          string        `json:"group_id"`
	Type        string        `json:"type"` // group_create, group_settings_update, …
	Request     string        `json:"request_id"`
	Subject     string        `json:"subject,omitempty"`
	Description string        `json:"description,omitempty"`
	Added       []GroupMember `json:"added_participants,omitempty"`
	Removed     []GroupMember `json:"removed_participants,omitempty"`
	Picture     *GroupPicture `json:"profile_picture,omitempty"`
}

// GroupMember is somebody in a Group; Meta writes their numbers as JSON numbers.
type GroupMember struct {
	Input int64 `json:"input"`
	WaID  int64 `json:"wa_id"`
}

// GroupPicture is the picture of a Group.
type GroupPicture struct {
	MIME   string `json:"mime_type"`
	SHA256 string `json:"sha256"`
}

func stamp(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// encode is the JSON of a webhook as Meta writes it: in ASCII, with escaped slashes. The signature is over these bytes.
func encode(v any) []byte {
	var plain bytes.Buffer
	enc := json.NewEncoder(&plain)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // our own structs
	}
	return escape(bytes.TrimRight(plain.Bytes(), "\n"))
}

// escape writes all that is not ASCII as \uXXXX, and a slash as \/.
func escape(plain []byte) []byte {
	out := make([]byte, 0, len(plain)+len(plain)/8)
	for _, r := range string(plain) {
		switch {
		case r == '/':
			out = append(out, `\/`...)
		case r < 0x7f:
			out = append(out, byte(r))
		case r < 0x10000:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		}
	}
	return out
}

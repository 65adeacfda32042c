package viber

import (
	"cmp"
	"encoding/json"
)

// event is the body of a callback.
type event struct {
	Event        string `json:"event"`
	Timestamp    int64  `json:"timestamp"` // milliseconds
	ChatHostname string `json:"chat_hostname"`
	Token        uint64 `json:"message_token"`

	UserID     string          `json:"user_id,omitempty"`    // delivered, seen, failed, unsubscribed
	User       *wireUser       `json:"user,omitempty"`       // subscribed, conversation_started, client_status
	Sender     *wireUser       `json:"sender,omitempty"`     // message
	Message    *wireMessage    `json:"message,omitempty"`    // message
	Silent     *bool           `json:"silent,omitempty"`     // message; unconfirmed
	Type       string          `json:"type,omitempty"`       // conversation_started: open
	Context    string          `json:"context,omitempty"`    // conversation_started, from a deep link
	Subscribed *bool           `json:"subscribed,omitempty"` // conversation_started
	Desc       string          `json:"desc,omitempty"`       // failed
	UDID       json.RawMessage `json:"udid,omitempty"`       // failed: null, as the real one was seen to send
	Status     *wireStatus     `json:"status,omitempty"`     // client_status
}

type wireUser struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Avatar     string `json:"avatar,omitempty"`
	Country    string `json:"country"`
	Language   string `json:"language"`
	APIVersion int    `json:"api_version"`
}

// wireMessage is what a person wrote.
type wireMessage struct {
	Type         string    `json:"type"`
	Text         string    `json:"text,omitempty"`
	Media        string    `json:"media,omitempty"`
	Thumbnail    string    `json:"thumbnail,omitempty"`
	Location     *Location `json:"location,omitempty"`
	Contact      *Contact  `json:"contact,omitempty"`
	FileName     string    `json:"file_name,omitempty"`
	FileSize     int       `json:"file_size,omitempty"`
	Duration     int       `json:"duration,omitempty"`
	StickerID    int       `json:"sticker_id,omitempty"`
	TrackingData string    `json:"tracking_data,omitempty"`
}

type wireStatus struct {
	Type          string   `json:"type"`
	Code          int      `json:"code"`
	SupportedPSPs []string `json:"supported_psps"`
	TrackingData  string   `json:"tracking_data,omitempty"`
}

// placeholder is the name of people whose name the bot does not get; the real word is unconfirmed.
const placeholder = "Subscriber"

// user is a person as the bot may see them. The caller holds s.mu.
func (s *Server) user(p *person) *wireUser {
	u := &wireUser{ID: p.ID, Name: placeholder, Country: p.Country, Language: p.Language, APIVersion: p.APIVersion}
	if s.hook.sendName && !p.HidesName {
		u.Name = cmp.Or(p.Name, placeholder)
	}
	if s.hook.sendPhoto && !p.HidesName {
		u.Avatar = p.Avatar
	}
	return u
}

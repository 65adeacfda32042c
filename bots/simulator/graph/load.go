package graph

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Load makes signed webhook calls without a server, fast enough to load a gateway from the same machine. Its methods are for one
// goroutine: another one takes a Fork.
type Load struct {
	mac  hash.Hash
	from Options
	head []byte         // of the body, up to what differs
	next *atomic.Uint64 // shared by forks, so that no two messages have one id
}

// Receipt is what a status is about.
type Receipt struct {
	ID     string // of the message
	Phone  string // digits
	UserID string // "" = left out
	Data   string // biz_opaque_callback_data, "" = left out
}

// Signed is a webhook call with its signature.
type Signed struct {
	Body      []byte
	Signature string // X-Hub-Signature-256
	Notices   int    // how many statuses and messages are in it
}

// NewLoad starts a row of webhook calls for the number, account and secret that Options name; all else in them is not used but
// First: rows that begin at different numbers have different ids.
func NewLoad(from Options) *Load {
	fillIn(&from)
	l := &Load{mac: hmac.New(sha256.New, []byte(from.AppSecret)), from: from, next: &atomic.Uint64{}}
	l.next.Store(from.First)
	l.head = fmt.Appendf(nil, `{"object":"whatsapp_business_account","entry":[{"id":"%s","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"%s","phone_number_id":"%s"},`,
		from.WABA, from.Phone, from.PhoneID)
	return l
}

// Fork is the same row for another goroutine.
func (l *Load) Fork() *Load {
	out := *l
	out.mac = hmac.New(sha256.New, []byte(l.from.AppSecret))
	return &out
}

// ID is the next message id of the row, for statuses about messages of the business.
func (l *Load) ID(phone string) string { return wamid(phone, byUs, l.next.Add(1)-1) }

// Statuses tells one thing about many messages: "read" for each of them.
func (l *Load) Statuses(status string, about []Receipt, at time.Time) Signed {
	b := append(make([]byte, 0, len(l.head)+300*len(about)+40), l.head...)
	b = append(b, `"statuses":[`...)
	for i, r := range about {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendStatus(b, status, r, at)
	}
	b = append(b, `]},"field":"messages"}]}]}`...)
	return l.sign(b, len(about))
}

func appendStatus(b []byte, status string, r Receipt, at time.Time) []byte {
	b = appendField(b, `{"id":`, r.ID)
	b = appendField(b, `,"status":`, status)
	b = append(b, `,"timestamp":"`...)
	b = strconv.AppendInt(b, at.Unix(), 10)
	b = append(b, '"')
	if r.Phone != "" {
		b = appendField(b, `,"recipient_id":`, r.Phone)
	}
	if r.UserID != "" {
		b = appendField(b, `,"recipient_user_id":`, r.UserID)
	}
	if r.Data != "" {
		b = appendField(b, `,"biz_opaque_callback_data":`, r.Data)
	}
	return append(b, '}')
}

// appendField appends a name, as it is, and a JSON string; only what needs escapes takes the slow way.
func appendField(b []byte, name, text string) []byte {
	b = append(b, name...)
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c == '/' || c >= 0x7f {
			return append(b, encode(text)...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

// Text is a text that somebody wrote. The answer holds its id, too.
func (l *Load) Text(phone, name, text string, at time.Time) (Signed, string) {
	id := wamid(phone, byPerson, l.next.Add(1)-1)
	b := append(make([]byte, 0, len(l.head)+400+len(text)), l.head...)
	b = appendField(b, `"contacts":[{"profile":{"name":`, name)
	b = appendField(b, `},"wa_id":`, phone)
	b = appendField(b, `,"user_id":`, userIDOf(phone))
	b = appendField(b, `}],"messages":[{"from":`, phone)
	b = appendField(b, `,"from_user_id":`, userIDOf(phone))
	b = appendField(b, `,"id":`, id)
	b = appendField(b, `,"timestamp":`, stamp(at))
	b = appendField(b, `,"type":"text","text":{"body":`, text)
	b = append(b, `}}]},"field":"messages"}]}]}`...)
	return l.sign(b, 1), id
}

func (l *Load) sign(body []byte, notices int) Signed {
	var sum [sha256.Size]byte
	l.mac.Reset()
	l.mac.Write(body)
	return Signed{Body: body, Signature: "sha256=" + hex.EncodeToString(l.mac.Sum(sum[:0])), Notices: notices}
}

// Header is what the webhook call comes with.
func (s Signed) Header() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "X-Hub-Signature-256": {s.Signature}}
}

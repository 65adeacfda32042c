package viber

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// Load makes signed callbacks without a server, fast enough to load a bot from the same machine. Its methods are for one
// goroutine: another one takes a Fork.
type Load struct {
	mac  hash.Hash
	key  string
	next *atomic.Uint64 // shared by forks, so that no two messages have one token
}

// Signed is the body of a callback with its signature.
type Signed struct {
	Body      []byte
	Signature string // X-Viber-Content-Signature
	Token     uint64 // message_token
}

// NewLoad starts a row of callbacks of the bot with this token. Rows that begin at different numbers have different tokens.
func NewLoad(token string, first uint64) *Load {
	l := &Load{mac: hmac.New(sha256.New, []byte(token)), key: token, next: &atomic.Uint64{}}
	l.next.Store(first)
	return l
}

// Fork is the same row for another goroutine.
func (l *Load) Fork() *Load {
	return &Load{mac: hmac.New(sha256.New, []byte(l.key)), key: l.key, next: l.next}
}

// Token is the next message token of the row, for callbacks about messages of the bot.
func (l *Load) Token() uint64 { return scramble(l.next.Add(1) - 1) }

// Message is a text that somebody wrote; tracking is the tracking_data of the last message they saw, "" = none.
func (l *Load) Message(user, text, tracking string, at time.Time) Signed {
	token := l.Token()
	b := head("message", token, at, 400+len(text)+len(tracking))
	b = append(b, `,"sender":{"id":`...)
	b = appendText(b, user)
	b = append(b, `,"name":"Person","country":"UA","language":"uk","api_version":10},"message":{"type":"text","text":`...)
	b = appendText(b, text)
	if tracking != "" {
		b = append(b, `,"tracking_data":`...)
		b = appendText(b, tracking)
	}
	b = append(b, `},"silent":false}`...)
	return l.sign(b, token)
}

// Delivered tells that a message came to one device.
func (l *Load) Delivered(user string, token uint64, at time.Time) Signed {
	return l.receipt("delivered", user, token, at)
}

// Seen tells that a message was read, and all before it.
func (l *Load) Seen(user string, token uint64, at time.Time) Signed {
	return l.receipt("seen", user, token, at)
}

func (l *Load) receipt(event, user string, token uint64, at time.Time) Signed {
	b := head(event, token, at, 200)
	b = append(b, `,"user_id":`...)
	b = appendText(b, user)
	return l.sign(append(b, '}'), token)
}

func head(event string, token uint64, at time.Time, size int) []byte {
	b := make([]byte, 0, size)
	b = append(b, `{"event":"`...)
	b = append(b, event...)
	b = append(b, `","timestamp":`...)
	b = strconv.AppendInt(b, at.UnixMilli(), 10)
	b = append(b, `,"chat_hostname":"`+chatHostname+`","message_token":`...)
	return strconv.AppendUint(b, token, 10)
}

func (l *Load) sign(body []byte, token uint64) Signed {
	var sum [sha256.Size]byte
	l.mac.Reset()
	l.mac.Write(body)
	return Signed{Body: body, Signature: hex.EncodeToString(l.mac.Sum(sum[:0])), Token: token}
}

// Header is what the callback comes with.
func (s Signed) Header() http.Header {
	return http.Header{"Content-Type": {"application/json"}, "X-Viber-Content-Signature": {s.Signature}}
}

// appendText appends a JSON string; only what needs escapes takes the slow way.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			quoted, _ := json.Marshal(text) // a string always can be
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}

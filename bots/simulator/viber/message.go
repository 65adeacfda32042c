package viber

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Message is a message of a chat, in either direction.
type Message struct {
	Token        uint64
	FromBot      bool
	Type         string // text, picture, …; "" = a keyboard alone
	Text         string
	Media        string // address of a picture, video, file or link
	Contact      Contact
	Location     Location
	FileName     string
	FileSize     int
	Duration     int // of a video, in seconds
	StickerID    string
	TrackingData string // what the bot gave; in a person's message, what their client gave back
	Sender       string // sender.name
	MinAPI       int    // min_api_version
	Buttons      []Button
	Rich         []Button        // the buttons of a rich media message
	Body         json.RawMessage // as the bot sent it
	At           time.Time       // when Viber accepted it, or when the person wrote it
	Shown        time.Time       // when it came to the first device; zero before
	Seen         time.Time       // when it was read, whether or not the bot was told
	Failed       string          // what the client found wrong with it: it is never shown
	Welcome      bool            // came as the answer to conversation_started
	Broadcast    bool
	Silent       bool // a press that is not shown in the chat

	arrived  bool // has come to the person's side, where the phone may be off
	keyboard bool // brought a keyboard
	told     bool // failed, and the bot was told
	expired  bool // the phone was off for too long
}

// Contact is a card.
type Contact struct {
	Name        string `json:"name,omitempty"`
	PhoneNumber string `json:"phone_number,omitempty"`
}

// Location is a place.
type Location struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

func (m *Message) clone() Message {
	out := *m
	out.Buttons, out.Rich = slices.Clone(m.Buttons), slices.Clone(m.Rich)
	return out
}

// Button finds the n-th button, counted from 0 over the keyboard and then the rich media.
func (m Message) Button(n int) (Button, bool) {
	all := slices.Concat(m.Buttons, m.Rich)
	if n < 0 || n >= len(all) {
		return Button{}, false
	}
	return all[n], true
}

const (
	maxName     = 28
	maxTracking = 4000
	maxText     = 7000
	maxCaption  = 768 // older pages have 120 and 512
	maxLink     = 2000
	maxVideo    = 27262976
	maxFile     = 52428800
	maxSeconds  = 180
	maxFileName = 256
	maxPhone    = 18
)

// readMessage reads what send_message, broadcast_message and welcomes share. The faults are in o's report.
func readMessage(o *object) *Message {
	m := &Message{FromBot: true, MinAPI: 1}
	m.Type = o.text("type")
	m.TrackingData = o.within("tracking_data", maxTracking)
	if n, ok := o.integer("min_api_version"); ok {
		m.MinAPI = n
		if n < 1 {
			o.refuse(badData, "min_api_version: %d", n)
		}
	}
	sender := o.object("sender")
	m.Sender = sender.filled("name", maxName)
	optionalAddress(sender, "avatar")
	if m.keyboard = o.Has("keyboard"); m.keyboard {
		m.Buttons = readKeyboard(o.object("keyboard"), m.MinAPI)
	}
	content := contents()[m.Type]
	switch {
	case content != nil:
		content(o, m)
	case m.Type != "":
		o.refuse(badData, "type: there is no %q", m.Type)
	case !m.keyboard:
		o.refuse(missingData, "type is missing") // only a keyboard may come without
	}
	return m
}

// contents are the types of message with the fields of each: https://creators.viber.com/docs/bots-api/data-models/message
func contents() map[string]func(*object, *Message) {
	return map[string]func(*object, *Message){
		"text":       func(o *object, m *Message) { m.Text = o.filled("text", maxText) },
		"picture":    readPicture,
		"video":      readVideo,
		"file":       readFile,
		"contact":    readContact,
		"location":   readLocation,
		"url":        readLink,
		"sticker":    readSticker,
		"rich_media": readRichMedia,
	}
}

func readPicture(o *object, m *Message) {
	o.need("text") // it may be empty
	m.Text = o.within("text", maxCaption)
	m.Media = media(o, ".jpeg", ".jpg", ".png", ".gif")
	optionalAddress(o, "thumbnail")
}

func readVideo(o *object, m *Message) {
	m.Media = media(o, ".mp4")
	optionalAddress(o, "thumbnail")
	m.FileSize = size(o, maxVideo)
	if n, ok := o.integer("duration"); ok {
		m.Duration = n
		if n < 0 || n > maxSeconds {
			o.refuse(badData, "duration: %d s, at most %d", n, maxSeconds)
		}
	}
}

func readFile(o *object, m *Message) {
	m.Media = media(o)
	m.FileSize = size(o, maxFile)
	m.FileName = o.filled("file_name", maxFileName)
	extension := extensionOf(m.FileName)
	if m.FileName != "" && extension == "" {
		o.refuse(badData, "file_name: no extension")
	}
	if slices.Contains(forbidden(), extension) {
		o.refuse(badData, "file_name: files of the type %s are not supported", extension)
	}
}

func readContact(o *object, m *Message) {
	o.need("contact")
	card := o.object("contact")
	m.Contact = Contact{card.filled("name", maxName), card.filled("phone_number", maxPhone)}
	if digits := strings.TrimPrefix(m.Contact.PhoneNumber, "+"); strings.Trim(digits, "0123456789") != "" {
		o.refuse(badData, "contact.phone_number: something else than digits")
	}
}

func readLocation(o *object, m *Message) {
	o.need("location")
	place := o.object("location")
	place.need("lat", "lon")
	m.Location.Lat, _ = place.decimal("lat")
	m.Location.Lon, _ = place.decimal("lon")
	if max(m.Location.Lat, -m.Location.Lat) > 90 || max(m.Location.Lon, -m.Location.Lon) > 180 {
		o.refuse(badData, "location: not on this planet")
	}
}

func readLink(o *object, m *Message) {
	m.Media = o.filled("media", maxLink)
	if m.Media != "" && !isAddress(m.Media) {
		o.refuse(badData, "media: no address")
	}
}

func readSticker(o *object, m *Message) {
	o.need("sticker_id")
	switch id, _ := o.Value("sticker_id"); id := id.(type) { // the documentation shows strings, the libraries send numbers
	case string:
		m.StickerID = id
	case json.Number:
		m.StickerID = id.String()
	}
	if m.StickerID == "" || strings.Trim(m.StickerID, "0123456789") != "" {
		o.refuse(badData, "sticker_id: no number")
	}
}

// media reads the address of a file, whose last part must have one of the extensions, or any when none is given.
func media(o *object, extensions ...string) string {
	address := o.filled("media", maxLink)
	if address == "" {
		return ""
	}
	if !isWeb(address) {
		o.refuse(badData, "media: no address that Viber could fetch")
		return address
	}
	extension := extensionOf(pathOf(address))
	if extension == "" || len(extensions) > 0 && !slices.Contains(extensions, extension) {
		o.refuse(badData, "media: the path ends in %q, not in one of %v", extension, extensions)
	}
	return address
}

func size(o *object, limit int) int {
	o.need("size")
	n, ok := o.integer("size")
	if ok && (n <= 0 || n > limit) {
		o.refuse(badData, "size: %d bytes, at most %d", n, limit)
	}
	return n
}

func optionalAddress(o *object, name string) {
	if t := o.text(name); t != "" && !isWeb(t) {
		o.refuse(badData, "%s%s: no address", o.path, name)
	}
}

// forbidden are the file types that Viber does not carry.
func forbidden() []string {
	return strings.Fields(".action .apk .app .bat .bin .cmd .com .command .cpl .csh .exe .gadget .inf1 .ins .inx .ipa .isu .job .jse " +
		".ksh .lnk .msc .msi .msp .mst .osx .out .paf .pif .ps1 .reg .rgs .run .sct .shb .shs .u3p .vb .vbe .vbs .vbscript .workflow .ws .wsf")
}

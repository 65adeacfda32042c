package whatsapp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

// files are the files, places and cards of a message, with the words below them.
func files(m *waE2E.Message) (text string, media []bots.Media) {
	one := func(kind string, f file, name string) []bots.Media {
		return []bots.Media{{Type: kind, ID: reference(f), Name: name, Size: int64(min(f.GetFileLength(), 1<<62))}}
	}
	switch {
	case m.ImageMessage != nil:
		return m.ImageMessage.GetCaption(), one("photo", m.ImageMessage, "")
	case m.VideoMessage != nil:
		return m.VideoMessage.GetCaption(), one("video", m.VideoMessage, "")
	case m.PtvMessage != nil: // a round one
		return m.PtvMessage.GetCaption(), one("video", m.PtvMessage, "")
	case m.AudioMessage.GetPTT():
		return "", one("voice", m.AudioMessage, "")
	case m.AudioMessage != nil:
		return "", one("document", m.AudioMessage, "")
	case m.DocumentMessage != nil:
		d := m.DocumentMessage
		name := d.GetFileName()
		if name == "" {
			name = d.GetTitle()
		}
		return d.GetCaption(), one("document", d, name)
	case m.StickerMessage != nil:
		return "", one("sticker", m.StickerMessage, "")
	case m.LocationMessage != nil:
		l := m.LocationMessage
		return l.GetComment(), []bots.Media{location(l.GetDegreesLatitude(), l.GetDegreesLongitude(), l.GetName(), l.GetAddress())}
	case m.LiveLocationMessage != nil:
		l := m.LiveLocationMessage
		return l.GetCaption(), []bots.Media{location(l.GetDegreesLatitude(), l.GetDegreesLongitude())}
	case m.ContactMessage != nil:
		return "", cards(m.ContactMessage)
	case m.ContactsArrayMessage != nil:
		return "", cards(m.ContactsArrayMessage.GetContacts()...)
	}
	return "", nil
}

func location(latitude, longitude float64, names ...string) bots.Media {
	degrees := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	return bots.Media{Type: "location", Text: degrees(latitude) + "," + degrees(longitude), Name: strings.ReplaceAll(lines(names...), "\n", ", ")}
}

// mostCards is how many cards of one message are kept: WhatsApp's apps send at most so many.
const mostCards = 257

func cards(all ...*waE2E.ContactMessage) (media []bots.Media) {
	for _, c := range all[:min(len(all), mostCards)] {
		media = append(media, bots.Media{Type: "contact", Name: c.GetDisplayName(), Text: cardPhone(c.GetVcard())})
	}
	return media
}

// cardPhone is the number on a vCard (RFC 6350). WhatsApp writes beside it which account it is: "item1.TEL;waid=380501112233:+380 50…".
func cardPhone(card string) string {
	card = strings.NewReplacer("\r\n ", "", "\n ", "", "\r", "").Replace(card) // long lines go on behind a space
	for line := range strings.Lines(card) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		fields := strings.Split(name, ";")
		if kind := fields[0]; !ok || !strings.EqualFold(kind[strings.LastIndexByte(kind, '.')+1:], "TEL") {
			continue
		}
		for _, f := range fields[1:] {
			if account, ok := strings.CutPrefix(f, "waid="); ok && bots.MessengerPhone(account) != "" {
				return bots.MessengerPhone(account)
			}
		}
		if phone := bots.MessengerPhone(value); phone != "" && strings.HasPrefix(strings.TrimSpace(value), "+") {
			return phone
		}
		return strings.TrimSpace(value) // as the person has it: with no country code it is nobody's for certain
	}
	return ""
}

// file is what WhatsApp keeps on its servers, encrypted, for each kind of message that has one.
type file interface {
	whatsmeow.DownloadableMessage
	GetMimetype() string
	GetFileLength() uint64
}

// kinds are the letters by which a reference says with which key a file was encrypted.
var kinds = map[byte]whatsmeow.MediaType{
	'i': whatsmeow.MediaImage, 'v': whatsmeow.MediaVideo, 'a': whatsmeow.MediaAudio, 'd': whatsmeow.MediaDocument,
}

// reference holds all that is needed to fetch a file later: where it is, its key and its hashes. It does not hold the URL that came with
// it: whoever wrote the message could have written any. Empty: the file cannot be fetched.
func reference(f file) string {
	ref := &waE2E.DocumentMessage{
		DirectPath: proto.String(f.GetDirectPath()), MediaKey: f.GetMediaKey(), FileSHA256: f.GetFileSHA256(),
		FileEncSHA256: f.GetFileEncSHA256(), FileLength: proto.Uint64(f.GetFileLength()), Mimetype: proto.String(f.GetMimetype()),
	}
	if usable(ref) != nil {
		return ""
	}
	packed, err := proto.MarshalOptions{Deterministic: true}.Marshal(ref)
	if err != nil {
		return "" // it holds text that is no UTF-8
	}
	return string(letter(f)) + base64.RawURLEncoding.EncodeToString(packed)
}

func letter(f file) byte {
	kind := whatsmeow.GetMediaType(f)
	for l, k := range kinds {
		if k == kind {
			return l
		}
	}
	return 'd'
}

// errReference is a reference that is none of ours.
var errReference = errors.New("the reference of the file is none that WhatsApp gave")

// dereferenced reads what reference wrote.
func dereferenced(ref string) (whatsmeow.MediaType, *waE2E.DocumentMessage, error) {
	if ref == "" || len(ref) > longestReference {
		return "", nil, errReference
	}
	kind, ok := kinds[ref[0]]
	packed, err := base64.RawURLEncoding.DecodeString(ref[1:])
	f := new(waE2E.DocumentMessage)
	if !ok || err != nil || proto.Unmarshal(packed, f) != nil {
		return "", nil, errReference
	}
	if err := usable(f); err != nil {
		return "", nil, err
	}
	return kind, f, nil
}

const (
	longestReference = 4096
	longestPath      = 2048
)

// usable checks that a file can be asked for at WhatsApp's own servers, and be checked when it comes: the path is put behind the name of
// such a server.
func usable(f *waE2E.DocumentMessage) error {
	p := f.GetDirectPath()
	bad := strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' || r == '\\' })
	if !strings.HasPrefix(p, "/") || len(p) > longestPath || bad || len(f.GetMimetype()) > 256 {
		return errReference
	}
	if len(f.GetMediaKey()) != 32 || len(f.GetFileSHA256()) != 32 || len(f.GetFileEncSHA256()) != 32 {
		return fmt.Errorf("%w: it lacks a key or a hash", errReference)
	}
	return nil
}

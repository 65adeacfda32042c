package telegram

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Media is what a message carries beside its text, by the name of its field in the API. "" is none.
type Media string

const (
	Photo     Media = "photo"
	Document  Media = "document"
	Voice     Media = "voice"
	Video     Media = "video"
	VideoNote Media = "video_note"
	Sticker   Media = "sticker"
	Audio     Media = "audio"
	Animation Media = "animation"
	Location  Media = "location"
)

// trait is what the kinds of files differ in.
type trait struct {
	prefix  string // of its file ids
	folder  string // of its paths
	ending  string // of its paths, when the file has no name
	mime    string
	real    string // what the real server calls it when somebody takes it for another kind
	plural  string // of "not enough rights to send …"
	caption bool
}

// traits are what is known of each kind.
func (m Media) traits() trait {
	switch m {
	case Photo:
		return trait{"AgACAgIAAxkB", "photos", ".jpg", "image/jpeg", "Photo", "photos", true}
	case Document:
		return trait{"BQACAgIAAxkB", "documents", ".bin", "application/octet-stream", "Document", "documents", true}
	case Voice:
		return trait{"AwACAgIAAxkB", "voice", ".oga", "audio/ogg", "VoiceNote", "voice notes", true}
	case Video:
		return trait{"BAACAgIAAxkB", "videos", ".mp4", "video/mp4", "Video", "videos", true}
	case VideoNote:
		return trait{"DQACAgIAAxkB", "video_notes", ".mp4", "video/mp4", "VideoNote", "video notes", false}
	case Sticker:
		return trait{"CAACAgIAAxkB", "stickers", ".webp", "image/webp", "Sticker", "stickers", false}
	case Audio:
		return trait{"CQACAgIAAxkB", "music", ".mp3", "audio/mpeg", "Audio", "music", true}
	case Animation:
		return trait{"CgACAgIAAxkB", "animations", ".mp4", "video/mp4", "Animation", "animations", true}
	case Location:
		return trait{plural: "locations"}
	}
	return trait{plural: "text messages"}
}

// isFile reports whether it is a kind of file.
func (m Media) isFile() bool { return m.traits().folder != "" }

// sendMedia is the method that sends one kind of file: an upload, an address, or a file id.
func sendMedia(kind Media) method {
	return func(s *Server, req *request) (any, *failure) {
		f, fail := s.fileOf(req, kind, req.Params[string(kind)], string(kind))
		if fail != nil {
			return nil, fail
		}
		m := &Message{}
		m.carry(f)
		if fail := s.captionOf(req, m); fail != nil {
			return nil, fail
		}
		return s.sendOne(req, m)
	}
}

func (s *Server) captionOf(req *request, m *Message) (fail *failure) {
	if !m.Media.traits().caption {
		return nil
	}
	m.Raw, m.ParseMode = req.Params["caption"], req.Params["parse_mode"]
	m.Text, m.Entities, fail = s.format(req, "caption", "caption_entities")
	return fail
}

func (s *Server) sendOne(req *request, m *Message) (any, *failure) {
	p, fail := s.addressed(req, m)
	if fail != nil {
		return nil, fail
	}
	return s.send(p, m)
}

func (s *Server) sendLocation(req *request) (any, *failure) {
	m := &Message{Media: Location}
	for name, into := range map[string]*float64{"latitude": &m.Latitude, "longitude": &m.Longitude} {
		value := strings.TrimSpace(req.Params[name])
		if value == "" {
			return nil, badRequest(name + " is empty")
		}
		*into, _ = strconv.ParseFloat(value, 64) // the real server takes what is no number for 0
	}
	if max(m.Latitude, -m.Latitude) > 90 || max(m.Longitude, -m.Longitude) > 180 {
		return nil, badRequest("wrong location specified")
	}
	return s.sendOne(req, m)
}

// carry puts a file on a message.
func (m *Message) carry(f *file) {
	m.Media, m.File, m.file = f.media, f.id, f
	if f.media == Photo {
		m.Photo = cmp.Or(f.source, f.id)
	}
}

// wireFile is a photo size, a document, a voice and so on: each kind has some of these fields.
type wireFile struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	Width        int    `json:"width,omitempty"`
	Height       int    `json:"height,omitempty"`
	Length       int    `json:"length,omitempty"`
	Duration     int    `json:"duration,omitempty"`
	Type         string `json:"type,omitempty"`
	IsAnimated   *bool  `json:"is_animated,omitempty"`
	IsVideo      *bool  `json:"is_video,omitempty"`
	Emoji        string `json:"emoji,omitempty"`
	FileName     string `json:"file_name,omitempty"`
	MimeType     string `json:"mime_type,omitempty"`
	FileSize     int    `json:"file_size,omitempty"`
}

type wireLocation struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// wireMedia shows what a message carries.
func (m *Message) wireMedia(out *wireMessage) {
	f := m.file
	if m.Media == Location {
		out.Location = &wireLocation{m.Latitude, m.Longitude}
	}
	if f == nil {
		return
	}
	shown := &wireFile{FileID: f.id, FileUniqueID: f.unique, FileName: f.name, MimeType: f.mime, FileSize: f.size}
	no := false
	switch m.Media {
	case Photo:
		out.Photo = []photoSize{{FileID: f.id, FileUniqueID: f.unique, FileSize: f.size, Width: 320, Height: 240}}
	case Document:
		out.Document = shown
	case Voice:
		shown.FileName, shown.Duration = "", 3
		out.Voice = shown
	case Video:
		shown.Width, shown.Height, shown.Duration = 320, 240, 4
		out.Video = shown
	case VideoNote:
		shown.FileName, shown.MimeType, shown.Length, shown.Duration = "", "", 240, 4
		out.VideoNote = shown
	case Sticker:
		shown.FileName, shown.MimeType, shown.Width, shown.Height = "", "", 512, 512
		shown.Type, shown.IsAnimated, shown.IsVideo, shown.Emoji = "regular", &no, &no, "👍"
		out.Sticker = shown
	case Audio:
		shown.Duration = 180
		out.Audio = shown
	case Animation:
		shown.Width, shown.Height, shown.Duration = 320, 240, 2
		out.Animation, out.Document = shown, shown // old bots look there: it is sent in both
	}
}

// mayCarry tells why the bot may not send such a thing to a group.
func (g *group) mayCarry(kind Media) *failure {
	barred := g.Forbidden.Write || g.Forbidden.Media && kind != ""
	if !barred || g.status == administrator {
		return nil
	}
	return badRequest("not enough rights to send " + kind.traits().plural + " to the chat")
}

// kinds of files that an album may hold beside each other.
func mixes(a, b Media) bool {
	visual := []Media{Photo, Video}
	return a == b || slices.Contains(visual, a) && slices.Contains(visual, b)
}

package telegram

import (
	"encoding/json"
	"slices"
	"strconv"
)

const maxAlbum = 10

type inputMedia struct {
	Type            string          `json:"type"`
	Media           string          `json:"media"`
	Caption         string          `json:"caption"`
	ParseMode       string          `json:"parse_mode"`
	CaptionEntities json.RawMessage `json:"caption_entities"`
}

// sendMediaGroup sends an album: one message for each of its parts, all with one media_group_id.
func (s *Server) sendMediaGroup(req *request) (any, *failure) {
	parts, fail := s.albumOf(req)
	if fail != nil {
		return nil, fail
	}
	var p *person
	for _, m := range parts {
		if p, fail = s.addressed(req, m); fail != nil {
			return nil, fail
		}
		if fail := m.fits(); fail != nil {
			return nil, fail
		}
	}
	if fail := s.takeToken(p, len(parts)); fail != nil {
		return nil, fail
	}
	album := ""
	if len(parts) > 1 {
		album = s.newAlbum()
	}
	out := []*wireMessage{}
	for _, m := range parts {
		m.Album = album
		out = append(out, s.post(p, m))
	}
	return out, nil
}

// newAlbum is the media_group_id of a new album.
func (s *Server) newAlbum() string {
	s.albums++
	return strconv.Itoa(13000000000000000 + s.albums)
}

func (s *Server) albumOf(req *request) ([]*Message, *failure) {
	text := req.Params["media"]
	var list []inputMedia
	switch {
	case text == "":
		return nil, badRequest(`parameter "media" is required`)
	case !json.Valid([]byte(text)):
		return nil, badRequest("can't parse media JSON object")
	case json.Unmarshal([]byte(text), &list) != nil:
		return nil, badRequest("expected an Array of InputMedia")
	case len(list) == 0:
		return nil, badRequest("there are no messages to send")
	case len(list) > maxAlbum:
		return nil, badRequest("too many messages to send as an album")
	}
	var parts []*Message
	for _, in := range list {
		m, fail := s.partOf(req, in)
		if fail != nil {
			return nil, fail
		}
		parts = append(parts, m)
		if !mixes(parts[0].Media, m.Media) {
			return nil, badRequest("Can't use the media of the specified type in the album")
		}
	}
	return parts, nil
}

func (s *Server) partOf(req *request, in inputMedia) (*Message, *failure) {
	const cant = "can't parse InputMedia: "
	kind := Media(in.Type)
	if !slices.Contains([]Media{Photo, Video, Document, Audio}, kind) {
		return nil, badRequest(cant + "invalid type specified")
	}
	if in.Media == "" {
		return nil, badRequest(cant + "media not found")
	}
	f, fail := s.fileOf(req, kind, in.Media, "")
	if fail != nil {
		return nil, fail
	}
	m := &Message{}
	m.carry(f)
	own := &request{Call: &Call{Params: map[string]string{
		"caption": in.Caption, "parse_mode": in.ParseMode, "caption_entities": string(in.CaptionEntities),
	}}}
	return m, s.captionOf(own, m)
}

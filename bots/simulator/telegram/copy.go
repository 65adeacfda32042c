package telegram

import (
	"encoding/json"
	"slices"
)

const maxCopies = 100

// copyMessage sends what another message says, without saying where it is from.
func (s *Server) copyMessage(req *request) (any, *failure) {
	from, fail := s.chatOf(req, "from_chat_id")
	if fail != nil {
		return nil, fail
	}
	original, fail := s.messageOf(from, req.messageID("message_id"), "message to copy")
	if fail != nil {
		return nil, fail
	}
	if !original.copyable() {
		return nil, badRequest("message can't be copied")
	}
	m := original.copied()
	if _, given := req.Params["caption"]; given && m.Media != "" {
		if fail := s.captionOf(req, m); fail != nil {
			return nil, fail
		}
	}
	p, fail := s.addressed(req, m)
	if fail != nil {
		return nil, fail
	}
	if _, fail = s.send(p, m); fail != nil {
		return nil, fail
	}
	return map[string]int{"message_id": m.ID}, nil
}

// copyMessages copies several, and leaves out those that are not there or cannot be copied. An album stays one.
func (s *Server) copyMessages(req *request) (any, *failure) {
	from, fail := s.chatOf(req, "from_chat_id")
	if fail != nil {
		return nil, fail
	}
	ids, fail := messageIDs(req.Params["message_ids"])
	if fail != nil {
		return nil, fail
	}
	var p *person
	var copies []*Message
	albums := map[string]string{}
	for _, id := range ids {
		original := from.message(id)
		if original == nil || original.Deleted || !original.copyable() {
			continue
		}
		m := original.copied()
		if req.flag("remove_caption") && m.Media != "" {
			m.Text, m.Entities = "", nil
		}
		if m.Album = original.Album; m.Album != "" {
			if albums[m.Album] == "" {
				albums[m.Album] = s.newAlbum()
			}
			m.Album = albums[m.Album]
		}
		if p, fail = s.addressed(req, m); fail != nil {
			return nil, fail
		}
		copies = append(copies, m)
	}
	if len(copies) == 0 {
		return nil, badRequest("there are no messages to forward")
	}
	if fail := s.takeToken(p, len(copies)); fail != nil {
		return nil, fail
	}
	out := []map[string]int{}
	for _, m := range copies {
		out = append(out, map[string]int{"message_id": s.post(p, m).MessageID})
	}
	return out, nil
}

func messageIDs(raw string) ([]int, *failure) {
	var ids []int
	switch {
	case raw == "":
		return nil, badRequest("message identifiers are not specified")
	case !json.Valid([]byte(raw)):
		return nil, badRequest("can't parse message_ids JSON object")
	case json.Unmarshal([]byte(raw), &ids) != nil:
		return nil, badRequest("expected an Array of message identifiers")
	case len(ids) == 0:
		return nil, badRequest("message identifiers are not specified")
	case len(ids) > maxCopies:
		return nil, badRequest("too many message identifiers specified")
	case slices.Min(ids) <= 0:
		return nil, badRequest("invalid message identifier specified")
	}
	return ids, nil
}

// copyable reports whether a message is one that can be copied: service messages cannot.
func (m *Message) copyable() bool { return m.Service == "" }

func (m *Message) copied() *Message {
	return &Message{
		Text: m.Text, Raw: m.Raw, Entities: m.Entities, Photo: m.Photo, Media: m.Media, File: m.File, file: m.file,
		Latitude: m.Latitude, Longitude: m.Longitude, contact: m.contact,
	}
}

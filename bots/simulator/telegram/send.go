package telegram

import (
	"encoding/json"
	"strings"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

const (
	maxText    = 4096
	maxCaption = 1024
	maxPhoto   = 10 << 20
	editable   = 48 * time.Hour // how long a message can be deleted
)

// sendMessage checks in the order of the real server: what is wrong with the words comes before what is wrong with the chat.
func (s *Server) sendMessage(req *request) (any, *failure) {
	m, fail := s.textOf(req)
	if fail != nil {
		return nil, fail
	}
	p, fail := s.addressed(req, m)
	if fail != nil {
		return nil, fail
	}
	return s.send(p, m)
}

// textOf reads the text of a message with its entities and its preview.
func (s *Server) textOf(req *request) (*Message, *failure) {
	if req.Params["text"] == "" {
		return nil, badRequest("message text is empty")
	}
	m := &Message{Raw: req.Params["text"], ParseMode: req.Params["parse_mode"]}
	var fail *failure
	if m.NoPreview, fail = previewOff(req); fail != nil {
		return nil, fail
	}
	if m.Text, m.Entities, fail = s.format(req, "text", "entities"); fail != nil {
		return nil, fail
	}
	if m.Text == "" {
		return nil, badRequest("text must be non-empty")
	}
	return m, nil
}

func previewOff(req *request) (bool, *failure) {
	raw := req.Params["link_preview_options"]
	if raw == "" {
		return req.flag("disable_web_page_preview"), nil
	}
	if !json.Valid([]byte(raw)) {
		return false, badRequest("can't parse link preview options JSON object")
	}
	var options *previewOptions
	if err := json.Unmarshal([]byte(raw), &options); err != nil || options == nil {
		return false, badRequest("object expected as link preview options")
	}
	return options.IsDisabled, nil
}

// addressed reads whom a message goes to, what it answers and its keyboard.
func (s *Server) addressed(req *request, m *Message) (*person, *failure) {
	reply, fail := replyOf(req)
	if fail != nil {
		return nil, fail
	}
	markup, fail := parseMarkup(req.Params["reply_markup"])
	if fail != nil {
		return nil, fail
	}
	p, fail := s.chatOf(req, "chat_id")
	if fail != nil {
		return nil, fail
	}
	if p.group != nil {
		fail = p.group.mayPost(m)
	}
	if fail == nil {
		m.ReplyTo, fail = s.resolveReply(p, reply)
	}
	if fail == nil {
		fail = markup.keyboard.mayAsk(p)
	}
	if fail == nil {
		fail = p.place(m, req.messageID("message_thread_id"))
	}
	if fail != nil {
		return nil, fail
	}
	m.Buttons, m.Keyboard = markup.inline, markup.keyboard
	m.Silent, m.Protected = req.flag("disable_notification"), req.flag("protect_content")
	return p, p.mayWrite()
}

type replyParameters struct {
	MessageID                int    `json:"message_id"`
	AllowSendingWithoutReply bool   `json:"allow_sending_without_reply"`
	Quote                    string `json:"quote"`
}

// replyOf reads reply_parameters, or the older way when they are absent.
func replyOf(req *request) (replyParameters, *failure) {
	raw, given := req.Params["reply_parameters"]
	if !given {
		return replyParameters{
			MessageID:                req.messageID("reply_to_message_id"),
			AllowSendingWithoutReply: req.flag("allow_sending_without_reply"),
		}, nil
	}
	if raw == "" || raw == "{}" {
		return replyParameters{}, nil
	}
	if !json.Valid([]byte(raw)) {
		return replyParameters{}, badRequest("can't parse reply parameters JSON object")
	}
	var reply struct {
		replyParameters
		MessageID *int `json:"message_id"`
	}
	if err := json.Unmarshal([]byte(raw), &reply); err != nil {
		return replyParameters{}, badRequest("object expected as reply parameters")
	}
	if reply.MessageID == nil {
		return replyParameters{}, badRequest(`can't find field "message_id"`)
	}
	reply.replyParameters.MessageID = *reply.MessageID
	return reply.replyParameters, nil
}

func (s *Server) resolveReply(p *person, reply replyParameters) (int, *failure) {
	if reply.MessageID <= 0 {
		return 0, nil
	}
	original, fail := s.messageOf(p, reply.MessageID, "message to be replied")
	switch {
	case fail != nil && reply.AllowSendingWithoutReply:
		return 0, nil
	case fail != nil:
		return 0, fail
	case !strings.Contains(original.Text, reply.Quote):
		return 0, badRequest("QUOTE_TEXT_INVALID")
	}
	return original.ID, nil
}

// send puts a checked message into the chat, if the rates allow it.
func (s *Server) send(p *person, m *Message) (any, *failure) {
	fail := m.fits()
	if fail == nil {
		fail = s.takeToken(p, 1)
	}
	if fail != nil {
		return nil, fail
	}
	return s.post(p, m), nil
}

// fits tells that a text is too long.
func (m *Message) fits() *failure {
	switch n := utf16Len(m.Text); {
	case m.Media == "" && n > maxText:
		return badRequest("message is too long")
	case m.Media != "" && n > maxCaption:
		return badRequest("message caption is too long")
	}
	return nil
}

// post adds a message of the bot. From here on the person sees it.
func (s *Server) post(p *person, m *Message) *wireMessage {
	m.FromBot = true
	s.add(p, m)
	if m.Keyboard != nil {
		p.keyboard = m
	}
	s.live(p, m)
	return s.wire(p, m, true)
}

// add gives a message its id and date.
func (s *Server) add(p *person, m *Message) {
	m.ChatID, m.ID, m.Date = p.ID, p.nextID(), s.opt.Now()
	kept := stage.Newest(append(p.messages, m), s.opt.Keep)
	p.before, p.messages = m.ID-len(kept), kept
}

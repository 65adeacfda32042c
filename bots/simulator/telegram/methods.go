package telegram

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// method carries out one call. All run with s.mu held, but for getUpdates, which waits.
type method func(*Server, *request) (any, *failure)

// methods is everything else that the bot can ask for, by lower-case name.
func methods() map[string]method {
	return map[string]method{
		"getme":                   (*Server).getMe,
		"sendmessage":             (*Server).sendMessage,
		"sendphoto":               sendMedia(Photo),
		"senddocument":            sendMedia(Document),
		"sendvoice":               sendMedia(Voice),
		"sendvideo":               sendMedia(Video),
		"sendvideonote":           sendMedia(VideoNote),
		"sendsticker":             sendMedia(Sticker),
		"sendaudio":               sendMedia(Audio),
		"sendanimation":           sendMedia(Animation),
		"sendlocation":            (*Server).sendLocation,
		"sendmediagroup":          (*Server).sendMediaGroup,
		"copymessages":            (*Server).copyMessages,
		"getfile":                 (*Server).getFile,
		"copymessage":             (*Server).copyMessage,
		"editmessagetext":         (*Server).editMessageText,
		"editmessagecaption":      (*Server).editMessageCaption,
		"editmessagereplymarkup":  (*Server).editMessageReplyMarkup,
		"deletemessage":           (*Server).deleteMessage,
		"deletemessages":          (*Server).deleteMessages,
		"setmessagereaction":      (*Server).setMessageReaction,
		"answercallbackquery":     (*Server).answerCallbackQuery,
		"getchat":                 (*Server).getChat,
		"getchatmember":           (*Server).getChatMember,
		"getchatadministrators":   (*Server).getChatAdministrators,
		"createforumtopic":        (*Server).createForumTopic,
		"editforumtopic":          (*Server).editForumTopic,
		"closeforumtopic":         (*Server).closeForumTopic,
		"reopenforumtopic":        (*Server).reopenForumTopic,
		"deleteforumtopic":        (*Server).deleteForumTopic,
		"closegeneralforumtopic":  (*Server).closeGeneralForumTopic,
		"reopengeneralforumtopic": (*Server).reopenGeneralForumTopic,
		"hidegeneralforumtopic":   (*Server).hideGeneralForumTopic,
		"unhidegeneralforumtopic": (*Server).unhideGeneralForumTopic,
		"pinchatmessage":          (*Server).pinChatMessage,
		"unpinchatmessage":        (*Server).unpinChatMessage,
		"sendchataction":          (*Server).sendChatAction,
		"setmycommands":           (*Server).setMyCommands,
		"setwebhook":              (*Server).setWebhook,
		"deletewebhook":           (*Server).deleteWebhook,
		"getwebhookinfo":          (*Server).getWebhookInfo,
	}
}

// carryOut does what a call asks for.
func (s *Server) carryOut(req *request) (any, *failure) {
	name := strings.ToLower(req.Method)
	if name == "getupdates" {
		return s.getUpdates(req)
	}
	do, known := s.methods[name]
	if !known {
		return nil, &failure{code: 404, text: "Not Found: method not found"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	return do(s, req)
}

func (s *Server) getMe(*request) (any, *failure) {
	yes, no := true, false
	me := s.botUser()
	me.CanJoinGroups, me.CanReadAllGroupMessages, me.SupportsInlineQueries = &yes, &s.opt.HearsAll, &no
	me.CanConnectToBusiness, me.HasMainWebApp = &no, &no
	return me, nil
}

func (s *Server) botUser() *user {
	return &user{ID: s.botID, IsBot: true, FirstName: s.opt.Name, Username: s.opt.Username}
}

func (s *Server) getChat(req *request) (any, *failure) {
	p, fail := s.chatOf(req, "chat_id")
	if fail != nil {
		return nil, fail
	}
	full := struct {
		chat
		AccentColorID     int             `json:"accent_color_id"`
		MaxReactionCount  int             `json:"max_reaction_count"`
		AcceptedGiftTypes map[string]bool `json:"accepted_gift_types"`
		Permissions       map[string]bool `json:"permissions,omitempty"`
		PinnedMessage     *wireMessage    `json:"pinned_message,omitempty"`
	}{chat: *p.chat(), AccentColorID: 1, MaxReactionCount: 11, AcceptedGiftTypes: map[string]bool{
		"unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true, "premium_subscription": true, "gifts_from_channels": true,
	}}
	if p.group != nil {
		full.Permissions = p.group.permissions()
	}
	if pinned := p.pinned(); pinned != nil {
		full.PinnedMessage = s.wire(p, pinned, false)
	}
	return full, nil
}

// actions are what sendChatAction may announce.
var actions = map[string]bool{
	"typing": true, "upload_photo": true, "record_video": true, "upload_video": true, "record_voice": true, "upload_voice": true,
	"upload_document": true, "choose_sticker": true, "find_location": true, "record_video_note": true, "upload_video_note": true,
}

func (s *Server) sendChatAction(req *request) (any, *failure) {
	if !actions[strings.ToLower(req.Params["action"])] {
		return nil, badRequest("wrong parameter action in request")
	}
	p, fail := s.chatOf(req, "chat_id")
	if fail == nil {
		fail = p.mayWrite()
	}
	return true, fail
}

// Command is a line of the bot's menu.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

var commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

func (s *Server) setMyCommands(req *request) (any, *failure) {
	var commands []Command
	raw := req.Params["commands"]
	if raw == "" {
		raw = "[]"
	}
	if err := json.Unmarshal([]byte(raw), &commands); err != nil {
		return nil, badRequest("can't parse commands JSON object")
	}
	if len(commands) > 100 {
		return nil, badRequest("BOT_COMMANDS_TOO_MUCH")
	}
	for i, c := range commands {
		commands[i].Command = strings.TrimPrefix(c.Command, "/")
		if !commandName.MatchString(commands[i].Command) {
			return nil, badRequest("BOT_COMMAND_INVALID")
		}
		if n := utf8.RuneCountInString(c.Description); n < 1 || n > 256 {
			return nil, badRequest("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.commands = commands
	return true, nil
}

// chatOf finds the chat that a parameter names. The real server reads numbers leniently and answers alike for all it cannot find.
func (s *Server) chatOf(req *request, field string) (*person, *failure) {
	value := req.Params[field]
	if value == "" {
		return nil, badRequest("chat_id is empty")
	}
	id, err := strconv.ParseInt(value, 10, 64)
	p := s.people[id]
	if err != nil || p == nil {
		return nil, badRequest("chat not found")
	}
	return p, nil
}

// messageOf finds a message of a chat; what names it in the error, as the real server does.
func (s *Server) messageOf(p *person, id int, what string) (*Message, *failure) {
	if m := p.message(id); m != nil && !m.Deleted {
		return m, nil
	}
	return nil, badRequest(what + " not found")
}

// number reads a whole number as the real server does: what it cannot read is def.
func (r *request) number(field string, def, low, high int) int {
	n, err := strconv.Atoi(r.Params[field])
	if err != nil {
		n = def
	}
	return min(max(n, low), high)
}

func (r *request) flag(field string) bool {
	switch strings.ToLower(r.Params[field]) {
	case "true", "yes", "1":
		return true
	}
	return false
}

const maxID = 1<<31 - 1

func (r *request) messageID(field string) int { return r.number(field, 0, 0, maxID) }

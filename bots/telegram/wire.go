package telegram

import "encoding/json"

// These types hold what we read of Telegram's objects, field by field as in https://core.telegram.org/bots/api. They are
// ours and not the library's because the library stopped at Bot API 5.5 (no reactions, no inaccessible messages), and
// because every field that is not here cannot make an update undecodable.

type update struct {
	ID            int64             `json:"update_id"`
	Message       *message          `json:"message"`
	EditedMessage *message          `json:"edited_message"`
	CallbackQuery *callbackQuery    `json:"callback_query"`
	Reaction      *reactionUpdate   `json:"message_reaction"`
	MyChatMember  *chatMemberUpdate `json:"my_chat_member"`
}

// allowedUpdates are the fields of update. Telegram remembers the list of the last call, so it is always sent in full;
// message_reaction comes only when it is named.
const allowedUpdates = `["message","edited_message","callback_query","message_reaction","my_chat_member"]`

type user struct {
	ID            int64  `json:"id"`
	IsBot         bool   `json:"is_bot"`
	FirstName     string `json:"first_name"`
	LastName      string `json:"last_name"`
	Username      string `json:"username"`
	LanguageCode  string `json:"language_code"`
	CanJoinGroups bool   `json:"can_join_groups"`             // getMe only
	HearsAll      bool   `json:"can_read_all_group_messages"` // getMe only: privacy mode is off
}

type chat struct {
	ID        int64  `json:"id"`
	Type      string `json:"type"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Title     string `json:"title"`    // of a group
	IsForum   bool   `json:"is_forum"` // the group has topics
}

// message is also an InaccessibleMessage: chat, message_id and a date of 0.
type message struct {
	ID            int64           `json:"message_id"`
	Date          int64           `json:"date"`
	EditDate      int64           `json:"edit_date"`
	Chat          chat            `json:"chat"`
	From          *user           `json:"from"`
	ReplyTo       *message        `json:"reply_to_message"`
	ForwardOrigin json.RawMessage `json:"forward_origin"`
	ReplyMarkup   *inlineKeyboard `json:"reply_markup"`

	Text    string `json:"text"`
	Caption string `json:"caption"`

	// In groups.
	SenderChat       *chat  `json:"sender_chat"` // in whose name: the group's own, or a channel's
	AuthorSignature  string `json:"author_signature"`
	AutomaticForward bool   `json:"is_automatic_forward"` // from the linked channel
	MigrateTo        int64  `json:"migrate_to_chat_id"`
	MigrateFrom      int64  `json:"migrate_from_chat_id"`

	// In groups with topics. A topic is named by the number of the message that made it. In General, which has no number, an answer
	// carries that of what it answers, and is in no topic all the same.
	Thread          int64           `json:"message_thread_id"`
	InTopic         bool            `json:"is_topic_message"`
	Album           string          `json:"media_group_id"`
	Entities        []entity        `json:"entities"`
	CaptionEntities []entity        `json:"caption_entities"`
	TopicCreated    *topicName      `json:"forum_topic_created"`
	TopicEdited     *topicName      `json:"forum_topic_edited"`
	TopicClosed     json.RawMessage `json:"forum_topic_closed"`
	TopicReopened   json.RawMessage `json:"forum_topic_reopened"`
	GeneralHidden   json.RawMessage `json:"general_forum_topic_hidden"`
	GeneralUnhidden json.RawMessage `json:"general_forum_topic_unhidden"`
	NewMembers      []user          `json:"new_chat_members"`
	LeftMember      *user           `json:"left_chat_member"`

	// In a private chat: the person chose a group with the key that asks for one.
	ChatShared *chatShared `json:"chat_shared"`

	Photo     []photoSize `json:"photo"`
	Document  *file       `json:"document"`
	Audio     *file       `json:"audio"`
	Voice     *file       `json:"voice"`
	Video     *file       `json:"video"`
	VideoNote *file       `json:"video_note"`
	Animation *file       `json:"animation"`
	Sticker   *sticker    `json:"sticker"`
	Contact   *contact    `json:"contact"`
	Location  *location   `json:"location"`

	// What can be copied and not shown.
	Poll  json.RawMessage `json:"poll"`
	Dice  json.RawMessage `json:"dice"`
	Venue json.RawMessage `json:"venue"`
	Story json.RawMessage `json:"story"`

	// What follows is said by Telegram in the person's name, not by the person.
	PinnedMessage      json.RawMessage `json:"pinned_message"`
	AutoDeleteTimer    json.RawMessage `json:"message_auto_delete_timer_changed"`
	WriteAccessAllowed json.RawMessage `json:"write_access_allowed"`
	ConnectedWebsite   string          `json:"connected_website"`
	ChatBackground     json.RawMessage `json:"chat_background_set"`
}

type entity struct {
	Type   string `json:"type"`
	Offset int    `json:"offset"` // in UTF-16 units
	Length int    `json:"length"`
	User   *user  `json:"user"` // of a text_mention
}

type topicName struct {
	Name string `json:"name"`
}

type chatShared struct {
	RequestID int64 `json:"request_id"`
	ChatID    int64 `json:"chat_id"`
}

type photoSize struct {
	FileID   string `json:"file_id"`
	Width    int64  `json:"width"`
	Height   int64  `json:"height"`
	FileSize int64  `json:"file_size"`
}

type file struct {
	FileID   string `json:"file_id"`
	FileName string `json:"file_name"`
	FileSize int64  `json:"file_size"`
}

type sticker struct {
	file
	Emoji string `json:"emoji"`
}

type contact struct {
	PhoneNumber string `json:"phone_number"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name"`
	UserID      int64  `json:"user_id"`
}

type location struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type callbackQuery struct {
	ID      string   `json:"id"`
	From    user     `json:"from"`
	Message *message `json:"message"`
	Data    string   `json:"data"`
}

type reactionUpdate struct {
	Chat      chat       `json:"chat"`
	MessageID int64      `json:"message_id"`
	User      *user      `json:"user"`
	Date      int64      `json:"date"`
	Old       []reaction `json:"old_reaction"`
	New       []reaction `json:"new_reaction"`
}

type reaction struct {
	Type          string `json:"type"`
	Emoji         string `json:"emoji"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`
}

type chatMemberUpdate struct {
	Chat chat  `json:"chat"`
	From user  `json:"from"`
	Date int64 `json:"date"`
	New  struct {
		Status string `json:"status"`
	} `json:"new_chat_member"`
}

type webhookInfo struct {
	URL              string `json:"url"`
	Pending          int    `json:"pending_update_count"`
	LastErrorDate    int64  `json:"last_error_date"`
	LastErrorMessage string `json:"last_error_message"`
}

// What we send.

type inlineKeyboard struct {
	Rows [][]inlineButton `json:"inline_keyboard"`
}

type inlineButton struct {
	Text         string `json:"text"`
	URL          string `json:"url,omitempty"`
	CallbackData string `json:"callback_data,omitempty"`
}

type replyKeyboard struct {
	Rows    [][]contactButton `json:"keyboard"`
	Resize  bool              `json:"resize_keyboard"`
	OneTime bool              `json:"one_time_keyboard"`
}

type contactButton struct {
	Text           string `json:"text"`
	RequestContact bool   `json:"request_contact,omitempty"`

	RequestChat *requestChat `json:"request_chat,omitempty"`
}

// requestChat lets a person choose a group.
type requestChat struct {
	ID         int         `json:"request_id"`
	Channel    bool        `json:"chat_is_channel"`
	Forum      bool        `json:"chat_is_forum"`
	UserRights adminRights `json:"user_administrator_rights"`
	BotRights  adminRights `json:"bot_administrator_rights"`
}

type adminRights struct {
	Manage  bool `json:"can_manage_chat"`
	Topics  bool `json:"can_manage_topics"`
	Pins    bool `json:"can_pin_messages"`
	Deletes bool `json:"can_delete_messages"`
	Appoint bool `json:"can_promote_members"`
}

type replyParameters struct {
	MessageID                int64 `json:"message_id"`
	AllowSendingWithoutReply bool  `json:"allow_sending_without_reply"`
}

type linkPreviewOptions struct {
	IsDisabled bool `json:"is_disabled"`
}

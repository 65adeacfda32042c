package telegram

// The JSON of the Bot API, as far as the simulator has it. Field order follows the real server.

type user struct {
	ID                      int64  `json:"id"`
	IsBot                   bool   `json:"is_bot"`
	FirstName               string `json:"first_name"`
	LastName                string `json:"last_name,omitempty"`
	Username                string `json:"username,omitempty"`
	LanguageCode            string `json:"language_code,omitempty"`
	CanJoinGroups           *bool  `json:"can_join_groups,omitempty"`
	CanReadAllGroupMessages *bool  `json:"can_read_all_group_messages,omitempty"`
	SupportsInlineQueries   *bool  `json:"supports_inline_queries,omitempty"`
	CanConnectToBusiness    *bool  `json:"can_connect_to_business,omitempty"`
	HasMainWebApp           *bool  `json:"has_main_web_app,omitempty"`
}

type chat struct {
	ID        int64  `json:"id"`
	Title     string `json:"title,omitempty"`
	FirstName string `json:"first_name,omitempty"`
	LastName  string `json:"last_name,omitempty"`
	Username  string `json:"username,omitempty"`
	Type      string `json:"type"`
	IsForum   bool   `json:"is_forum,omitempty"`
}

// Entity is a part of a text that looks or acts differently. Offset and Length count UTF-16 code units.
type Entity struct {
	Type          string `json:"type"`
	Offset        int    `json:"offset"`
	Length        int    `json:"length"`
	URL           string `json:"url,omitempty"`
	User          *user  `json:"user,omitempty"`
	Language      string `json:"language,omitempty"`
	CustomEmojiID string `json:"custom_emoji_id,omitempty"`
}

type wireMessage struct {
	MessageID           int              `json:"message_id"`
	From                *user            `json:"from,omitempty"`
	SenderChat          *chat            `json:"sender_chat,omitempty"`
	Chat                *chat            `json:"chat"`
	Date                int64            `json:"date"`
	EditDate            int64            `json:"edit_date,omitempty"`
	MessageThreadID     int              `json:"message_thread_id,omitempty"`
	ReplyToMessage      *wireMessage     `json:"reply_to_message,omitempty"`
	ExternalReply       *externalReply   `json:"external_reply,omitempty"`
	HasProtectedContent bool             `json:"has_protected_content,omitempty"`
	Text                string           `json:"text,omitempty"`
	Entities            []Entity         `json:"entities,omitempty"`
	LinkPreviewOptions  *previewOptions  `json:"link_preview_options,omitempty"`
	MediaGroupID        string           `json:"media_group_id,omitempty"`
	Photo               []photoSize      `json:"photo,omitempty"`
	Animation           *wireFile        `json:"animation,omitempty"`
	Audio               *wireFile        `json:"audio,omitempty"`
	Document            *wireFile        `json:"document,omitempty"`
	Sticker             *wireFile        `json:"sticker,omitempty"`
	Video               *wireFile        `json:"video,omitempty"`
	VideoNote           *wireFile        `json:"video_note,omitempty"`
	Voice               *wireFile        `json:"voice,omitempty"`
	Location            *wireLocation    `json:"location,omitempty"`
	Caption             string           `json:"caption,omitempty"`
	CaptionEntities     []Entity         `json:"caption_entities,omitempty"`
	Contact             *contact         `json:"contact,omitempty"`
	ReplyMarkup         *inlineKeyboards `json:"reply_markup,omitempty"`
	MigrateToChatID     int64            `json:"migrate_to_chat_id,omitempty"`
	MigrateFromChatID   int64            `json:"migrate_from_chat_id,omitempty"`
	IsTopicMessage      bool             `json:"is_topic_message,omitempty"`

	NewChatMembers            []*user       `json:"new_chat_members,omitempty"`
	NewChatMember             *user         `json:"new_chat_member,omitempty"` // of old bots, as the next
	NewChatParticipant        *user         `json:"new_chat_participant,omitempty"`
	LeftChatMember            *user         `json:"left_chat_member,omitempty"`
	LeftChatParticipant       *user         `json:"left_chat_participant,omitempty"`
	ChatShared                *chatShared   `json:"chat_shared,omitempty"`
	PinnedMessage             *wireMessage  `json:"pinned_message,omitempty"`
	ForumTopicCreated         *topicCreated `json:"forum_topic_created,omitempty"`
	ForumTopicEdited          *topicEdited  `json:"forum_topic_edited,omitempty"`
	ForumTopicClosed          *struct{}     `json:"forum_topic_closed,omitempty"`
	ForumTopicReopened        *struct{}     `json:"forum_topic_reopened,omitempty"`
	GeneralForumTopicHidden   *struct{}     `json:"general_forum_topic_hidden,omitempty"`
	GeneralForumTopicUnhidden *struct{}     `json:"general_forum_topic_unhidden,omitempty"`
}

// externalReply stands for an answered message of another topic.
type externalReply struct {
	Origin    messageOrigin `json:"origin"`
	Chat      *chat         `json:"chat"`
	MessageID int           `json:"message_id"`
}

type messageOrigin struct {
	Type       string `json:"type"`
	Date       int64  `json:"date"`
	SenderUser *user  `json:"sender_user"`
}

type inlineKeyboards struct {
	InlineKeyboard [][]Button `json:"inline_keyboard"`
}

type previewOptions struct {
	IsDisabled bool   `json:"is_disabled,omitempty"`
	URL        string `json:"url,omitempty"`
}

type photoSize struct {
	FileID       string `json:"file_id"`
	FileUniqueID string `json:"file_unique_id"`
	FileSize     int    `json:"file_size,omitempty"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
}

type contact struct {
	PhoneNumber string `json:"phone_number"`
	FirstName   string `json:"first_name"`
	LastName    string `json:"last_name,omitempty"`
	UserID      int64  `json:"user_id,omitempty"`
}

type callbackQuery struct {
	ID           string `json:"id"`
	From         *user  `json:"from"`
	Message      any    `json:"message"`
	ChatInstance string `json:"chat_instance"`
	Data         string `json:"data"`
}

// inaccessibleMessage stands for a message that is gone: its date is always 0.
type inaccessibleMessage struct {
	MessageID int   `json:"message_id"`
	Chat      *chat `json:"chat"`
	Date      int64 `json:"date"`
}

type reactionUpdated struct {
	Chat        *chat      `json:"chat"`
	MessageID   int        `json:"message_id"`
	User        *user      `json:"user"`
	Date        int64      `json:"date"`
	OldReaction []reaction `json:"old_reaction"`
	NewReaction []reaction `json:"new_reaction"`
}

type reaction struct {
	Type  string `json:"type"`
	Emoji string `json:"emoji,omitempty"`
}

type memberUpdated struct {
	Chat *chat  `json:"chat"`
	From *user  `json:"from"`
	Date int64  `json:"date"`
	Old  member `json:"old_chat_member"`
	New  member `json:"new_chat_member"`
}

type member struct {
	User        *user  `json:"user"`
	Status      string `json:"status"`
	UntilDate   *int64 `json:"until_date,omitempty"`   // a banned member has one, 0 = for ever
	IsAnonymous *bool  `json:"is_anonymous,omitempty"` // of administrators and the maker of a group
	*memberRights
}

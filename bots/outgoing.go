package bots

// Button is one button under a message: a link, or an answer that comes back as a press.
type Button struct {
	Text string
	URL  string
	Data string // short name of the answer; the adapter adds the step id when it sends
}

// ShareContact is the Data of the button by which a person shares the phone, where a channel has such a button.
const ShareContact = "share-contact"

// Outgoing is one message on its way to one address, final in every respect.
type Outgoing struct {
	To      Address
	Step    ID     // our id of this message; it travels where the channel lets it, so that a proof names it
	Text    string // plain
	Markup  string // the same in the channel's own markup (Telegram HTML); empty: send Text
	Image   string // address of a picture above the text (https); empty: none
	Buttons []Button
	// AskContact asks the person to share the phone with one tap, where the channel can. Beside it the answers among Buttons may come
	// back as their text, which the person seems to have typed.
	AskContact string
	// AskGroup asks the person to choose one of their groups with topics, for the bot to be let in with the rights that the staff's room
	// needs. In a private chat of Telegram only; the choice comes back as Offered.
	AskGroup string
	ReplyTo  string // provider id of the message this answers; empty: none
	File     *File  // a document below the text; nil: none
	// Act says what is done to an earlier message instead of writing a new one; On is that message's provider id.
	Act Act
	On  string
	// Captioned: EditAct: message On is a file, and the text is that which stands under it.
	Captioned bool
	// Approved is a template that the channel has approved, sent instead of the text: where only such may begin a talk.
	Approved *Approved
	// Media is a file, or a place, that is handed on from another channel; the bytes of a file come beside it: see Carrier. Nil: none.
	Media  *Media
	Thread string  // the topic of a group in which it stands, as the channel names it; empty: the group itself
	From   Address // CopyAct: the chat where On stands
}

// Act is what can be done to an earlier message. The zero value writes a new one.
type Act string

// The acts.
const (
	EditAct   Act = "edit"   // of ours: Text are its new words
	DeleteAct Act = "delete" // of ours: it is taken back; of an album On lists all, separated by commas
	ReactAct  Act = "react"  // of the person's: Text is the emoji, empty takes it back
	CopyAct   Act = "copy"   // message On of the chat From stands in To as well, whatever kind it is; of an album On lists all, separated by commas
)

// The acts in a group with topics. They are the staff's room's own: no other channel has them.
const (
	OpenTopicAct   Act = "open_topic"   // Text is its name; the receipt's id is the topic
	NameTopicAct   Act = "name_topic"   // Thread: Text is its new name
	CloseTopicAct  Act = "close_topic"  // Thread
	ReopenTopicAct Act = "reopen_topic" // Thread
	DeleteTopicAct Act = "delete_topic" // Thread, with all that stands in it
	PinAct         Act = "pin"          // On, in Thread, without telling anybody
)

// OnTopics reports whether an act is about a topic as such.
func (a Act) OnTopics() bool {
	switch a {
	case OpenTopicAct, NameTopicAct, CloseTopicAct, ReopenTopicAct, DeleteTopicAct:
		return true
	}
	return false
}

// File is a document that a message carries.
type File struct {
	URL  string // where it is fetched from (https)
	Name string // as the person sees it; empty: the last part of the path
}

// Approved names a template that was approved by the channel, with what fills its places.
type Approved struct {
	Name     string
	Language string           // as the channel writes it: "uk", "en_US"
	Header   string           // address of a picture; empty: the template has none
	Body     []ApprovedField  // in order
	Buttons  []ApprovedButton // those that take something
}

// ApprovedField fills one place of an approved template.
type ApprovedField struct {
	Name string // empty: its place by number
	Text string
}

// ApprovedButton fills one button of an approved template.
type ApprovedButton struct {
	Index int
	URL   string // what is put behind the address of the button; empty: an answer button
	Data  string // the answer that comes back; the adapter adds the step id when it sends
}

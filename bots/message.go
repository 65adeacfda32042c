package bots

import "time"

// MessageKind tells what a message of a conversation is.
type MessageKind uint8

// The kinds of message.
const (
	TextMessage     MessageKind = iota // words or media
	PressMessage                       // a button pressed; Text is its answer
	ReactionMessage                    // an emoji; Text is it
	EditMessage                        // the new words of an earlier one
	DeleteMessage                      // an earlier one was taken back
)

// Message is one message in or out, on one channel. It never changes; what becomes of it is its MessageState.
type Message struct {
	ID         ID
	Contact    ID
	In         bool
	Kind       MessageKind
	To         Address // the chat
	Text       string
	Media      []Media
	ProviderID string    // In: the channel's id of it, or of the message that it changes
	ReplyTo    ID        // the message it answers, or changes
	At         time.Time // In: the messenger's time; out: of the intent
	Came       time.Time // In: when it reached us, of several that came together in the order in which they were told; zero: at At

	// Out only.
	Delivery ID
	Leg      int       // which leg of the delivery's route
	Markup   string    // as it was sent
	Approved *Approved // the same as a template that the channel approved; which of the two went out is in MessageState
	Buttons  []Button
	Links    []string // where the tracked links of the text lead, by number
	Masked   bool     // the token of the link at the end of Text went out in the place of letters that stand for it
	Prev     ID       // the last message of ours in that chat before this one
	Seq      uint64   // its number in that chat, from 1
	Author   string   // staff; OwnerAuthor: see ByOwner; empty: the program
	Channel  string   // same as To.Channel; kept for records read without their chat

	// Erased: the person was, and of the message is left that there was one: no words, no files, no chat, no name of the channel's.
	Erased bool
	// Under is the absorbed contact under whose id the message stands; 0: Contact's own. See Merge.
	Under ID
}

// OwnerAuthor is the author of what one of us wrote from the phone itself.
const OwnerAuthor = "phone"

// ByOwner reports whether one of us wrote the message from the phone itself, past the program.
func (m *Message) ByOwner() bool { return !m.In && m.Delivery == 0 && m.Author == OwnerAuthor }

// The types of a picture and of a file of ours among Media.
const (
	photo    = "photo"
	document = "document"
)

// Picture lists the picture of a message of ours as its media; nil for none.
func Picture(address string) []Media {
	if address == "" {
		return nil
	}
	return []Media{{Type: photo, ID: address}}
}

// Image is the address of the picture that a message of ours shows; empty: none.
func (m *Message) Image() string {
	if m.In || m.ByOwner() || len(m.Media) == 0 || m.Media[0].Type != photo || m.Media[0].From != "" {
		return ""
	}
	return m.Media[0].ID
}

// Attached lists the picture and the file of a message of ours as its media.
func Attached(picture string, file *File) []Media {
	all := Picture(picture)
	if file != nil {
		all = append(all, Media{Type: document, ID: file.URL, Name: file.Name})
	}
	return all
}

// File is the document that a message of ours carries; nil: none.
func (m *Message) File() *File {
	if m.In || m.ByOwner() {
		return nil
	}
	for _, x := range m.Media {
		if x.Type == document && x.From == "" {
			return &File{URL: x.ID, Name: x.Name}
		}
	}
	return nil
}

// Standing reports whether a message of ours stands in its chat, to be read in its turn. What was done to an earlier one does not.
func (m *Message) Standing() bool { return !m.In && m.Kind == TextMessage && !m.Erased }

// MessageState is what became of a message: small, rewritten.
type MessageState struct {
	Level       Level
	Sending     bool // an attempt is under way
	Uncertain   bool // the outcome of an attempt is not known, and nothing has proven it since
	Failed      bool
	Fault       Fault  // Failed: why
	Passed      Level  // a watermark of this level went over it: everything before it is done
	Reason      string // Failed: the channel's words; else what it left out
	ProviderID  string
	Rest        string // the channel's ids of the others, separated by commas, of an album: ProviderID is that of the first
	Sender      string
	Attempt     int // of the leg
	ClaimedAt   time.Time
	LeaseEnd    time.Time
	SentAt      time.Time // settled
	ChannelAt   time.Time // when the channel took it, by its own clock; zero: it did not say
	DeliveredAt time.Time
	ReadAt      time.Time
	EngagedAt   time.Time
	FailedAt    time.Time
	Parts       int
	Approved    bool      // it went out as the channel's approved template, not as free text
	DeletedAt   time.Time // when it was taken back
	Basis       Basis     // why it could go when it was claimed
	BasisLine   int       // BasisGiven: the number of the contact's Statement
	BasisOf     ID        // BasisGiven: whose Statement that is, where it is not the contact the message stands under
	Edit        ID        // the message that has its newest words; 0: it never was changed
}

// Grow raises the level to what was proven and keeps the time of each step of the way; it reports whether anything grew.
func (s *MessageState) Grow(level Level, at time.Time) bool {
	switch level {
	case Delivered:
		earliest(&s.DeliveredAt, at)
	case Read:
		earliest(&s.ReadAt, at)
	case Engaged:
		earliest(&s.EngagedAt, at)
	}
	if level <= s.Level {
		return false
	}
	s.Level, s.Uncertain = level, false
	if level >= Delivered {
		s.Failed = false // failed only if nothing better
	}
	return true
}

func earliest(t *time.Time, at time.Time) {
	if t.IsZero() || at.Before(*t) {
		*t = at
	}
}

// Status is the word people read.
func (s *MessageState) Status() string {
	switch {
	case s.Failed:
		return "failed"
	case s.Level > None:
		return s.Level.String()
	case s.Uncertain:
		return "uncertain"
	case s.Sending:
		return "sending"
	}
	return "queued"
}

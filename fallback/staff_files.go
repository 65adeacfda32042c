package fallback

import (
	"slices"
	"strings"

	"kaskad/bots"
)

// PostFile is a file of a customer's that a post brings into the room, or into a member's chat.
type PostFile struct {
	Message bots.ID    `json:"message"`
	Index   int        `json:"index,omitempty"` // its place among those of the message
	Media   bots.Media `json:"media"`
}

// MediaPosts are the posts that bring what a customer sent into a room, in order; none for a message without files. They have neither text
// nor topic: whoever posts them fills those in. What came through Telegram is copied, an album as a whole, given all of its messages; what
// came through another channel is uploaded, one post for each file. A place and a card are words, and not among them.
func MediaPosts(messages ...*bots.Message) (posts []Post) {
	var ids []string
	for _, m := range messages {
		if !m.In || len(m.Media) == 0 {
			continue
		}
		if m.Channel == bots.Telegram && m.ProviderID != "" {
			ids = append(ids, m.ProviderID)
			continue
		}
		posts = append(posts, uploads(m)...)
	}
	if len(ids) == 0 {
		return posts
	}
	copied := Post{Act: bots.CopyAct, On: strings.Join(ids, ",")}
	for _, m := range messages {
		if m.In && len(m.Media) > 0 && m.Channel == bots.Telegram && m.ProviderID != "" {
			from := m.To
			copied.Contact, copied.Lines, copied.From = m.Contact, append(copied.Lines, m.ID), &from
		}
	}
	return append([]Post{copied}, posts...)
}

// FilePosts are the posts that bring what a customer sent into a member's own chat, in order: one for each file, whatever channel it came
// through. They have no text: whoever posts them says whose file it is. A sticker says nothing, and a place and a card are words.
func FilePosts(messages ...*bots.Message) (posts []Post) {
	for _, m := range messages {
		if m.In && !m.Erased {
			posts = append(posts, uploads(m)...)
		}
	}
	return slices.DeleteFunc(posts, func(p Post) bool { return p.File.Media.Type == "sticker" })
}

// uploads are the posts that bring the files of a message, one for each.
func uploads(m *bots.Message) (posts []Post) {
	for i, x := range m.Media {
		if x.Fetchable() {
			posts = append(posts, Post{Contact: m.Contact, Lines: []bots.ID{m.ID}, File: &PostFile{Message: m.ID, Index: i, Media: x}})
		}
	}
	return posts
}

// Of reports whether the file is one of a message that this customer sent, and no other: whoever reads the room sees it.
func (f *PostFile) Of(m *bots.Message, customer bots.ID) bool {
	return m != nil && m.In && !m.Erased && m.ID == f.Message && m.Contact == customer && f.Index >= 0 && f.Index < len(m.Media)
}

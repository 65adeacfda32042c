package fallback

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"kaskad/bots"
)

// What goes with a reply: a picture, or a file. Only their addresses come here; the channel fetches what stands there, or its adapter
// does, which goes into no private network.

const (
	maxAddress  = 2000
	maxFileName = 200 // bytes
)

// attached are the parts of a reply that an idempotency key stands for beside its words; one without them is what it always was.
func (p *Reply) attached() (parts []string) {
	if p.Image != "" {
		parts = append(parts, "image", p.Image)
	}
	if p.File != nil {
		parts = append(parts, "file", p.File.URL, p.File.Name)
	}
	return parts
}

// attachable says why a picture or a file, with its words, cannot go on a channel.
func (p *Reply) attachable(channel string, on Channel) error {
	text := len(utf16.Encode([]rune(p.Text)))
	switch {
	case p.Image != "" && p.File != nil:
		return invalid("invalid_field", "file", "file: a reply has a picture or a file, not both. Send two.")
	case p.Image != "" && on.MaxCaption == 0:
		return invalid("channel_cannot", "image", "Channel %s shows no pictures.", channel)
	case p.File != nil && !on.Files:
		return invalid("channel_cannot", "file", "Channel %s carries no files.", channel)
	case p.Image != "" && !fetchable(p.Image):
		return invalid("invalid_field", "image", "image: an https:// address of at most %d characters that the messenger can fetch.", maxAddress)
	case p.File != nil && !fetchable(p.File.URL):
		return invalid("invalid_field", "file.url", "file.url: an https:// address of at most %d characters that the messenger can fetch.", maxAddress)
	case p.File != nil && !isFileName(p.File.Name):
		return invalid("invalid_field", "file.name", "file.name: at most %d bytes, without slashes, control characters and characters that turn the direction of writing.", maxFileName)
	case text > on.MaxCaption && on.MaxCaption > 0:
		return invalid("text_too_long", "text", "A text that goes with a picture or a file has at most %d characters on %s.", on.MaxCaption, channel)
	}
	return nil
}

// fetchable reports whether an address is one that anybody on the internet could be sent to. Whether it leads into a private network is
// asked again when it is fetched.
func fetchable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= maxAddress && u.Scheme == "https" && u.Hostname() != "" && u.User == nil &&
		!strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) })
}

func isFileName(name string) bool {
	return len(name) <= maxFileName && utf8.ValidString(name) && !strings.ContainsAny(name, `/\`) && !strings.ContainsFunc(name, bots.Deceives)
}

// fileOf copies a file, so that nobody's later change shows.
func fileOf(f *bots.File) *bots.File {
	if f == nil {
		return nil
	}
	have := *f
	have.Name = strings.TrimSpace(have.Name)
	return &have
}

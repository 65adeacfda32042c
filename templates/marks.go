package templates

import (
	"strings"
	"unicode/utf16"
)

// Format is how a channel wants its text.
type Format int

// The formats. One more is a constructor of its marks and a line in the table below.
const (
	Plain    Format = iota // for the conversation history
	SMS                    // plain text, no buttons, no characters that only make it longer
	Telegram               // HTML as the Bot API reads it
	Viber                  // text with the marks that Viber reads in messages of bots
	WhatsApp               // text with WhatsApp's marks; buttons that open pages are lines
	Email                  // a whole HTML page, with a subject and a plain text beside it
	lined                  // Plain with the buttons that open pages as lines: beside WhatsApp and Email
	formatCount
)

// FormatOf is the format of a channel: what its adapter says that it writes, or what its name tells.
func FormatOf(channel, writes string) Format {
	switch {
	case writes == "html":
		return Telegram
	case writes == "viber":
		return Viber
	case writes == "whatsapp":
		return WhatsApp
	case writes == "email":
		return Email
	case channel == smsChannel:
		return SMS
	}
	return Plain
}

// String is the format's name in messages.
func (f Format) String() string {
	if f < 0 || f >= formatCount {
		return "unknown format"
	}
	return [formatCount]string{"plain", "sms", "telegram", "viber", "whatsapp", "email", "plain with lines"}[f]
}

// formats is the table of constructors.
func formats(f Format) *marks {
	return [formatCount]func() *marks{plainMarks, smsMarks, telegramMarks, viberMarks, whatsappMarks, emailMarks, linedMarks}[f]()
}

// mark is what opens and closes a span; the zero mark shows the words alone.
type mark struct{ open, close string }

// marks is what one format does with structure and with literal text.
type marks struct {
	bold, italic, strike, code, pre, quote mark
	bullet                                 string
	quotePrefix                            string              // before each line of a quote
	link                                   bool                // links are marks: otherwise "text: address"
	text                                   func(string) string // escapes literal text, addresses too
	buttons                                bool                // buttons are handed to the channel
	lines                                  bool                // but those that open pages are lines of the text
	narrow                                 bool                // plain punctuation where it makes a text shorter to send
	markup                                 bool                // there is a plain text beside it
	beside                                 Format              // which
	elements                               bool                // blocks are elements of HTML, not lines
	signs                                  *signs              // marks are signs in the text itself
	maxUnits                               int                 // UTF-16 units of visible text; 0: no limit
	maxBytes                               int                 // of the whole
}

func plainMarks() *marks {
	return &marks{bullet: "- ", quotePrefix: "> ", text: func(s string) string { return s }, buttons: true}
}

func smsMarks() *marks {
	return &marks{bullet: "- ", text: smsText, narrow: true, lines: true}
}

func linedMarks() *marks {
	m := plainMarks()
	m.lines = true
	return m
}

// telegramMarks: see https://core.telegram.org/bots/api#html-style. The size limits are the server's, before
// and after it parses.
func telegramMarks() *marks {
	return &marks{
		bold:     mark{"<b>", "</b>"},
		italic:   mark{"<i>", "</i>"},
		strike:   mark{"<s>", "</s>"},
		code:     mark{"<code>", "</code>"},
		pre:      mark{"<pre>", "</pre>"},
		quote:    mark{"<blockquote>", "</blockquote>"},
		bullet:   "• ",
		link:     true,
		text:     telegramEscape.Replace,
		buttons:  true,
		markup:   true,
		maxUnits: 4096,
		maxBytes: 32768,
	}
}

var telegramEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// blank tells whether there is nothing to see: messengers refuse such a text.
func blank(s string) bool { return strings.TrimSpace(smsText(s)) == "" }

// smsText takes out what would turn a text into Unicode, or lengthen it, without being seen.
func smsText(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u00a0', '\u2007', '\u2009', '\u200a', '\u202f', '\u2002', '\u2003':
			return ' '
		case '\u00ad', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f', '\u2060', '\ufeff':
			return -1
		}
		return r
	}, s)
}

// units counts UTF-16 units, as messengers count text.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

package telegram

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseHTML(t *testing.T) {
	bold := func(offset, length int) Entity { return Entity{Type: "bold", Offset: offset, Length: length} }
	italic := func(offset, length int) Entity { return Entity{Type: "italic", Offset: offset, Length: length} }
	tests := map[string]struct {
		src  string
		text string
		want []Entity
	}{
		"plain words":                            {"a > b", "a > b", nil},
		"references, with and without semicolon": {"&lt;&gt;&amp;&quot; &lt &#39;&#x416;", `<>&" < 'Ж`, nil},
		"an ampersand by itself":                 {"R&D & co", "R&D & co", nil},
		"offsets count UTF-16 units":             {"🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", []Entity{italic(5, 6)}},
		"all names of bold":                      {"<b>a</b><strong>b</strong><B>c</B>", "abc", []Entity{bold(0, 1), bold(1, 1), bold(2, 1)}},
		"nested, outer first":                    {"<i>a<b>b</b></i>", "ab", []Entity{italic(0, 2), bold(1, 1)}},
		"the same words, in Telegram's order":    {"<i><b>a</b></i>", "a", []Entity{bold(0, 1), italic(0, 1)}},
		"an empty end tag":                       {"<b>a</>", "a", []Entity{bold(0, 1)}},
		"blanks in an end tag":                   {"<b>a</b  >", "a", []Entity{bold(0, 1)}},
		"attributes nobody needs":                {"<b aba = caba x='1>' y>a</b>", "a", []Entity{bold(0, 1)}},
		"a tag around nothing":                   {"<b></b>x", "x", nil},
		"a link":                                 {`<a href="https://a.example/b?c=1&amp;d=2">x</a>`, "x", []Entity{{Type: "text_link", Length: 1, URL: "https://a.example/b?c=1&d=2"}}},
		"a link without scheme and path":         {"<a href='a.example'>x</a>", "x", []Entity{{Type: "text_link", Length: 1, URL: "http://a.example/"}}},
		"a link that is its own address":         {"<a>a.example</a>", "a.example", []Entity{{Type: "text_link", Length: 9, URL: "http://a.example/"}}},
		"a link to nowhere is only words":        {"<a href='nowhere'>x</a>", "x", nil},
		"code":                                   {"<code>x</code>", "x", []Entity{{Type: "code", Length: 1}}},
		"code in a language":                     {`<pre><code class="language-go">x</code></pre>`, "x", []Entity{{Type: "pre", Length: 1, Language: "go"}}},
		"the other way round":                    {`<code class="language-go"><pre>x</pre></code>`, "x", []Entity{{Type: "pre", Length: 1, Language: "go"}}},
		"a language without a block":             {`<code class="language-go">x</code>`, "x", []Entity{{Type: "code", Length: 1}}},
		"a spoiler":                              {`<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>`, "ab", []Entity{{Type: "spoiler", Length: 1}, {Type: "spoiler", Offset: 1, Length: 1}}},
		"quotes":                                 {"<blockquote>a</blockquote><blockquote expandable>b</blockquote>", "ab", []Entity{{Type: "blockquote", Length: 1}, {Type: "expandable_blockquote", Offset: 1, Length: 1}}},
		"a custom emoji":                         {`<tg-emoji emoji-id="123">👍</tg-emoji>`, "👍", []Entity{{Type: "custom_emoji", Length: 2, CustomEmojiID: "123"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, entities, err := parseHTML(tt.src, false)
			if err != nil || text != tt.text || !reflect.DeepEqual(entities, tt.want) {
				t.Errorf("parseHTML(%q) = %q, %+v, %v; want %q, %+v", tt.src, text, entities, err, tt.text, tt.want)
			}
		})
	}
}

func TestParseHTMLRefusals(t *testing.T) {
	tests := map[string]struct{ src, want string }{
		"a tag without end":             {"🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"},
		"an unknown tag":                {"🏟 🏟&lt;<abac aba>", `Unsupported start tag "abac" at byte offset 13`},
		"a comment":                     {"<!-- x -->", `Unsupported start tag "!--" at byte offset 0`},
		"a less-than sign":              {"a < b >", `Unsupported start tag "" at byte offset 2`},
		"an attribute without name":     {"🏟 🏟&lt;<i   =aba>", `Empty attribute name in the tag "i" at byte offset 13`},
		"a start without end":           {"🏟 🏟&lt;<i    aba>", `Can't find end tag corresponding to start tag "i"`},
		"an attribute without value":    {"🏟 🏟&lt;<i    aba  =  ", `Unclosed start tag "i" at byte offset 13`},
		"a value with a comma":          {"🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"},
		"a value without quote":         {`🏟 🏟&lt;<i    aba  =  "&lt;&gt;&quot;>`, "Unclosed start tag at byte offset 13"},
		"an end without start":          {"🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"},
		"an end without start, later":   {"🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"},
		"an end tag without end":        {"🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"},
		"the wrong end":                 {"🏟 🏟&lt;<i>a</em   >", `Unmatched end tag at byte offset 17, expected "</i>", found "</em>"`},
		"crossed tags":                  {"<b><i>x</b></i>", `Unmatched end tag at byte offset 7, expected "</i>", found "</b>"`},
		"a span of another class":       {`<span class="red">x</span>`, `Tag "span" must have class "tg-spoiler" at byte offset 0`},
		"an emoji that is no number":    {`<tg-emoji emoji-id="x">👍</tg-emoji>`, "Invalid custom emoji identifier specified"},
		"half a surrogate pair":         {"&#xDFDF;", "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code units"},
		"an unknown name":               {"a&nbsp;b", `Unsupported character entity "&nbsp;" at byte offset 1`},
		"an unknown name in an address": {"<a href='a.example?x=1&copy;=2'>x</a>", `Unsupported character entity "&copy;" at byte offset 22`},
		"a number that is no character": {"&#12345678;", `Unsupported character entity "&#12345678;" at byte offset 0`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, _, err := parseHTML(tt.src, false); err == nil || err.Error() != tt.want {
				t.Errorf("parseHTML(%q): %v, want %s", tt.src, err, tt.want)
			}
		})
	}
}

func TestLaxEntitiesStayAsTheyAre(t *testing.T) {
	const src = "&ge;&laquo;&#12345678;"
	if text, _, err := parseHTML(src, true); err != nil || text != src {
		t.Errorf("got %q, %v", text, err)
	}
}

// FuzzParseHTML looks for texts that crash the parser, or whose entities lie outside of the text or cross each other.
func FuzzParseHTML(f *testing.F) {
	for _, src := range []string{"<b>a</b>", "&lt;<a href='x.y'>🏟</a>", "<pre><code class=\"language-go\">x</></>", "&#x1F3DF;&amp", "<i a=b c = 'd'>x</i >", "<blockquote expandable>😀"} {
		f.Add(src, true)
	}
	f.Fuzz(func(t *testing.T, src string, lax bool) {
		if !utf8.ValidString(src) {
			return // it is refused before: the halves of a character around a tag would become one
		}
		text, entities, err := parseHTML(src, lax)
		if err != nil {
			return
		}
		if !utf8.ValidString(text) {
			t.Errorf("%q became invalid UTF-8: %q", src, text)
		}
		if !strings.ContainsAny(src, "<&") && text != src {
			t.Errorf("plain text %q became %q", src, text)
		}
		for i, e := range entities {
			if e.Offset < 0 || e.Length < 1 || e.Offset+e.Length > utf16Len(text) {
				t.Errorf("%q: entity %+v lies outside of %q", src, e, text)
			}
			for _, next := range entities[i+1:] {
				if next.Offset < e.Offset || next.Offset < e.Offset+e.Length && next.Offset+next.Length > e.Offset+e.Length {
					t.Errorf("%q: entities %+v and %+v cross", src, e, next)
				}
			}
		}
	})
}

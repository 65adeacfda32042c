package search

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"kaskad/bots"
)

func TestConversationsAreFoundByWhatWasWritten(t *testing.T) {
	r := newRig(t)
	olena, ivan := r.shop.add(bots.Contact{Name: "Олена"}), r.shop.add(bots.Contact{Name: "Іван"})
	r.shop.say(olena, "Де моє замовлення 4711?")
	r.shop.message(bots.Message{Contact: olena, Text: "Замовлення вже у Новій Пошті,\nвідділення №7", Channel: bots.Telegram}, "message.status")
	r.shop.say(ivan, "моє   ЗАМОВЛЕННЯ прийшло, “дякую” * NEAR(a b)")
	r.shop.message(bots.Message{Contact: ivan, In: true, Kind: bots.PressMessage, Text: "Так, забрав", Channel: bots.Viber}, "message.received")
	r.shop.message(bots.Message{Contact: ivan, In: true, Kind: bots.ReactionMessage, Text: "👍👍👍", Channel: bots.Viber}, "message.received")
	r.shop.message(bots.Message{Contact: ivan, Text: "Іван пише: замовлення", Channel: bots.Staff}, "message.status")
	r.level()
	const short = "…вже у Новій Пошті, відділення №7"
	const olenas, ours, ivans = "Де моє замовлення 4711?", "Замовлення вже у Новій Пошті, відділення №7", "моє ЗАМОВЛЕННЯ прийшло, “дякую” * NEAR(a b)"
	for query, want := range map[string][]string{
		"замовлення": {ivans, ours}, "моє замовлення": {ivans, olenas}, "замовлення моє": {ivans, olenas}, "4711": {olenas},
		"пошті, відділення": {ours}, "№7": {short}, "№7 відділ": {ours}, "no7": {short}, "у н": {ours}, "забрав": {"Так, забрав"}, "👍👍👍": nil, "пише": nil,
		`"дякую"`: nil, "“дякую”": {ivans}, "NEAR(": {ivans}, "near(a b)": {ivans}, "* NEAR": {ivans}, "де OR моє": nil, "мо*": nil, "-замовлення": nil,
		"text:моє": nil, "моє AND": nil, "'; DROP TABLE messages; --": nil, "%%%": nil, "___": nil, "замовлення\x00": {ivans, ours}, "\xff\xfe\xfd": {"refused"},
	} {
		if got := r.texts(query); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

// What is changed is found by its new words, and what is taken back by none.
func TestOnlyWordsThatStandAreFound(t *testing.T) {
	r := newRig(t)
	olena := r.shop.add(bots.Contact{Name: "Олена"})
	first := r.shop.say(olena, "відмінити оплату")
	second := r.shop.say(olena, "секретний пароль")
	r.level()
	r.shop.message(bots.Message{Contact: olena, In: true, Kind: bots.EditMessage, ReplyTo: first, Text: "оплату залишити"}, "message.edited")
	r.shop.message(bots.Message{Contact: olena, In: true, Kind: bots.DeleteMessage, ReplyTo: second}, "message.deleted")
	r.level()
	for query, want := range map[string][]string{"відмінити": nil, "оплату": {"оплату залишити"}, "залишити": {"оплату залишити"}, "секретний": nil} {
		if got := r.texts(query); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

// keep chooses conversations, and a page goes on behind those that were left out.
func TestConversationsThatAreNotAskedForAreLeftOut(t *testing.T) {
	r := newRig(t)
	var all []bots.ID
	for range 7 {
		id := r.shop.add(bots.Contact{})
		r.shop.say(id, "доставка")
		all = append(all, id)
	}
	r.level()
	var found []bots.ID
	for cursor := ""; ; {
		page, next, err := r.Talks(t.Context(), "доставка", cursor, 2, func(h *Hit) bool { return slices.Index(all, h.Talk.Contact)%2 == 0 })
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range page {
			found = append(found, h.Talk.Contact)
		}
		if cursor = next; next == "" {
			break
		}
	}
	if want := []bots.ID{all[6], all[4], all[2], all[0]}; !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	for _, cursor := range []string{"!", "AAAA", strings.Repeat("A", 100), "_________-8"} {
		if _, _, err := r.Talks(t.Context(), "доставка", cursor, 2, nil); err != ErrCursor {
			t.Errorf("cursor %q: %v", cursor, err)
		}
	}
}

func TestSnippets(t *testing.T) {
	long := strings.Repeat("слово ", 50)
	for name, c := range map[string]struct{ text, query, want string }{
		"all of a short text":           {"Привіт, світ", "світ", "Привіт, світ"},
		"as it was written":             {"Ваш №5 — ҐАНОК", "ґанок", "Ваш №5 — ҐАНОК"},
		"on one line":                   {"раз\r\nдва\tтри", "два", "раз два три"},
		"around what was found":         {long + "ЯБЛУКО " + long, "яблуко", "…слово слово слово слово слово слово ЯБЛУКО слово слово слово слово слово слово слово слово слово слово слово слово слово слово слово…"},
		"of letters that fold to two":   {"Straße і ﬁnal", "final", "Straße і ﬁnal"},
		"of a number as it was written": {"тел. 050 111-22-33", "050 111", "тел. 050 111-22-33"},
		"of bytes that are no text":     {"аб\xffвгд", "вгд", "аб\uFFFDвгд"},
	} {
		q, err := read(c.query, "UA")
		if err != nil {
			t.Fatal(name, err)
		}
		if got := snippet(c.text, q.needles()); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func FuzzQueries(f *testing.F) {
	for _, s := range []string{"олена", `"a" AND b*`, "NEAR(a b, 2)", "\x00\x00\x00", "0501112233", "ﬁ", "a\u0301b\u0301c", "'\"'\"", strings.Repeat("я", 200)} {
		f.Add(s, "Олена "+s)
	}
	r := fuzzRig(f)
	f.Fuzz(func(t *testing.T, words, text string) {
		q, err := read(words, "UA")
		if err != nil {
			return
		}
		if len(q.match()) > 64<<10 {
			t.Fatalf("%d bytes are asked of the index", len(q.match()))
		}
		if _, err := r.rows(t.Context(), findMessages, q.match(), 1<<62); err != nil {
			t.Fatalf("%q asks %q: %v", words, q.match(), err)
		}
		if folded := fold(text); strings.ContainsFunc(folded, unicode.IsControl) || len(folded) > maxText+64 {
			t.Fatalf("%q is folded to %q", text, folded)
		}
		if s := snippet(text, q.needles()); len(s) > 4*(snippetBefore+snippetAfter)+8 || strings.ContainsFunc(s, unicode.IsControl) {
			t.Fatalf("the snippet of %q is %q", text, s)
		}
	})
}

// A message goes through many statuses; it is read for the first that is told, and not for the others.
func TestAStatusIsNoReasonToReadAMessageAgain(t *testing.T) {
	r := newRig(t)
	olena := r.shop.add(bots.Contact{Name: "Олена"})
	id := r.shop.message(bots.Message{Contact: olena, Text: "ваше замовлення", Channel: bots.Telegram}, "message.status")
	r.level()
	if got := r.texts("замовлення"); len(got) != 1 {
		t.Fatalf("told of by a status, it is found as %q", got)
	}
	r.stop()
	f, err := openFile(t.Context(), r.path(), origin{mark: r.Mark})
	must(t, err)
	defer f.close()
	k := &keeper{x: r.Index, f: f}
	for what, want := range map[string]int{"message.status": 0, "delivery.proof": 0, "message.edited": 1} {
		b, err := k.named(t.Context(), []bots.Change{{Type: what, Contact: olena, Message: id}})
		if err != nil || len(b.messages) != want {
			t.Errorf("for %s %d messages are read, %v; want %d", what, len(b.messages), err, want)
		}
	}
}

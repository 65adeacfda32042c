package search

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"kaskad/bots"
)

// Nobody is found by what is not so any more, however far behind the index is.
func TestWhatTheStoreHasNotIsNotShown(t *testing.T) {
	r := newRig(t)
	renamed, erased := r.shop.add(bots.Contact{Name: "Колишня Назва"}), r.shop.add(bots.Contact{Name: "Стерта Людина"})
	changed, dropped, orphan := r.shop.say(renamed, "колишні слова"), r.shop.say(renamed, "викинуті слова"), r.shop.say(erased, "стерті слова")
	r.level()
	r.shop.change(bots.Change{}, func() { // without a change: the index cannot know
		r.shop.contacts[renamed] = &bots.Contact{ID: renamed, Name: "Нова Назва"}
		r.shop.messages[changed] = &bots.Message{ID: changed, Contact: renamed, In: true, Text: "нові", Channel: bots.Telegram}
	})
	r.shop.forget(erased, dropped)
	for _, query := range []string{"колишня", "стерта"} {
		if got := r.names(query); len(got) != 0 {
			t.Errorf("%q finds %q", query, got)
		}
	}
	for _, query := range []string{"колишні", "викинуті", "стерті"} {
		if got := r.texts(query); len(got) != 0 {
			t.Errorf("%q finds %q", query, got)
		}
	}
	// A search that met them, or the sweep, takes them out of the file.
	r.until("the file has none of them", func() bool {
		return r.rowsOf("people", erased) == 0 && r.rowsOf("messages", dropped) == 0 && r.rowsOf("messages", orphan) == 0
	})
	r.until("the new words are found", func() bool { return len(r.names("нова назва")) == 1 && len(r.texts("нові")) == 1 })
}

func (r *rig) rowsOf(table string, id bots.ID) (n int) {
	r.t.Helper()
	if err := r.file.Load().read.QueryRow("SELECT count(*) FROM "+table+" WHERE id = ?", int64(id)).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// What the store drops without a word goes though nobody searches for it.
func TestTheSweepMeetsWhatNobodyLooksFor(t *testing.T) {
	r := newRig(t)
	olena := r.shop.add(bots.Contact{Name: "Олена"})
	message := r.shop.say(olena, "старе повідомлення")
	for range 2 * swept { // the sweep has to go on where it was
		r.shop.say(olena, "нове")
	}
	r.level()
	r.shop.forget(message)
	r.until("it is swept", func() bool { return r.rowsOf("messages", message) == 0 })
}

// An erased person goes with all messages, though no change names those.
func TestAnErasedPersonGoesWithEveryMessage(t *testing.T) {
	r := newRig(t)
	olena, ivan := r.shop.add(bots.Contact{Name: "Олена"}), r.shop.add(bots.Contact{Name: "Іван"})
	mine, other := r.shop.say(olena, "мої слова"), r.shop.say(ivan, "чужі слова")
	r.level()
	r.shop.change(bots.Change{Type: "contact.erased", Contact: olena}, func() { delete(r.shop.contacts, olena) })
	r.level()
	if r.rowsOf("people", olena) != 0 || r.rowsOf("messages", mine) != 0 || r.rowsOf("messages", other) != 1 {
		t.Error("not what was erased is gone")
	}
}

// Words that were changed, taken back or erased are nowhere in the folder any more, nor are their letters in the index.
func TestWordsThatAreGoneAreNotInTheFiles(t *testing.T) {
	r := newRig(t)
	olena, ivan := r.shop.add(bots.Contact{Name: "xqzwvkj name"}), r.shop.add(bots.Contact{Name: "Іван"})
	changed, taken := r.shop.say(ivan, "xqzwvkj changed"), r.shop.say(ivan, "xqzwvkj taken back")
	r.shop.say(olena, "xqzwvkj erased")
	for range 300 {
		r.shop.say(ivan, "усе інше, чого не чіпають")
	}
	r.level()
	if !r.inFiles("xqzwvkj") || !r.inFiles("xqz") {
		t.Fatal("the words are not there to begin with: the test looks at nothing")
	}
	if info, err := os.Stat(r.path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	r.shop.message(bots.Message{Contact: ivan, In: true, Kind: bots.EditMessage, ReplyTo: changed, Text: "інакше"}, "message.edited")
	r.shop.message(bots.Message{Contact: ivan, In: true, Kind: bots.DeleteMessage, ReplyTo: taken}, "message.deleted")
	r.shop.change(bots.Change{Type: "contact.erased", Contact: olena}, func() { delete(r.shop.contacts, olena) })
	for _, part := range []string{"xqzwvkj", "qzw", "zwv", "wvk", "vkj"} {
		r.until(part+" is gone from the files", func() bool { return !r.inFiles(part) })
	}
}

// inFiles reports whether some bytes are in any file of the index.
func (r *rig) inFiles(s string) bool {
	r.t.Helper()
	files, err := filepath.Glob(filepath.Join(r.Dir, "*"))
	must(r.t, err)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(r.t, err)
		if bytes.Contains(raw, []byte(s)) {
			return true
		}
	}
	return false
}

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// The disk is put back as it was, or somebody copies whatsapp.db over: from its keys messages would be reported delivered and never shown.
// So it is not connected, messages go on by the next channel, and after a new pairing all is as before.
func TestAnOldCopyOfTheSessionIsRefused(t *testing.T) {
	t.Parallel()
	s := newStreet(t, "")
	b := s.buyer(1, nil, nil)
	s.reaches(b, "до копії")
	s.finish()
	dir := filepath.Dir(s.config)
	kept := map[string][]byte{}
	mustAll(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if ok, _ := filepath.Match("whatsapp.db*", filepath.Base(path)); ok && err == nil {
			kept[path], err = os.ReadFile(path)
		}
		return err
	}))
	if len(kept) == 0 {
		t.Fatalf("no whatsapp.db below %s", dir)
	}
	s.start()
	s.carries()
	s.reaches(b, "після копії")
	s.finish()
	for path, raw := range kept {
		mustAll(t, os.WriteFile(path, raw, 0o600))
	}
	s.start()
	s.turnedAway("old_copy", "pair again")
	id := s.asks(b.card, "Під час", "whatsapp 1h", "sms")
	s.ends(id, "sms", "receipt", "whatsapp skipped channel_shut", "sms delivered")
	s.kept(b)
	s.run("whatsapp", "logout", "--yes")
	s.pairs(shopPhone)
	s.reaches(b, "знову")
	s.finish()
}

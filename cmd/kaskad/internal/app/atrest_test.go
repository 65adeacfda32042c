package app

import (
	"fmt"
	"strings"
	"testing"
)

// Neither people's keys nor the index of their words may lie where copies of the store do, and a copy of the keys is another file than they.
func TestWhereKeysMayLie(t *testing.T) {
	const text = "[server]\ndata_dir = \"/srv/kaskad\"\n[backup]\ndir = \"/srv/backups\"\n[encryption]\nkey = %q\n%s\n"
	for words, line := range map[string]string{
		"encryption.keys: is in the folder":      `keys = "/srv/backups/people.keys"`,
		"encryption.index_dir: is in the folder": `index_dir = "/srv/backups/index"`,
		"encryption.keys_copy: is in the folder": `keys_copy = "/srv/backups/people.keys"`,
		"encryption.keys_copy: is the file":      `keys_copy = "/srv/kaskad/../kaskad/people.keys"`,
	} {
		_, faults := load(t, fmt.Sprintf(text, NewMasterKey(), line))
		found := false
		for _, f := range faults {
			found = found || strings.HasPrefix(f.Key+": "+f.Problem, words)
		}
		if !found {
			t.Errorf("%s: %v", line, faults)
		}
	}
	_, faults := load(t, fmt.Sprintf(text, NewMasterKey(), "keys = \"/srv/keys/people.keys\"\nkeys_copy = \"/mnt/people.keys\"\nindex_dir = \"/run/kaskad\""))
	for _, f := range faults {
		if strings.HasPrefix(f.Key, "encryption") {
			t.Errorf("as it should be: %v", f)
		}
	}
}

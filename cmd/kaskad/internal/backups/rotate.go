package backups

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// Keep is how many backups stay: of so many days, weeks and months the newest one each.
type Keep struct {
	Daily   int `toml:"daily"`
	Weekly  int `toml:"weekly"`
	Monthly int `toml:"monthly"`
}

// Old are those that no rule keeps, of backups with the newest first. The newest stays whatever the rules say.
func (k Keep) Old(all []Made, zone *time.Location) (old []Made) {
	stays := map[string]bool{}
	for _, rule := range []struct {
		most int
		of   func(time.Time) string
	}{
		{k.Daily, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{k.Weekly, func(t time.Time) string { y, w := t.ISOWeek(); return fmt.Sprint(y, w) }},
		{k.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		seen := map[string]bool{}
		for _, m := range all {
			if span := rule.of(m.Manifest.At.In(zone)); !seen[span] && len(seen) < rule.most {
				seen[span], stays[m.Path] = true, true
			}
		}
	}
	for i, m := range all {
		if i > 0 && !stays[m.Path] {
			old = append(old, m)
		}
	}
	return old
}

// Rotate removes the backups of a folder that are old. To be called when the newest is known to be good.
func Rotate(dir string, k Keep, zone *time.Location) error {
	all, err := List(dir)
	for _, m := range k.Old(all, zone) {
		err = errors.Join(err, os.RemoveAll(m.Path))
	}
	return err
}

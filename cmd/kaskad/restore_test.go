package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// What came after a backup is not in it: the journal beside the store has the noes and the erasures, so that a store that is put back
// forgets nobody's. It stays in data_dir, or it is put back from beside a newer backup.
func TestAStoreThatIsPutBackForgetsNoNo(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"the journal stays": false, "the journal is lost, and its copy put back": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
			p.start()
			p.person("C-1", 42, phone, nil)
			p.person("C-2", 43, "+380501110002", nil)
			for _, card := range []string{"C-1", "C-2"} {
				mustAll(t, p.call("PUT", "/v1/contacts/ext:"+card, map[string]any{"consents": map[string]any{"marketing": map[string]any{
					"state": "given", "at": time.Now().UTC().Format(time.RFC3339), "source": "form"}}}, nil))
			}
			p.run("pause") // what is accepted stands in the backup, and would go
			stopped, erased := p.mustSend(offer("C-1")), p.mustSend(offer("C-2"))
			backup, newer := filepath.Join(p.dir, "old.db"), filepath.Join(p.dir, "new.db")
			p.run("backup", backup)

			_, err := p.tg.Say(42, "Стоп")
			mustAll(t, err)
			p.await(stopped, "refused")
			var e erasedNow
			mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-2", nil, &e))
			if lost {
				waitFor(t, "the journal", func() bool { return len(p.journal()) == 2 }) // the copy is as it is at that moment
			}
			p.run("backup", newer)
			p.stop()
			p.putBack(backup, newer+app.JournalSuffix, lost)
			got, seen := len(p.tg.Messages(42)), len(p.tg.Messages(43))
			p.start()
			if d := p.await(stopped, "refused"); d.Reason != "opted_out" {
				t.Errorf("what was under way to who said stop is %s %s", d.State, d.Reason)
			}
			p.await(erased, "cancelled")
			p.run("resume")
			if d := p.await(p.mustSend(offer("C-1")), "skipped"); d.Reason != "opted_out" {
				t.Errorf("a new offer to who said stop is skipped for %q", d.Reason)
			}
			waitFor(t, "the end of the erase", func() bool {
				return p.call("GET", "/v1/erased/"+e.Contact, nil, &e) == nil && e.Done
			})
			if _, err := p.send(offer("C-2")); err == nil {
				t.Error("whoever was erased is there again")
			}
			p.check() // in the running gateway
			if n, m := len(p.tg.Messages(42)), len(p.tg.Messages(43)); n != got || m != seen {
				t.Errorf("after the store was put back %d and %d messages were sent", n-got, m-seen)
			}
			p.finish()
		})
	}
}

// journal are the lines of the journal.
func (p *plant) journal() []fallback.JournalLine {
	lines, _, err := store.JournalIn(p.data()).Lines()
	mustAll(p.t, err)
	return lines
}

func offer(card string) map[string]any {
	return map[string]any{"to": "ext:" + card, "template": "promo", "data": map[string]any{"title": "Знижка", "text": "До неділі"}, "cascade": "quick"}
}

// putBack puts a backup in the place of the store; nobody has it open. If the journal is lost, too, a copy of it comes with it.
func (p *plant) putBack(backup, journal string, lost bool) {
	p.t.Helper()
	raw, err := os.ReadFile(backup)
	mustAll(p.t, err, os.WriteFile(filepath.Join(p.data(), store.FileName), raw, 0o600))
	if !lost {
		return
	}
	place := filepath.Join(p.data(), store.JournalName)
	mustAll(p.t, os.Remove(place))
	raw, err = os.ReadFile(journal)
	mustAll(p.t, err, os.WriteFile(place, raw, 0o600))
}

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
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
			if lines := p.journal(); len(lines) != 2 || !lines[1].Erased {
				t.Errorf("when the erase was answered the journal had %+v; want the no before it, and the erase", lines)
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
			if lines := p.run("audit"); !strings.Contains(lines, " journal") {
				t.Errorf("the audit has no line about what was done again:\n%s", lines)
			}
			p.run("resume")
			p.run("resume", "restored")
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

// An erase is answered when it stands in the journal, and not before: else a store that is put back would bring the person back.
func TestAnEraseThatCannotBeWrittenDown(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	p.start()
	p.person("C-1", 42, phone, nil)
	p.person("C-2", 43, "+380501110002", nil)
	there := func(card string) bool { return p.call("GET", "/v1/contacts/ext:"+card, nil, nil) == nil }
	place := filepath.Join(p.data(), store.JournalName)
	mustAll(t, os.Mkdir(place, 0o700))
	if err := p.call("DELETE", "/v1/contacts/ext:C-1", nil, nil); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("an erase while the journal cannot be opened: %v; want 503", err)
	}
	if !there("C-1") {
		t.Error("the person was erased, and the answer was that nobody was")
	}
	if !p.degraded("journal") {
		t.Error("nobody is told that the journal cannot be written")
	}
	mustAll(t, os.Remove(place))
	if runtime.GOOS == "linux" { // a disk that takes nothing
		mustAll(t, os.Symlink("/dev/full", place))
		if err := p.call("DELETE", "/v1/contacts/ext:C-2", nil, nil); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("an erase that cannot be written down: %v; want 503", err)
		}
		mustAll(t, os.Remove(place))
		waitFor(t, "the erase in the journal", func() bool { return len(p.journal()) == 1 })
	}
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-1", nil, nil))
	if lines := p.journal(); len(lines) == 0 || !lines[len(lines)-1].Erased {
		t.Errorf("the journal has %+v", lines)
	}
	if p.degraded("journal") {
		t.Error("the journal is still told to be behind")
	}
	p.finish()
}

// degraded reports whether /readyz names something as in trouble, with advice.
func (p *plant) degraded(name string) bool {
	p.t.Helper()
	var ready struct {
		Degraded []string
		Advice   map[string]string
	}
	mustAll(p.t, json.Unmarshal([]byte(p.ready()), &ready))
	return slices.Contains(ready.Degraded, name) && ready.Advice[name] != ""
}

// What a command changes while no gateway runs is in the journal when it returns.
func TestACommandWritesTheJournal(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	p.start()
	p.person("C-1", 42, phone, nil)
	p.stop()
	p.run("contacts", "erase", "ext:C-1", "--yes")
	if lines := p.journal(); len(lines) != 1 || !lines[0].Erased {
		t.Errorf("the journal has %+v; want the erase", lines)
	}
}

// A command that opens a store which was put back says that it told it what the journal has, once. The erase that was done again is the one
// that was: its time and its key stand, in the answer and in the audit.
func TestAnEraseThatIsDoneAgainIsTheOneThatWas(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	p.start()
	p.person("C-1", 42, phone, nil)
	backup := filepath.Join(p.dir, "old.db")
	p.run("backup", backup)
	var was, is struct {
		Contact, By string
		At          time.Time
		AgainAt     time.Time `json:"again_at"`
	}
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-1", nil, &was))
	p.stop()
	p.putBack(backup, "", false)
	const told = "older than its journal"
	for _, times := range []int{1, 0} {
		var out, errs strings.Builder
		if code := run(t.Context(), []string{"-c", p.config, "check", "--store"}, app.Streams{Out: &out, Err: &errs}); code != exitDone || strings.Count(errs.String(), told) != times {
			t.Errorf("check --store = %d, and tells %q; want it to be told %d times", code, errs.String(), times)
		}
	}
	p.start()
	mustAll(t, p.call("GET", "/v1/erased/"+was.Contact, nil, &is))
	if was.At.IsZero() || !is.At.Equal(was.At) || is.By != was.By || !is.AgainAt.After(was.At) {
		t.Errorf("the erase was %+v, and after the store was put back it is %+v", was, is)
	}
	var audit struct {
		Items []struct {
			What, Who, Contact string
			At                 time.Time
		}
	}
	mustAll(t, p.call("GET", "/v1/audit", nil, &audit))
	audit.Items = slices.DeleteFunc(audit.Items, func(l struct {
		What, Who, Contact string
		At                 time.Time
	}) bool {
		return l.What == "put-contact" || l.What == "backup" // of what the test did before
	})
	if n := len(audit.Items); n != 3 || audit.Items[2].What != "make-key" || audit.Items[0].What != "journal" || audit.Items[1].What != "erase" || audit.Items[1].Contact != was.Contact || audit.Items[1].Who != was.By || !audit.Items[1].At.Equal(was.At) {
		t.Errorf("the audit is %+v; want the erase as it was, and that the journal was read", audit.Items)
	}
	p.finish()
}

// A backup that is put back shows everything, takes what comes, and sends nothing, over restarts, whatever is resumed, until it is confirmed:
// what was open in it went out since, perhaps. Then all of that ends, but for what is listed, and what came since goes out.
func TestARestoredBackupSendsNothingUntilConfirmed(t *testing.T) {
	t.Parallel()
	for name, copied := range map[string]bool{"a backup": false, "a copy of the file of a stopped gateway": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told calls
			program := httptest.NewServer(&told)
			t.Cleanup(program.Close)
			p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick+hooksHere)
			p.start()
			p.run("webhooks", "add", program.URL+"/hook", "--types", "message.*,delivery.*,contact.*")
			if p.degraded("restored") {
				t.Error("a new store calls itself restored")
			}
			for card, chat := range map[string]int64{"C-1": 42, "C-2": 43, "C-3": 44} {
				p.person(card, chat, "+38050111000"+card[2:], nil)
			}
			p.run("pause")
			listed, open := p.mustSend(restoredBonus("C-1")), p.mustSend(restoredBonus("C-2"))
			backup := filepath.Join(p.dir, "old.db")
			if !copied {
				p.run("backup", backup)
			}
			p.stop()
			if copied {
				raw, err := os.ReadFile(filepath.Join(p.data(), store.FileName))
				mustAll(t, err, os.WriteFile(backup, raw, 0o600))
			}
			p.start()
			if p.degraded("restored") {
				t.Error("a store that was only started again calls itself restored")
			}
			p.run("resume")
			for _, id := range []string{listed, open} { // they go out, and the backup does not know
				waitFor(t, "a step that is out", func() bool { return p.stateOf(id) != "held" && p.stateOf(id) != "queued" })
			}
			for range 5 { // changes with numbers that the copy does not know
				_, err := p.tg.Say(42, "Дякую")
				mustAll(t, err)
			}
			waitFor(t, "a program that is told", func() bool { return told.ids() >= 7 })
			p.stop()
			p.putBack(backup, "", false)
			if !copied { // each mark is enough
				mustAll(t, os.Remove(filepath.Join(p.data(), store.StartsName)))
			}
			calls := told.ids()
			p.start()
			first, second, third := len(p.tg.Messages(42)), len(p.tg.Messages(43)), len(p.tg.Messages(44))
			if !p.degraded("restored") {
				t.Fatal("a store that was put back is not in safe mode")
			}
			later := p.mustSend(restoredBonus("C-3"))
			if still := p.run("resume"); !strings.Contains(still, "still paused: restored") {
				t.Errorf("a resume of everything says %q", still)
			}
			p.stop()
			p.start()
			if !p.degraded("restored") {
				t.Error("safe mode is over after a restart")
			}
			_, err := p.tg.Say(44, "Добрий день")
			mustAll(t, err)
			waitFor(t, "what is written meanwhile", func() bool {
				var talk struct{ Items []struct{ Text string } }
				return p.call("GET", "/v1/conversations/ext:C-3/messages", nil, &talk) == nil && slices.ContainsFunc(talk.Items, func(m struct{ Text string }) bool { return m.Text == "Добрий день" })
			})
			if a, b, c := len(p.tg.Messages(42)), len(p.tg.Messages(43)), len(p.tg.Messages(44)); a != first || b != second || c != third {
				t.Errorf("in safe mode %d, %d and %d messages went out", a-first, b-second, c-third)
			}
			time.Sleep(300 * time.Millisecond) // for what must not come
			if n := told.ids(); n != calls {
				t.Errorf("in safe mode a program was told %d changes", n-calls)
			}
			if err := p.call("POST", "/v1/resume", map[string]any{"scope": "restored", "send": []string{later}}, nil); err == nil || !strings.Contains(err.Error(), "unknown_delivery") {
				t.Errorf("to list a delivery that was not in the copy: %v", err)
			}
			if p.stateOf(open) == "unconfirmed" {
				t.Error("a list that was refused ended a delivery")
			}
			if said := p.run("resume", "restored", "--send", listed); !strings.Contains(said, "confirmed") || !strings.HasSuffix(strings.TrimSpace(said), ": 1") {
				t.Errorf("the confirmation says %q", said)
			}
			if d := p.await(open, "unconfirmed"); d.Reason != "restored" {
				t.Errorf("what was open in the copy ended for %q", d.Reason)
			}
			waitFor(t, "what is listed, and what came since", func() bool { return len(p.tg.Messages(42)) == first+1 && len(p.tg.Messages(44)) > third })
			if n := len(p.tg.Messages(43)); n != second {
				t.Errorf("what ended went out %d times more", n-second)
			}
			waitFor(t, "a program that is told what came meanwhile", func() bool { return told.ids() > calls })
			if twice := told.reused(); len(twice) > 0 {
				t.Errorf("a program was told different changes under %v", twice)
			}
			if p.degraded("restored") {
				t.Error("it is confirmed, and still degraded")
			}
			p.check()
			p.finish()
		})
	}
}

// calls are those of a webhook: what was told by id.
type calls struct {
	mu     sync.Mutex
	bodies map[string]string
	twice  []string // ids that came with different bodies
}

func (c *calls) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what is cut off differs from the whole
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bodies == nil {
		c.bodies = map[string]string{}
	}
	id := r.Header.Get("webhook-id")
	if before, known := c.bodies[id]; known && before != string(body) {
		c.twice = append(c.twice, id)
	}
	c.bodies[id] = string(body)
}

func (c *calls) ids() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.bodies)
}

func (c *calls) reused() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.twice)
}

func restoredBonus(card string) map[string]any {
	return map[string]any{"to": "ext:" + card, "text": "Нараховано 120 балів", "purpose": "service", "cascade": "quick"}
}

// stateOf is the state of a delivery now.
func (p *plant) stateOf(id string) string {
	p.t.Helper()
	var now state
	mustAll(p.t, p.call("GET", "/v1/deliveries/"+id, nil, &now))
	return now.State
}

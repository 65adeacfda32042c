package whatsapp

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
)

// shelf is the program's store as far as marks are concerned.
type shelf struct {
	mu   sync.Mutex
	kept []byte
	full bool
}

func (s *shelf) get(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept), nil
}

func (s *shelf) put(_ context.Context, mark []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full {
		return errDisk
	}
	s.kept = slices.Clone(mark)
	return nil
}

func (s *shelf) set(kept []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = kept
}

func (s *shelf) fill(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// markedRig is a paired bot whose marks are kept, and the customer who has just written to it.
func markedRig(t *testing.T) (*rig, *shelf) {
	t.Helper()
	r, s := pairedRig(t), new(shelf)
	r.opt.Mark, r.opt.PutMark = s.get, s.put
	r.close()
	r.open()
	r.run().await(Connected)
	return r, s
}

// restart ends the bot and opens it anew; between, the file is as between leaves it.
func (r *rig) restart(between func()) {
	r.t.Helper()
	r.close()
	between()
	r.open()
}

// files are whatsapp.db and its side files.
func (r *rig) files() map[string][]byte {
	r.t.Helper()
	all, err := filepath.Glob(filepath.Join(r.dir, FileName+"*"))
	needs(r.t, err)
	kept := map[string][]byte{}
	for _, path := range all {
		kept[path], err = os.ReadFile(path)
		needs(r.t, err)
	}
	return kept
}

// putBack replaces them.
func (r *rig) putBack(kept map[string][]byte) {
	r.t.Helper()
	for path := range r.files() {
		needs(r.t, os.Remove(path))
	}
	for path, raw := range kept {
		needs(r.t, os.WriteFile(path, raw, 0o600))
	}
}

func (r *rig) sends(id int) error {
	_, err := r.bot.Send(soon(r.t), bots.Outgoing{To: bots.Address{Channel: bots.WhatsApp, ID: anna}, Step: bots.ID(id), Text: "so far"})
	return err
}

// moved is the mark of the store, some steps on.
func moved(t *testing.T, s *shelf, by int64) []byte {
	t.Helper()
	var m mark
	needs(t, json.Unmarshal(s.kept, &m))
	m.Count += by
	raw, err := json.Marshal(m)
	needs(t, err)
	return raw
}

// writes changes whatsapp.db while no bot has it open.
func (r *rig) writes(change string) {
	r.t.Helper()
	db, err := sql.Open("sqlite", address(filepath.Join(r.dir, FileName)))
	needs(r.t, err)
	_, err = db.Exec(change)
	needs(r.t, errors.Join(err, db.Close()))
}

// A copy that is some messages old encrypts with keys that were used: what is sent with it is taken as a repeat, reported delivered and
// never shown. So it is not connected, and its steps go on.
func TestAnOldCopyIsNotConnected(t *testing.T) {
	r, _ := markedRig(t)
	c := r.customer(anna, "900002")
	r.says(c, "1")
	r.got.hears(t, "1")
	needs(t, r.sends(1))
	var kept map[string][]byte
	r.restart(func() { kept = r.files() })
	r.run().await(Connected)
	for id := range 5 {
		needs(t, r.sends(2+id))
	}
	_, err := c.Wait(soon(t), 6, nil)
	needs(t, err)
	r.restart(func() { r.putBack(kept) })
	if s := r.bot.Standing(); s.State != OldCopy || !s.Shut || s.Advice == "" {
		t.Errorf("opened, it stands as %+v; want old_copy and shut", s)
	}
	r.run().await(OldCopy)
	if err := r.sends(7); bots.FaultOf(err).Fault != bots.Rejected || bots.FaultOf(err).Code != OldCopy {
		t.Errorf("a send = %v; want rejected, so that the next channel is taken", err)
	}
	if _, err := r.bot.Check(t.Context()); bots.FaultOf(err).Fault != bots.Misconfigured || bots.FaultOf(err).Code != OldCopy {
		t.Errorf("Check = %v; want what to do", err)
	}
	if n := len(c.Got()); n != 6 {
		t.Errorf("the customer got %d messages; want the 6 of before", n)
	}
	needs(t, r.bot.Logout(soon(t)))
	r.await(Unpaired)
	r.provision()
	ring(r.bot.wake)
	r.await(Connected)
	needs(t, r.sends(8))
	_, err = c.Wait(soon(t), 7, nil)
	needs(t, err)
}

// WhatsApp may be away while the old copy is logged out: another phone can be paired all the same, and somebody removes the device.
func TestAnOldCopyIsForgottenWithoutWhatsApp(t *testing.T) {
	r, s := markedRig(t)
	r.restart(func() { s.set(moved(t, s, 5)) })
	r.run().await(OldCopy)
	r.s.SetDown(true)
	if err := r.bot.Logout(soon(t)); !errors.Is(err, ErrNotTold) {
		t.Errorf("Logout = %v; want %v", err, ErrNotTold)
	}
	r.await(Unpaired)
}

// What is no old copy is connected.
func TestAGoodFileIsConnected(t *testing.T) {
	for name, between := range map[string]func(r *rig, s *shelf){
		"the same one":                      func(*rig, *shelf) {},
		"no mark yet: of an older program":  func(r *rig, s *shelf) { s.set(nil); r.writes("DELETE FROM kaskad_mark") },
		"the store was put back":            func(r *rig, s *shelf) { s.set(moved(r.t, s, -1)) },
		"the store was made anew":           func(_ *rig, s *shelf) { s.set(nil) },
		"the store has another pairing's":   func(_ *rig, s *shelf) { s.set([]byte(`{"session":"another","count":99}`)) },
		"whatsapp.db has another pairing's": func(r *rig, s *shelf) { r.writes("UPDATE kaskad_mark SET session = 'another', count = 99"); s.set(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			r, s := markedRig(t)
			r.t = t
			r.restart(func() { between(r, s) })
			r.run().await(Connected)
			before, _ := s.get(t.Context())
			r.close()
			if after, _ := s.get(t.Context()); string(after) == string(before) {
				t.Errorf("the mark stayed %s at the end", after)
			}
		})
	}
}

// A mark that only whatsapp.db has is no reason to refuse it: the program died between the two, or the store was full.
func TestAMarkThatTheStoreDidNotTake(t *testing.T) {
	r, s := markedRig(t)
	r.restart(func() { s.fill(true) })
	r.run().await(Storing)
	r.restart(func() { s.fill(false) })
	r.run().await(Connected)
}

// A copy that is made of a running gateway is old as soon as something was sent after it.
func TestTheMarkGrowsWithTheFirstSendOfAMinute(t *testing.T) {
	r, s := markedRig(t)
	c := r.customer(anna, "900002")
	r.says(c, "1")
	r.got.hears(t, "1")
	before, _ := s.get(t.Context())
	needs(t, r.sends(1))
	if same, _ := s.get(t.Context()); string(same) != string(before) {
		t.Errorf("the mark grew to %s with a send in the same minute", same)
	}
	r.bot.marks.mu.Lock()
	r.bot.marks.raised = time.Now().Add(-raiseEvery)
	r.bot.marks.mu.Unlock()
	needs(t, r.sends(2))
	if grown, _ := s.get(t.Context()); string(grown) != string(moved(t, &shelf{kept: before}, 1)) {
		t.Errorf("the mark is %s after a minute; want one more than %s", grown, before)
	}
}

// Where the file is gone there is nothing old: a phone is paired.
func TestAFileThatIsGoneIsNoOldCopy(t *testing.T) {
	r, _ := markedRig(t)
	r.restart(func() { r.putBack(nil) })
	r.run().await(Unpaired)
}

// whatsapp.db has the mark before the store does: a crash between the two must not make an old copy of a good file.
func TestTheFileIsMarkedBeforeTheStore(t *testing.T) {
	r, s := pairedRig(t), new(shelf)
	puts := 0
	r.opt.Mark = s.get
	r.opt.PutMark = func(ctx context.Context, kept []byte) error {
		var there mark
		var here int64
		needs(t, json.Unmarshal(kept, &there))
		needs(t, r.bot.db.QueryRow("SELECT count FROM kaskad_mark").Scan(&here))
		if puts++; here != there.Count {
			t.Errorf("the store is given %d while whatsapp.db has %d", there.Count, here)
		}
		return s.put(ctx, kept)
	}
	r.restart(func() {})
	r.run().await(Connected)
	r.stop()
	if puts != 2 {
		t.Errorf("the store was given %d marks; want one at the start and one at the end", puts)
	}
}

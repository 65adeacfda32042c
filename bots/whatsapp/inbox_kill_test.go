package whatsapp

import (
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

// A process is killed after a message was decrypted and before it was stored: what a disk holds then is copied, and another
// process begins with it.
func TestAKillBetweenDecryptionAndCommitLosesNothing(t *testing.T) {
	t.Parallel()
	r := up(t)
	c := r.customer(anna, "900002")
	r.says(c, "перше")
	r.got.hears(t, "перше")
	r.taken()
	storing, killed := make(chan struct{}), make(chan struct{})
	kill := sync.OnceFunc(func() { close(killed) })
	defer kill()
	var once sync.Once
	r.got.failing(func(b bots.Batch) error {
		if len(b.Events) > 0 {
			once.Do(func() { close(storing) })
			<-killed
			return errDisk
		}
		return nil
	})
	id := r.says(c, "друге")
	<-storing
	if n := r.buffered(); n != 1 {
		t.Fatalf("%d plain texts in the store; the test wants the moment after a decryption", n)
	}
	left := t.TempDir()
	r.copyTo(left)
	r.s.SetDown(true) // nothing that the dying process does reaches anybody
	kill()
	r.close()

	r.s.SetDown(false)
	r.dir, r.got = left, newSink()
	r.open()
	r.run()
	r.got.hears(t, "друге")
	r.taken()
	if m := r.s.Message(id); m.Retries != 0 || m.Delivered != 1 {
		t.Errorf("the message was asked for again %d times and delivered %d times; want 0 and 1", m.Retries, m.Delivered)
	}
	if got := r.got.texts(); !slices.Equal(got, []string{"друге"}) {
		t.Errorf("after the restart %q was taken; want only what had not been stored", got)
	}
}

// A process is killed after a message was stored and before WhatsApp was told, and until it comes again we learn the hidden id of who
// wrote it: it is the same message.
func TestAKillBetweenCommitAndReceiptStoresAMessageOnce(t *testing.T) {
	t.Parallel()
	r := up(t)
	c, err := r.s.AddCustomer(soon(t), simulator.Person{Phone: anna, LID: "900002", Traits: func(t *simulator.Traits) { t.BareAddress = true }})
	needs(t, err)
	left := t.TempDir()
	var once sync.Once
	r.got.failing(func(b bots.Batch) error {
		if len(b.Events) > 0 {
			once.Do(func() {
				r.copyTo(left)
				r.s.SetDown(true) // nothing that the dying process does reaches anybody
			})
		}
		return nil
	})
	r.says(c, "одне")
	r.got.hears(t, "одне")
	r.close()

	r.s.SetDown(false)
	r.dir = left
	r.open()
	jid := func(user, server string) types.JID { return types.NewJID(user, server) }
	needs(t, r.bot.lids().PutLIDMapping(t.Context(), jid("900002", types.HiddenUserServer), jid(anna[1:], types.DefaultUserServer)))
	again := make(chan bots.Event, 1)
	r.got.failing(func(b bots.Batch) error {
		for _, e := range b.Events {
			again <- e
		}
		return nil
	})
	r.run()
	if e := <-again; e.Also.ID != "900002@lid" {
		t.Errorf("it came again from %+v and %+v; the test wants the hidden id to be known", e.Chat, e.Also)
	}
	r.taken()
	if got := r.got.texts(); !slices.Equal(got, []string{"одне"}) {
		t.Errorf("stored: %q; want it once", got)
	}
}

// copyTo copies the store as it is on the disk.
func (r *rig) copyTo(dir string) {
	r.t.Helper()
	for _, name := range []string{FileName, FileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(r.dir, name))
		needs(r.t, err)
		needs(r.t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
}

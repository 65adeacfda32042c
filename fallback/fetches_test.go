package fallback_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// slowFolder hands out files after a while.
type slowFolder struct {
	*folder
	takes time.Duration
}

func (f slowFolder) Carried(ctx context.Context, d *fallback.Delivery) (bots.Carried, error) {
	select {
	case <-ctx.Done():
		return bots.Carried{}, ctx.Err()
	case <-time.After(f.takes):
		return f.folder.Carried(ctx, d)
	}
}

// newFiles is an engine with a channel of one worker that takes files, and with a group of staff. A file comes after a while.
func newFiles(t *testing.T, takes time.Duration) (*rig, *carrier, *folder) {
	t.Helper()
	viber, room, files := &carrier{sender: &sender{name: bots.Viber}}, &sender{name: bots.Staff}, &folder{}
	r := newRig(t, func(o *fallback.Options) {
		o.Files = slowFolder{files, takes}
		o.Senders[bots.Viber], o.Senders[bots.Staff] = viber, room
		o.Rules.Channels[bots.Viber] = fallback.Channel{Limits: bots.Limits{MaxText: 7000, MaxCaption: 512, Reports: bots.Read, Carries: []string{"photo"}, Workers: 1}, Senders: []string{bots.Viber}}
		o.Rules.Channels[bots.Staff] = fallback.Channel{Limits: bots.Limits{Reports: bots.Accepted}, Senders: []string{bots.Staff}}
	})
	viber.rig, files.r, room.rig = r, r, r
	return r, viber, files
}

// writesFrom is a customer who writes, and has a topic.
func (r *rig) writesFrom(id, thread string) {
	r.t.Helper()
	chat := bots.Address{Channel: bots.Viber, ID: id}
	r.event(bots.Event{Kind: bots.Wrote, Chat: chat, Text: "Show me your cups", MessageID: "1" + thread})
	err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
		who := tx.FindContact(bots.Ref{Kind: chat.Channel, Value: chat.ID})
		tx.PutTopic(fallback.Topic{Contact: who, Group: group.ID, Thread: thread, State: fallback.TopicOpen, Since: tx.Now()})
		return fallback.FixStaffRoom(tx, "", group.ID)
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// since is what went out after so many.
func (r *rig) since(n int) (all []bots.Outgoing) {
	r.with(func() { all = slices.Clone(r.sent[n:]) })
	return all
}

// A file that its messenger is slow to hand out keeps the only worker of a channel from nobody: others go meanwhile, what is for the same
// chat goes after it.
func TestASlowFileHoldsUpItsChatAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, files := newFiles(t, 15*time.Second)
		defer r.stop()
		const chats = 6 // more than are fetched at once
		for i := range chats + 1 {
			r.writesFrom(fmt.Sprint("v", i), fmt.Sprint(i))
		}
		before := len(r.sends())
		for i := range chats {
			in := func(e *bots.Event) { e.Thread = fmt.Sprint(i) }
			r.writes(fmt.Sprint("5", i), "our cups", in, func(e *bots.Event) { e.Media = []bots.Media{{Type: "photo", ID: "a"}} })
			r.writes(fmt.Sprint("6", i), "do you like them?", in)
		}
		r.writes("70", "no file here", func(e *bots.Event) { e.Thread = fmt.Sprint(chats) })
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := r.since(before); len(got) != 1 || got[0].Text != "no file here" {
			t.Fatalf("while the files are on their way %+v went out", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		of := map[string][]string{}
		for _, out := range r.since(before) {
			of[out.To.ID] = append(of[out.To.ID], out.Text)
		}
		for i := range chats {
			if got := of[fmt.Sprint("v", i)]; !slices.Equal(got, []string{"our cups", "do you like them?"}) {
				t.Errorf("chat %d got %q", i, got)
			}
		}
		if files.opened != chats || files.closed != chats {
			t.Errorf("%d files were opened, %d closed; want %d", files.opened, files.closed, chats)
		}
	})
}

// A message with a file that is tried again still goes before what was made after it, though its file is fetched once more.
func TestAFileThatIsTriedAgainKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, viber, _ := newFiles(t, time.Second)
		defer r.stop()
		r.writesFrom("v1", "7")
		before := len(r.sends())
		r.with(func() {
			viber.answer = func(n int, out bots.Outgoing) (bots.Receipt, error) {
				if n == 1 {
					return bots.Receipt{}, &bots.SendError{Fault: bots.Temporary}
				}
				return viber.ok(n, out), nil
			}
		})
		r.writes("500", "our cups", func(e *bots.Event) { e.Media = []bots.Media{{Type: "photo", ID: "a"}} })
		time.Sleep(1500 * time.Millisecond)
		r.writes("501", "do you like them?")
		time.Sleep(time.Minute)
		synctest.Wait()
		var got []string
		for _, out := range r.since(before) {
			got = append(got, out.Text)
		}
		if want := []string{"our cups", "our cups", "do you like them?"}; !slices.Equal(got, want) {
			t.Errorf("%q went out, want %q", got, want)
		}
	})
}

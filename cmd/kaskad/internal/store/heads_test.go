package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// talks makes n conversations; number n is the one with the latest activity. Every third is closed.
func talks(t *testing.T, db *DB, n int) []bots.ID {
	t.Helper()
	var ids []bots.ID
	for i := range n {
		turn, err := db.Receive(t.Context(), wrote(fmt.Sprint("talk ", i), fmt.Sprint(100+i), "hello"), rules(), world())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, turn.Contact.ID)
		if i%3 == 0 {
			_, err := db.PutConversation(t.Context(), turn.Contact.ID, func(c *bots.Conversation) ([]bots.Change, error) {
				c.State = bots.Closed
				return []bots.Change{{Type: "conversation.closed"}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
	}
	return ids
}

// allConversations reads the list page by page.
func allConversations(t *testing.T, db *DB, state *bots.ConversationState, limit int) []bots.ID {
	t.Helper()
	var ids []bots.ID
	for cursor := ""; ; {
		page, err := db.Conversations(t.Context(), state, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page.Items {
			ids = append(ids, c.Contact)
		}
		if cursor = page.Next; cursor == "" {
			return ids
		}
	}
}

func TestConversationsByActivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		ids := talks(t, db, 12)
		look := func(when string) {
			t.Helper()
			want := slices.Clone(ids)
			slices.Reverse(want)
			for _, limit := range []int{1, 5, 100} {
				if got := allConversations(t, db, nil, limit); !slices.Equal(got, want) {
					t.Errorf("%s, by %d: %v; want %v", when, limit, got, want)
				}
			}
			closed := bots.Closed
			want = slices.DeleteFunc(want, func(id bots.ID) bool { return slices.Index(ids, id)%3 != 0 })
			if got := allConversations(t, db, &closed, 2); !slices.Equal(got, want) {
				t.Errorf("%s: closed %v; want %v", when, got, want)
			}
		}
		look("some heads in memory")
		time.Sleep(3 * time.Second)
		if n := db.Stats().Dirty; n != 0 {
			t.Errorf("%d heads are in memory after a flush", n)
		}
		look("all heads in their bucket")
		if _, err := db.PutConversation(t.Context(), ids[1], func(c *bots.Conversation) ([]bots.Change, error) {
			c.LastAt = now()
			return nil, nil
		}); err != nil {
			t.Fatal(err)
		}
		moved := ids[1]
		ids = append(slices.Delete(ids, 1, 2), moved)
		want := slices.Clone(ids)
		slices.Reverse(want)
		if got := allConversations(t, db, nil, 3); !slices.Equal(got, want) {
			t.Errorf("one head in memory: %v; want %v", got, want)
		}
	})
}

// TestHeadsAfterACrash: a head that never reached its bucket is there after a crash, and reaches it then.
func TestHeadsAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := open(t, Options{})
		ids := talks(t, db, 3)
		turn, err := db.Receive(t.Context(), wrote("last", "100", "hello again"), rules(), world())
		if err != nil || db.Stats().Dirty == 0 {
			t.Fatalf("Receive = %v; %d heads in memory, want some", err, db.Stats().Dirty)
		}
		crashed := openAt(t, crashCopy(t, db), Options{})
		for _, id := range ids {
			want, err1 := db.Conversation(t.Context(), id)
			got, err2 := crashed.Conversation(t.Context(), id)
			if err1 != nil || err2 != nil || got != want {
				t.Errorf("after the crash %+v, %v; want %+v, %v", got, err2, want, err1)
			}
		}
		time.Sleep(2 * time.Second)
		if n := crashed.Stats().Dirty; n != 0 {
			t.Errorf("%d heads are in memory two seconds later", n)
		}
		if got := allConversations(t, crashed, nil, 10); len(got) != 3 || got[0] != turn.Contact.ID {
			t.Errorf("Conversations = %v; want %v first", got, turn.Contact.ID)
		}
	})
}

// crashCopy is the file as it lies on disk now, as a crash would leave it.
func crashCopy(t *testing.T, db *DB) string {
	t.Helper()
	b, err := os.ReadFile(db.path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, FileName), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

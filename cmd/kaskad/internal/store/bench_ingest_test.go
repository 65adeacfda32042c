package store

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// The file of these benchmarks has 200,000 people with five messages of ours each that wait for a proof on Viber. Set
// KASKAD_BENCH_OPEN_DIR to keep it; the benchmark over HTTP of cmd/kaskad reads it from there.
var openFile = sync.OnceValues(func() (string, error) {
	dir := os.Getenv("KASKAD_BENCH_OPEN_DIR")
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "kaskad-open-"); err != nil {
			return "", err
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return dir, nil
	}
	if _, err := fillOpen(dir, benchContacts, benchMessages, benchPlace{bots.Viber, benchViber, benchToken}); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600)
})

// benchViber is a user id as Viber writes them, 16 bytes in base64; the benchmark over HTTP makes the same.
func benchViber(n int) bots.Address {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], uint64(n)*0x9e3779b97f4a7c15+1)
	binary.BigEndian.PutUint64(raw[8:], uint64(n))
	return bots.Address{Channel: bots.Viber, ID: base64.StdEncoding.EncodeToString(raw[:])}
}

// benchToken is the id that Viber gave to the k-th message of a person: such ids are in no order.
func benchToken(who, k int) string {
	return strconv.FormatUint(5_000_000_000_000_000_000+uint64(who*5+k)*0x9e3779b97f4a7c15%1_000_000_000_000_000, 10)
}

// benchPlace is where open messages wait for a proof, and what they are called there.
type benchPlace struct {
	channel string
	chat    func(who int) bots.Address
	id      func(who, k int) string
}

func fillOpen(dir string, contacts, messages int, at benchPlace) (began time.Time, err error) {
	db, err := Open(dir, Options{inWriter: true})
	if err != nil {
		return began, err
	}
	defer db.Close()
	ctx := context.Background()
	began = time.Now().UTC().Add(-2 * time.Hour).Truncate(time.Microsecond)
	made := bots.ID(began.UnixMicro())
	err = inChunks(contacts, 1000, func(from, to int) error {
		return db.write(ctx, func(t *tx) error {
			for n := from; n < to; n++ {
				c := &bots.Contact{ID: made + bots.ID(n), ExternalID: fmt.Sprint("C-", n), Phone: benchPhone(n), Name: "Олена", Locale: "uk", Created: began, Updated: began}
				c.Set(benchChat(n), bots.Active, began)
				c.Set(at.chat(n), bots.Active, began)
				t.PutContact(c)
				t.PutConversation(bots.Conversation{Contact: c.ID, LastAt: began, LastUsed: at.channel})
			}
			return nil
		})
	})
	if err != nil {
		return began, err
	}
	last, seq := make([]bots.ID, contacts), make([]uint64, contacts)
	return began, inChunks(messages, 2000, func(from, to int) error {
		return db.write(ctx, func(t *tx) error {
			for n := from; n < to; n++ {
				who := n * 7919 % contacts
				seq[who]++
				t.now = began.Add(time.Minute + time.Duration(n)*(time.Hour/time.Duration(messages)))
				last[who] = openOne(t, made+bots.ID(who), who, last[who], seq[who], at)
			}
			return nil
		})
	})
}

// openOne is a delivery that waits for a proof on a messenger, and then goes on to SMS in ten days.
func openOne(t *tx, contact bots.ID, who int, prev bots.ID, seq uint64, at benchPlace) bots.ID {
	id := bots.ID(t.now.UnixMicro())
	message, chat, token := id+1, at.chat(who), at.id(who, int(seq-1))
	plan := fallback.Cascade{Name: "loyalty", Order: "listed", Deadline: 20 * 24 * time.Hour, Steps: []fallback.Step{
		{Channel: at.channel, Wait: 10 * 24 * time.Hour, Until: fallback.Until{Level: bots.Read}}, {Channel: bots.SMS, Until: fallback.Until{Level: bots.Delivered}},
	}}
	d := &fallback.Delivery{Plan: fallback.Plan{
		ID: id, Contact: contact, To: chat.String(), Template: "bonus", Data: []byte(`{"points":120,"balance":1340}`), Cascade: plan,
		Zone: "Europe/Kyiv", Created: t.now, Same: uint64(id), First: fallback.Queued,
	}}
	d.State, d.Started, d.WaitFrom, d.Due = fallback.Waiting, t.now, t.now, t.now.Add(10*24*time.Hour)
	d.Route = []fallback.Leg{{Channel: at.channel, Outcome: fallback.Taken, Level: bots.Accepted, Message: message, Sender: at.channel, Attempts: 1, QueuedAt: t.now, TriedAt: t.now, SentAt: t.now, Needs: plan.Steps[0].Until}, {Step: 1, Channel: bots.SMS}}
	t.PutPlan(&d.Plan)
	t.PutStatus(d)
	t.PutMessage(&bots.Message{ID: message, Contact: contact, To: chat, Channel: chat.Channel, Text: benchText, At: t.now, Delivery: id, Prev: prev, Seq: seq})
	t.PutMessageState(message, bots.MessageState{Level: bots.Accepted, ProviderID: token, Sender: at.channel, Attempt: 1, ClaimedAt: t.now, SentAt: t.now})
	t.PutProvider(fallback.ProviderKey{Sender: at.channel, ID: token}, message)
	t.PutKey(token, fallback.KeyUse{Delivery: id})
	t.Change(bots.Change{Type: "delivery.waiting", At: t.now, Contact: contact, Delivery: id, State: "waiting"})
	return message
}

// BenchmarkReceive measures events, each durable when its call returns: a message that a person wrote, and one "seen" for the
// five messages that wait in the chat. Each seen finds a chat that nobody has read yet.
func BenchmarkReceive(b *testing.B) {
	events := map[string]func(n int) bots.Event{
		"wrote": func(n int) bots.Event {
			who := n * 104_729 % benchContacts // not in the order in which the file got their messages
			return bots.Event{ID: fmt.Sprint("telegram:1:", benchRun.Add(1)), Channel: bots.Telegram, Sender: bots.Telegram, Kind: bots.Wrote, Chat: benchChat(who), At: time.Now(), Text: "А до якого числа діють бонуси?", MessageID: strconv.Itoa(n)}
		},
		"seen": func(n int) bots.Event {
			who := n * 104_729 % benchContacts // not in the order in which the file got their messages
			return bots.Event{ID: fmt.Sprint("viber:1:", benchRun.Add(1)), Channel: bots.Viber, Sender: bots.Viber, Kind: bots.Reported, At: time.Now(), Chat: benchViber(who),
				Receipt: &bots.Receipt{Sender: bots.Viber, Chat: benchViber(who).ID, ID: benchToken(who, rand.IntN(5)), Level: bots.Read, At: time.Now()}}
		},
	}
	for _, kind := range []string{"wrote", "seen"} {
		for _, callers := range []int{64, 256} {
			b.Run(fmt.Sprintf("%s/callers=%d", kind, callers), func(b *testing.B) {
				if kind == "seen" && b.N > benchContacts {
					b.Skip("there are not that many chats")
				}
				dir, err := openFile()
				if err != nil {
					b.Fatal(err)
				}
				db := benchOpenFrom(b, dir, Options{})
				r, w, ctx, event := rules(), world(), b.Context(), events[kind]
				measure(b, db, callers, func(n int) error {
					_, err := db.Receive(ctx, event(n), r, w)
					return err
				})
			})
		}
	}
}

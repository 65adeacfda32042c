package store

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
)

// The file of this benchmark is the one of BenchmarkReceive with the messages on WhatsApp's Business Platform. Set
// KASKAD_BENCH_CLOUD_DIR to keep it; the benchmark over HTTP of cmd/kaskad reads it from there. Its file "ready" says when it began,
// from which the ids of its messages follow.
var cloudFile = sync.OnceValues(func() (string, error) {
	dir := os.Getenv("KASKAD_BENCH_CLOUD_DIR")
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "kaskad-cloud-"); err != nil {
			return "", err
		}
	}
	ready := filepath.Join(dir, "ready")
	if _, err := os.Stat(ready); err == nil {
		return dir, nil
	}
	began, err := fillOpen(dir, benchContacts, benchMessages, benchPlace{bots.WhatsAppCloud, benchCloud, benchWamid})
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(ready, []byte(began.Format(time.RFC3339Nano)), 0o600)
})

func benchCloud(n int) bots.Address {
	return bots.Address{Channel: bots.WhatsAppCloud, ID: benchPhone(n)}
}

// benchWamid is the id that Meta gave to the k-th message of a person, as long as they are; the benchmark over HTTP makes the same.
func benchWamid(who, k int) string {
	raw := fmt.Sprintf("\x1c\x18\x0c%s\x15\x02\x00\x11\x18\x12%018X\x00", strings.TrimPrefix(benchPhone(who), "+"), uint64(who*5+k)*0x9e3779b97f4a7c15)
	return "wamid." + base64.StdEncoding.EncodeToString([]byte(raw))
}

// BenchmarkReceiveRead measures statuses "read" of the newest of five messages that wait in a chat, each durable when its call returns.
func BenchmarkReceiveRead(b *testing.B) {
	for _, callers := range []int{64, 256} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			if b.N > benchContacts {
				b.Skip("there are not that many chats")
			}
			dir, err := cloudFile()
			if err != nil {
				b.Fatal(err)
			}
			db := benchOpenFrom(b, dir, Options{})
			r, w, ctx := rules(), world(), b.Context()
			measure(b, db, callers, func(n int) error {
				who := n * 7919 % benchContacts // in the order of sending
				at := time.Now()
				_, err := db.Receive(ctx, bots.Event{
					ID: "whatsapp_cloud:1:s:read:" + benchWamid(who, 4), Channel: bots.WhatsAppCloud, Sender: bots.WhatsAppCloud, Kind: bots.Reported, At: at, Chat: benchCloud(who),
					Receipt: &bots.Receipt{Sender: bots.WhatsAppCloud, ID: benchWamid(who, 4), Level: bots.Read, At: at},
				}, r, w)
				return err
			})
		})
	}
}

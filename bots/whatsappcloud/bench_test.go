package whatsappcloud_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/graph"
	"kaskad/bots/whatsappcloud"
)

// BenchmarkParse reads calls of statuses, signature and all.
func BenchmarkParse(b *testing.B) {
	bot := newBot(b, "", whatsappcloud.Options{})
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("statuses=%d", n), func(b *testing.B) {
			load := graph.NewLoad(graph.Options{PhoneID: numberID, AppSecret: secret})
			about := make([]graph.Receipt, n)
			for i := range about {
				phone := fmt.Sprint(380501000000 + i)
				about[i] = graph.Receipt{ID: load.ID(phone), Phone: phone, Data: step.String()}
			}
			s := load.Statuses("read", about, time.Now())
			if !strings.Contains(string(s.Body), step.String()) {
				b.Fatal("a status without its step")
			}
			call := hookCall(s.Body)
			b.ReportAllocs()
			for b.Loop() {
				if batch, err := bot.Parse(call); err != nil || len(batch.Events) != n {
					b.Fatalf("%d events, %v", len(batch.Events), err)
				}
			}
		})
	}
}

package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

const (
	crowdFrom  = 10_000
	few        = 5 // people whom staff answer meanwhile
	fewFrom    = 9_000
	answers    = 200
	answerEach = 200 * time.Millisecond
	staffHold  = 3 * time.Second
	crowdForum = -1001000000700
)

// BenchmarkStaffBurst lets 200 people write at once to a bot whose group takes 20 messages in any minute, edits among them, and measures when
// each stands in a topic; and how late staff's answers reach the messenger after their hold, idle and beside that. The minutes are real: it
// takes 24 of them, so run it with -benchtime 1x -timeout 45m; KASKAD_BENCH_BURST is another number of people (20 take five minutes).
func BenchmarkStaffBurst(b *testing.B) {
	burst := benchBurst(b)
	for range b.N {
		p := newPlant(b, simtelegram.Options{Rate: -1, ChatRate: -1, GroupStrict: true}, simsms.Options{}, quick)
		p.start()
		mustAll(b, p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}),
			p.tg.AddGroup(simtelegram.Group{ID: crowdForum, Title: "Support", Forum: true, Members: []int64{agent}}))
		p.bind(crowdForum, agent)
		p.gather(fewFrom, few, "Знайомий")
		p.gather(crowdFrom, burst, "Клієнт")
		p.writeIn(fewFrom, few)
		waitFor(b, "the topics of a few", func() bool { return len(p.cards()) == few })
		b.Logf("idle: %s", p.answerAll("спокійно"))
		time.Sleep(time.Until(p.lastPost().Add(61 * time.Second))) // the minute is empty again
		begun := time.Now()
		p.writeIn(crowdFrom, burst)
		written := time.Since(begun)
		b.Logf("beside the burst: %s", p.answerAll("поспіхом"))
		for end := begun.Add(time.Duration(2*burst)*62*time.Second/19 + 2*time.Minute); len(p.cards()) < few+burst && time.Now().Before(end); {
			time.Sleep(time.Second)
		}
		p.tellBurst(b, burst, begun, written)
		p.finish()
	}
}

func benchBurst(b *testing.B) int {
	text := os.Getenv("KASKAD_BENCH_BURST")
	if text == "" {
		return 200
	}
	people, err := strconv.Atoi(text)
	if err != nil || people < 1 {
		b.Fatalf("KASKAD_BENCH_BURST=%q: how many people write at once", text)
	}
	return people
}

// gather adds people who began with the bot long ago.
func (p *plant) gather(from int64, n int, name string) {
	p.t.Helper()
	for i := range int64(n) {
		mustAll(p.t, p.tg.AddPerson(simtelegram.Person{ID: from + i, FirstName: fmt.Sprintf("%s%03d", name, i), Started: true}))
	}
}

// writeIn lets each of them write, one behind the other.
func (p *plant) writeIn(from int64, n int) {
	p.t.Helper()
	for i := range int64(n) {
		_, err := p.tg.Say(from+i, fmt.Sprintf("Питання %03d: де замовлення?", i))
		mustAll(p.t, err)
	}
}

// cards are the first posts of the bot in each topic, by the topic's name.
func (p *plant) cards() map[string]simtelegram.Message {
	found := map[string]simtelegram.Message{}
	for _, t := range p.tg.Topics(crowdForum) {
		for _, m := range t.Messages {
			if m.Service == "" && m.FromBot {
				found[t.Name] = m
				break
			}
		}
	}
	return found
}

// lastPost is when the bot last wrote in the group.
func (p *plant) lastPost() (last time.Time) {
	for _, m := range p.tg.Chat(crowdForum) {
		if m.FromBot && m.Date.After(last) {
			last = m.Date
		}
	}
	return last
}

// answerAll lets staff answer the few in turn, and tells how late the answers are after their hold.
func (p *plant) answerAll(mood string) string {
	p.t.Helper()
	threads := make([]int, few)
	for _, t := range p.tg.Topics(crowdForum) {
		for i := range few {
			if strings.Contains(t.Name, fmt.Sprintf("Знайомий%03d", i)) {
				threads[i] = t.Thread
			}
		}
	}
	said := map[string]time.Time{}
	for i := range answers {
		text := fmt.Sprintf("Відповідь %s %d.", mood, i)
		said[text] = time.Now()
		_, err := p.tg.WriteIn(crowdForum, agent, simtelegram.Said{Text: text, Thread: threads[i%few]})
		mustAll(p.t, err)
		time.Sleep(answerEach)
	}
	var late []time.Duration
	waitFor(p.t, "the answers", func() bool {
		late = late[:0]
		for i := range int64(few) {
			for _, m := range p.tg.Messages(fewFrom + i) {
				if at, ok := said[m.Text]; ok {
					late = append(late, m.Date.Sub(at)-staffHold)
				}
			}
		}
		return len(late) >= answers
	})
	slices.Sort(late)
	return fmt.Sprintf("%d answers after their hold: p50 %s, p99 %s, most %s", len(late), late[len(late)/2], late[len(late)*99/100], late[len(late)-1])
}

// tellBurst says when the topics and their first posts stood there, and in which order.
func (p *plant) tellBurst(b *testing.B, burst int, begun time.Time, written time.Duration) {
	var opened, shown []time.Duration
	var names []string
	for _, t := range p.tg.Topics(crowdForum) {
		if !strings.Contains(t.Name, "Клієнт") {
			continue
		}
		names = append(names, t.Name)
		for i, m := range t.Messages {
			if i == 0 {
				opened = append(opened, m.Date.Sub(begun))
			}
			if m.Service == "" && m.FromBot {
				shown = append(shown, m.Date.Sub(begun))
				break
			}
		}
	}
	within := 0
	for _, d := range opened {
		if d <= time.Second {
			within++
		}
	}
	b.Logf("%d wrote in %s; %d topics, %d with their lines", burst, written, len(opened), len(shown))
	for _, i := range []int{0, 14, 15, 16, 49, 99, 149, 199} {
		if i < len(shown) {
			b.Logf("%s: topic after %.1f s, lines after %.1f s", names[i], opened[i].Seconds(), shown[i].Seconds())
		}
	}
	if len(shown) != burst {
		b.Errorf("%d people have their lines in a topic, want %d", len(shown), burst)
		return
	}
	// The rest of a benchmark's words is cut off, its numbers are not.
	b.ReportMetric(float64(within), "topics-1s")
	b.ReportMetric(slices.Max(shown).Minutes(), "min")
	b.ReportMetric(float64(2*burst)/19*62/60, "min-wanted")
	b.ReportMetric(float64(disorder(names)), "topics-out-of-order")
	b.ReportMetric(float64(disorder(shown)), "lines-out-of-order")
	b.ReportMetric(float64(p.refusedThere()), "refused-429")
}

// disorder counts what stands behind something that should come after it.
func disorder[T cmp.Ordered](all []T) (n int) {
	for i := range all {
		if i > 0 && all[i] < slices.Max(all[:i]) {
			n++
		}
	}
	return n
}

// refusedThere counts what the group did not take.
func (p *plant) refusedThere() (n int) {
	for _, c := range p.tg.Calls() {
		if c.Status == 429 && c.Params["chat_id"] == fmt.Sprint(crowdForum) {
			n++
		}
	}
	return n
}

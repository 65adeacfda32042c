package search

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// crowd is a store of so many people with a message each, made up from their ids: it takes no memory.
type crowd struct {
	fallback.View
	people int
}

const apart = 150_000 // microseconds between two ids of a kind

func (c crowd) id(n int, message bool) bots.ID {
	id := bots.ID(0x65f0000000000 + n*apart)
	if message {
		id++
	}
	return id
}

func (c crowd) number(id bots.ID) int { return int(id-0x65f0000000000) / apart }

func (c crowd) Contact(id bots.ID) *bots.Contact {
	n := c.number(id)
	first, last := strings.Fields(names)[n%24], strings.Fields(surnames)[n/24%20]
	phone := fmt.Sprintf("+38050%07d", n*7919%10_000_000)
	return &bots.Contact{
		ID: id, Name: fmt.Sprintf("%s %s%d", first, last, n%977), Phone: phone, ExternalID: fmt.Sprintf("C-%07d", n),
		Addresses: []bots.ContactAddress{{Address: bots.Address{Channel: bots.SMS, ID: phone}}, {Address: bots.Address{Channel: bots.Telegram, ID: strconv.Itoa(400_000_000 + n*31)}}},
	}
}

func (c crowd) Message(id bots.ID) *bots.Message {
	if id == 0 {
		return nil
	}
	n := c.number(id)
	all := strings.Fields(said60)
	words := make([]string, 0, 14)
	for i := range 5 + n%10 {
		words = append(words, all[(n*(i+3)+i*i*7+n/61)%len(all)])
	}
	return &bots.Message{ID: id, Contact: c.id(n, false), In: true, Channel: bots.Telegram, Text: strings.Join(words, " ") + " " + strconv.Itoa(100_000+n)}
}

func (c crowd) MessageState(bots.ID) (s bots.MessageState)                { return s }
func (c crowd) Conversation(bots.ID) (t bots.Conversation)                { return t }
func (c crowd) Now() time.Time                                            { return time.Now() }
func (c crowd) Importing() bool                                           { return false }
func (c crowd) LastChange() uint64                                        { return 0 }
func (c crowd) Changed() <-chan struct{}                                  { return nil }
func (c crowd) Read(_ context.Context, f func(fallback.View) error) error { return f(c) }

func (c crowd) Changes(context.Context, uint64, int) ([]bots.Change, error) { return nil, nil }

func (c crowd) ContactIDs(_ context.Context, after bots.ID, limit int) ([]bots.ID, error) {
	return c.after(after, limit, false), nil
}

func (c crowd) MessageIDs(_ context.Context, after bots.ID, limit int) ([]bots.ID, error) {
	return c.after(after, limit, true), nil
}

func (c crowd) after(after bots.ID, limit int, messages bool) (ids []bots.ID) {
	n := 0
	if after != 0 {
		n = c.number(after) + 1
	}
	for ; n < c.people && len(ids) < limit; n++ {
		ids = append(ids, c.id(n, messages))
	}
	return ids
}

const (
	names = "Олена Ірина Наталія Оксана Тетяна Юлія Марія Анна Світлана Людмила Галина Катерина Іван Петро Микола Андрій Сергій Олександр Дмитро Юрій " +
		"Василь Євген Ґалина Їлона"
	surnames = "Коваленко Бондаренко Шевченко Ткаченко Кравченко Олійник Шевчук Коваль Поліщук Мельник Лисенко Гаврилюк Савченко Руденко Марченко " +
		"Мороз Петренко Клименко Павленко Кравчук"
	said60 = "добрий день підкажіть будь ласка де моє замовлення коли буде доставка нова пошта відділення бонуси картка магазин повернення гроші розмір " +
		"колір чоботи куртка знижка акція адреса номер телефон можна чи вечір ціна скільки коштує наявності дякую передзвоніть оплата частинами " +
		"гарантія обмін чек кур'єр сьогодні завтра зранку після обіду забрати"
)

// BenchmarkSearch builds the index of KASKAD_BENCH_SEARCH people with a message each (10,000 unless written), without the rests that the
// gateway makes, and asks it. KASKAD_BENCH_SEARCH_DIR, an empty folder, keeps the file.
func BenchmarkSearch(b *testing.B) {
	people := 10_000
	if n, err := strconv.Atoi(os.Getenv("KASKAD_BENCH_SEARCH")); err == nil {
		people = n
	}
	dir := os.Getenv("KASKAD_BENCH_SEARCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	c := crowd{people: people}
	x := New(Options{Dir: dir, Store: c, Mark: "bench", Country: "UA"})
	f, err := openFile(b.Context(), x.path(), origin{mark: "bench"})
	must(b, err)
	defer f.close()
	took := built(b, x, f)
	b.Run("build", func(b *testing.B) {
		info, err := os.Stat(filepath.Join(x.Dir, FileName))
		must(b, err)
		b.ReportMetric(float64(2*people)/took.Seconds(), "rows/s") // once, however often it is asked for
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	})
	x.file.Store(f)
	x.opened()
	for _, q := range []struct{ kind, words string }{
		{"person/name", "олена ковал"}, {"person/phone", "050 123 45"}, {"person/card", fmt.Sprintf("c-%07d", people/2)}, {"person/nobody", "квітослава"},
		{"talk/common", "замовлення"}, {"talk/phrase", "нова пошта відділення"}, {"talk/one", strconv.Itoa(100_000 + people/2)}, {"talk/none", "замовлення бонуси ґудзик"},
	} {
		b.Run(q.kind, func(b *testing.B) { asked(b, x, q.words, strings.HasPrefix(q.kind, "talk")) })
	}
}

// built makes steps of the walk until it is over.
func built(b *testing.B, x *Index, f *file) time.Duration {
	k := &keeper{x: x, f: f}
	began, more := time.Now(), true
	var err error
	for more {
		more, err = k.build(b.Context())
		must(b, err)
	}
	took := time.Since(began)
	_, err = f.scrub(b.Context())
	must(b, err)
	return took
}

// asked asks for a page of a hundred again and again.
func asked(b *testing.B, x *Index, words string, talks bool) {
	var took []time.Duration
	found := 0
	for b.Loop() {
		began := time.Now()
		if talks {
			hits, _, err := x.Talks(b.Context(), words, "", 100, nil)
			must(b, err)
			found = len(hits)
		} else {
			hits, _, err := x.People(b.Context(), words, "", 100, nil)
			must(b, err)
			found = len(hits)
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
	b.ReportMetric(float64(found), "found")
}

// BenchmarkSearchChange changes the names of 5,000 of KASKAD_BENCH_SEARCH people (100,000 unless written) in transactions of a page, and
// then merges the index, as the gateway does after an import that changes people.
func BenchmarkSearchChange(b *testing.B) {
	people := 100_000
	if n, err := strconv.Atoi(os.Getenv("KASKAD_BENCH_SEARCH")); err == nil {
		people = n
	}
	c := crowd{people: people}
	x := New(Options{Dir: b.TempDir(), Store: c, Mark: "bench", Country: "UA"})
	f, err := openFile(b.Context(), x.path(), origin{mark: "bench"})
	must(b, err)
	defer f.close()
	built(b, x, f)
	const changed = 5000
	var took, merged time.Duration
	for b.Loop() {
		began := time.Now()
		for from := 0; from < changed; from += page {
			some := &batch{at: 1}
			for n := from; n < from+page; n++ {
				t, _ := person(c, c.id(n*(people/changed), false))
				t.text += fmt.Sprint(" ", began.UnixNano())
				some.people = append(some.people, t)
			}
			_, err := f.apply(b.Context(), some, careful)
			must(b, err)
		}
		took += time.Since(began)
		began = time.Now()
		m := &merging{rest: []*set{&f.statements.people, &f.statements.messages}}
		for more := true; more; {
			more, err = f.merge(b.Context(), m)
			must(b, err)
		}
		merged += time.Since(began)
	}
	b.ReportMetric(float64(changed*b.N)/took.Seconds(), "changes/s")
	b.ReportMetric(merged.Seconds()/float64(b.N), "s-merge")
}

package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
)

// servers are a channel's: they have files by reference, until they have not.
type servers struct {
	mu    sync.Mutex
	files map[string]string
	err   error
	asked int
}

func (s *servers) Fetch(_ context.Context, m bots.Media, _ int64) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.err != nil {
		return nil, s.err
	}
	body, ok := s.files[m.ID]
	if !ok {
		return nil, fmt.Errorf("there: %w", bots.ErrGone)
	}
	if cut, broken := strings.CutSuffix(body, "…"); broken {
		return io.NopCloser(io.MultiReader(strings.NewReader(cut), &dies{})), nil
	}
	return io.NopCloser(strings.NewReader(body)), nil
}

func (s *servers) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *servers) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

type dies struct{}

func (*dies) Read([]byte) (int, error) { return 0, errors.New("the connection died") }

func newKeeper(t *testing.T, s *servers, change func(*Options)) *Keeper {
	t.Helper()
	o := Options{Dir: filepath.Join(t.TempDir(), "media"), Fetchers: map[string]bots.Fetcher{bots.WhatsApp: s}}
	if change != nil {
		change(&o)
	}
	k, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func voice(id bots.ID, refs ...string) *bots.Message {
	m := &bots.Message{ID: id, In: true, Channel: bots.WhatsApp}
	for _, ref := range refs {
		m.Media = append(m.Media, bots.Media{Type: "voice", ID: ref})
	}
	return m
}

func read(t *testing.T, k *Keeper, m *bots.Message, n int) (string, error) {
	t.Helper()
	f, err := k.Open(t.Context(), m, n)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	return string(b), err
}

func TestAFileStaysWhenTheChannelHasItNoMore(t *testing.T) {
	s := &servers{files: map[string]string{"a": "hello", "b": "there"}}
	k := newKeeper(t, s, nil)
	m := voice(7, "a", "b")
	for n, want := range []string{"hello", "there", "hello", "there"} {
		if got, err := read(t, k, m, n%2); err != nil || got != want {
			t.Fatalf("file %d is %q, %v", n%2, got, err)
		}
	}
	s.set(func() { s.files = nil })
	if got, err := read(t, k, m, 0); err != nil || got != "hello" || s.count() != 2 {
		t.Errorf("the kept one is %q, %v, after %d fetches", got, err, s.count())
	}
	if _, err := read(t, k, voice(8, "a"), 0); !errors.Is(err, bots.ErrGone) {
		t.Errorf("one that was never fetched: %v", err)
	}
	entries, err := os.ReadDir(k.Dir)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d files are kept, %v", len(entries), err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 || len(e.Name()) != 64 {
			t.Errorf("%s is %v, %v", e.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(k.Dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v, %v", info.Mode(), err)
	}
}

func TestNothingIsKeptOfWhatIsNotWhole(t *testing.T) {
	s := &servers{files: map[string]string{"cut": "half of it…", "long": strings.Repeat("a", 101), "fits": strings.Repeat("a", 100)}}
	k := newKeeper(t, s, func(o *Options) { o.MaxFile = 100 })
	for ref, want := range map[string]error{"cut": nil, "long": bots.ErrTooLarge} {
		if _, err := read(t, k, voice(7, ref), 0); err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if entries, err := os.ReadDir(k.Dir); err != nil || len(entries) != 0 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
	if got, err := read(t, k, voice(7, "fits"), 0); err != nil || len(got) != 100 {
		t.Errorf("one that fits: %d bytes, %v", len(got), err)
	}
}

func TestWhatIsNoFile(t *testing.T) {
	k := newKeeper(t, &servers{files: map[string]string{"a": "hello"}}, nil)
	ours := voice(7, "a")
	ours.In = false
	elsewhere := voice(7, "a")
	elsewhere.Channel = bots.Telegram
	place := voice(7, "")
	card := voice(7, "a")
	card.Media[0].Type = "contact"
	for sentence, c := range map[string]struct {
		m *bots.Message
		n int
	}{"ours": {ours, 0}, "on a channel that hands out none": {elsewhere, 0}, "a place": {place, 0}, "a card": {card, 0}, "beyond the last": {voice(7, "a"), 1}, "before the first": {voice(7, "a"), -1}} {
		if _, err := read(t, k, c.m, c.n); !errors.Is(err, bots.ErrNoFile) {
			t.Errorf("%s: %v", sentence, err)
		}
	}
}

func TestManyReadersFetchOnce(t *testing.T) {
	s := &servers{files: map[string]string{"a": "hello"}}
	k := newKeeper(t, s, nil)
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if got, err := read(t, k, voice(7, "a"), 0); err != nil || got != "hello" {
				t.Errorf("read %q, %v", got, err)
			}
		})
	}
	wg.Wait()
	if s.count() != 1 || len(k.busy) != 0 || len(k.held) != 0 {
		t.Errorf("%d fetches, %d locks left", s.count(), len(k.busy))
	}
}

func TestSweep(t *testing.T) {
	k := newKeeper(t, &servers{}, func(o *Options) { o.MaxTotal, o.Keep = 25, 24*time.Hour })
	now := time.Now()
	for name, age := range map[string]time.Duration{"new": 0, "middle": time.Hour, "third": 2 * time.Hour, "old": 25 * time.Hour, partial + "1": time.Minute, partial + "2": time.Hour} {
		path := filepath.Join(k.Dir, name)
		if err := errors.Join(os.WriteFile(path, make([]byte, 10), 0o600), os.Chtimes(path, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Sweep(now); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(k.Dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"middle", "new", partial + "1"}; !slices.Equal(left, want) {
		t.Errorf("left are %v, want %v", left, want)
	}
}

// outbox is a feed in memory.
type outbox struct {
	mu       sync.Mutex
	changes  []bots.Change
	messages map[bots.ID]*bots.Message
	at       uint64
	changed  chan struct{}
}

func (o *outbox) Changes(_ context.Context, after uint64, limit int) ([]bots.Change, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	rest := o.changes[min(after, uint64(len(o.changes))):]
	return rest[:min(limit, len(rest))], nil
}
func (o *outbox) LastChange() uint64                             { return uint64(len(o.changes)) }
func (o *outbox) Changed() <-chan struct{}                       { o.mu.Lock(); defer o.mu.Unlock(); return o.changed }
func (o *outbox) Cursor(context.Context, string) (uint64, error) { return o.at, nil }
func (o *outbox) PutCursor(_ context.Context, _ string, at uint64) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = at
	return nil
}
func (o *outbox) Message(_ context.Context, id bots.ID) (*bots.Message, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.messages[id], nil
}

func (o *outbox) tell(m *bots.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.messages[m.ID] = m
	o.changes = append(o.changes, bots.Change{ID: uint64(len(o.changes) + 1), Type: "message.received", Message: m.ID, Channel: m.Channel})
	close(o.changed)
	o.changed = make(chan struct{})
}

func TestFilesAreFetchedSoonAfterTheirMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &servers{files: map[string]string{"a": "hello", "b": "there"}}
		k := newKeeper(t, s, nil)
		o := &outbox{messages: map[bots.ID]*bots.Message{}, changed: make(chan struct{})}
		o.tell(voice(1, "old")) // before there was a keeper
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = k.Run(ctx, o) }()
		synctest.Wait()
		o.tell(voice(7, "a"))
		synctest.Wait()
		if s.count() != 1 {
			t.Errorf("%d files were asked for, want the new one", s.count())
		}
		s.set(func() { s.err = errors.New("not connected") })
		o.tell(voice(8, "b"))
		synctest.Wait()
		time.Sleep(30 * time.Second)
		s.set(func() { s.err = nil })
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		s.set(func() { s.files = nil })
		if got, err := read(t, k, voice(8, "b"), 0); err != nil || got != "there" {
			t.Errorf("what could not be fetched at once is %q, %v", got, err)
		}
		if o.at != 3 {
			t.Errorf("the place that is kept is %d", o.at)
		}
		asked := s.count()
		o.tell(voice(9, "gone"))
		s.set(func() { s.files = map[string]string{} })
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if s.count() != asked+1 {
			t.Errorf("what is gone was asked for %d times", s.count()-asked)
		}
		s.set(func() { s.err = errors.New("not connected") })
		o.tell(voice(10, "x"))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if got := s.count() - asked - 1; got != tries {
			t.Errorf("what cannot be had was asked for %d times, want %d", got, tries)
		}
		cancel()
		<-done
	})
}

// What staff hand on is fetched through the channel that it comes from, before there is a message, and is the message's then.
func TestAFileThatIsHandedOn(t *testing.T) {
	s := &servers{files: map[string]string{"a": "a receipt"}}
	k := newKeeper(t, s, nil)
	x := bots.Media{Type: "photo", ID: "a", From: bots.WhatsApp}
	f, err := k.OpenFor(t.Context(), 7, 0, &x, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	s.set(func() { s.files = nil })
	m := &bots.Message{ID: 9, Delivery: 7, Channel: bots.Viber, Media: []bots.Media{x}}
	if got, err := read(t, k, m, 0); err != nil || got != "a receipt" || s.count() != 1 {
		t.Errorf("it is %q, %v, after %d fetches", got, err, s.count())
	}
	other := &bots.Message{ID: 10, Delivery: 8, Channel: bots.Viber, Media: []bots.Media{x}}
	if _, err := read(t, k, other, 0); !errors.Is(err, bots.ErrGone) {
		t.Errorf("of another delivery: %v", err)
	}
	picture := &bots.Message{ID: 9, Delivery: 7, Channel: bots.WhatsApp, Media: bots.Picture("https://shop.example/a.png")}
	if _, err := read(t, k, picture, 0); !errors.Is(err, bots.ErrNoFile) {
		t.Errorf("a picture by its address: %v", err)
	}
	if err := k.Forget(m.Keeper(), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, k, m, 0); !errors.Is(err, bots.ErrNoFile) {
		t.Errorf("of somebody who was erased: %v", err)
	}
}

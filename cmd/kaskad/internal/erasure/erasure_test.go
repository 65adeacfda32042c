package erasure

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// shelf is a store with people who are being erased: what is left of each, by stage.
type shelf struct {
	left    map[bots.ID]fallback.EraseStage
	log     []string
	failing map[string]int // how often something is yet to fail
}

var errBusy = errors.New("busy")

func (s *shelf) Changed() <-chan struct{} { return make(chan struct{}) }

func (s *shelf) Erasings(context.Context) (all []bots.ID, err error) {
	for _, id := range []bots.ID{1, 2} {
		if _, left := s.left[id]; left {
			all = append(all, id)
		}
	}
	return all, nil
}

func (s *shelf) Erasing(_ context.Context, id bots.ID) (fallback.Erasing, bool, error) {
	stage, left := s.left[id]
	return fallback.Erasing{Contact: id, Stage: stage, Names: []bots.Ref{{Kind: "phone", Value: "+380501112233"}}}, left, nil
}

func (s *shelf) NextErased(_ context.Context, id bots.ID) ([]*bots.Message, error) {
	if stage, left := s.left[id]; left && stage == fallback.EraseMessages {
		return []*bots.Message{{ID: id * 10, Media: make([]bots.Media, 2)}}, nil
	}
	return nil, nil
}

// did notes a step, unless it is to fail.
func (s *shelf) did(what string) error {
	if s.failing[what] > 0 {
		s.failing[what]--
		return errBusy
	}
	s.log = append(s.log, what)
	return nil
}

func (s *shelf) options() Options {
	name := map[bots.ID]string{1: "a", 2: "b"}
	return Options{
		Store: s, Log: slog.New(slog.DiscardHandler),
		Some: func(_ context.Context, id bots.ID) (bool, error) {
			if err := s.did("some " + name[id]); err != nil {
				return true, err
			}
			s.left[id]++
			return true, nil
		},
		Rest: func(_ context.Context, ids []bots.ID) (bool, error) {
			all := ""
			for _, id := range ids {
				all += " " + name[id]
			}
			if err := s.did("rest" + all); err != nil {
				return true, err
			}
			for _, id := range ids {
				delete(s.left, id)
			}
			return false, nil
		},
		Forget:    func(message bots.ID, _ int) error { return s.did("file " + name[message/10]) },
		Elsewhere: func(context.Context, []fallback.Erasing) error { return s.did("elsewhere") },
	}
}

// runs lets it work for a time, then stops it, as a crash would between two steps.
func (s *shelf) runs(t *testing.T, o Options, within time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	if err := Run(ctx, o); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run = %v; want it to work until its context ends", err)
	}
}

var whole = []string{"file a", "file a", "some a", "some a", "some a", "elsewhere", "rest a"}

func TestAnEraseIsBroughtToItsEnd(t *testing.T) {
	for name, failing := range map[string]map[string]int{
		"nothing fails":                {},
		"a file cannot be removed":     {"file a": 1},
		"a step of the store fails":    {"some a": 2},
		"what is kept elsewhere fails": {"elsewhere": 3},
		"the last step fails":          {"rest a": 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &shelf{left: map[bots.ID]fallback.EraseStage{1: 0}, failing: failing}
				s.runs(t, s.options(), 5*time.Minute)
				if len(s.left) > 0 {
					t.Errorf("it is not over: %v", s.log)
				}
				if got := slices.Compact(slices.Clone(s.log)); !slices.Equal(got, slices.Compact(slices.Clone(whole))) {
					t.Errorf("it did %v; want %v", s.log, whole)
				}
			})
		})
	}
}

// While what is kept elsewhere cannot be forgotten, the erase is not over, and the next person does not wait for it.
func TestWhatIsKeptElsewhereHoldsOnlyItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{left: map[bots.ID]fallback.EraseStage{1: fallback.EraseRest, 2: 0}, failing: map[string]int{}}
		o := s.options()
		o.Elsewhere = func(context.Context, []fallback.Erasing) error { return errBusy }
		s.runs(t, o, time.Minute)
		if s.left[1] != fallback.EraseRest || slices.Contains(s.log, "some a") || slices.Contains(s.log, "rest a b") {
			t.Errorf("the first one is at %d after %v; want it to wait", s.left[1], s.log)
		}
		if s.left[2] != fallback.EraseRest {
			t.Errorf("the second one is at %d after %v; want it to have gone as far", s.left[2], s.log)
		}
	})
}

// The last step walks whole indexes and has a whole file written anew: it is done once for all who are so far.
func TestTheLastStepIsDoneForAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{left: map[bots.ID]fallback.EraseStage{1: 0, 2: 0}, failing: map[string]int{}}
		s.runs(t, s.options(), time.Minute)
		at := slices.Index(s.log, "elsewhere")
		if len(s.left) > 0 || at < 0 || !slices.Equal(s.log[at:], []string{"elsewhere", "rest a b"}) {
			t.Errorf("%v left after %v", s.left, s.log)
		}
	})
}

// What fails for long is told, and not every few seconds.
func TestWhatFailsForLongIsToldNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told bytes.Buffer
		s := &shelf{left: map[bots.ID]fallback.EraseStage{1: fallback.EraseRest}, failing: map[string]int{"elsewhere": 1000}}
		o := s.options()
		o.Log = slog.New(slog.NewTextHandler(&told, nil))
		s.runs(t, o, time.Hour)
		if n := strings.Count(told.String(), "busy"); n < 5 || n > 7 {
			t.Errorf("in an hour it was told %d times", n)
		}
	})
}

// A crash between any two steps loses nothing: what is left is in the store, and a new run goes on there.
func TestACrashBetweenStepsGoesOn(t *testing.T) {
	for stop := range len(whole) {
		synctest.Test(t, func(t *testing.T) {
			s := &shelf{left: map[bots.ID]fallback.EraseStage{1: 0}, failing: map[string]int{}}
			o, n := s.options(), 0
			some, forget, elsewhere, rest := o.Some, o.Forget, o.Elsewhere, o.Rest
			ctx, crash := context.WithCancel(t.Context())
			dies := func() error {
				if n++; n > stop {
					crash()
					return ctx.Err()
				}
				return nil
			}
			o.Some = func(ctx context.Context, id bots.ID) (bool, error) {
				if err := dies(); err != nil {
					return true, err
				}
				return some(ctx, id)
			}
			o.Forget = func(m bots.ID, i int) error { return errors.Join(dies(), forget(m, i)) }
			o.Elsewhere = func(ctx context.Context, people []fallback.Erasing) error {
				return errors.Join(dies(), elsewhere(ctx, people))
			}
			o.Rest = func(ctx context.Context, people []bots.ID) (bool, error) {
				if err := dies(); err != nil {
					return true, err
				}
				return rest(ctx, people)
			}
			if err := Run(ctx, o); !errors.Is(err, context.Canceled) {
				t.Errorf("Run = %v", err)
			}
			if len(s.left) == 0 {
				t.Fatalf("after %d steps it was over: %v", stop, s.log)
			}
			s.runs(t, s.options(), time.Minute)
			if len(s.left) > 0 || !slices.Contains(s.log, "elsewhere") {
				t.Errorf("a crash after %d steps: %v left after %v", stop, s.left, s.log)
			}
		})
	}
}

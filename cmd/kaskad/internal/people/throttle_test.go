package people_test

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"kaskad/cmd/kaskad/internal/people"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func throttle(t *testing.T, r *records) *people.Throttle {
	t.Helper()
	th, err := people.OpenThrottle(t.Context(), r, "a secret of ours", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// waits tries until a try has to wait, and tells how many were free and how long it has to.
func waits(t *testing.T, th *people.Throttle, now time.Time, account, from, known string) (free int, wait time.Duration) {
	t.Helper()
	for free = range 1000 {
		_, err := th.Begin(now, account, from, known)
		var late *people.Late
		if errors.As(err, &late) {
			return free, late.Wait
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("a thousand tries are free")
	return 0, 0
}

func TestTriesWaitLongerEveryTime(t *testing.T) {
	th, now := throttle(t, &records{m: map[string][]byte{}}), noon
	free, wait := waits(t, th, now, "olena@shop.example", "203.0.113.7", "")
	if free != 5 || wait != time.Second {
		t.Errorf("%d tries were free, the next waits %s; want 5 and 1s", free, wait)
	}
	if _, err := th.Begin(now, "OLENA@shop.example ", "203.0.113.7", ""); err == nil {
		t.Error("the same account in other letters need not wait")
	}
	longest := time.Duration(0)
	for range 30 {
		now = now.Add(wait)
		if free, wait = waits(t, th, now, "olena@shop.example", "203.0.113.7", ""); free != 1 || wait < longest {
			t.Fatalf("after the wait %d tries were let in and the next waits %s, less than %s", free, wait, longest)
		}
		longest = wait
	}
	if longest != 15*time.Minute {
		t.Errorf("the longest wait is %s; want 15m", longest)
	}
	if free, _ := waits(t, th, now.Add(25*time.Hour), "olena@shop.example", "203.0.113.7", ""); free != 5 {
		t.Errorf("a day later %d tries are free; want 5", free)
	}
}

// Whoever tries at an admin's account from everywhere, for ever, keeps nobody out: not the admin's own browser, and others for a minute.
func TestNobodyIsShutOutForEver(t *testing.T) {
	th, now := throttle(t, &records{m: map[string][]byte{}}), noon
	mark := th.Mark("p1")
	for i := range 5000 {
		now = now.Add(time.Second)
		_, _ = th.Begin(now, "olena@shop.example", fmt.Sprintf("203.0.%d.%d", i/250, i%250), "")
	}
	_, err := th.Begin(now, "olena@shop.example", "198.51.100.1", "")
	var late *people.Late
	if !errors.As(err, &late) || late.Wait > time.Minute {
		t.Errorf("somebody from elsewhere gets %v; want a wait of a minute at most", err)
	}
	known := th.Known(mark, "p1")
	try, err := th.Begin(now, "olena@shop.example", "203.0.1.1", known)
	if known == "" || err != nil {
		t.Errorf("the admin's browser (%q) has to wait: %v", known, err)
	}
	th.Right(try)
	if free, _ := waits(t, th, now, "olena@shop.example", "203.0.1.1", known); free != 5 {
		t.Errorf("in the known browser %d tries are free after the right one; want 5", free)
	}
	for name, forged := range map[string]string{"of somebody else": th.Known(mark, "p2"), "made up": th.Known("p1.abc.def", "p1"), "none": th.Known("", "p1"), "of nobody": th.Known(mark, "")} {
		if forged != "" {
			t.Errorf("a mark %s is taken as %s", name, forged)
		}
	}
}

func TestManyAccountsFromOneNetwork(t *testing.T) {
	th := throttle(t, &records{m: map[string][]byte{}})
	n := 0
	for ; n < 100; n++ {
		if _, err := th.Begin(noon, fmt.Sprintf("a%d@shop.example", n), fmt.Sprintf("2001:db8:1:2::%x", n), ""); err != nil {
			break
		}
	}
	if n != 30 {
		t.Errorf("%d accounts were tried from one network before it had to wait; want 30", n)
	}
	for i := range 50 { // behind a proxy on this machine are all people
		if _, err := th.Begin(noon, fmt.Sprintf("b%d@shop.example", i), "127.0.0.1", ""); err != nil {
			t.Fatalf("person %d behind a proxy: %v", i, err)
		}
	}
}

func TestTheThrottleIsBoundedAndOutlivesARestart(t *testing.T) {
	r := &records{m: map[string][]byte{}}
	th := throttle(t, r)
	waits(t, th, noon, "olena@shop.example", "203.0.113.7", "")
	for i := range 30_000 {
		_, _ = th.Begin(noon, fmt.Sprintf("a%d@shop.example", i), "127.0.0.1", "")
	}
	if n := th.Size(); n > 20_000 {
		t.Errorf("%d are kept in memory", n)
	}
	th.Save(t.Context(), noon)
	if n := len(r.m["sign-in tries/all"]); n == 0 || n > 200_000 {
		t.Errorf("%d bytes were written", n)
	}
	if _, err := throttle(t, r).Begin(noon, "olena@shop.example", "203.0.113.7", ""); err == nil {
		t.Error("after a restart the account need not wait")
	}
}

func TestTheAuditCannotBeFlooded(t *testing.T) {
	r := &records{m: map[string][]byte{}}
	l := people.NewLedger(r, slog.New(slog.DiscardHandler))
	for i := range 5000 {
		if err := l.Often(t.Context(), noon, people.Refusal(noon, "", fmt.Sprintf("203.0.113.%d", i%200), "wrong")); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.m) > 50 {
		t.Errorf("%d lines in a minute", len(r.m))
	}
	single := len(r.m)
	if err := l.Often(t.Context(), noon.Add(time.Minute), people.Refusal(noon, "", "203.0.113.7", "wrong")); err != nil {
		t.Fatal(err)
	}
	total, sums := 0, 0
	for id, raw := range r.m {
		e, err := people.ReadEntry(id[len("audit/"):], raw)
		if err != nil {
			t.Fatal(err)
		}
		if more := e.Counts["more"]; more > 0 {
			total, sums = total+more, sums+1
		}
	}
	if total+single != 5000 || sums > 51 {
		t.Errorf("%d lines and %d counted in %d sums; want 5000 in all", single, total, sums)
	}
}

// Lines of one moment do not replace each other.
func TestLinesOfOneMomentStandBesideEachOther(t *testing.T) {
	ids := map[string]bool{}
	for range 20_000 {
		ids[people.EntryAt(noon, "crm", "put-contact", 0).ID] = true
	}
	if len(ids) != 20_000 {
		t.Errorf("20,000 lines have %d ids", len(ids))
	}
}

// However many strangers fail to sign in, and from wherever else a caller calls, who is known has lines of their own: nobody hides what they do
// behind a crowd.
func TestACrowdOfStrangersHidesNobody(t *testing.T) {
	r := &records{m: map[string][]byte{}}
	l := people.NewLedger(r, slog.New(slog.DiscardHandler))
	for i := range 500 {
		if err := l.Often(t.Context(), noon, people.Refusal(noon, "", fmt.Sprintf("2001:db8:%x::1", i), "wrong")); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 { // and a program does one thing from everywhere
		e := people.EntryAt(noon, "crm", "put-contact", 0)
		e.Key, e.From = "k2", fmt.Sprintf("2001:db8:%x::2", i)
		if err := l.Often(t.Context(), noon, e); err != nil {
			t.Fatal(err)
		}
	}
	e := people.EntryAt(noon, "Olena", "cancel-delivery", 0)
	e.Person, e.On, e.From = "p1", "delivery 1", "203.0.113.9"
	if err := l.Often(t.Context(), noon, e); err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}
	all, err := r.Records(t.Context(), people.AuditRecords)
	for id, raw := range all {
		e, err := people.ReadEntry(id, raw)
		if err != nil {
			t.Fatal(err)
		}
		lines[e.Who]++
		if e.Who == "Olena" && (e.On != "delivery 1" || e.From != "203.0.113.9" || e.Counts != nil) {
			t.Errorf("her line is %+v", e)
		}
	}
	if err != nil || lines["Olena"] != 1 || lines["crm"] != 10 || lines[people.Nobody] > 50 {
		t.Errorf("the lines are %v, %v", lines, err)
	}
}

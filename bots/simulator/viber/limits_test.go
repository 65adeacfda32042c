package viber

import (
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestAHundredWithoutAReply(t *testing.T) {
	now := &stagetest.Clock{}
	s, _ := start(t, Options{Now: now.Now})
	for i := range 100 {
		if g := send(t, s, anna); g.Status != 0 {
			t.Fatalf("message %d: %+v", i, g)
		}
	}
	g := send(t, s, anna)
	if g.HTTP != 200 || g.Status != 12 || g.Message != "Too many requests" || g.Token == 0 {
		t.Errorf("one too many: %+v", g)
	}
	must(t, s.Read(anna)) // reading is no reply
	if g := send(t, s, anna); g.Status != 12 {
		t.Errorf("after reading: %+v", g)
	}
	must(t, second(s.Say(anna, "ok")))
	if g := send(t, s, anna); g.Status != 0 {
		t.Errorf("after a reply: %+v", g)
	}
	for range 99 {
		send(t, s, anna)
	}
	if g := send(t, s, anna); g.Status != 12 {
		t.Errorf("the second hundred: %+v", g)
	}
	now.Pass(time.Hour)
	if g := send(t, s, anna); g.Status != 0 {
		t.Errorf("an hour later: %+v", g)
	}
}

func TestBilling(t *testing.T) {
	const day = 24 * time.Hour
	tests := map[string]struct {
		opt  Options
		want string // of: a message, a second one; Anna writes; a message, 20 h later one; Anna writes; 5 h later one, 20 h later one; in the next month one
	}{
		"a bot that pays":                    {Options{}, "5 5 2 2 5 5 5"},
		"two free ones in a month":           {Options{Free: 2}, "4 4 2 2 5 5 4"},
		"money for one":                      {Options{Balance: 1}, "5 /24 2 2 /24 /24 /24"},
		"no money":                           {Options{Balance: -1}, "/24 /24 2 2 /24 /24 /24"},
		"an old bot":                         {Options{OldBot: true}, "3 3 1 1 3 3 3"},
		"an old bot with one free one":       {Options{OldBot: true, Free: 1}, "3 /23 1 1 /23 /23 3"},
		"sessions from the last message":     {Options{SessionFromLast: true}, "5 5 2 2 2 5 5"},
		"billing as a string":                {Options{BillingAsString: true}, `"5" "5" "2" "2" "5" "5" "5"`},
		"an old bot, from the last, strings": {Options{SessionFromLast: true, OldBot: true, BillingAsString: true}, `"3" "3" "1" "1" "1" "3" "3"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			now := &stagetest.Clock{}
			tt.opt.Now = now.Now
			s, _ := start(t, tt.opt)
			var got []string
			pay := func(after time.Duration) {
				now.Pass(after)
				g := send(t, s, anna)
				if g.Status != 0 {
					got = append(got, "/"+string(rune('0'+g.Status/10))+string(rune('0'+g.Status%10)))
					return
				}
				got = append(got, string(g.Billing))
			}
			pay(0)
			pay(0)
			must(t, second(s.Say(anna, "hi")))
			pay(0)
			pay(20 * time.Hour)
			must(t, second(s.Say(anna, "hi again")))
			pay(5 * time.Hour)
			pay(20 * time.Hour)
			pay(15 * day)
			if list := strings.Join(got, " "); list != tt.want {
				t.Errorf("got %s, want %s", list, tt.want)
			}
			if n := strings.Count(tt.want, "5"); s.Charged() != n {
				t.Errorf("%d charged, want %d", s.Charged(), n)
			}
		})
	}
}

func TestBroadcast(t *testing.T) {
	s, b := start(t, Options{})
	must(t, s.AddPerson(Person{ID: boris, Subscribed: true}))
	must(t, s.AddPerson(Person{ID: UserID(3)}))
	body := text("", "receiver", nil, "tracking_data", "b1", "broadcast_list", []string{anna, boris, UserID(3), UserID(4), "+380"})
	g := call(t, s, "broadcast_message", body)
	if g.Status != 0 || g.Token == 0 || len(g.Failed) != 3 || g.Failed[0].Receiver != UserID(3) || g.Failed[0].Status != 6 || g.Failed[0].Message != "notSubscribed" || g.Failed[1].Status != 5 {
		t.Fatalf("got %+v", g)
	}
	if got := b.events(t, s); got != "delivered delivered" || s.ShownWith("b1") != 2 {
		t.Errorf("callbacks %s, shown %d times", got, s.ShownWith("b1"))
	}
	to := map[string]bool{}
	for _, h := range b.got() {
		to[h.UserID] = true
		if h.Token != g.Token {
			t.Errorf("delivered: %s, want token %d", h.raw, g.Token)
		}
	}
	if len(to) != 2 || !s.Messages(anna)[0].Broadcast {
		t.Errorf("delivered to %v", to)
	}
	body["broadcast_list"] = make([]string, 301)
	if g := call(t, s, "broadcast_message", body); g.Status != 3 {
		t.Errorf("301 receivers: %+v", g)
	}
	delete(body, "sender")
	body["broadcast_list"] = []string{anna}
	if g := call(t, s, "broadcast_message", body); g.Status != 4 {
		t.Errorf("no sender: %+v", g)
	}
	if odd := s.Oddities(); len(odd) != 0 {
		t.Errorf("oddities: %v", odd)
	}
}

func TestBroadcastRate(t *testing.T) {
	now := &stagetest.Clock{}
	s, _ := start(t, Options{Now: now.Now})
	body := text("", "receiver", nil, "broadcast_list", []string{anna})
	for range 500 {
		call(t, s, "broadcast_message", body)
	}
	if g := call(t, s, "broadcast_message", body); g.Status != 12 {
		t.Errorf("501 in ten seconds: %+v", g)
	}
	now.Pass(10 * time.Second)
	if g := call(t, s, "broadcast_message", body); g.Status != 0 {
		t.Errorf("ten seconds later: %+v", g)
	}
}

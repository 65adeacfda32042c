package viber

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots/simulator/internal/stagetest"
)

func TestDeliveredPerDeviceAndSeenOnce(t *testing.T) {
	s, b := start(t, Options{})
	must(t, s.AddPerson(Person{ID: boris, Subscribed: true, Devices: 3}))
	first := send(t, s, boris, "tracking_data", "d1/0")
	second := send(t, s, boris, "tracking_data", "d2/0")
	third := send(t, s, boris)
	must(t, s.Read(boris))
	must(t, s.Read(boris)) // nothing is unread any more
	if got, want := b.events(t, s), strings.Repeat("delivered ", 9)+"seen"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	for i, h := range b.got() {
		want := []got{first, second, third}[min(i/3, 2)].Token
		if h.Token != want || h.UserID != boris || h.Timestamp == 0 {
			t.Errorf("callback %d: %s, want token %d", i, h.raw, want)
		}
	}
	for _, m := range s.Messages(boris) {
		if m.Seen.IsZero() || m.Shown.IsZero() {
			t.Errorf("message %+v", m)
		}
	}
	if s.ShownWith("d1/0") != 1 || s.ShownWith("d3/0") != 0 {
		t.Error("messages with a tracking_data are counted wrong")
	}
}

func TestSeenMayNameTheOldest(t *testing.T) {
	s, b := start(t, Options{SeenNamesOldest: true})
	first := send(t, s, anna)
	send(t, s, anna)
	must(t, s.Read(anna))
	must(t, s.WaitIdle(t.Context()))
	if h := b.got()[2]; h.Event != "seen" || h.Token != first.Token {
		t.Errorf("got %s, want seen of %d", h.raw, first.Token)
	}
}

func TestPhoneThatIsOff(t *testing.T) {
	now := &stagetest.Clock{}
	s, b := start(t, Options{Now: now.Now})
	must(t, s.GoOffline(anna))
	send(t, s, anna, "tracking_data", "too old")
	now.Pass(24 * time.Hour)
	send(t, s, anna, "tracking_data", "kept")
	if err := s.Read(anna); err == nil || len(s.Messages(anna)) != 0 {
		t.Errorf("a phone that is off: %v, %v", err, s.Messages(anna))
	}
	now.Pass(14*24*time.Hour - time.Minute)
	must(t, s.GoOnline(anna))
	if got := b.events(t, s); got != "delivered" || s.ShownWith("kept") != 1 || s.ShownWith("too old") != 0 {
		t.Errorf("after two weeks: %s, %+v", got, s.Messages(anna))
	}
	if ms := b.got()[0].Timestamp; ms != now.Now().UnixMilli() {
		t.Errorf("timestamp %d, want %d", ms, now.Now().UnixMilli())
	}
}

func TestArrivalAndDevicesTakeTime(t *testing.T) {
	s, b := start(t, Options{Arrival: 10 * time.Second, DeviceLag: 10 * time.Second})
	must(t, s.AddPerson(Person{ID: boris, Subscribed: true, Devices: 2}))
	for range 5 {
		send(t, s, boris)
	}
	if _, err := s.WaitMessage(t.Context(), boris, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WaitCallback(t.Context(), "delivered", 10); err != nil {
		t.Fatal(err)
	}
	var order []uint64
	for _, m := range s.Messages(boris) {
		order = append(order, m.Token)
	}
	var told []uint64
	for _, h := range b.got() {
		if !slices.Contains(told, h.Token) {
			told = append(told, h.Token)
		}
	}
	if !slices.Equal(order, told) {
		t.Errorf("shown in the order %v, first delivered in the order %v", order, told)
	}
}

func TestRepeatsHaveTheSameBytes(t *testing.T) {
	s, b := start(t, Options{})
	b.set(func() { b.fails = 3 })
	must(t, second(s.Say(anna, "a")))
	must(t, second(s.Say(anna, "b")))
	if got := b.events(t, s); got != "message message message message message" {
		t.Fatalf("got %s", got)
	}
	h := b.got()
	if h[0].raw != h[3].raw || h[0].Message.Text != "a" || h[4].Message.Text != "b" {
		t.Errorf("got %+v", h)
	}
	c := s.CallbacksOf("message")
	if len(c) != 2 || len(c[0].Tries) != 4 || c[0].Tries[0].HTTP != 503 || c[0].Tries[3].HTTP != 200 || !c[0].Done || string(c[0].Body) != h[0].raw {
		t.Errorf("callbacks: %+v", c)
	}
	if a, err := s.Repeat(c[0]); err != nil || a.HTTP != 200 || b.got()[5].raw != h[0].raw || len(s.CallbacksOf("message")[0].Tries) != 4 {
		t.Errorf("repeat: %+v, %v", a, err)
	}
}

func TestOtherPeopleDoNotWait(t *testing.T) {
	s, b := start(t, Options{Repeats: []time.Duration{1000 * time.Hour}})
	must(t, s.AddPerson(Person{ID: boris}))
	b.set(func() { b.fails = 1 })
	must(t, second(s.Say(anna, "stuck")))
	for len(s.CallbacksOf("message")[0].Tries) == 0 {
		time.Sleep(time.Millisecond)
	}
	must(t, second(s.Say(anna, "behind it")))
	must(t, second(s.Say(boris, "free")))
	c, err := s.WaitCallback(t.Context(), "message", 1)
	if err != nil || c.User != boris || len(b.got()) != 2 {
		t.Errorf("got %+v, %v; the bot heard %d", c, err, len(b.got()))
	}
}

func TestCallbacksAreGivenUp(t *testing.T) {
	s, b := start(t, Options{Repeats: []time.Duration{time.Second, time.Second}})
	b.set(func() { b.status = http.StatusNoContent }) // only 200 counts
	must(t, second(s.Say(anna, "lost")))
	must(t, s.WaitIdle(t.Context()))
	if c := s.CallbacksOf("message")[0]; !c.GivenUp || c.Done || len(c.Tries) != 3 {
		t.Errorf("got %+v", c)
	}
}

func TestTheUsualRepeatsTakeAnHour(t *testing.T) {
	var opt Options
	fillIn(&opt)
	sum := time.Duration(0)
	for _, wait := range opt.Repeats {
		sum += wait
	}
	if sum > time.Hour || sum < 50*time.Minute || len(opt.Repeats) < 4 {
		t.Errorf("%v: %v", opt.Repeats, sum)
	}
}

func TestShuffle(t *testing.T) {
	s, b := start(t, Options{Shuffle: 50 * time.Second, Seed: 5})
	var sent []uint64
	for range 20 {
		sent = append(sent, send(t, s, anna).Token)
	}
	must(t, s.WaitIdle(t.Context()))
	var heard []uint64
	for _, h := range b.got() {
		heard = append(heard, h.Token)
	}
	if slices.Equal(sent, heard) {
		t.Error("twenty callbacks came in order")
	}
	slices.Sort(sent)
	slices.Sort(heard)
	if !slices.Equal(sent, heard) {
		t.Errorf("sent %v, heard %v", sent, heard)
	}
}

func TestConversationStarted(t *testing.T) {
	tests := map[string]struct {
		answer  string
		refusal string // of the welcome; "" = it is shown
		events  string
	}{
		"a welcome": {`{"type":"text","text":"Hello","sender":{"name":"Shop"},"tracking_data":"w","keyboard":{"Type":"keyboard","Buttons":[{"ActionBody":"yes","Text":"Yes"}]}}`,
			"", "conversation_started delivered seen message"},
		"no welcome":            {"", "none", "conversation_started message"},
		"two welcomes":          {`{"type":"text","text":"a","sender":{"name":"S"}}{"type":"text","text":"b","sender":{"name":"S"}}`, "body: there is more than one JSON value", "conversation_started message"},
		"something else":        {"OK", "body: invalid character 'O' looking for beginning of value", "conversation_started message"},
		"a list of welcomes":    {"[]", "body: json: cannot unmarshal array into Go value of type map[string]interface {}", "conversation_started message"},
		"no sender":             {`{"type":"text","text":"a"}`, "sender.name is missing or empty", "conversation_started message"},
		"too much for a client": {`{"type":"text","text":"a","sender":{"name":"S"},"min_api_version":11}`, "min_api_version 11", "conversation_started message"},
		"a keyboard that fails": {`{"type":"text","text":"a","sender":{"name":"S"},"keyboard":{"Type":"keyboard","Buttons":[{"ActionBody":"a","Text":"a","Columns":9}]}}`,
			"none", "conversation_started failed message"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, b := start(t, Options{})
			must(t, s.AddPerson(Person{ID: boris, Name: "Boris"}))
			b.set(func() { b.welcome = tt.answer })
			must(t, s.Open(boris, "token-1"))
			must(t, s.WaitIdle(t.Context()))
			if g := send(t, s, boris); g.Status != 6 {
				t.Errorf("a conversation is no subscription: %+v", g)
			}
			must(t, second(s.Say(boris, "hi")))
			if g := send(t, s, boris); g.Status != 0 {
				t.Errorf("who wrote is subscribed: %+v", g)
			}
			if got := b.events(t, s); got != tt.events+" delivered" {
				t.Errorf("callbacks: %s, want %s delivered", got, tt.events)
			}
			h := b.got()[0]
			if h.Context != "token-1" || h.Type != "open" || *h.Sub || h.User.ID != boris || h.User.Name != "Boris" {
				t.Errorf("conversation_started: %s", h.raw)
			}
			c := s.CallbacksOf("conversation_started")[0]
			if want := strings.ReplaceAll(tt.refusal, "none", ""); c.Refusal != want || (c.Welcome != 0) != (tt.refusal == "" || strings.HasSuffix(tt.events, "failed message")) {
				t.Errorf("refusal %q of welcome %d, want %q", c.Refusal, c.Welcome, want)
			}
			if tt.refusal != "" {
				return
			}
			m := s.Messages(boris)[0]
			if !m.Welcome || m.Text != "Hello" || m.Token != c.Welcome || len(m.Buttons) != 1 || b.got()[1].Token != m.Token || b.got()[2].Token != m.Token {
				t.Errorf("welcome: %+v", m)
			}
			if told := b.got()[3].Message.TrackingData; told != "w" {
				t.Errorf("the tracking_data of the welcome came back as %q", told)
			}
		})
	}
}

func TestConversationOfASubscriber(t *testing.T) {
	s, b := start(t, Options{})
	b.set(func() { b.fails, b.welcome = 1, stagetest.JSON(t, text("", "receiver", nil)) })
	must(t, s.Open(anna, ""))
	if got := b.events(t, s); got != "conversation_started conversation_started delivered" {
		t.Errorf("got %s", got)
	}
	if h := b.got(); !*h[0].Sub || h[0].raw != h[1].raw || strings.Contains(h[0].raw, "context") {
		t.Errorf("got %+v", h)
	}
	if len(s.Messages(anna)) != 1 {
		t.Error("a repeat made a second welcome")
	}
}

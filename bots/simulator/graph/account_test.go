package graph

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheNumber(t *testing.T) {
	s, _ := start(t, Options{Name: "Крамниця"})
	look := func(query string) obj {
		t.Helper()
		a := ask(t, s, "GET", "/v25.0/"+s.PhoneID()+query, s.Token(), "", nil)
		if a.HTTP != 200 {
			t.Fatalf("got %s", a.Raw)
		}
		var out obj
		must(t, json.Unmarshal([]byte(a.Raw), &out))
		return out
	}
	if n := look("?fields=verified_name,quality_rating,status"); len(n) != 4 || n["id"] != s.PhoneID() || n["verified_name"] != "Крамниця" || n["quality_rating"] != "GREEN" || n["status"] != "CONNECTED" {
		t.Errorf("got %v", n)
	}
	s.SetHealth("RESTRICTED", "RED")
	if n := look("?fields=quality_rating,status,throughput{level}"); n["quality_rating"] != "RED" || n["status"] != "RESTRICTED" || n["throughput"].(obj)["level"] != "STANDARD" {
		t.Errorf("got %v", n)
	}
	if n := look(""); n["display_phone_number"] != "+"+DefaultPhone || n["status"] != nil {
		t.Errorf("got %v", n)
	}
	if c := s.CallsOf(Phone); len(c) != 3 || c[0].Version != "v25.0" {
		t.Errorf("calls %+v", c)
	}
	if a := ask(t, s, "GET", "/v23.0/"+s.PhoneID()+"?access_token="+s.Token(), "", "", nil); a.HTTP != 200 {
		t.Errorf("the token in the query: %s", a.Raw)
	}
}

func TestHeldMessages(t *testing.T) {
	for name, good := range map[string]bool{"good": true, "bad": false} {
		t.Run(name, func(t *testing.T) {
			s, g := start(t, Options{})
			must(t, s.AddTemplate(Template{Name: "new", Language: "uk", Category: "MARKETING", Body: "Hi", Held: true}))
			a := call(t, s, templated(anna, "new", "uk"))
			send(t, s, anna) // overtakes it
			if got := g.events(t, s); a.Messages[0].Status != "held_for_quality_assessment" || got != "sent delivered" || len(s.Messages(anna)) != 1 {
				t.Errorf("got %s, told %s", a.Raw, got)
			}
			s.ReleaseHeld(good)
			want, shown := []string{"sent", "delivered"}, 2
			if !good {
				want, shown = []string{"failed"}, 1
			}
			if m, _ := s.Message(a.id()); !slices.Equal(s.Statuses(a.id()), want) || len(s.Messages(anna)) != shown || !good && m.Failed != 132015 {
				t.Errorf("told %v", s.Statuses(a.id()))
			}
		})
	}
}

func TestTrouble(t *testing.T) {
	s, g := start(t, Options{})
	s.TellTrouble(131016)
	v := g.values(t, s)[0]
	if len(v.Errors) != 1 || v.Errors[0].Code != 131016 || v.Errors[0].Title != "Service unavailable" || v.Metadata.PhoneID != s.PhoneID() {
		t.Errorf("told %+v", v)
	}
}

func TestForwardedAndPicked(t *testing.T) {
	s, g := start(t, Options{})
	must(t, second(s.Forward(anna, "look")))
	if m, _ := g.lastMessage(t, s); !m.Context.Forwarded || m.Context.ID != "" || m.Text.Body != "look" {
		t.Errorf("told %+v", m)
	}
	choice := list(obj{"rows": rows("a", 3)})
	id := call(t, s, choice).id()
	if err := second(s.Pick(anna, id, 3)); err == nil || !strings.Contains(err.Error(), "row 3") {
		t.Errorf("got %v", err)
	}
	must(t, s.SetHabits(anna, Always(Act{Do: PickNth, Nth: 2}, Act{Do: StopMarketing, After: time.Second}, Act{Do: Block, After: 2 * time.Second}, Act{Do: Unblock, After: 3 * time.Second})))
	again := call(t, s, choice).id()
	p, err := s.WaitPost(t.Context(), "interactive", 1)
	must(t, err)
	if m, _ := g.lastMessage(t, s); m.Interactive.List.ID != "ac" || m.Context.ID != again || p.Notices[0].User != anna {
		t.Errorf("told %+v", m.Interactive)
	}
	must(t, s.stage.Wait(t.Context(), func() bool { return s.people[anna].NoMarketing && !s.people[anna].Blocks }))
}

// In order per person is what a gateway may rely on with one lane, however many people there are.
func TestRowsKeepTheirOrder(t *testing.T) {
	s, g := start(t, Options{})
	dice := rand.New(rand.NewPCG(1, 1))
	said := map[string][]string{}
	for range 60 {
		who := []string{anna, boris}[dice.IntN(2)]
		said[who] = append(said[who], got2[string](t)(s.Say(who, "hi")))
	}
	heard := map[string][]string{}
	for _, v := range g.values(t, s) {
		m := v.Messages[0]
		heard[m.From] = append(heard[m.From], m.ID)
	}
	for who, ids := range said {
		if !slices.Equal(ids, heard[who]) {
			t.Errorf("%s said %v, heard was %v", who, ids, heard[who])
		}
	}
}

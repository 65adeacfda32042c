package desk

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// TestWhoWaitsIsTold: whoever should answer is called where the customer is talked about, and of one who was answered nothing is said.
func TestWhoWaitsIsTold(t *testing.T) {
	for name, story := range map[string]func(*rig, *group){
		"the team, then the leads, in the customer's topic": func(r *rig, g *group) {
			r.says("telegram:42", "Олена", "Де замовлення?")
			r.pass(16 * time.Minute)
			g.topic(r.t, "Олена").holds(r, "Де замовлення?", "⏰ Команда: Олена чекає 15 хв")
			r.pass(time.Hour)
			g.topic(r.t, "Олена").holds(r, "Де замовлення?", "⏰ Команда", "⏰ @maria: Олена чекає 1 год 0 хв")
			g.elsewhere(r)
		},
		"the assignee, by the name that the messenger rings for": func(r *rig, g *group) {
			r.says("telegram:42", "Олена", "Де замовлення?")
			r.pass(time.Minute)
			r.writesIn(g.topic(r.t, "Олена").id, "500", "/take")
			r.pass(20 * time.Minute)
			posts := g.topic(r.t, "Олена").posts
			if got := posts[len(posts)-1].text; got != "⏰ @iryna_k: Олена чекає 16 хв" {
				r.t.Errorf("it says %q", got)
			}
		},
		"of a crowd that waits there is one word, and what they write goes before it": func(r *rig, g *group) {
			const crowd = 120
			for i := range crowd {
				r.says(fmt.Sprintf("telegram:%d", 1000+i), fmt.Sprintf("К%03d", i), "Де замовлення?")
			}
			r.pass(30 * time.Minute)
			told := 0
			for _, text := range g.main {
				if strings.HasPrefix(text, "⏰ Команда: чекають відповіді: ") {
					told++
				} else {
					r.t.Errorf("in General stands %q", text)
				}
			}
			for _, x := range g.topics {
				for _, p := range x.posts[1:] {
					r.t.Errorf("%s: %q", x.name, p.text)
				}
				if wrote := x.posts[0].at.Sub(r.start); wrote > 16*time.Minute { // 240 sends, 19 in a minute, and the words about them
					r.t.Errorf("the lines of %s stand there after %s", x.name, wrote)
				}
			}
			if told < 1 || told > 3 || len(g.topics) != crowd {
				r.t.Errorf("told %d times, %d topics: %q", told, len(g.topics), g.main)
			}
			if first := g.main[0]; !strings.Contains(first, "чекають відповіді: 120, найдовше 15 хв: К000, К001, ") || !strings.HasSuffix(first, ", … +110") {
				r.t.Errorf("it says %q", first)
			}
		},
		"who was answered meanwhile is not named": func(r *rig, g *group) {
			r.says("telegram:42", "Олена", "Де замовлення?")
			r.pass(time.Minute)
			r.stop()
			c := fallback.StaffWaits
			err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
				who := tx.FindContact(bots.Ref{Kind: bots.Telegram, Value: "42"})
				room, err := fallback.ReadStaffRoom(tx, "")
				tx.Change(bots.Change{Type: c, At: tx.Now(), Contact: room.Contact, Channel: bots.Staff, State: who.String(), Reason: fallback.WaitsTeam})
				if err != nil {
					return err
				}
				return fallback.PutTalk(tx, who, fallback.TalkChange{State: bots.Closed}.Apply)
			})
			if err != nil {
				r.t.Fatal(err)
			}
			r.begin()
			r.pass(time.Minute)
			for _, p := range g.topic(r.t, "Олена").posts {
				if strings.Contains(p.text, "⏰") {
					r.t.Errorf("it says %q", p.text)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(r *rig) {
				r.rules.Staff.Times = fallback.StaffTimes{Remind: 15 * time.Minute, Escalate: time.Hour}
				g := r.forum()
				err := r.store.Update(r.t.Context(), func(tx fallback.Tx) error {
					if _, err := fallback.AddMember(tx, fallback.Doer{Name: "cli"}, "Iryna", bots.Address{Channel: bots.Telegram, ID: "777"}, fallback.Agent); err != nil {
						return err
					}
					_, err := fallback.AddMember(tx, fallback.Doer{Name: "cli"}, "Марія", bots.Address{Channel: bots.Telegram, ID: "778"}, fallback.Lead)
					return err
				})
				if err != nil {
					r.t.Fatal(err)
				}
				for by, username := range map[string]string{"777": "iryna_k", "778": "maria"} {
					r.happens(bots.Wrote, "", func(e *bots.Event) { e.By, e.Username, e.MessageID, e.Text = by, username, "30"+by, "// тут" })
				}
				story(r, g)
			})
		})
	}
}

// Of several groups each calls the leads who answer there, and names nobody of another.
func TestLeadsAreCalledWhereTheyAnswer(t *testing.T) {
	team := &fallback.Team{Members: []fallback.StaffMember{
		{Name: "Ірина", Role: fallback.Lead, Groups: []string{"viber"}}, {Name: "Марія", Role: fallback.Lead}, {Name: "Петро", Groups: []string{"viber"}},
	}}
	alone := &fallback.Team{Members: team.Members[:1]}
	for name, c := range map[string]struct {
		room string
		team *fallback.Team
		want string
	}{
		"the first group": {"", team, "Марія"},
		"another group":   {"viber", team, "Ірина Марія"},
		"one without":     {"", alone, "Керівники"},
	} {
		d := New(Options{Room: c.room, Locale: "uk"})
		if got := d.called(c.team, fallback.WaitsLead, ""); got != c.want {
			t.Errorf("%s calls %q, want %q", name, got, c.want)
		}
	}
}

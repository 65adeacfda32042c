package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
)

// onCloud is a customer whom the shop knows on the WhatsApp Business Platform.
type onCloud struct {
	habits   graph.Habits
	stranger bool // has not written there: only what Meta has approved may be sent
}

// The template that Meta has approved for the shop: its name, and the words that lie with Meta.
const (
	ApprovedName  = "bonus"
	approvedWords = "Вам нараховано бонусів: {{1}} 🎁"
)

// startCloud starts a simulated Graph API with the people of the platform, and the shop's template in it. Nil: nobody is there.
func startCloud(o Options, people []person, does *acts) (*graph.Server, error) {
	var all []*person
	for i := range people {
		if people[i].cloud != nil {
			all = append(all, &people[i])
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	s, err := graph.New(graph.Options{Speed: o.Speed, Seed: o.Seed, Name: "Крамниця"})
	if err != nil {
		return nil, err
	}
	err = s.AddTemplate(graph.Template{Name: ApprovedName, Language: "uk", Body: approvedWords})
	for _, p := range all {
		if err == nil {
			err = s.AddPerson(graph.Person{Phone: p.phone, Name: p.name, Habits: does.cloud(p.cloud.habits)})
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openCloud lets a customer write to the shop's number on the platform; of a stranger the shop was told elsewhere.
func (w *World) openCloud(ctx context.Context, shop Shop, p *person) error {
	if p.cloud.stranger {
		told := map[string]any{"addresses": []map[string]any{{"channel": bots.WhatsAppCloud, "id": p.phone}}}
		return shop.call(ctx, "PUT", p.path(), told, nil)
	}
	if _, err := w.Cloud.Say(strings.TrimPrefix(p.phone, "+"), "Добрий день!"); err != nil {
		return err
	}
	return p.known(ctx, shop, bots.WhatsAppCloud, p.phone, "active")
}

func (a *acts) cloud(h graph.Habits) graph.Habits {
	return func(m graph.Message, dice *rand.Rand) []graph.Act {
		if !strings.Contains(m.Text, "бонусів") {
			return nil
		}
		does := h(m, dice)
		for _, act := range does {
			a.plan(act.After)
		}
		return does
	}
}

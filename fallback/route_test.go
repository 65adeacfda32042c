package fallback

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
)

func routeOf(p *Plan, e *Env) string {
	var names []string
	for _, l := range route(p, e) {
		name := l.Channel
		if l.Again {
			name += "?"
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func TestRoute(t *testing.T) {
	all := "telegram viber whatsapp sms email"
	for name, c := range map[string]struct {
		steps    string
		order    string
		has      string // addresses; empty: all
		told     string // addresses that were never heard from
		off      string
		prefers  string
		chose    string // on the page: the person's own word
		no       string // channels the person does not want
		purpose  Purpose
		lastUsed string
		prices   map[string]int64
		want     string
	}{
		"as listed":                                                  {steps: "viber telegram sms", want: "viber telegram sms"},
		"a channel that is off is passed over":                       {steps: "viber telegram sms", off: "viber", want: "telegram sms"},
		"an address is looked at when its turn comes":                {steps: "viber telegram sms", has: "telegram", want: "viber telegram sms"},
		"messenger is the best, the others only if unreachable":      {steps: "messenger sms", want: "telegram viber? whatsapp? sms"},
		"messenger begins with the one the person chose":             {steps: "messenger sms", prefers: "whatsapp", lastUsed: "viber", want: "whatsapp viber? telegram? sms"},
		"messenger begins with the one used last":                    {steps: "messenger sms", lastUsed: "viber", want: "viber telegram? whatsapp? sms"},
		"messenger is never a text":                                  {steps: "messenger sms", prefers: "sms", lastUsed: "email", want: "telegram viber? whatsapp? sms"},
		"messenger without an address is nothing":                    {steps: "messenger sms", has: "sms", want: "sms"},
		"messenger leaves out channels that are off":                 {steps: "messenger sms", off: "telegram", want: "viber whatsapp? sms"},
		"messenger tries those told by others last":                  {steps: "messenger sms", has: "telegram viber sms", told: "telegram", want: "viber telegram? sms"},
		"preferred: the person's choice first":                       {steps: "telegram viber sms", order: "preferred", prefers: "viber", want: "viber telegram sms"},
		"preferred: else the one used last":                          {steps: "telegram viber whatsapp sms", order: "preferred", lastUsed: "whatsapp", want: "whatsapp telegram viber sms"},
		"preferred: choice, then used last, then listed":             {steps: "telegram viber whatsapp", order: "preferred", prefers: "whatsapp", lastUsed: "viber", want: "whatsapp viber telegram"},
		"preferred: texts stay behind the messengers":                {steps: "sms telegram email viber", order: "preferred", want: "telegram viber sms email"},
		"preferred: a text used last stays behind":                   {steps: "sms telegram", order: "preferred", lastUsed: "sms", want: "telegram sms"},
		"preferred: unless the person chose texts":                   {steps: "telegram sms", order: "preferred", prefers: "sms", want: "sms telegram"},
		"preferred: messenger stands for what it becomes":            {steps: "viber messenger sms", order: "preferred", prefers: "telegram", want: "telegram viber? whatsapp? viber sms"},
		"the person's own channel beats the listed order":            {steps: "telegram viber sms", chose: "viber", want: "viber telegram sms"},
		"the person's own channel beats the cheapest":                {steps: "telegram viber sms", order: "cheapest", chose: "sms", prices: map[string]int64{"sms": 92, "viber": 84}, want: "sms telegram viber"},
		"the others keep the order of prices":                        {steps: "sms viber telegram", order: "cheapest", chose: "viber", prices: map[string]int64{"sms": 92, "viber": 84}, want: "viber telegram sms"},
		"who chose texts gets texts first":                           {steps: "telegram viber sms", chose: "sms", want: "sms telegram viber"},
		"what the shop says of a person is the shop's word":          {steps: "telegram viber sms", prefers: "sms", want: "telegram viber sms"},
		"a channel that is not in the cascade changes nothing":       {steps: "telegram sms", chose: "viber", want: "telegram sms"},
		"a chosen channel without a place keeps its turn":            {steps: "telegram viber sms", has: "telegram sms", chose: "viber", want: "telegram viber sms"},
		"a chosen channel that is off is passed over":                {steps: "telegram viber sms", off: "viber", chose: "viber", want: "telegram sms"},
		"a no on a channel wins over the choice of it":               {steps: "telegram viber sms", chose: "viber", no: "viber", want: "telegram viber sms"},
		"what is urgent keeps the shop's order":                      {steps: "sms telegram", chose: "telegram", purpose: Urgent, want: "sms telegram"},
		"a chosen messenger leads by the step that stands for it":    {steps: "sms messenger", chose: "viber", want: "viber telegram? whatsapp? sms"},
		"the step of the channel's own name is not passed over":      {steps: "sms viber messenger", chose: "viber", want: "viber sms viber telegram? whatsapp?"},
		"of two steps on the chosen channel the first leads, as one": {steps: "sms telegram viber telegram", chose: "telegram", want: "telegram sms viber telegram"},
		"cheapest":                 {steps: "sms viber telegram", order: "cheapest", prices: map[string]int64{"sms": 92, "viber": 84}, want: "telegram viber sms"},
		"cheapest: ties as listed": {steps: "viber telegram whatsapp", order: "cheapest", want: "viber telegram whatsapp"},
		"cheapest: messenger at the dearest it may become": {steps: "messenger sms telegram", order: "cheapest", prices: map[string]int64{"viber": 84, "sms": 50}, want: "telegram sms telegram viber? whatsapp?"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &Env{Rules: &Rules{Channels: map[string]Channel{}}, World: &World{}, Contact: &bots.Contact{Preferred: c.prefers}, talk: read[bots.Conversation]{value: bots.Conversation{LastUsed: c.lastUsed}}}
			for _, channel := range strings.Fields(all) {
				if !slices.Contains(strings.Fields(c.off), channel) {
					e.Channels[channel] = Channel{Senders: []string{channel}, Price: bots.Money{Amount: c.prices[channel]}}
				}
				if c.has == "" || slices.Contains(strings.Fields(c.has), channel) {
					state := bots.Active
					if slices.Contains(strings.Fields(c.told), channel) {
						state = bots.Unverified
					}
					e.Contact.Set(bots.Address{Channel: channel, ID: "1"}, state, noon)
				}
			}
			if c.chose != "" {
				e.Contact.Preferred, e.Contact.Wishes.Chosen = c.chose, true
			}
			e.Contact.Wishes.NotOn = strings.Fields(c.no)
			p := &Plan{Purpose: c.purpose, Cascade: Cascade{Order: c.order}}
			for _, step := range strings.Fields(c.steps) {
				p.Cascade.Steps = append(p.Cascade.Steps, Step{Channel: step, Wait: time.Hour})
			}
			if got := routeOf(p, e); got != c.want {
				t.Errorf("route %q, want %q", got, c.want)
			}
		})
	}
}

// TestRouteKeepsTheSteps: whatever the order, every step whose channel is on is there once, and ties keep the listed order.
func TestRouteKeepsTheSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		channels := []string{bots.Telegram, bots.Viber, bots.WhatsApp, bots.SMS, bots.Email}
		e := &Env{Rules: &Rules{Channels: map[string]Channel{}}, World: &World{}, Contact: &bots.Contact{}}
		for _, c := range channels {
			if rapid.Bool().Draw(t, c+" is on") {
				e.Channels[c] = Channel{Senders: []string{c}, Price: bots.Money{Amount: rapid.Int64Range(0, 2).Draw(t, "price of "+c)}}
			}
		}
		e.Contact.Preferred = rapid.SampledFrom(append(channels, "")).Draw(t, "preferred")
		e.Contact.Wishes.Chosen = rapid.Bool().Draw(t, "chosen")
		for _, c := range channels {
			if rapid.Bool().Draw(t, "a place on "+c) {
				e.Contact.Set(bots.Address{Channel: c, ID: "1"}, bots.Active, noon)
			}
		}
		e.talk.value.LastUsed = rapid.SampledFrom(append(channels, "")).Draw(t, "used last")
		p := &Plan{Cascade: Cascade{Order: rapid.SampledFrom([]string{"listed", "preferred", "cheapest"}).Draw(t, "order")}}
		want := 0
		for _, c := range rapid.SliceOfN(rapid.SampledFrom(channels), 1, 6).Draw(t, "steps") {
			p.Cascade.Steps = append(p.Cascade.Steps, Step{Channel: c, Wait: time.Hour})
			if e.on(c) {
				want++
			}
		}
		legs := route(p, e)
		seen := map[int]bool{}
		for i, l := range legs {
			if seen[l.Step] || l.Channel != p.Cascade.Steps[l.Step].Channel {
				t.Fatalf("leg %d is %+v of steps %+v", i, l, p.Cascade.Steps)
			}
			seen[l.Step] = true
			if i > 0 && legs[i-1].Channel == l.Channel && legs[i-1].Step > l.Step {
				t.Fatalf("two steps of %s changed places", l.Channel)
			}
			own := i == 1 && e.Contact.Wishes.Chosen && legs[0].Channel == e.Contact.Preferred
			if i > 0 && !own && p.Cascade.Order == "cheapest" && e.price(p, legs[i-1].Channel) > e.price(p, l.Channel) {
				t.Fatalf("a dearer leg stands before a cheaper one: %v", legs)
			}
		}
		if own := slices.IndexFunc(legs, func(l Leg) bool { return l.Channel == e.Contact.Preferred }); own > 0 && e.Contact.Wishes.Chosen {
			if _, has := e.Contact.At(e.Contact.Preferred); has {
				t.Fatalf("the person chose %s, has a place there, and it comes as number %d: %v", e.Contact.Preferred, own, legs)
			}
		}
		if len(legs) != want {
			t.Fatalf("%d legs, want %d", len(legs), want)
		}
	})
}

func TestNeeds(t *testing.T) {
	for name, c := range map[string]struct {
		channel string
		reports bots.Level
		asked   string
		want    string
	}{
		"read on a channel that reports it":               {bots.Viber, bots.Read, "read", "read"},
		"read on a channel without reports is engagement": {bots.Telegram, bots.Accepted, "read", "read"},
		"delivered without reports is met by acceptance":  {bots.Telegram, bots.Accepted, "delivered", "accepted"},
		"delivered where it is reported":                  {bots.SMS, bots.Delivered, "delivered", "delivered"},
		"an exact proof stays exact":                      {bots.SMS, bots.Accepted, "clicked", "clicked"},
	} {
		t.Run(name, func(t *testing.T) {
			e := &Env{Rules: &Rules{Channels: map[string]Channel{c.channel: {Limits: bots.Limits{Reports: c.reports}}}}}
			asked, err := ParseUntil(c.asked)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.needs(c.channel, asked).String(); got != c.want {
				t.Errorf("needs %s, want %s", got, c.want)
			}
		})
	}
}

func TestProofIsMet(t *testing.T) {
	for sentence, want := range map[string]bool{
		"accepted by a receipt of accepted": true, "delivered by a receipt of accepted": false, "read by a receipt of delivered": false,
		"read by a watermark of read": true, "read by a button of engaged": true, "engaged by a receipt of read": false,
		"engaged by a reaction of engaged": true, "clicked by a click of engaged": true, "clicked by a reply of engaged": false,
		"replied by a reply of engaged": true, "replied by a message of engaged": true, "replied by a button of engaged": false,
		"event:bought by a button of engaged": false,
	} {
		t.Run(sentence, func(t *testing.T) {
			words := strings.Fields(sentence)
			until, err := ParseUntil(words[0])
			if err != nil {
				t.Fatal(err)
			}
			level, err := ParseUntil(words[5])
			if err != nil {
				t.Fatal(err)
			}
			if got := until.met(level.Level, words[3], ""); got != want {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

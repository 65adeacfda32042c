package demo

import (
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"
	"time"

	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
	"kaskad/bots/simulator/whatsapp"
)

// Chance is one thing that drawn customers may do, and how often. The numbers are made up: they show every way through a cascade
// within half an hour, and measure nobody.
type Chance struct {
	Of      string `json:"of"` // where they are, or what they do with a message there
	Does    string `json:"does"`
	Percent int    `json:"percent"`

	from, to time.Duration // drawn between them, and divided by the speed
	set      func(p *person, after time.Duration, dice *rand.Rand)
}

// Chances are all of them, by what they are of; each group sums up to 100.
func Chances() [][]Chance {
	return [][]Chance{places(), onTelegram(), onViber(), onWhatsApp(), onPhone()}
}

func places() []Chance {
	const of = "where they are"
	at := func(tg, vb, wa, phone bool) func(*person, time.Duration, *rand.Rand) {
		return func(p *person, _ time.Duration, _ *rand.Rand) { p.on(tg, vb, wa, phone) }
	}
	return []Chance{
		{of, "Telegram and a phone", 30, 0, 0, at(true, false, false, true)},
		{of, "Telegram, Viber and a phone", 15, 0, 0, at(true, true, false, true)},
		{of, "Viber and a phone", 15, 0, 0, at(false, true, false, true)},
		{of, "WhatsApp and a phone", 13, 0, 0, at(false, false, true, true)},
		{of, "Telegram, Viber, WhatsApp and a phone", 4, 0, 0, at(true, true, true, true)},
		{of, "WhatsApp, which hides their number", 3, 0, 0, at(false, false, true, false)},
		{of, "a phone alone", 15, 0, 0, at(false, false, false, true)},
		{of, "Telegram, and no phone was given", 5, 0, 0, at(true, false, false, false)},
	}
}

func onTelegram() []Chance {
	const of = "on Telegram"
	does := func(act telegram.Act) func(*person, time.Duration, *rand.Rand) {
		return func(p *person, after time.Duration, dice *rand.Rand) {
			act.After = after
			if act.Do == telegram.ReplyQuoting || act.Do == telegram.WriteLater {
				act.Text = said[dice.IntN(len(said))]
			}
			p.habits = answers(act)
		}
	}
	return []Chance{
		{of, "presses the button", 40, time.Minute, 10 * time.Minute, does(telegram.Act{Do: telegram.PressButton})},
		{of, "puts a heart on it", 8, time.Minute, 10 * time.Minute, does(telegram.Act{Do: telegram.PutReaction, Emoji: "❤"})},
		{of, "replies to it", 10, 2 * time.Minute, 12 * time.Minute, does(telegram.Act{Do: telegram.ReplyQuoting})},
		{of, "writes something", 5, 2 * time.Minute, 12 * time.Minute, does(telegram.Act{Do: telegram.WriteLater})},
		{of, "presses the button too late", 8, 16 * time.Minute, 40 * time.Minute, does(telegram.Act{Do: telegram.PressButton})},
		{of, "reads it and does nothing, or does not read it", 24, 0, 0, func(p *person, _ time.Duration, _ *rand.Rand) { p.habits = answers() }},
		{of, "blocked the bot before", 5, 0, 0, func(p *person, _ time.Duration, _ *rand.Rand) { p.habits, p.blocks = answers(), true }},
	}
}

func onViber() []Chance {
	const of = "on Viber"
	does := func(do viber.Deed) func(*person, time.Duration, *rand.Rand) {
		return func(p *person, after time.Duration, dice *rand.Rand) {
			act := viber.Act{Do: do, After: after}
			if do == viber.WriteText {
				act.Text = said[dice.IntN(len(said))]
			}
			p.viberHabits = bonus(act)
		}
	}
	return []Chance{
		{of, "reads it", 62, time.Minute, 12 * time.Minute, does(viber.ReadAll)},
		{of, "writes back", 8, 2 * time.Minute, 12 * time.Minute, does(viber.WriteText)},
		{of, "reads it too late", 10, 16 * time.Minute, 30 * time.Minute, does(viber.ReadAll)},
		{of, "does not open it, or hides that", 15, 0, 0, func(p *person, _ time.Duration, _ *rand.Rand) { p.viberHabits = bonus() }},
		{of, "left the bot before", 5, 0, 0, func(p *person, _ time.Duration, _ *rand.Rand) { p.viberHabits, p.leaves = bonus(), true }},
	}
}

func onWhatsApp() []Chance {
	const of = "on WhatsApp"
	does := func(act whatsapp.Act, more ...func(*chatter)) func(*person, time.Duration, *rand.Rand) {
		return func(p *person, after time.Duration, dice *rand.Rand) {
			act.After = after
			if act.Do == whatsapp.WriteText || act.Do == whatsapp.QuoteText {
				act.Text = said[dice.IntN(len(said))]
			}
			p.whatsapp.acts = []whatsapp.Act{act}
			for _, set := range more {
				set(&p.whatsapp)
			}
		}
	}
	silent := func(c *chatter) { c.silent, c.acts = true, readThen(c.acts[0].After, c.acts...) }
	owner := func(c *chatter) {
		c.acts[0].Text, c.answer, c.answered = askUntil, openUntil, c.acts[0].After+2*time.Minute
	}
	is := func(set func(*chatter)) func(*person, time.Duration, *rand.Rand) {
		return func(p *person, _ time.Duration, _ *rand.Rand) { set(&p.whatsapp) }
	}
	return []Chance{
		{of, "reads it", 42, time.Minute, 12 * time.Minute, does(whatsapp.Act{Do: whatsapp.ReadIt})},
		{of, "replies to it", 10, 2 * time.Minute, 12 * time.Minute, does(whatsapp.Act{Do: whatsapp.QuoteText})},
		{of, "asks something, and the owner answers on the phone itself", 6, 2 * time.Minute, 10 * time.Minute, does(whatsapp.Act{Do: whatsapp.WriteText}, owner)},
		{of, "puts a heart on it, with read receipts off", 8, 2 * time.Minute, 12 * time.Minute, does(whatsapp.Act{Do: whatsapp.ReactWith, Text: "❤️"}, silent)},
		{of, "reads it, with read receipts off", 12, time.Minute, 12 * time.Minute, does(whatsapp.Act{Do: whatsapp.ReadIt}, func(c *chatter) { c.silent = true })},
		{of, "reads it too late", 8, 16 * time.Minute, 30 * time.Minute, does(whatsapp.Act{Do: whatsapp.ReadIt})},
		{of, "does not look", 5, 0, 0, is(func(c *chatter) { c.away = true })},
		{of, "blocked the shop before", 4, 0, 0, is(func(c *chatter) { c.blocks = true })},
		{of, "never wrote to the shop", 5, 0, 0, is(func(c *chatter) { c.cold = true })},
	}
}

func onPhone() []Chance {
	const of = "by SMS"
	becomes := func(do sms.Deed) func(*person, time.Duration, *rand.Rand) {
		return func(p *person, after time.Duration, _ *rand.Rand) {
			p.phoneHabits = sms.Always(sms.Act{Do: do, After: after})
		}
	}
	return []Chance{
		{of, "it arrives", 90, 30 * time.Second, 2 * time.Minute, becomes(sms.Deliver)},
		{of, "it does not arrive, and the provider says so", 4, time.Minute, 3 * time.Minute, becomes(sms.Undeliver)},
		{of, "nothing is heard of it", 3, 0, 0, becomes(sms.NoReport)},
		{of, "the number cannot be reached", 3, 0, 0, func(p *person, _ time.Duration, _ *rand.Rand) { p.offNet = true }},
	}
}

// when says within which time something is done; nothing when it takes none.
func (c *Chance) when() string {
	if c.to == 0 {
		return ""
	}
	return fmt.Sprintf("after %s to %s", minutes(c.from), minutes(c.to))
}

func minutes(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%d s", int(d.Seconds()))
	}
	if d%time.Minute != 0 {
		return fmt.Sprintf("%g min", d.Minutes())
	}
	return fmt.Sprintf("%d min", int(d.Minutes()))
}

// Crowd is who would be drawn, and by which chances.
type Crowd struct {
	Seed    uint64   `json:"seed"`
	Chances []Chance `json:"chances"`
	People  []Plan   `json:"people"`
}

// Plan is what one customer is going to do.
type Plan struct {
	Customer string   `json:"customer"`
	Does     []string `json:"does"`
}

// Who is the crowd of a demo.
func Who(o Options) *Crowd {
	c := &Crowd{Seed: o.Seed}
	for _, group := range Chances() {
		c.Chances = append(c.Chances, group...)
	}
	for _, p := range o.crowd() {
		c.People = append(c.People, Plan{p.name, p.plan})
	}
	return c
}

// Print writes the chances, and who was drawn by them.
func (c *Crowd) Print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "OF A HUNDRED CUSTOMERS\t\t\t")
	last := ""
	for i := range c.Chances {
		of := ""
		if c.Chances[i].Of != last {
			last, of = c.Chances[i].Of, c.Chances[i].Of
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\n", of, c.Chances[i].Percent, c.Chances[i].Does, c.Chances[i].when())
	}
	fmt.Fprintf(t, "\t\t\t\n")
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "These numbers are made up to show every way a message can go; they measure nobody.\n\nSeed %d draws\n", c.Seed)
	for _, p := range c.People {
		fmt.Fprintf(t, "%s\t", p.Customer)
		for i, does := range p.Does {
			if i > 0 {
				fmt.Fprint(t, "; ")
			}
			fmt.Fprint(t, does)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

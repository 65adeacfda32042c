package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// size is a terminal's.
type size struct{ columns, rows int }

const (
	nameWidth  = 14 // of the widest column of names
	moneyWidth = 7
	shortFrame = 10 // below so many rows the head is one line, and there is no foot
)

// frame draws the board: as many lines as the terminal has, none wider than it. It looks at nothing but what it is given.
func frame(s *snapshot, sz size, p paint) []string {
	n := s.count()
	head, foot := s.head(&n, sz.columns), s.foot(sz.columns, 0)
	if sz.rows < shortFrame {
		head, foot = head[:1], nil
	}
	room := max(0, sz.rows-len(head)-len(foot))
	places, left := s.visible(room)
	if len(foot) > 0 {
		foot = s.foot(sz.columns, left)
	}
	lines := make([]string, 0, sz.rows)
	add := func(t text) { lines = append(lines, t.fit(sz.columns).painted(p)) }
	for _, t := range head {
		add(t)
	}
	names := s.names(sz.columns)
	for _, i := range places {
		add(s.line(&s.customers[i], sz.columns, names))
	}
	for len(lines) < sz.rows-len(foot) {
		lines = append(lines, "")
	}
	for _, t := range foot {
		add(t)
	}
	return lines[:min(len(lines), max(sz.rows, 0))]
}

// names is how wide their column is.
func (s *snapshot) names(width int) (n int) {
	for i := range s.customers {
		n = max(n, columns(s.customers[i].name))
	}
	return min(n, nameWidth, width/4)
}

// head is the clock, the counts and the money, each as long as the width takes.
func (s *snapshot) head(n *counts, width int) []text {
	begin := text{{" Kaskad demo ", title}, {"  ", plain}, {clock(s.life(s.now)), strong}}
	all := []text{longest(width, begin.and("  %g× as fast as life  %d customers", s.speed, len(s.customers)), begin.and("  %g×", s.speed))}
	if s.began.IsZero() {
		return append(all, text{}.and(" %d of %d have opened their bots", len(s.customers)-n.joining, len(s.customers)), nil, nil)
	}
	return append(all, n.tally(), n.money(width), nil)
}

// tally counts the customers; what nobody is in is left out.
func (n *counts) tally() (all text) {
	for _, c := range []struct {
		n     int
		words string
		s     style
	}{{n.reached, "reached", good}, {n.waiting, "waiting", busy}, {n.going, "on the way", plain}, {n.missed, "not reached", bad}, {n.late, "late", late}} {
		if c.n > 0 {
			all = append(all, span{"   "[:min(1+2*len(all), 3)], plain}, span{fmt.Sprintf("%d %s", c.n, c.words), c.s})
		}
	}
	return all
}

// money compares what was spent with an SMS to each.
func (n *counts) money(width int) text {
	spent := text{{fmt.Sprintf(" spent %s %s", n.spent.Decimal(), n.pure.Plus(n.spent).Currency), strong}}
	pure, saved := n.pure.Decimal(), n.saved.Decimal()
	return longest(width, spent.and("   as pure SMS %s   saved so far %s (%g %%)", pure, saved, percent(n.saved.Amount, n.over.Amount)), spent.and("  SMS %s  saved %s", pure, saved), spent)
}

// foot says what the keys do, and what the signs mean.
func (s *snapshot) foot(width, left int) []text {
	keys := text{{" q", strong}, {" or ", plain}, {"Ctrl-C", strong}, {" ends", plain}}
	if left > 0 {
		keys = keys.and("   +%d more", left)
	}
	signs := text{{"    ✓", good}, {" proof", plain}, {"  ●", busy}, {" waiting", plain}, {"  ○", faint}, {" no proof in time", plain}, {"  ✗", bad}, {" failed", plain}, {"  !", late}, {" late", plain}}
	return []text{longest(width, append(slices.Clip(keys), signs...), keys)}
}

// visible are the customers that have a line: all, or those who moved last, in the order of the list. A line gives way only to one
// that moves.
func (s *snapshot) visible(room int) (places []int, left int) {
	for i := range s.customers {
		places = append(places, i)
	}
	if len(places) <= room {
		return places, 0
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(s.customers[b].moved, s.customers[a].moved) })
	places = places[:room]
	slices.Sort(places)
	return places, len(s.customers) - room
}

// line draws one customer: the name, the cascade, the cost. What does not fit loses the words that were written, then the long names
// of channels, then the steps that are still to come, then those that are over.
func (s *snapshot) line(c *customer, width, names int) text {
	head := text{{" " + padded(c.name, names) + "  ", plain}}
	money := c.cost()
	room := width - head.columns() - money.columns()
	var way text
	for _, d := range details {
		if way = s.way(c, d); way.columns() <= room {
			break
		}
	}
	way = way.fit(room)
	gap := span{strings.Repeat(" ", max(0, room-way.columns())), plain}
	return append(append(append(head, way...), gap), money...).fit(width)
}

// cost is the money column.
func (c *customer) cost() text {
	if c.ID == "" {
		return text{{strings.Repeat(" ", moneyWidth), plain}}
	}
	cost, style := c.Cost.money(), plain
	if cost.Amount == 0 {
		style = faint
	}
	return text{{fmt.Sprintf("%*s ", moneyWidth-1, cost.Decimal()), style}}
}

// detail is how much of a cascade is drawn.
type detail struct {
	words   int  // columns for what the customer wrote
	short   bool // names of channels
	brief   bool // signs and times without words
	pending bool // steps that are still to come
	past    bool // steps that are over without proof
}

var details = [...]detail{
	{words: 60, pending: true, past: true}, {words: 30, pending: true, past: true}, {words: 14, pending: true, past: true}, {pending: true, past: true},
	{short: true, pending: true, past: true}, {short: true, past: true}, {short: true}, {short: true, brief: true},
}

// way draws the cascade, step by step.
func (s *snapshot) way(c *customer, d detail) (all text) {
	if c.ID == "" {
		if c.joined {
			return text{{"ready", faint}}
		}
		return text{{"opens the bots …", faint}}
	}
	for i := range c.Steps {
		st := &c.Steps[i]
		over, pending := s.over(c, i), st.State == "pending"
		if st.Reason == noAddress || pending && (!d.pending || c.final()) || st.State == "withdrawn" || over && !d.past && i < len(c.Steps)-1 {
			continue
		}
		if len(all) > 0 {
			all = append(all, span{" → ", faint})
		}
		all = append(all, s.step(c, i, d)...)
	}
	return append(all, c.ending()...)
}

// over reports whether a step is behind the cascade, without proof.
func (s *snapshot) over(c *customer, i int) bool {
	return !nextQueued(&c.delivery, i).IsZero() && !c.Steps[i].proven()
}

// ending is the last word about a delivery that was not reached.
func (c *customer) ending() text {
	if !c.final() || c.State == "done" {
		return nil
	}
	words := c.State
	if c.State == "skipped" && c.Reason != "" {
		words += " (" + c.Reason + ")"
	}
	return text{{" ⇒ " + words, bad}}
}

// step draws one step: the channel, a sign, how it stands.
func (s *snapshot) step(c *customer, i int, d detail) text {
	st := &c.Steps[i]
	name := channelName(st.Channel, d.short)
	as := func(sign, words, time string, look style) text {
		if d.brief && (time != "" || look == bad) {
			words = ""
		}
		return text{{name + " ", plain}, {strings.Join(strings.Fields(sign+" "+words+" "+time), " "), look}, {wrote(c, st, d), faint}}
	}
	switch {
	case st.State == "pending":
		return text{{name, faint}}
	case st.Late:
		return as("!", deed(st, c), s.stamp(c.tardy), late)
	case c.State == "done" && c.ReachedBy == st.Channel:
		return as("✓", deed(st, c), s.stamp(c.proven), good)
	case st.proven():
		return as("✓", st.State, "", good)
	case st.State == "failed" || st.State == "skipped":
		return as("✗", cmp.Or(plainReason(st.Reason), st.State), "", bad)
	case s.over(c, i) || c.final():
		return text{{name + " ○", faint}}
	case st.State == "held":
		return as("●", "held ("+plainReason(st.Reason)+")", "", busy)
	case st.out() && !st.NextAt.IsZero():
		return as("●", waiting(st), s.wait(st), busy)
	}
	return as("●", st.State, "", busy)
}

// waiting is the word for a step that waits, when it is more than that it went out.
func waiting(st *step) string {
	if st.State == "delivered" || st.State == "uncertain" {
		return st.State
	}
	return ""
}

// wait is how much of its wait a step has had, and how long it is.
func (s *snapshot) wait(st *step) string {
	whole := lasted(st.NextAt.Sub(st.SentAt), s.speed).Round(time.Second)
	had := min(max(0, lasted(s.now.Sub(st.SentAt), s.speed)), whole)
	return short(had) + "/" + short(whole)
}

// stamp is when something happened, in the customers' time.
func (s *snapshot) stamp(at time.Time) string { return short(s.life(at)) }

// wrote are the words of a customer, at the step that they answer, and what the owner answered them on the phone itself.
func wrote(c *customer, st *step, d detail) string {
	if st.EngagedAt.IsZero() {
		return ""
	}
	words := quoted(c.said, d.words)
	switch {
	case c.answer == "" || st.Channel != bots.WhatsApp || d.words == 0:
		return words
	case d.words < 30:
		return words + " ↪ phone"
	}
	return words + " ↪ from the phone" + quoted(c.answer, d.words)
}

// deed is what proved a step, in one word.
func deed(st *step, c *customer) string {
	switch {
	case st.Late && c.LateProof != "" && c.LateProof != receipt:
		return c.LateProof
	case c.ReachedBy == st.Channel && c.Proof != receipt:
		return c.Proof
	case st.State == "engaged":
		return "read"
	}
	return st.State
}

// plainReason is the first word of a reason: what a provider adds is for the table.
func plainReason(reason string) string {
	word, _, _ := strings.Cut(inWords(reason), ":")
	return shown(strings.ReplaceAll(word, "_", " "))
}

func channelName(channel string, short bool) string {
	names := map[string][2]string{"telegram": {"Telegram", "Tg"}, "viber": {"Viber", "Vb"}, "sms": {"SMS", "SMS"}, "whatsapp": {"WhatsApp", "WA"}, "whatsapp_cloud": {"WhatsApp Cloud", "WC"}}
	n, ok := names[channel]
	switch {
	case !ok:
		return channel
	case short:
		return n[1]
	}
	return n[0]
}

// clock is h:mm:ss.
func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d:%02d", int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
}

// short is m:ss, with the hours only where there are some.
func short(d time.Duration) string {
	if d >= time.Hour {
		return clock(d)
	}
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

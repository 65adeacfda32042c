package demo

import (
	"slices"
	"sync"
	"time"

	"kaskad/bots"
)

// board is what is known of the customers, as the API told it. The view draws it while the stream fills it.
type board struct {
	mu        sync.Mutex
	speed     float64
	began     time.Time // when the bonus was asked for; zero: the customers still open their bots
	customers []customer
	moves     int
}

// customer is one line of the view.
type customer struct {
	name   string
	joined bool
	said   string // what they wrote last
	answer string // what the owner answered them on the phone itself
	moved  int    // which move of the board was theirs, counted from 1; 0: none yet
	proven time.Time
	tardy  time.Time // when late proof came
	delivery
}

func newBoard(people []person, speed float64) *board {
	b := &board{speed: speed, customers: make([]customer, len(people))}
	for i := range people {
		b.customers[i].name = shown(people[i].name)
	}
	return b
}

func (b *board) join(i int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.customers[i].joined = true
}

// get is one customer as they stand.
func (b *board) get(i int) customer {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.customers[i]
}

// begin is the moment from which the customers' time is counted.
func (b *board) begin(at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.began = at
}

// hears keeps what a customer wrote.
func (b *board) hears(i int, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.customers[i].said = text
}

// answers keeps what the owner wrote to a customer on the phone itself, and tells it when it is new.
func (b *board) answers(i int, text string, now time.Time) []happening {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &b.customers[i]
	if c.answer == text {
		return nil
	}
	c.answer = text
	b.moves++
	c.moved = b.moves
	return []happening{{at: now, customer: i, name: c.name, channel: bots.WhatsApp, what: "the owner answered on the phone itself" + quoted(text, 60)}}
}

// put takes what the API says of a customer's delivery, and tells what is new.
func (b *board) put(i int, d *delivery, now time.Time) []happening {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := &b.customers[i]
	all := happened(&c.delivery, d, c.said, now)
	for n := range all {
		all[n].customer, all[n].name = i, c.name
	}
	c.delivery = *d
	if c.proven.IsZero() && d.ReachedBy != "" {
		c.proven = now
	}
	if c.tardy.IsZero() && d.late() {
		c.tardy = now
	}
	if len(all) > 0 {
		b.moves++
		c.moved = b.moves
	}
	return all
}

// snapshot is the board at one moment, for drawing.
type snapshot struct {
	speed     float64
	now       time.Time
	began     time.Time
	customers []customer
}

func (b *board) look(now time.Time) snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return snapshot{speed: b.speed, now: now, began: b.began, customers: slices.Clone(b.customers)}
}

// life is a moment in the customers' time, counted from the sending of the bonus.
func (s *snapshot) life(at time.Time) time.Duration {
	if s.began.IsZero() {
		return 0
	}
	return max(0, lasted(at.Sub(s.began), s.speed))
}

// lasted is how long something took for the customers, whose time runs faster.
func lasted(d time.Duration, speed float64) time.Duration {
	return time.Duration(float64(d) * speed)
}

// pure is what the message would have cost as nothing but an SMS. One that failed here would have failed then: it counts as nothing.
func (d *delivery) pure() bots.Money {
	m := d.AsSMS.money()
	for i := range d.Steps {
		if s := &d.Steps[i]; s.Channel == bots.SMS && s.State == "failed" {
			return m.Times(0)
		}
	}
	return m
}

// counts are the customers by what became of them, and the money.
type counts struct {
	joining, going, waiting, reached, late, missed int
	spent, pure                                    bots.Money // pure: with an SMS to each
	over, saved                                    bots.Money // pure, of those that are final, and how much less was spent on them
}

func (s *snapshot) count() (n counts) {
	for i := range s.customers {
		c := &s.customers[i]
		switch {
		case c.ID == "" && !c.joined:
			n.joining++
		case c.ID == "" || !c.final() && c.State != "waiting":
			n.going++
		case !c.final():
			n.waiting++
		case c.State == "done":
			n.reached++
		default:
			n.missed++
		}
		if c.late() {
			n.late++
		}
		cost, pure := c.Cost.money(), c.pure()
		n.spent, n.pure = n.spent.Plus(cost), n.pure.Plus(pure)
		if c.final() && c.ID != "" {
			n.over, n.saved = n.over.Plus(pure), n.saved.Plus(pure).Plus(cost.Times(-1))
		}
	}
	return n
}

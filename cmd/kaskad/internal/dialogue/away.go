package dialogue

import (
	"fmt"
	"time"

	"kaskad/bots"
)

// goesToPeople reports whether a change is a message that no bot answers, on a channel where saying something costs nothing.
func goesToPeople(c *bots.Change) bool {
	_, botted := bots.IntentOf(c.Reason)
	return c.Type == heard && !botted && bots.Messenger(c.Channel)
}

// freshly is how long after an answer of staff nobody is told that staff are not there.
const freshly = 30 * time.Minute

// away says once while the shop is closed when staff will answer whoever wrote something for them.
func (t *turn) away() error {
	now := t.tx.Now()
	hours := t.d.Hours.At(now)
	m := t.tx.Message(t.change.Message)
	switch {
	case hours.Open || hours.Opens.IsZero() || m == nil || m.Kind != bots.TextMessage:
		return nil
	case t.talk.Wait.Since.IsZero() || m.NeedsNobody() || t.d.Keyword != nil && t.d.Keyword(m.Text):
		return nil
	case now.Before(t.talk.PausedTo) || !t.talk.StaffAt.IsZero() && now.Sub(t.talk.StaffAt) < freshly:
		return nil
	case !t.talk.Bot.Away.Before(hours.Opens):
		return nil // it was said, here or by the answer to who asked for a person
	}
	t.talk.Bot.Away = hours.Opens.UTC()
	return t.tell(ask{template: "staff_away", data: map[string]any{"opens": t.opens(hours)}})
}

// awayKey is the idempotency key of what is said in a closed stretch: one for each person and stretch.
func (t *turn) awayKey() string {
	return fmt.Sprintf("away:%s:%d", t.change.Contact, t.d.Hours.At(t.tx.Now()).Opens.Unix())
}

// Work tells whether the shop is open, and until when it stays so, or stays closed; zero: nobody knows.
func (s *Schedule) Work(at time.Time) (open bool, until time.Time) {
	now := s.At(at)
	until = now.Opens
	if now.Open {
		day := at.In(s.zone)
		until = time.Date(day.Year(), day.Month(), day.Day(), 0, now.Until, 0, 0, s.zone)
	}
	if !until.IsZero() && !until.After(at) {
		until = until.Add(time.Hour) // the clocks are put back, and at is in the hour that comes once more
	}
	return now.Open, until
}

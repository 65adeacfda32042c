package bots

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Wishes are what a person asked for on the preference page. The zero value: nothing. Slices are never changed in place.
type Wishes struct {
	// Chosen: Contact.Preferred is what the person chose on the page, "" too. Nobody else's word changes it.
	Chosen bool
	NotOn  []string // channels that the person does not want: only urgent messages and answers to the person go there
	// Hours are those the person asked for, in order. Only the last may be in force. Earlier ones are kept for as long as a delivery
	// may need them: what its clock did not count stays uncounted.
	Hours []Hours
	At    time.Time // when the person said the last of it
}

// Hours are the part of the day in which a person wants to be written to: from the hour From until the hour To, in their zone. It
// may go over midnight.
type Hours struct {
	From, To int       // 0 to 23
	Since    time.Time // in force since
	Until    time.Time // zero: still
}

const (
	// LeastOpen is how many hours of a day a person leaves open at least: fewer would mean never, and there is a stop for that.
	LeastOpen = 3
	maxHours  = 64 // kept; nobody means more
	// hoursLife is how long hours are kept after their end: no delivery is open longer whose deadline, of 92 days at most, is counted
	// in LeastOpen hours of each day.
	hoursLife = 92 * 24 / LeastOpen * 24 * time.Hour
)

// Open is how many hours of a day are open.
func (h Hours) Open() int { return (h.To - h.From + 24) % 24 }

// Zero reports whether the person asked for nothing.
func (w *Wishes) Zero() bool {
	return !w.Chosen && len(w.NotOn) == 0 && len(w.Hours) == 0 && w.At.IsZero()
}

// Open are the hours in force; false: any time.
func (w *Wishes) Open() (Hours, bool) {
	if n := len(w.Hours); n > 0 && w.Hours[n-1].Until.IsZero() {
		return w.Hours[n-1], true
	}
	return Hours{}, false
}

// Unwanted reports whether the person asked not to be written to on a channel.
func (w *Wishes) Unwanted(channel string) bool { return slices.Contains(w.NotOn, channel) }

// Wish is what a person asks for at once on the preference page.
type Wish struct {
	Asked    []string // the channels the page asked about: on all others nothing changes
	First    string   // empty: no matter which
	NotOn    []string
	Limited  bool // only within From..To; else any time
	From, To int
}

// check refuses what the page does not offer.
func (w *Wish) check() error {
	for _, channel := range w.Asked {
		if !slices.Contains(Channels(), channel) {
			return fmt.Errorf("%w: a wish about no channel of ours", ErrUnreadable)
		}
	}
	for _, channel := range append(slices.Clip(w.NotOn), w.First) {
		if channel != "" && !slices.Contains(w.Asked, channel) {
			return fmt.Errorf("%w: a wish about a channel that was not asked about", ErrUnreadable)
		}
	}
	h := Hours{From: w.From, To: w.To}
	if w.Limited && (w.From < 0 || w.From > 23 || w.To < 0 || w.To > 23 || h.Open() < LeastOpen) {
		return fmt.Errorf("%w: hours that leave less than %d of the day", ErrUnreadable, LeastOpen)
	}
	return nil
}

// Wish takes what the person asks for, and says what it changes: "first", "not_on", "hours".
func (c *Contact) Wish(w *Wish, at time.Time) (changed []string) {
	notOn := c.Wishes.notOn(w)
	if !slices.Equal(notOn, c.Wishes.NotOn) {
		c.Wishes.NotOn = notOn
		changed = append(changed, "not_on")
	}
	if c.choose(w) {
		changed = append(changed, "first")
	}
	if c.Wishes.hours(w, at) {
		changed = append(changed, "hours")
	}
	if len(changed) > 0 {
		c.Wishes.At = at
	}
	return changed
}

// choose takes the channel to be first. One that is not wanted never is: a no wins. "No matter which" says nothing of a channel that
// the page did not offer.
func (c *Contact) choose(w *Wish) (changed bool) {
	first := c.Preferred
	if w.First != "" || slices.Contains(w.Asked, first) {
		first = w.First
	}
	if c.Wishes.Unwanted(first) {
		first = ""
	}
	chosen := c.Wishes.Chosen || first != c.Preferred || first != "" && first == w.First
	changed = first != c.Preferred || chosen != c.Wishes.Chosen
	c.Preferred, c.Wishes.Chosen = first, chosen
	return changed
}

// notOn are the unwanted channels after a wish, in the order of Channels; nil: none.
func (w *Wishes) notOn(wish *Wish) (all []string) {
	for _, channel := range Channels() {
		before := slices.Contains(w.NotOn, channel) && !slices.Contains(wish.Asked, channel)
		if before || slices.Contains(wish.NotOn, channel) {
			all = append(all, channel)
		}
	}
	return all
}

// hours ends the hours in force and begins new ones, where they differ.
func (w *Wishes) hours(wish *Wish, at time.Time) (changed bool) {
	have, limited := w.Open()
	if limited == wish.Limited && (!limited || have.From == wish.From && have.To == wish.To) {
		return false
	}
	var all []Hours
	for _, h := range w.Hours {
		if h.Until.IsZero() {
			h.Until = at
		}
		if h.Until.After(h.Since) && at.Sub(h.Until) < hoursLife {
			all = append(all, h)
		}
	}
	if wish.Limited {
		all = append(all, Hours{From: wish.From, To: wish.To, Since: at})
	}
	w.Hours = fewest(all) // nil where there are none, as a store reads it
	return true
}

// fewest forgets, of too many hours, those of before that were in force for the least time: whoever saves the form again and again
// moves no clock by more than the time that went into it.
func fewest(all []Hours) []Hours {
	for len(all) > maxHours {
		least := 0
		for i, h := range all {
			if !h.Until.IsZero() && h.Until.Sub(h.Since) < all[least].Until.Sub(all[least].Since) {
				least = i
			}
		}
		all = slices.Delete(all, least, least+1)
	}
	return all
}

// Prefer takes the channel that the retailer says the person chose. What the person chose on the page stands.
func (c *Contact) Prefer(told string) {
	if !c.Wishes.Chosen {
		c.Preferred = told
	}
}

// wished takes what the person asks for on the preference page.
func (t *Turn) wished(now time.Time) error {
	w := t.Event.Wish
	if w == nil {
		return fmt.Errorf("%w: a wish that asks for nothing", ErrUnreadable)
	}
	if err := w.check(); err != nil {
		return err
	}
	if t.Event.outOfDate(t.Contact.Wishes.At) {
		return nil // of two forms that were shown alike, the first one stands
	}
	if changed := t.Contact.Wish(w, now.UTC()); len(changed) > 0 {
		t.noteWishes(changed, now)
	}
	return nil
}

// inheritWishes takes what was asked for by whoever had the moved address: a channel that was not wanted stays so, and hours, where
// the new owner has none.
func (t *Turn) inheritWishes(from *Wishes, now time.Time) {
	channel, have := t.Event.Chat.Channel, &t.Contact.Wishes
	var changed []string
	if from.Unwanted(channel) && !have.Unwanted(channel) {
		have.NotOn = have.notOn(&Wish{Asked: []string{channel}, NotOn: []string{channel}})
		changed = append(changed, "not_on")
	}
	_, own := have.Open()
	if h, limited := from.Open(); limited && !own {
		have.hours(&Wish{Limited: true, From: h.From, To: h.To}, now.UTC())
		changed = append(changed, "hours")
	}
	if len(changed) > 0 {
		have.At = now.UTC()
		t.noteWishes(changed, now)
	}
}

func (t *Turn) noteWishes(changed []string, now time.Time) {
	t.Contact.Updated = now
	t.Note(Change{Type: "contact.updated", Channel: t.Event.Channel, Reason: "wishes: " + strings.Join(changed, ", ")})
}

package desk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// What a saying is about, besides the notes of package fallback.
const (
	sayBound     = "bound"
	sayLeft      = "left"
	sayFailed    = "failed"
	sayUncertain = "uncertain"
	sayAgain     = "again"
	sayBare      = "bare"
	sayBot       = "bot"
)

// speak posts while the lane has room. Each post takes its lines out of the notes in its own transaction.
func (k *keeper) speak(ctx context.Context) error {
	if k.gone {
		if err := k.lose(ctx); err != nil {
			return err
		}
	}
	for k.ready() {
		if err := k.post(ctx); err != nil {
			return err
		}
	}
	return nil
}

// ready reports whether something may be posted now.
func (k *keeper) ready() bool {
	if k.room.Group == "" || !k.room.Lost.IsZero() || time.Now().Before(k.hold) {
		return false
	}
	return k.busy < maxOpen && (len(k.Waiting) > 0 || k.sayable(time.Now()) >= 0)
}

// lose notes that the room cannot be written to. The change tells us as well.
func (k *keeper) lose(ctx context.Context) error {
	err := k.desk.Road.Staff(ctx, func(tx fallback.Tx, _ fallback.Poster) error {
		return fallback.LoseStaffRoom(tx)
	})
	if err == nil {
		k.gone = false
		k.room.Lost = time.Now()
	}
	return err
}

// post makes one post of what comes first.
func (k *keeper) post(ctx context.Context) error {
	var after notes
	now := time.Now()
	err := k.desk.Road.Staff(ctx, func(tx fallback.Tx, post fallback.Poster) error {
		after = k.notes.clone() // it may run more than once
		room, err := fallback.ReadStaffRoom(tx)
		if err != nil {
			return err
		}
		to, text, p := room.Contact, "", fallback.Post{}
		if i := after.sayable(now); i >= 0 {
			s := after.Says[i]
			after.Says = slices.Delete(after.Says, i, i+1)
			if text, p = k.desk.saying(tx, &s); s.Why == sayBare && text != "" {
				after.Told = now
			}
			if s.Group != "" {
				if to, err = fallback.FormerStaffRoom(tx, s.Group); err != nil {
					return err
				}
			}
		} else {
			text, p = k.desk.lines(tx, &after)
		}
		if text != "" {
			if _, err := post(to, text, p); err != nil {
				return err
			}
		}
		raw, err := json.Marshal(after)
		if err != nil {
			return err
		}
		return fallback.PutStaffDesk(tx, raw)
	})
	if err == nil {
		k.notes, k.kept, k.saved = after, after.Place, time.Now()
		k.busy++
	}
	return err
}

// lines words a post of the lines of whoever waits longest, and takes them out of the notes.
func (d *Desk) lines(v fallback.View, n *notes) (string, fallback.Post) {
	w := &n.Waiting[0]
	text, used := d.compose(v, w)
	p := fallback.Post{Contact: w.Contact, Lines: slices.Clone(w.Lines[:used]), Again: w.Again, Tries: w.Tries}
	if w.Lines = w.Lines[used:]; len(w.Lines) == 0 {
		n.Waiting = n.Waiting[1:]
	}
	return text, p
}

// saying words a short post.
func (d *Desk) saying(v fallback.View, s *saying) (string, fallback.Post) {
	switch s.Why {
	case sayAgain:
		return s.Text, s.Kept
	case sayFailed, sayUncertain, sayBot:
		return d.failure(v, s)
	case sayBare:
		return d.without(v, s)
	}
	p := fallback.Post{On: s.On}
	if m := v.Message(s.Post); m != nil {
		about, _ := fallback.PostOf(v.Delivery(m.Delivery))
		p.Contact, p.Lines = about.Contact, about.Lines // an answer to this post reaches the customer, too
	}
	return d.words.say[s.Why], p
}

// failure words why an answer did not arrive, with the button that sends it by SMS where that would help.
func (d *Desk) failure(v fallback.View, s *saying) (string, fallback.Post) {
	sent := v.Delivery(s.Of)
	if sent == nil {
		return "", fallback.Post{}
	}
	p := fallback.Post{Contact: sent.Contact, Of: sent.ID, On: s.On}
	if sent.ReplyTo != 0 {
		p.Lines = []bots.ID{sent.ReplyTo}
	}
	text := d.words.say[s.Why]
	if s.Why == sayFailed || s.Why == sayBot {
		text += " " + d.words.reason(s.Reason)
	}
	c := v.Contact(sent.Contact)
	if c == nil {
		return text, p
	}
	if place, ok := c.At(bots.SMS); d.SMS && s.Why != sayBot && ok && place.Reachable() && sent.Cascade.Steps[0].Channel != bots.SMS {
		p.Buttons = []bots.Button{{Text: d.words.smsButton, Data: fallback.PressSMS}}
	}
	return oneLine(d.nameOf(c), maxName) + ": " + text, p
}

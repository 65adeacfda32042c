package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// gather is how long a change waits for others of the same moment, before what it is about is read.
const gather = 15 * time.Millisecond

// chatPause is how long after the welcome the bonus goes out: Telegram takes one message a second for a chat, and seconds are
// not shortened.
const chatPause = 1100 * time.Millisecond

// play is a retailer's morning: customers are imported, some open the bot through their personal link, then everyone gets the
// loyalty bonus. It returns when every delivery is final and nobody is going to do anything more. Tell is called with what
// happened, in one goroutine; nil: nobody wants to know.
func (w *World) play(ctx context.Context, shop Shop, tell func([]happening)) error {
	if err := w.join(ctx, shop); err != nil {
		return err
	}
	if err := pause(ctx, chatPause); err != nil {
		return err
	}
	s, err := shop.follow(ctx, "")
	if err != nil {
		return err
	}
	ids, err := w.send(ctx, shop)
	if err != nil {
		s.close()
		return err
	}
	f := &follower{World: w, shop: shop, tell: tell, byID: map[string]int{}, byContact: map[string]int{}, ids: ids}
	for i, id := range ids {
		f.byID[id] = i
	}
	return f.run(ctx, s)
}

// send asks for the bonus of everyone in one batch.
func (w *World) send(ctx context.Context, shop Shop) ([]string, error) {
	var batch struct {
		Deliveries []map[string]any `json:"deliveries"`
	}
	for _, p := range w.people {
		batch.Deliveries = append(batch.Deliveries, map[string]any{
			"to": "ext:" + p.card, "template": "bonus", "cascade": "loyalty", "data": map[string]any{"points": p.points}, "key": "bonus-" + p.card,
		})
	}
	var answer struct {
		Results []struct{ ID, State, Detail string }
	}
	w.board.begin(time.Now())
	if err := shop.call(ctx, "POST", "/v1/deliveries:batch", batch, &answer); err != nil {
		return nil, err
	}
	if len(answer.Results) != len(w.people) {
		return nil, fmt.Errorf("%d results came for %d deliveries", len(answer.Results), len(w.people))
	}
	ids := make([]string, len(answer.Results))
	for i, r := range answer.Results {
		if r.ID == "" {
			return nil, fmt.Errorf("bonus of %s: %s", w.people[i].name, r.Detail)
		}
		ids[i] = r.ID
	}
	return ids, nil
}

// follower reads what the stream names, until all is over.
type follower struct {
	*World
	shop      Shop
	tell      func([]happening)
	ids       []string
	byID      map[string]int
	byContact map[string]int
	open      int
	last      string // id of the newest change
}

// run follows the stream. One that breaks off is opened again behind the last change, as any reader of it has to.
func (f *follower) run(ctx context.Context, s *stream) error {
	if err := f.readAll(ctx); err != nil {
		s.close()
		return err
	}
	for {
		err := f.listen(ctx, s)
		s.close()
		if err == nil || ctx.Err() != nil || !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		if s, err = f.shop.follow(ctx, f.last); err != nil {
			return err
		}
	}
}

// readAll reads every delivery once: what happened before the first change is in it.
func (f *follower) readAll(ctx context.Context) error {
	for i := range f.ids {
		if err := f.read(ctx, i, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// listen takes changes until all is over.
func (f *follower) listen(ctx context.Context, s *stream) error {
	changes, broken := make(chan change, 64), make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		for {
			c, err := s.next()
			if err != nil {
				broken <- err
				return
			}
			select {
			case changes <- c:
			case <-ctx.Done():
				return
			}
		}
	}()
	for !f.over() {
		if err := f.acts.failure(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-broken:
			for len(changes) > 0 { // they came before it
				if failed := f.take(ctx, <-changes, changes); failed != nil {
					return failed
				}
			}
			return err
		case c := <-changes:
			if err := f.take(ctx, c, changes); err != nil {
				return err
			}
		case <-time.After(50 * time.Millisecond): // it may be over by time alone
		}
	}
	return nil
}

// over reports whether every delivery is final, and the customers have done all that they were going to do.
func (f *follower) over() bool {
	return f.open == 0 && time.Now().After(f.acts.end().Add(afterwards))
}

// afterwards is how long the last deed of a customer takes to come back to us.
const afterwards = 300 * time.Millisecond

// take reads what a change is about, and what the ones right behind it are about.
func (f *follower) take(ctx context.Context, c change, more <-chan change) error {
	wrote, moved := map[int]time.Time{}, map[int]time.Time{}
	soon := time.After(gather)
	for {
		f.note(c, wrote, moved)
		select {
		case c = <-more:
			continue
		case <-soon:
		case <-ctx.Done():
			return ctx.Err()
		}
		break
	}
	for i := range f.ids {
		if at, ok := wrote[i]; ok {
			if err := f.readWords(ctx, i, at); err != nil {
				return err
			}
		}
		if at, ok := moved[i]; ok {
			if err := f.read(ctx, i, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// note writes down what has to be read for a change.
func (f *follower) note(c change, wrote, moved map[int]time.Time) {
	f.last = c.ID
	if i, ok := f.byContact[c.Data.Contact]; ok && (c.Type == "message.received" || c.Data.Reason == "by_owner") {
		wrote[i] = c.At
	}
	if i, ok := f.byID[c.Data.Delivery]; ok {
		moved[i] = c.At
	}
}

// read takes a delivery as it stands.
func (f *follower) read(ctx context.Context, i int, at time.Time) error {
	d, err := f.shop.delivery(ctx, f.ids[i])
	if err != nil {
		return err
	}
	f.byContact[d.Contact] = i
	was := f.board.get(i)
	if !d.final() && was.ID == "" {
		f.open++
	}
	if d.final() && was.ID != "" && !was.final() {
		f.open--
	}
	f.tellAll(f.board.put(i, d, at))
	return nil
}

// message is one of a conversation, as the API shows it.
type message struct {
	Direction, Kind, Text, Author string
	At                            time.Time
}

// readWords reads what a customer wrote last, and what the owner answered on the phone.
func (f *follower) readWords(ctx context.Context, i int, at time.Time) error {
	var page struct{ Items []message }
	c := f.board.get(i)
	if err := f.shop.call(ctx, "GET", "/v1/conversations/"+c.Contact+"/messages?limit=100", nil, &page); err != nil {
		return err
	}
	for _, m := range page.Items {
		switch {
		case m.At.Before(c.CreatedAt.Truncate(time.Second)): // WhatsApp tells time in whole seconds
		case m.Direction == "in" && m.Kind == "text":
			f.board.hears(i, m.Text)
		case m.Author == byPhone:
			f.tellAll(f.board.answers(i, m.Text, at))
		}
	}
	return nil
}

// byPhone is the author of what was written on the shop's phone itself.
const byPhone = "phone"

func (f *follower) tellAll(all []happening) {
	if f.tell != nil && len(all) > 0 {
		f.tell(all)
	}
}

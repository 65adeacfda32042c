package torture

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"kaskad/bots/simulator/graph"
	"kaskad/bots/simulator/viber"
)

// do lets somebody do something. What the gateway does not take is no error: it is killed in the middle of this, and the book knows
// what was taken.
func (e *era) do(ctx context.Context, d deed) {
	p := e.named(d.who)
	switch d.kind {
	case ask:
		e.ask(ctx, e.order(d, false))
	case askTwice:
		a := e.order(d, false)
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { e.ask(ctx, a) })
		}
		both.Wait()
	case askAndStop:
		if id := e.ask(ctx, e.order(d, false)); id != "" && nap(ctx, d.later) {
			e.cancel(ctx, d.number, id)
		}
	case answer:
		e.answer(ctx, d)
	case sayTelegram:
		_, _ = e.world.tg.Say(p.chat, fmt.Sprintf("питання %d", d.number))
	case sayViber:
		_, _ = e.world.vb.Say(p.viber, fmt.Sprintf("питання %d", d.number))
	case sayCloud:
		_, _ = e.world.gr.Say(p.phone, fmt.Sprintf("питання %d", d.number))
	case sayBoth:
		_, _ = e.world.tg.Say(p.chat, fmt.Sprintf("питання %d, раз", d.number))
		_, _ = e.world.vb.Say(p.viber, fmt.Sprintf("питання %d, два", d.number))
	case tellAgain:
		e.tellAgain(d)
	case leaveStop, leaveBlock, leaveViber, leaveCloud:
		e.leave(ctx, d)
	}
}

// order writes down what is about to be asked for.
func (e *era) order(d deed, marketing bool) *Ask {
	c := cascades[d.cascade]
	a := &Ask{Number: d.number, Person: d.who, Channels: c.channels, Marketing: marketing, IDs: map[string]bool{}}
	purpose := "service"
	if marketing {
		purpose = "marketing"
	}
	e.write(a, asked{"/v1/deliveries", map[string]any{"to": "ext:" + d.who, "text": fmt.Sprintf(textBegins+"%d#", d.number), "purpose": purpose, "cascade": c.name, "key": fmt.Sprint("k", d.number)}})
	return a
}

func (e *era) write(a *Ask, how asked) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asks = append(e.asks, a)
	e.bodies[a.Number] = how
}

// ask asks once, and writes down what was answered; empty: nothing was.
func (e *era) ask(ctx context.Context, a *Ask) string {
	e.mu.Lock()
	how := e.bodies[a.Number]
	e.mu.Unlock()
	var made struct{ ID string }
	err := e.gateway.call(ctx, "POST", how.path, how.body, &made)
	e.mu.Lock()
	defer e.mu.Unlock()
	refused, ok := errors.AsType[*problem](err)
	switch {
	case err == nil && made.ID != "":
		a.IDs[made.ID] = true
	case ok && refused.Status < 500 && refused.Status != http.StatusTooManyRequests:
		delete(e.bodies, a.Number) // it was told why not: nobody asks again
	}
	return made.ID
}

// askAgain lets everybody who had no answer ask again, under the same key, until there is one.
func (e *era) askAgain(ctx context.Context) error {
	until := time.Now().Add(startTime)
	for {
		e.mu.Lock()
		open := slices.DeleteFunc(slices.Clone(e.asks), func(a *Ask) bool { return len(a.IDs) > 0 || e.bodies[a.Number].path == "" })
		e.mu.Unlock()
		if len(open) == 0 {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("%d who ask for deliveries got no answer within %s after the start", len(open), startTime)
		}
		for _, a := range open {
			e.ask(ctx, a)
		}
		if !nap(ctx, 20*time.Millisecond) {
			return ctx.Err()
		}
	}
}

func (e *era) cancel(ctx context.Context, number int, id string) {
	if e.gateway.call(ctx, "POST", "/v1/deliveries/"+id+"/cancel", nil, nil) != nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, a := range e.asks {
		if a.Number == number {
			a.Cancelled = time.Now()
		}
	}
}

// answer lets a colleague write to somebody, who may not have written before: then it is refused.
func (e *era) answer(ctx context.Context, d deed) {
	a := &Ask{Number: d.number, Person: d.who, Talk: true, IDs: map[string]bool{}}
	e.write(a, asked{"/v1/conversations/ext:" + d.who + "/replies", map[string]any{"text": fmt.Sprintf("колего #%d#", d.number), "author": "Ірина", "key": fmt.Sprint("k", d.number)}})
	e.ask(ctx, a)
}

// tellAgain brings a call of Viber's or Meta's once more, as they do when the answer was lost.
func (e *era) tellAgain(d deed) {
	if d.dice%3 == 0 {
		if taken := slices.DeleteFunc(e.world.gr.Posts(), func(p graph.Post) bool { return !p.Done }); len(taken) > 0 {
			_, _ = e.world.gr.Repeat(taken[d.dice/3%uint64(len(taken))])
		}
		return
	}
	taken := slices.DeleteFunc(e.world.vb.Callbacks(), func(c viber.Callback) bool { return !c.Done || c.Event == "webhook" })
	if len(taken) > 0 {
		_, _ = e.world.vb.Repeat(taken[d.dice%uint64(len(taken))])
	}
}

// leave makes somebody, sends them marketing, and lets them go.
func (e *era) leave(ctx context.Context, d deed) {
	p, err := e.enter(ctx, d.who)
	if err != nil {
		return
	}
	e.ask(ctx, e.order(d, true))
	if !nap(ctx, d.later) {
		return
	}
	switch d.kind {
	case leaveStop:
		switch d.dice % 3 {
		case 0:
			_, _ = e.world.tg.Say(p.chat, stopWord)
		case 1:
			_, _ = e.world.vb.Say(p.viber, stopWord)
		default:
			_, _ = e.world.gr.Say(p.phone, stopWord)
		}
	case leaveBlock:
		if got := e.world.tg.Messages(p.chat); len(got) > 0 && d.dice%2 == 0 {
			_, _ = e.world.tg.PressButton(p.chat, got[len(got)-1].ID, 0) // and then blocks in the same moment
		}
		_ = e.world.tg.Block(p.chat)
	case leaveViber:
		_ = e.world.vb.Unsubscribe(p.viber)
	case leaveCloud:
		_ = e.world.gr.Change(p.phone, func(who *graph.Person) { who.Blocks = true })
	}
}

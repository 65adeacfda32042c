package torture

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// era is one gateway with everybody around it, from its first start to its end.
type era struct {
	o        Options
	seed     uint64
	world    *world
	gateway  *gateway
	receiver *receiver

	mu     sync.Mutex
	people []person
	asks   []*Ask
	bodies map[int]asked // what was asked, to ask it again under the same key

	before []Change // all changes that were read
	kills  int
	tally  Tally
}

// asked is a call that makes a delivery.
type asked struct {
	path string
	body map[string]any
}

// begin starts everything.
func begin(ctx context.Context, o Options, dir string, seed uint64) (*era, error) {
	e := &era{o: o, seed: seed, bodies: map[int]asked{}}
	var err error
	if e.world, err = newWorld(seed); err != nil {
		return nil, err
	}
	if e.receiver, err = newReceiver(seed); err != nil {
		return nil, errors.Join(err, e.world.close())
	}
	if e.gateway, err = newGateway(ctx, o, dir, e.world, sealed(seed)); err != nil {
		return nil, errors.Join(err, e.receiver.close(), e.world.close())
	}
	if err = e.settle(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

func (e *era) close() error {
	return errors.Join(e.gateway.close(), e.receiver.close(), e.world.close())
}

// settle starts the gateway for the first time, with the regulars.
func (e *era) settle(ctx context.Context) error {
	if err := e.gateway.makeKey(ctx); err != nil {
		return err
	}
	if err := e.gateway.start(ctx); err != nil {
		return err
	}
	if err := e.receiver.listen(ctx, e.gateway); err != nil {
		return err
	}
	if err := e.showMeta(ctx); err != nil {
		return err
	}
	for i := range regulars {
		if _, err := e.enter(ctx, regularName(i)); err != nil {
			return err
		}
	}
	// Before Viber was told where the gateway is, nobody can chat with it.
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	_, err := e.world.vb.WaitCallback(ctx, "webhook", 1)
	return err
}

// showMeta writes the gateway's address into Meta's form, as the operator does.
func (e *era) showMeta(ctx context.Context) error {
	out, err := e.gateway.command(ctx, "check")
	if err != nil {
		return err
	}
	found := metaCalls.FindStringSubmatch(out)
	if found == nil {
		return errors.New("kaskad check does not say where Meta calls")
	}
	return e.world.gr.Verify(found[1])
}

var metaCalls = regexp.MustCompile(`whatsapp_cloud: Meta calls (\S+)`)

// textBegins begins what the retailer sends.
const textBegins = "замовлення #"

// greets begins what somebody writes first.
const greets = "вітаю, це "

// enter makes somebody known outside, and tells the gateway until it has taken it.
func (e *era) enter(ctx context.Context, name string) (person, error) {
	e.mu.Lock()
	p := newPerson(name, len(e.people))
	e.people = append(e.people, p)
	e.mu.Unlock()
	if err := e.world.enter(p); err != nil {
		return p, err
	}
	contact := map[string]any{
		"phone": p.phone, "addresses": []map[string]string{{"channel": telegramChannel, "id": fmt.Sprint(p.chat)}, {"channel": viberChannel, "id": p.viber}, {"channel": cloudChannel, "id": p.phone}},
		"consents": map[string]any{"marketing": map[string]any{"state": "given", "at": "2026-01-02T12:00:00Z", "source": "till"}},
	}
	for {
		err := e.gateway.call(ctx, "PUT", "/v1/contacts/ext:"+name, contact, nil)
		if err == nil {
			_, err = e.world.gr.Say(p.phone, greets+name) // within a day of this there may be free texts
			return p, err
		}
		if refused, ok := errors.AsType[*problem](err); ok && refused.Status < 500 && refused.Status != 429 {
			return p, err
		}
		if !nap(ctx, 50*time.Millisecond) {
			return p, ctx.Err()
		}
	}
}

// named finds somebody.
func (e *era) named(name string) person {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, p := range e.people {
		if p.name == name {
			return p
		}
	}
	return person{}
}

// run plays the rounds, each with its kill, and the end. It stops at the first round in which a rule was broken.
func (e *era) run(ctx context.Context, kills int) ([]Fault, error) {
	for n := range kills {
		faults, err := e.round(ctx, draw(e.seed, n))
		if err == nil && len(faults) == 0 {
			faults, err = e.judge(ctx, false)
		}
		if err != nil {
			return nil, fmt.Errorf("round %d: %w", n, err)
		}
		if len(faults) > 0 {
			return named(faults, n), nil
		}
	}
	return e.end(ctx)
}

// named says in which round something was found.
func named(faults []Fault, round int) []Fault {
	for i := range faults {
		faults[i].What = fmt.Sprintf("round %d: %s", round, faults[i].What)
	}
	return faults
}

// round is one life of the gateway: everybody does what is planned, it is killed in the middle, and starts again.
func (e *era) round(ctx context.Context, r round) ([]Fault, error) {
	e.world.spoil(r.faults)
	doing, stop := context.WithCancel(ctx)
	defer stop()
	var busy sync.WaitGroup
	for _, d := range r.deeds {
		busy.Go(func() {
			if nap(doing, d.at) {
				e.do(doing, d)
			}
		})
	}
	nap(ctx, r.length)
	e.kills++
	end := e.gateway.kill
	if r.gently {
		end = e.gateway.stop
	}
	if err := end(); err != nil {
		return nil, err
	}
	if faults := e.check(ctx); len(faults) > 0 {
		return faults, nil
	}
	if err := e.gateway.start(ctx); err != nil {
		return nil, err
	}
	// Those who had no answer ask once more; who was in the middle of something goes on.
	done := make(chan struct{})
	go func() { busy.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(startTime):
		return nil, fmt.Errorf("somebody could not do within %s what they wanted", startTime)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return nil, e.askAgain(ctx)
}

// check lets the program itself compare its records with its indexes, while it does not run.
func (e *era) check(ctx context.Context) []Fault {
	out, err := e.gateway.command(ctx, "check", "--store")
	if ctx.Err() != nil {
		return nil // whoever ends the run breaks no rule
	}
	if err != nil || !strings.Contains(out, "agree") {
		return []Fault{{RuleStore, fmt.Sprintf("check --store: %s %v", out, err)}}
	}
	switch words, err := e.gateway.clear(); {
	case err != nil:
		return []Fault{{RuleSealed, fmt.Sprintf("the folder of the store cannot be read: %v", err)}}
	case words != "":
		return []Fault{{RuleSealed, words}}
	}
	return nil
}

// endTime bounds how long everything may take to come to its end; nothing waits longer than seconds here.
const endTime = 3 * time.Minute

// end waits until everything is over, and looks once more. What is still under way counts as a fault only when the time is over: an answer
// may come, and the program be told of it, in the moment in which a book is written.
func (e *era) end(ctx context.Context) ([]Fault, error) {
	e.world.calm()
	e.receiver.rest()
	until := time.Now().Add(endTime)
	if !nap(ctx, lateDeed) {
		return nil, ctx.Err()
	}
	for {
		faults, err := e.judge(ctx, true)
		if err != nil {
			return nil, err
		}
		if len(faults) == 0 {
			break
		}
		if time.Now().After(until) {
			return faults, nil
		}
		if !nap(ctx, 500*time.Millisecond) {
			return nil, ctx.Err()
		}
	}
	if err := e.gateway.stop(); err != nil {
		return nil, err
	}
	return e.check(ctx), nil
}

// judge writes a book and looks at it.
func (e *era) judge(ctx context.Context, over bool) ([]Fault, error) {
	b, err := e.book(ctx)
	if err != nil {
		return nil, err
	}
	b.Over = over
	faults, tally := Judge(b)
	e.before, e.tally = b.Changes, tally
	return faults, nil
}

func nap(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Package torture kills a gateway at random moments while its customers, messengers and providers do what they do, and then asks
// both sides what happened.
//
// The gateway is a program of its own, which is known by its command line and its HTTP API alone; the messengers, the SMS provider,
// the people and a program that is told the changes are in this process. What each of them saw goes into a Book, and Judge, which is
// pure, compares the two sides of it: after every kill, and once more when everything has come to its end.
//
// A run is made of eras, each with a fresh gateway and a seed of its own, which draws everybody who does something, what, when, the
// faults, and the moment of each kill: the seed of an era that went wrong repeats it, as far as the scheduling of processes allows.
//
// It keeps nothing but what is in the folder that it is given, where a gateway that went wrong stays with its log. It never calls
// anything but loopback addresses, and never ends a process that it did not start.
package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Options say what is tortured, how long, and by which seed.
type Options struct {
	Program string   // the binary
	Env     []string // of its process, besides our own
	Dir     string   // an empty folder; each era takes one in it
	Kills   int      // in all
	Era     int      // kills of one gateway
	Seed    uint64   // of the first era; the next one has the next
	Tell    func(line string)
}

// Report is what a run found.
type Report struct {
	Kills, Eras int
	Tally
	Faults []Fault
	Took   time.Duration
}

// Tally is how much was looked at.
type Tally struct {
	Asked, Accepted int    // deliveries that were asked for; that were acknowledged
	Messages        int    // that reached somebody
	By              [4]int // of them, on each of Channels
	Signs           int    // reads, replies, presses, reactions, reports, stops that the gateway acknowledged
	Proofs          int    // of them those that had to be found at a message, by name
	Unnamed         int    // of them those about a message whose outcome the gateway could not know, and which name it by an id that it was never told
	Late            int    // steps that went out before a proof of an earlier one was acknowledged
	Words           int    // texts of people that had to stand in their conversations
	Changes         int
	Told            int // changes that the program was told
}

func (t *Tally) add(o Tally) {
	t.Asked += o.Asked
	t.Accepted += o.Accepted
	t.Messages += o.Messages
	for i, n := range o.By {
		t.By[i] += n
	}
	t.Signs += o.Signs
	t.Proofs += o.Proofs
	t.Unnamed += o.Unnamed
	t.Late += o.Late
	t.Words += o.Words
	t.Changes += o.Changes
	t.Told += o.Told
}

// ErrFaults is a run in which a rule was broken: the report has them.
var ErrFaults = errors.New("a rule was broken")

// Run tortures until all kills are done, a rule is broken, or ctx ends. The report is there in each case.
func Run(ctx context.Context, o Options) (*Report, error) {
	r, begun := &Report{}, time.Now()
	defer func() { r.Took = time.Since(begun) }()
	for era := 0; r.Kills < o.Kills; era++ {
		seed := o.Seed + uint64(era)
		dir := filepath.Join(o.Dir, fmt.Sprintf("era-%d", seed))
		e, err := begin(ctx, o, dir, seed)
		if err != nil {
			return r, err
		}
		faults, err := e.run(ctx, min(o.Era, o.Kills-r.Kills))
		err = errors.Join(err, e.close())
		r.Eras++
		r.Kills += e.kills
		r.add(e.tally)
		r.Faults = append(r.Faults, faults...)
		switch {
		case err != nil:
			return r, fmt.Errorf("seed %d, folder %s: %w", seed, dir, err)
		case len(faults) > 0:
			return r, fmt.Errorf("%w: seed %d, folder %s", ErrFaults, seed, dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			return r, err
		}
		how := ""
		if sealed(seed) {
			how = ", sealed"
		}
		o.Tell(fmt.Sprintf("seed %d%s: %d kills, %d of %d deliveries accepted, %d messages, %d signs of people, nothing lost", seed, how, e.kills, e.tally.Accepted, e.tally.Asked,
			e.tally.Messages, e.tally.Signs))
	}
	return r, nil
}

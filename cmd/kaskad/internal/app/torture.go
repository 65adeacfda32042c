package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/torture"
)

// TortureOptions are the flags of `kaskad bench torture`.
type TortureOptions struct {
	Kills   int
	Seed    *uint64 // nil: another one each time
	Program string  // empty: this one
	Dir     string  // empty: a folder that is removed when nothing was found
	JSON    bool
	Env     []string
}

// killsOfEra are those that one gateway lives through: enough for what one life leaves to the next, and few enough to be repeated soon.
const killsOfEra = 20

const maxKills = 100_000

// Torture kills a gateway at random moments, and prints what it found. It uses no configuration: everything is simulated.
func Torture(ctx context.Context, o TortureOptions, s Streams) error {
	if o.Kills < 1 || o.Kills > maxKills {
		return Misused("--kills is between 1 and %d", maxKills)
	}
	t := torture.Options{Program: o.Program, Env: o.Env, Dir: o.Dir, Kills: o.Kills, Era: killsOfEra, Tell: func(line string) { fmt.Fprintln(s.Err, line) }}
	if o.Seed != nil {
		t.Seed = *o.Seed
	} else {
		t.Seed = rand.Uint64N(1_000_000_000)
	}
	var err error
	if t.Program == "" {
		if t.Program, err = os.Executable(); err != nil {
			return err
		}
	}
	if t.Dir == "" {
		if t.Dir, err = os.MkdirTemp("", "kaskad-torture-"); err != nil {
			return err
		}
	}
	r, err := torture.Run(ctx, t)
	if err == nil && o.Dir == "" {
		err = os.RemoveAll(t.Dir)
	}
	if o.JSON {
		return errors.Join(json.NewEncoder(s.Out).Encode(r), err)
	}
	for _, f := range r.Faults {
		fmt.Fprintln(s.Out, f)
	}
	fmt.Fprintf(s.Out, "%d kills of %d gateways in %s: %d deliveries asked for, %d accepted; %d messages arrived", r.Kills, r.Eras, r.Took.Round(time.Second), r.Asked, r.Accepted, r.Messages)
	by := make([]string, len(r.By))
	for i, channel := range torture.Channels() {
		by[i] = fmt.Sprintf("%d on %s", r.By[i], channel)
	}
	fmt.Fprintf(s.Out, " (%s)\n", strings.Join(by, ", "))
	fmt.Fprintf(s.Out, "%d signs of people acknowledged: %d proofs found at their messages, %d about messages of unknown outcome; %d texts in their conversations\n", r.Signs, r.Proofs, r.Unnamed, r.Words)
	fmt.Fprintf(s.Out, "%d changes, told %d times; %d steps had begun before the proof of an earlier one came\n", r.Changes, r.Told, r.Late)
	if err == nil {
		fmt.Fprintln(s.Out, "No rule was broken: nothing that was acknowledged was lost, nothing went out twice, or after a proof or a no.")
	}
	return err
}

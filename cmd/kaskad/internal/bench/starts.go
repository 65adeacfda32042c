package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// starts measures how soon a gateway answers whose file is on disk alone, and what it needs when nothing happens: on the grown file, and on a
// store without anybody.
func starts(ctx context.Context, b *bench) error {
	file, err := b.file(ctx)
	if err != nil {
		return err
	}
	const mb = 1 << 20
	if file.took > 0 {
		b.add(Row{Part: "start", What: "growing the file, each step of each message durable", Done: file.people * Open, Rate: float64(file.people*Open) / file.took.Seconds()})
	}
	b.add(Row{Part: "start", What: "the file, for each of its messages, which were accepted and sent, and no more", Note: fmt.Sprintf("%.2f kB", float64(file.size)/float64(file.people*Open)/1000)})
	for _, from := range []*grown{file, nil} {
		g, err := b.newGateway(ctx, "start", from)
		if err != nil {
			return err
		}
		idle, err := g.idle(ctx)
		if err := errors.Join(err, g.close()); err != nil {
			return err
		}
		what, most := "on the grown file: first answer, memory at rest", Want{Of: "MB of its own", Got: float64(idle.own) / mb, Want: 250, Most: true}
		if from == nil {
			what, most = "on an empty store: first answer, memory at rest", Want{Of: "MB in all", Got: float64(idle.own+idle.files) / mb, Want: 45, Most: true}
		}
		b.add(Row{Part: "start", What: what, Note: fmt.Sprintf("%s ms, %.0f MB of its own and %.0f MB of files", millis(idle.first), float64(idle.own)/mb, float64(idle.files)/mb),
			Wants: []Want{{Of: "s", Got: idle.first.Seconds(), Want: 1, Most: true}, most}})
	}
	return nil
}

// atRest is a gateway to which nothing happens.
type atRest struct {
	first      time.Duration // from the start of the process to its first answer
	own, files int64         // bytes in memory
}

// idle starts a gateway on a file that is on disk alone.
func (g *gateway) idle(ctx context.Context) (r atRest, err error) {
	if err := errors.Join(evict(g.file()), g.start(ctx)); err != nil {
		return r, err
	}
	r.first = g.started
	if err := g.rest(ctx); err != nil {
		return r, err
	}
	r.own, r.files, err = memoryOf(g.pid())
	return r, err
}

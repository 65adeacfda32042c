package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kaskad/cmd/kaskad/internal/app"
)

// mute is somebody at a terminal who does not answer, and presses Ctrl-C instead.
type mute struct {
	leave func()
	once  sync.Once
	end   <-chan struct{}
}

func (m *mute) Read([]byte) (int, error) {
	m.once.Do(m.leave)
	<-m.end
	return 0, context.Canceled
}

func TestCtrlCAtAQuestionEndsTheCommand(t *testing.T) {
	t.Parallel()
	s := speaks(t, "turbosms")
	p := textShop(t, false, entry(t, "main", "turbosms", s))
	p.start()
	list := filepath.Join(p.dir, "people.csv")
	p.put(list, "phone,points\n0671112233,5\n")
	for name, args := range map[string][]string{
		"of a list":     {"send", "--to-file", list, "--template", "bonus", "--cascade", "text"},
		"of a test SMS": {"sms", "test", "--to", phone},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			var o, e bytes.Buffer
			code := run(ctx, append([]string{"-c", p.config}, args...), app.Streams{In: &mute{leave: leave, end: t.Context().Done()}, Out: &o, Err: &e})
			errs := e.String()
			if code != exitFailed || !strings.Contains(errs, "[y/N] \n") || !strings.HasSuffix(errs, "kaskad: broken off: nothing was sent\n") {
				t.Errorf("exit %d\n%s%s", code, o.String(), errs)
			}
			if n := p.deliveries() + len(s.Messages("")); n != 0 {
				t.Errorf("%d were sent", n)
			}
		})
	}
}

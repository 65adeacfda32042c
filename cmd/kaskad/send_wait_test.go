package main

import (
	"strings"
	"testing"
)

// Somebody waits while the gateway dies and is started again: the message is followed all the same.
func TestWaitingOutlastsARestart(t *testing.T) {
	t.Parallel()
	p := hurried(t, nil)
	type ended struct {
		code      int
		out, errs string
	}
	done := make(chan ended, 1)
	go func() {
		code, out, errs := p.try(nil, "send", "--to", "ext:C-1", "--text", "Ваше замовлення тут.", "--purpose", "service", "--cascade", "quick", "--wait", "--json")
		done <- ended{code, out, errs}
	}()
	waitFor(t, "the message", func() bool { return p.deliveries() == 1 })
	p.kill()
	p.start()
	if e := <-done; e.code != exitDone || !strings.Contains(e.out, `"state":"done"`) {
		t.Errorf("exit %d\n%s%s", e.code, e.out, e.errs)
	}
	p.finish()
}

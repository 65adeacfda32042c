package whatsapp

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// mute is a WhatsApp that takes a connection and answers nothing on it.
type mute struct{ said chan struct{} } // closed when something was said to it

func (m mute) RoundTrip(r *http.Request) (*http.Response, error) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) // RFC 6455, 4.2.2
	ours, theirs := net.Pipe()
	go func() {
		in := bufio.NewReader(theirs)
		if _, err := in.ReadByte(); err == nil {
			close(m.said)
		}
		io.Copy(io.Discard, in) // until the connection is cut
	}()
	head := http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Accept": {base64.StdEncoding.EncodeToString(sum[:])}}
	return &http.Response{StatusCode: http.StatusSwitchingProtocols, Header: head, Body: ours, Request: r}, nil
}

// Who stops the program while WhatsApp has not answered the handshake does not wait for that answer: the library would, for 20 seconds.
func TestAStopDoesNotWaitForAHandshake(t *testing.T) {
	t.Parallel()
	for name, hold := range map[string]func(*rig, context.Context){
		"a session is connected": func(r *rig, ctx context.Context) {
			if err := r.bot.Run(ctx, r.got.receive); err != nil {
				r.t.Errorf("Run = %v", err)
			}
		},
		"a phone is paired": func(r *rig, ctx context.Context) {
			needs(r.t, r.bot.forget(context.WithoutCancel(ctx)))
			steps, err := r.bot.Pair(ctx, PairOptions{})
			needs(r.t, err)
			var end PairStep
			for end = range steps {
			}
			if end.Err == nil || end.State != Cancelled {
				r.t.Errorf("the pairing ended with %+v", end)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outside := pairedRig(t)
			outside.close()
			synctest.Test(t, func(t *testing.T) {
				silent := mute{make(chan struct{})}
				r := *outside
				r.t, r.opt.Client = t, &http.Client{Transport: silent}
				r.open()
				ctx, stop := context.WithCancel(t.Context())
				go func() { <-silent.said; stop() }()
				began := time.Now()
				hold(&r, ctx)
				needs(t, r.bot.Close())
				if took := time.Since(began); took != 0 { // the bubble's clock: nothing was waited for
					t.Errorf("the end was waited for, %s", took)
				}
				time.Sleep(time.Minute) // for the library to give up
			})
		})
	}
}

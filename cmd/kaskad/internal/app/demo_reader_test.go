package app

import (
	"errors"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// A connection that breaks under a write sends the program the same signal as a pipe that nobody reads. Only the pipe ends a demo: the
// simulators hang up all the time.
func TestADemoEndsWhenNobodyReadsItAndNotForABrokenConnection(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, stop := whileRead(t.Context(), Streams{Out: w, Err: io.Discard})
	defer stop()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGPIPE)
	defer signal.Stop(signals)
	breakConnection(t)
	<-signals
	select {
	case <-ctx.Done():
		t.Fatal("a broken connection ended the demo")
	case <-time.After(50 * time.Millisecond): // it would have by then; a slow machine only misses that
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("nobody reads this"); !errors.Is(err, syscall.EPIPE) {
		t.Fatalf("to write where nobody reads: %v", err)
	}
	<-ctx.Done()
}

// breakConnection writes to a connection that the other side has left, until that is an error.
func breakConnection(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	for !errors.Is(err, syscall.EPIPE) {
		if _, err = c.Write([]byte("x")); err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
			t.Fatal(err)
		}
	}
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kaskad/cmd/kaskad/internal/app"
)

var errNothingSent = errors.New("nothing was sent")

// agree asks whether to go on; nil is a yes. Ctrl-C ends the question at once: what is being read then is left behind, and ends with
// the program.
func agree(ctx context.Context, s app.Streams, question string) error {
	return agreeTo(ctx, s, question, errNothingSent)
}

// agreeTo is agree where a no means something else than that nothing was sent. Where nobody can be asked, that is a no.
func agreeTo(ctx context.Context, s app.Streams, question string, no error) error {
	if s.In == nil {
		return app.Misused("%w: there is no terminal to ask at; write --yes", no)
	}
	fmt.Fprint(s.Err, question+" [y/N] ")
	answered := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(s.In).ReadString('\n') // whoever closes the terminal has not said yes
		answered <- line
	}()
	var line string
	select {
	case line = <-answered:
	case <-ctx.Done():
	}
	if !strings.HasSuffix(line, "\n") {
		fmt.Fprintln(s.Err)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("broken off: %w", no)
	}
	if !slices.Contains([]string{"y", "yes"}, strings.ToLower(strings.TrimSpace(line))) {
		return no
	}
	return nil
}

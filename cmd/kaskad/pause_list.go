package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"kaskad/cmd/kaskad/internal/app"
)

// idList is a list of ids of deliveries, one on a line. Empty lines are none.
type idList struct {
	name  string
	ids   []string
	lines map[string]int // on which each stands, the first time
}

const (
	mostIDs    = 10_000 // as the API takes at once
	mostListed = 20     // lines that a refusal names
	mostIDLine = 1 << 10
)

// read reads the file, or what is piped in. Nothing is done with a list that has a line which is no id, or none at all: it is not the
// list that was meant, and what it lacks would end.
func (l *idList) read(piped io.Reader) error {
	in := piped
	if l.name != "-" {
		f, err := os.Open(l.name)
		if err != nil {
			return app.Usage(fmt.Errorf("--send-file: %w", err))
		}
		defer f.Close()
		in = f
	}
	if in == nil {
		return app.Misused("--send-file -: nothing is piped in")
	}
	l.lines = map[string]int{}
	wrong := &places{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, mostIDLine)
	n := 0
	for lines.Scan() {
		n++
		id := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch err := app.CheckID(id, "GET /v1/deliveries"); {
		case id == "":
		case err != nil:
			wrong.add(n)
		case l.lines[id] == 0:
			l.lines[id], l.ids = n, append(l.ids, id)
		}
		if len(l.ids) > mostIDs {
			return app.Misused("%s has more than %d ids: at most so many are taken", l.name, mostIDs)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		wrong.add(n + 1)
	} else if err != nil {
		return fmt.Errorf("--send-file: %w", err)
	}
	if wrong.n > 0 {
		return app.Misused("%s: nothing was done: there is no id of a delivery on %s; write one on a line, as GET /v1/deliveries shows them", l.name, wrong)
	}
	if len(l.ids) == 0 {
		return app.Misused("%s has no id, and nothing was done: leave --send-file out if every delivery of the copy is to end", l.name)
	}
	return nil
}

// placed says on which lines the ids stand that the gateway does not know.
func (l *idList) placed(err error) error {
	unknown := &places{}
	for _, id := range app.UnknownIDs(err) {
		if n := l.lines[id]; n > 0 {
			unknown.add(n)
		}
	}
	if unknown.n == 0 {
		return err
	}
	return fmt.Errorf("%s, %s: %w", l.name, unknown, err)
}

// places are numbers of lines, of which the first are named.
type places struct {
	n     int
	named []string
}

func (p *places) add(line int) {
	if p.n++; p.n <= mostListed {
		p.named = append(p.named, fmt.Sprint(line))
	}
}

func (p *places) String() string {
	text := "line " + strings.Join(p.named, ", ")
	if p.n > 1 {
		text = "lines " + strings.Join(p.named, ", ")
	}
	if more := p.n - len(p.named); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// beside is a table of which each column is somebody: one beside the other where that fits into the terminal, else one under the other.
type beside struct {
	out   io.Writer
	heads []string
	rows  [][]string // a name, then a value for each head
}

func (b *beside) row(name string, values ...string) {
	if strings.Join(values, "") != "" {
		b.rows = append(b.rows, append([]string{name}, values...))
	}
}

func (b *beside) Flush() error { return b.fit(columnsOf(b.out)) }

// fit writes the table into so many columns; 0: there is no terminal.
func (b *beside) fit(columns int) error {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "\t"+strings.Join(b.heads, "\t"))
	for _, row := range b.rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(table.String()) {
		if columns > 0 && cells(strings.TrimRight(line, " \n")) > columns {
			return b.stack()
		}
	}
	_, err := io.WriteString(b.out, table.String())
	return err
}

// stack writes each row as a paragraph.
func (b *beside) stack() error {
	w := tabwriter.NewWriter(b.out, 0, 4, 2, ' ', 0)
	for _, row := range b.rows {
		fmt.Fprintln(w, row[0])
		for i, value := range row[1:] {
			if value != "" {
				fmt.Fprintf(w, "  %s\t%s\n", strings.ToLower(b.heads[i]), value)
			}
		}
	}
	return w.Flush()
}

package sheet

import (
	"fmt"
	"io"
)

// maxRow bounds a row: a quote that is never closed must not read the whole file.
const maxRow = 1 << 20

var errLong = fmt.Errorf("the row is longer than %d bytes: is a quote not closed?", maxRow)

// meter counts what is read, and bounds what one row may take.
type meter struct {
	in   io.Reader
	n    int64
	left int
}

func (m *meter) Read(p []byte) (int, error) {
	if m.left < 0 {
		return 0, errLong
	}
	n, err := m.in.Read(p)
	m.n += int64(n)
	m.left -= n
	return n, err
}

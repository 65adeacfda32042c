package sheet

import (
	"io"
	"strings"
)

// tape keeps what was read of the row at hand, so that a row that cannot be understood can be written back as it was.
type tape struct {
	in   io.Reader
	kept []byte
	from int64 // where kept begins
}

func (t *tape) Read(p []byte) (int, error) {
	n, err := t.in.Read(p)
	t.kept = append(t.kept, p[:n]...)
	return n, err
}

// rewind forgets what stands before a place, once there is much of it.
func (t *tape) rewind(to int64) {
	if n := int(to - t.from); n >= 64<<10 {
		t.kept = append(t.kept[:0], t.kept[n:]...)
		t.from = to
	}
}

// between is what stands between two places, without the end of its line.
func (t *tape) between(from, to int64) string {
	return strings.TrimRight(string(t.kept[max(from-t.from, 0):max(to-t.from, 0)]), "\r\n")
}

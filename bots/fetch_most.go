package bots

import "io"

// AtMost ends a file that is longer than was asked for with ErrTooLarge: half a file is none.
func AtMost(file io.ReadCloser, most int64) io.ReadCloser {
	return &atMost{ReadCloser: file, left: most}
}

type atMost struct {
	io.ReadCloser
	left int64
}

func (f *atMost) Read(p []byte) (int, error) {
	if int64(len(p)) > f.left+1 {
		p = p[:f.left+1]
	}
	n, err := f.ReadCloser.Read(p)
	if int64(n) > f.left {
		return int(f.left), ErrTooLarge
	}
	f.left -= int64(n)
	return n, err
}

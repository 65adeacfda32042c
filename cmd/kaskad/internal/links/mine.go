package links

import "strings"

// Mine reports whether the code in a path was made here: the program has two sides, each with a secret of its own.
func (l *Links) Mine(path string) bool {
	code, _ := strings.CutPrefix(path, prefix)
	_, _, ok := l.codes.open(code)
	return ok
}

// Mine reports whether the code in a path was made here.
func (l *Redirect) Mine(path string) bool {
	code, _ := strings.CutPrefix(path, LinkPrefix)
	_, ok := l.codes.open(code)
	return ok
}

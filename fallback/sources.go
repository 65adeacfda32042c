package fallback

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"kaskad/bots"
)

// Errors of sources.
var (
	ErrUnknownSource = errors.New("no source has this code")
	ErrSourceTaken   = errors.New("another source has this code")
	ErrManySources   = fmt.Errorf("there are %d sources, and no more are kept: use one of them again", bots.MaxSources)
)

// MakeSource makes a source. Test: it is one of test keys, and its code says so.
func MakeSource(tx Tx, s bots.Source, test bool) (bots.Source, error) {
	switch {
	case test && !strings.HasPrefix(s.Code, bots.TestSource):
		s.Code = bots.TestSource + s.Code
	case !test && strings.HasPrefix(s.Code, bots.TestSource):
		return s, &bots.SourceFault{Field: "code", Problem: "Codes that begin with " + bots.TestSource + " are those of test keys: choose another one."}
	}
	if f := s.Faulty(); f != nil {
		return s, f
	}
	if _, taken := tx.Source(s.Code); taken {
		return s, ErrSourceTaken
	}
	if full(tx) {
		return s, ErrManySources
	}
	s.Created, s.Changed = tx.Now(), tx.Now()
	tx.PutSource(s)
	return s, nil
}

func full(tx View) bool {
	n := 0
	tx.Sources("", func(bots.Source) bool {
		n++
		return n < bots.MaxSources
	})
	return n >= bots.MaxSources
}

// ChangeSource lets change write a source. Its code is printed, and stays.
func ChangeSource(tx Tx, code string, change func(*bots.Source)) (bots.Source, error) {
	s, ok := tx.Source(code)
	if !ok {
		return s, ErrUnknownSource
	}
	change(&s)
	s.Code = code
	if f := s.Faulty(); f != nil {
		return s, f
	}
	s.Changed = tx.Now()
	tx.PutSource(s)
	return s, nil
}

// plainLetters cannot be mistaken for one another on paper, and make no words.
const plainLetters = "23456789bcdfghjkmnpqrstvwxz"

// FreshCode is a code of seven letters. There are ten thousand millions of them.
func FreshCode() string {
	b := make([]byte, 7)
	rand.Read(b)
	for i := range b {
		b[i] = plainLetters[int(b[i])%len(plainLetters)]
	}
	return string(b)
}

package store

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// journalLine is a line as it is written. Fields are only ever added: lines of every version before are read.
type journalLine struct {
	Number  uint64          `json:"n"`
	Store   string          `json:"store,omitempty"`
	At      time.Time       `json:"at"`
	Kind    string          `json:"kind"`
	Contact bots.ID         `json:"contact"`
	By      string          `json:"by,omitempty"`
	Same    []bots.ID       `json:"same,omitempty"`
	Marks   []string        `json:"marks,omitempty"`
	Said    time.Time       `json:"said,omitzero"`
	Ads     bool            `json:"marketing,omitempty"`
	All     bool            `json:"all,omitempty"`
	On      []string        `json:"on,omitempty"`
	Noes    []journalNo     `json:"noes,omitempty"`
	Numbers []journalNumber `json:"numbers,omitempty"`
}

type journalNo struct {
	About    string    `json:"about"`
	At       time.Time `json:"at"`
	ByPerson bool      `json:"by_person,omitempty"`
}

type journalNumber struct {
	Mark string    `json:"mark"`
	Said time.Time `json:"said"`
	Ads  bool      `json:"marketing,omitempty"`
	All  bool      `json:"all,omitempty"`
	On   []string  `json:"on,omitempty"`
}

// The kinds of line.
const (
	lineNo     = "no"
	lineErased = "erased"
)

// storedLine is a line with what tells it from others.
type storedLine struct {
	fallback.JournalLine
	store string // whose it is
	sum   uint32
	raw   []byte // with its end; good until the next one is read
}

// encodeLine writes a line of a store, and tells its sum.
func encodeLine(l *fallback.JournalLine, store string) ([]byte, uint32, error) {
	w := journalLine{Number: l.Number, Store: store, At: l.At, Kind: lineNo, Contact: l.Contact, By: l.By, Same: l.Same, Said: l.No.At, Ads: l.No.Marketing, All: l.No.All, On: l.No.On}
	if l.Erased {
		w.Kind = lineErased
	}
	for _, mark := range l.Marks {
		w.Marks = append(w.Marks, hex.EncodeToString(mark))
	}
	for _, n := range l.Noes {
		w.Noes = append(w.Noes, journalNo(n))
	}
	for _, n := range l.Numbers {
		w.Numbers = append(w.Numbers, journalNumber{hex.EncodeToString(n.Mark), n.No.At, n.No.Marketing, n.No.All, n.No.On})
	}
	b, err := json.Marshal(w)
	sum := crc32.ChecksumIEEE(b)
	return fmt.Appendf(nil, "%08x %s\n", sum, b), sum, err
}

func decodeLine(b []byte) (l storedLine, ok bool) {
	sum, text, found := bytes.Cut(b, []byte(" "))
	l.sum = crc32.ChecksumIEEE(text)
	if !found || string(sum) != fmt.Sprintf("%08x", l.sum) {
		return l, false
	}
	var w journalLine
	if json.Unmarshal(text, &w) != nil || w.Kind != lineNo && w.Kind != lineErased {
		return l, false
	}
	l.store = w.Store
	l.JournalLine = fallback.JournalLine{Number: w.Number, At: w.At, Erased: w.Kind == lineErased, Contact: w.Contact, By: w.By, Same: w.Same}
	l.No = fallback.KeptNo{At: w.Said, Marketing: w.Ads, All: w.All, On: w.On}
	for _, n := range w.Noes {
		l.Noes = append(l.Noes, fallback.JournalNo(n))
	}
	return l, decodeMarks(&w, &l.JournalLine) == nil
}

func decodeMarks(w *journalLine, l *fallback.JournalLine) error {
	for _, mark := range w.Marks {
		raw, err := hex.DecodeString(mark)
		if err != nil {
			return err
		}
		l.Marks = append(l.Marks, raw)
	}
	for _, n := range w.Numbers {
		raw, err := hex.DecodeString(n.Mark)
		if err != nil {
			return err
		}
		l.Numbers = append(l.Numbers, fallback.MarkedNo{Mark: raw, No: fallback.KeptNo{At: n.Said, Marketing: n.Ads, All: n.All, On: n.On}})
	}
	return nil
}

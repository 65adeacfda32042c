package store

import (
	"kaskad/bots"
)

// wordKind is the kind of record that keeps the last word a person said through a number.
const wordKind = "word"

func (n naming) wordKey(number string) []byte {
	if n.secret == nil {
		return append(name(wordKind), number...)
	}
	return append(name(wordKind), n.name(wordKind, number)...)
}

func (e *encoder) consent(c *bots.Consent) {
	e.uint(1, uint64(c.State))
	e.time(2, c.At)
	e.str(3, c.Source)
	e.bool(4, c.ByPerson)
	e.str(5, c.Words)
	e.str(6, c.Version)
	e.str(7, c.By)
	e.int(8, int64(c.Line))
	e.bool(9, c.Everything)
}

func encodeWord(b []byte, said *bots.Consent) []byte {
	return encode(b, func(e *encoder) {
		e.consent(said)
		e.bool(15, true) // a record is never empty
	})
}

func decodeWord(b []byte) (bots.Consent, error) {
	var said bots.Consent
	err := decode(b, func(f *fields) { decodeConsent(f, &said) })
	return said, err
}

// Word reads the last word said through a number.
func (t *tx) Word(number string) bots.Consent {
	key := t.db.naming.wordKey(number)
	b := t.get(tRecord, key)
	if b == nil {
		return bots.Consent{}
	}
	said, err := decodeWord(b)
	must(tRecord, key, err)
	return said
}

// PutWord keeps a word for good.
func (t *tx) PutWord(number string, said bots.Consent) {
	t.set.put(tRecord, t.db.naming.wordKey(number), encodeWord(nil, &said))
}

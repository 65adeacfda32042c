package fallbacktest

import (
	"crypto/hmac"
	"crypto/sha256"

	"kaskad/bots"
	"kaskad/fallback"
)

func gone(d *data) *map[bots.ID]fallback.Erased { return &d.gone }
func noes(d *data) *map[string]fallback.KeptNo  { return &d.noes }

func (t *tx) PutErased(e fallback.Erased)                        { write(t, gone, e.Contact, e) }
func (t *tx) Erased(contact bots.ID) (e fallback.Erased, b bool) { return find(t, gone, contact) }

// Mark is made with a key that only tests have.
func (t *tx) Mark(name bots.Ref) []byte {
	if name.Kind == bots.SMS {
		name.Kind = "phone"
	}
	h := hmac.New(sha256.New, []byte("a key of tests"))
	h.Write([]byte(name.Kind + "\x00" + name.Value))
	return h.Sum(nil)
}

// PutKeptNo writes a no; a zero one is none.
func (t *tx) PutKeptNo(mark []byte, no fallback.KeptNo) { write(t, noes, string(mark), no) }

func (t *tx) KeptNo(mark []byte) fallback.KeptNo {
	no, _ := find(t, noes, string(mark))
	return no
}

func (t *tx) KeptNoAt(name bots.Ref) fallback.KeptNo { return t.KeptNo(t.Mark(name)) }

package store

import (
	"google.golang.org/protobuf/encoding/protowire"

	"kaskad/bots"
	"kaskad/fallback"
)

// codesKind is the kind of record that counts the one-time codes of a phone, under a keyed name.
const codesKind = "codes"

func codesKey(of string) []byte { return append(name(codesKind), of...) }

// claim writes a phone that waits for its code; nothing for none.
func (e *encoder) claim(num protowire.Number, c *bots.Claim) {
	if *c == (bots.Claim{}) {
		return
	}
	e.msg(num, func(e *encoder) {
		e.str(1, c.Phone)
		e.str(2, c.Chat.Channel)
		e.str(3, c.Chat.ID)
		e.time(4, c.Asked)
		e.str(5, c.Hash)
		e.time(6, c.Expires)
		e.int(7, int64(c.Tries))
		e.time(8, c.Since)
		e.int(9, int64(c.Codes))
		e.bool(10, c.Again)
	})
}

func decodeClaim(f *fields, c *bots.Claim) {
	switch f.num {
	case 1:
		c.Phone = f.str()
	case 2:
		c.Chat.Channel = f.str()
	case 3:
		c.Chat.ID = f.str()
	case 4:
		c.Asked = f.time()
	case 5:
		c.Hash = f.str()
	case 6:
		c.Expires = f.time()
	case 7:
		c.Tries = f.count()
	case 8:
		c.Since = f.time()
	case 9:
		c.Codes = f.count()
	case 10:
		c.Again = f.bool()
	}
}

func encodeCodes(b []byte, n *fallback.Codes) []byte {
	return encode(b, func(e *encoder) {
		e.time(1, n.Since)
		e.int(2, int64(n.Sent))
		e.time(3, n.At)
		e.str(4, n.To)
		e.time(5, n.Denied)
		for _, d := range n.Drawn {
			e.msg(6, func(e *encoder) {
				e.str(1, d.Hash)
				e.time(2, d.At)
			})
		}
		e.bool(15, true) // a record is never empty
	})
}

func decodeCodes(b []byte) (n fallback.Codes, err error) {
	err = decode(b, func(f *fields) {
		switch f.num {
		case 1:
			n.Since = f.time()
		case 2:
			n.Sent = f.count()
		case 3:
			n.At = f.time()
		case 4:
			n.To = f.str()
		case 5:
			n.Denied = f.time()
		case 6:
			var d fallback.Drawn
			f.nested(func(f *fields) {
				switch f.num {
				case 1:
					d.Hash = f.str()
				case 2:
					d.At = f.time()
				}
			})
			n.Drawn = append(n.Drawn, d)
		}
	})
	return n, err
}

// Codes reads what is known of the one-time codes of a phone.
func (t *tx) Codes(of string) fallback.Codes {
	key := codesKey(of)
	n, err := decodeCodes(t.get(tRecord, key))
	must(tRecord, key, err)
	return n
}

// PutCodes writes it.
func (t *tx) PutCodes(of string, n fallback.Codes) {
	t.set.put(tRecord, codesKey(of), encodeCodes(nil, &n))
}

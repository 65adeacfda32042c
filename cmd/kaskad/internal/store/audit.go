package store

import (
	"kaskad/bots"
	"kaskad/fallback"
)

// auditKind is the kind of record that tells what somebody of the team did; "audit" is what people did to keys. Ids grow, so that the newest stands last.
const auditKind = "done by staff"

func auditKey(id bots.ID) []byte { return idKey(name(auditKind), id) }

func encodeAudited(b []byte, a *fallback.Audited) []byte {
	return encode(b, func(e *encoder) {
		e.time(1, a.At)
		e.str(2, a.By)
		e.str(3, a.Account.Channel)
		e.str(4, a.Account.ID)
		e.str(5, a.Act)
		e.id(6, a.Contact)
		e.id(7, a.Delivery)
		e.id(8, a.Message)
		e.str(9, a.Group)
		e.str(10, a.Thread)
		e.str(11, a.On)
		e.str(12, a.Query)
		e.str(13, a.Detail)
		e.str(14, a.Refused)
		e.bool(15, true) // a record is never empty
	})
}

func decodeAudited(id bots.ID, b []byte) (fallback.Audited, error) {
	a := fallback.Audited{ID: id}
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			a.At = f.time()
		case 2:
			a.By = f.str()
		case 3:
			a.Account.Channel = f.str()
		case 4:
			a.Account.ID = f.str()
		case 5:
			a.Act = f.str()
		case 6:
			a.Contact = f.id()
		case 7:
			a.Delivery = f.id()
		case 8:
			a.Message = f.id()
		case 9:
			a.Group = f.str()
		case 10:
			a.Thread = f.str()
		case 11:
			a.On = f.str()
		case 12:
			a.Query = f.str()
		case 13:
			a.Detail = f.str()
		case 14:
			a.Refused = f.str()
		}
	})
	return a, err
}

// PutAudit writes a line of the audit.
func (t *tx) PutAudit(a fallback.Audited) {
	t.set.put(tRecord, auditKey(a.ID), encodeAudited(nil, &a))
}

// Audited is a line of the audit.
func (t *tx) Audited(id bots.ID) (fallback.Audited, bool) {
	key := auditKey(id)
	b := t.get(tRecord, key)
	if b == nil {
		return fallback.Audited{}, false
	}
	a, err := decodeAudited(id, b)
	must(tRecord, key, err)
	return a, true
}

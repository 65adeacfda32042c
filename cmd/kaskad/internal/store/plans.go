package store

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

func encodePlan(b []byte, p *fallback.Plan) []byte {
	return encode(b, func(e *encoder) {
		e.id(1, standing(p.Contact, p.Under))
		e.str(2, p.To)
		e.uint(3, uint64(p.Purpose))
		e.str(4, p.Template)
		e.str(5, p.Text)
		e.bytes(6, p.Data)
		e.msg(7, func(e *encoder) { encodeCascade(e, &p.Cascade) })
		e.str(8, p.Zone)
		e.time(9, p.SendAt)
		e.time(10, p.Created)
		if len(p.Metadata) > 0 {
			encodeMetadata(e, p.Metadata)
		}
		e.fixed(12, p.Same)
		e.str(13, p.Author)
		e.id(14, p.ReplyTo)
		e.bool(15, p.AskContact)
		e.uint(16, uint64(p.First))
		e.str(17, p.FirstReason)
		e.str(18, p.Image)
		if p.File != nil {
			e.msg(19, func(e *encoder) {
				e.str(1, p.File.URL)
				e.str(2, p.File.Name)
			})
		}
		e.str(20, string(p.Act))
		e.str(21, p.Chat.Channel)
		e.str(22, p.Chat.ID)
		e.bool(50, p.Exact)
		e.bytes(51, p.Sealed)
		e.bool(52, p.Post)
		if p.Copy != nil {
			e.msg(56, func(e *encoder) { encodeCopy(e, p.Copy) })
		}
		e.str(57, p.By)
		e.int(40, p.AsText.Amount)
		e.str(41, p.AsText.Currency)
		for _, b := range p.Choices {
			e.msg(30, func(e *encoder) { encodeChoice(e, &b) })
		}
	})
}

func encodeMetadata(e *encoder, m map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		e.msg(11, func(e *encoder) {
			e.str(1, key)
			e.str(2, m[key])
		})
	}
}

func encodeCascade(e *encoder, c *fallback.Cascade) {
	e.str(1, c.Name)
	for _, s := range c.Steps {
		e.msg(2, func(e *encoder) {
			e.str(1, s.Channel)
			e.int(2, int64(s.Wait))
			e.uint(3, uint64(s.Until.Level))
			e.str(4, s.Until.Exact)
			e.str(5, s.Task)
		})
	}
	e.str(3, c.Order)
	e.int(4, int64(c.Deadline))
	e.int(5, int64(c.PaidSteps))
	e.int(6, int64(c.Quiet.From))
	e.int(7, int64(c.Quiet.To))
	e.int(8, int64(c.Quiet.Ramp))
	if c.Days != nil {
		e.msg(9, func(e *encoder) { encodeDays(e, c.Days) })
	}
}

func decodePlan(b []byte, p *fallback.Plan) error {
	return decode(b, func(f *fields) {
		switch f.num {
		case 1:
			p.Contact = f.id()
		case 2:
			p.To = f.str()
		case 3:
			p.Purpose = fallback.Purpose(f.small(uint64(fallback.Conversation)))
		case 4:
			p.Template = f.str()
		case 5:
			p.Text = f.str()
		case 6:
			p.Data = f.bytes()
		case 7:
			f.nested(func(f *fields) { decodeCascade(f, &p.Cascade) })
		case 8:
			p.Zone = f.str()
		case 9:
			p.SendAt = f.time()
		case 10:
			p.Created = f.time()
		case 11:
			decodeMetadata(f, p)
		case 12:
			p.Same = f.fixed()
		case 13:
			p.Author = f.str()
		case 14:
			p.ReplyTo = f.id()
		case 15:
			p.AskContact = f.bool()
		case 16:
			p.First = fallback.State(f.small(uint64(fallback.Cancelled)))
		case 17:
			p.FirstReason = f.str()
		case 18:
			p.Image = f.str()
		case 19:
			p.File = &bots.File{}
			f.nested(func(f *fields) { decodeFile(f, p.File) })
		case 20:
			p.Act = bots.Act(f.str())
		case 21:
			p.Chat.Channel = f.str()
		case 22:
			p.Chat.ID = f.str()
		case 50:
			p.Exact = f.bool()
		case 51:
			p.Sealed = f.bytes()
		case 52:
			p.Post = f.bool()
		case 56:
			p.Copy = &fallback.Copy{}
			f.nested(func(f *fields) { decodeCopy(f, p.Copy) })
		case 57:
			p.By = f.str()
		case 40:
			p.AsText.Amount = f.int()
		case 41:
			p.AsText.Currency = f.str()
		case 30:
			var b bots.Button
			f.nested(func(f *fields) { decodeChoice(f, &b) })
			p.Choices = append(p.Choices, b)
		}
	})
}

func encodeChoice(e *encoder, b *bots.Button) {
	e.str(1, b.Text)
	e.str(2, b.URL)
	e.str(3, b.Data)
}

func decodeChoice(f *fields, b *bots.Button) {
	switch f.num {
	case 1:
		b.Text = f.str()
	case 2:
		b.URL = f.str()
	case 3:
		b.Data = f.str()
	}
}

func decodeMetadata(f *fields, p *fallback.Plan) {
	var key, val string
	f.nested(func(f *fields) {
		switch f.num {
		case 1:
			key = f.str()
		case 2:
			val = f.str()
		}
	})
	if p.Metadata == nil {
		p.Metadata = make(map[string]string)
	}
	p.Metadata[key] = val
}

func decodeCascade(f *fields, c *fallback.Cascade) {
	switch f.num {
	case 1:
		c.Name = f.str()
	case 2:
		if c.Steps == nil {
			c.Steps = make([]fallback.Step, 0, 4)
		}
		var s fallback.Step
		f.nested(func(f *fields) { decodeStep(f, &s) })
		c.Steps = append(c.Steps, s)
	case 3:
		c.Order = f.str()
	case 4:
		c.Deadline = time.Duration(f.int())
	case 5:
		c.PaidSteps = f.count()
	case 6:
		c.Quiet.From = f.count()
	case 7:
		c.Quiet.To = f.count()
	case 8:
		c.Quiet.Ramp = time.Duration(f.int())
	case 9:
		c.Days = &fallback.Days{}
		f.nested(func(f *fields) { decodeDays(f, c.Days) })
	}
}

func encodeDays(e *encoder, d *fallback.Days) {
	for _, h := range d.Hours {
		e.msg(1, func(e *encoder) {
			e.int(1, int64(h.Day))
			e.int(2, int64(h.From))
			e.int(3, int64(h.To))
			e.bool(15, true)
		})
	}
	e.uint(2, uint64(d.Off))
	last := 0
	for _, n := range d.Dates {
		e.msg(3, func(e *encoder) {
			e.int(1, int64(n-last))
			e.bool(15, true)
		})
		last = n
	}
	e.uint(4, uint64(d.Holidays))
	e.bool(15, true)
}

func decodeDays(f *fields, d *fallback.Days) {
	switch f.num {
	case 1:
		var h fallback.DayHours
		f.nested(func(f *fields) {
			switch f.num {
			case 1:
				h.Day = time.Weekday(f.int())
			case 2:
				h.From = int(f.int())
			case 3:
				h.To = int(f.int())
			}
		})
		d.Hours = append(d.Hours, h)
	case 2:
		d.Off = uint32(f.small(math.MaxUint32))
	case 3:
		n := 0
		if len(d.Dates) > 0 {
			n = d.Dates[len(d.Dates)-1]
		}
		f.nested(func(f *fields) {
			if f.num == 1 {
				n += int(f.int())
			}
		})
		d.Dates = append(d.Dates, n)
	case 4:
		d.Holidays = fallback.HolidayRule(f.small(uint64(fallback.HolidaysWorked)))
	}
}

func decodeStep(f *fields, s *fallback.Step) {
	switch f.num {
	case 1:
		s.Channel = f.str()
	case 2:
		s.Wait = time.Duration(f.int())
	case 3:
		s.Until.Level = bots.Level(f.small(uint64(bots.Engaged)))
	case 4:
		s.Until.Exact = f.str()
	case 5:
		s.Task = f.str()
	}
}

// maxMetadata is how many keys of a delivery's metadata are indexed.
const maxMetadata = 4

// PutPlan writes the unchanging part of a new delivery, with its places in the lists by contact and by metadata.
func (t *tx) PutPlan(p *fallback.Plan) {
	t.putPlan(p)
	t.set.put(tByContact, t.set.ids(standing(p.Contact, p.Under), p.ID), binary.BigEndian.AppendUint64(t.set.room(8), p.Same))
	for _, key := range indexed(p) {
		hash := digest(key, p.Metadata[key])
		t.set.put(tByMetadata, idKey(append(t.set.room(24), hash[:]...), p.ID), nil)
	}
}

// indexed are the keys of the metadata by which a delivery can be listed.
func indexed(p *fallback.Plan) []string {
	if len(p.Metadata) == 0 {
		return nil
	}
	keys := slices.Sorted(maps.Keys(p.Metadata))
	return keys[:min(len(keys), maxMetadata)]
}

// DeliveriesOf walks a contact's deliveries, newest first, until f returns false.
func (t *tx) DeliveriesOf(contact bots.ID, f func(id bots.ID, same uint64) bool) {
	var group [8]byte
	same := t.Same(contact)
	if len(same) > 1 {
		t.deliveriesOf(same, f)
		return
	}
	t.walk(tByContact, idKey(group[:0], same[0]), func(key, val []byte) bool { return f(lastID(key), keyNumber(val)) })
}

func (t *tx) putPlan(p *fallback.Plan) {
	val := t.set.encode(func(b []byte) []byte { return encodePlan(b, p) })
	t.putOf(t.ownerOfPlan(p), tPlan, t.set.id(p.ID), val, func() []byte { return barePlan(p) })
}

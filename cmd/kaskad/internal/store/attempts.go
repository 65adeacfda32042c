package store

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// AttemptLine is one attempt and what came of it.
type AttemptLine struct {
	fallback.Attempt
	Result *fallback.Result // nil: nobody knows yet
}

func attemptKey(message bots.ID, number int) []byte {
	return binary.BigEndian.AppendUint32(idKey(nil, message), uint32(number))
}

// encodeAttempt leaves out what the message has: address, text, markup, picture, buttons.
func encodeAttempt(b []byte, a *fallback.Attempt, res *fallback.Result) []byte {
	return encode(b, func(e *encoder) {
		e.id(1, a.Delivery)
		e.int(2, int64(a.Leg))
		e.str(3, a.Sender)
		e.fixed(4, a.Boot)
		e.time(5, a.At)
		e.time(6, a.Lease)
		e.int(7, a.Cost.Amount)
		e.str(8, a.Cost.Currency)
		e.str(9, a.Out.AskContact)
		e.str(10, a.Out.ReplyTo)
		e.int(11, int64(a.Parts))
		e.str(14, string(a.Out.Act))
		e.str(15, a.Out.On)
		if f := a.Out.File; f != nil {
			e.msg(16, func(e *encoder) {
				e.str(1, f.URL)
				e.str(2, f.Name)
			})
		}
		if res == nil {
			return
		}
		e.msg(12, func(e *encoder) { encodeReceipt(e, &res.Receipt) })
		if res.Err != nil {
			e.msg(13, func(e *encoder) { encodeSendError(e, res.Err) })
		}
	})
}

func encodeReceipt(e *encoder, r *bots.Receipt) {
	e.str(1, r.Sender)
	e.str(2, r.Chat)
	e.str(3, r.ID)
	e.id(4, r.Step)
	e.uint(5, uint64(r.Level))
	e.bool(6, r.Failed)
	e.uint(7, uint64(r.Fault))
	e.str(8, r.Reason)
	e.time(9, r.At)
	e.time(10, r.SentAt)
	e.int(11, int64(r.Parts))
	e.bool(12, r.AdsOnly)
	e.bool(13, r.Free)
	e.bool(14, r.Bare)
	e.bool(16, r.Astray)
	e.bool(17, r.Forum)
	e.str(18, r.Rest)
}

func encodeSendError(e *encoder, err *bots.SendError) {
	e.uint(1, uint64(err.Fault))
	e.int(2, int64(err.RetryAfter))
	e.str(3, err.Code)
	if err.Err != nil {
		e.msg(4, func(e *encoder) { e.str(1, err.Err.Error()) })
	}
	e.bool(5, err.ChatOnly)
	e.bool(6, err.AdsOnly)
}

func decodeAttempt(message bots.ID, number int, b []byte) (*AttemptLine, error) {
	a := &AttemptLine{}
	a.Message, a.Number, a.Out.Step = message, number, message
	err := decode(b, func(f *fields) {
		switch f.num {
		case 1:
			a.Delivery = f.id()
		case 2:
			a.Leg = f.count()
		case 3:
			a.Sender = f.str()
		case 4:
			a.Boot = f.fixed()
		case 5:
			a.At = f.time()
		case 6:
			a.Lease = f.time()
		case 7:
			a.Cost.Amount = f.int()
		case 8:
			a.Cost.Currency = f.str()
		case 9:
			a.Out.AskContact = f.str()
		case 10:
			a.Out.ReplyTo = f.str()
		case 11:
			a.Parts = f.count()
		case 12:
			f.nested(func(f *fields) { decodeReceipt(f, &a.result().Receipt) })
			a.result()
		case 13:
			a.result().Err = &bots.SendError{}
			f.nested(func(f *fields) { decodeSendError(f, a.Result.Err) })
		case 14:
			a.Out.Act = bots.Act(f.str())
		case 15:
			a.Out.On = f.str()
		case 16:
			a.Out.File = &bots.File{}
			f.nested(func(f *fields) { decodeFile(f, a.Out.File) })
		}
	})
	return a, err
}

func decodeFile(f *fields, x *bots.File) {
	switch f.num {
	case 1:
		x.URL = f.str()
	case 2:
		x.Name = f.str()
	}
}

func (a *AttemptLine) result() *fallback.Result {
	if a.Result == nil {
		a.Result = &fallback.Result{}
	}
	return a.Result
}

func decodeReceipt(f *fields, r *bots.Receipt) {
	switch f.num {
	case 1:
		r.Sender = f.str()
	case 2:
		r.Chat = f.str()
	case 3:
		r.ID = f.str()
	case 4:
		r.Step = f.id()
	case 5:
		r.Level = bots.Level(f.small(uint64(bots.Engaged)))
	case 6:
		r.Failed = f.bool()
	case 7:
		r.Fault = bots.Fault(f.small(uint64(bots.Misconfigured)))
	case 8:
		r.Reason = f.str()
	case 9:
		r.At = f.time()
	case 10:
		r.SentAt = f.time()
	case 11:
		r.Parts = f.count()
	case 12:
		r.AdsOnly = f.bool()
	case 13:
		r.Free = f.bool()
	case 14:
		r.Bare = f.bool()
	case 16:
		r.Astray = f.bool()
	case 17:
		r.Forum = f.bool()
	case 18:
		r.Rest = f.str()
	}
}

func decodeSendError(f *fields, err *bots.SendError) {
	switch f.num {
	case 1:
		err.Fault = bots.Fault(f.small(uint64(bots.Misconfigured)))
	case 2:
		err.RetryAfter = time.Duration(f.int())
	case 3:
		err.Code = f.str()
	case 4:
		text := ""
		f.nested(func(f *fields) {
			if f.num == 1 {
				text = f.str()
			}
		})
		err.Err = errors.New(text)
	case 5:
		err.ChatOnly = f.bool()
	case 6:
		err.AdsOnly = f.bool()
	}
}

// PutAttempt writes a try before it is made.
func (t *tx) PutAttempt(a *fallback.Attempt) {
	t.putAttempt(a, nil)
}

// PutAttemptResult writes what came of it.
func (t *tx) PutAttemptResult(a *fallback.Attempt, res fallback.Result) {
	t.putAttempt(a, &res)
}

func (t *tx) putAttempt(a *fallback.Attempt, res *fallback.Result) {
	owner := bots.ID(0)
	if t.db.opt.Keys != nil {
		owner = t.ownerOf(a.Delivery)
	}
	val := t.set.encode(func(b []byte) []byte { return encodeAttempt(b, a, res) })
	t.putOf(owner, tAttempt, attemptKey(a.Message, a.Number), val, func() []byte { return bareAttempt(a, res) })
}

// attempts are those of a message, in order, with what the message says of them.
func (t *tx) attempts(message bots.ID) []AttemptLine {
	m := t.Message(message)
	var list []AttemptLine
	for _, e := range t.all(tAttempt, idKey(nil, message)) {
		a, err := decodeAttempt(message, int(binary.BigEndian.Uint32(e.key[8:])), e.val)
		must(tAttempt, e.key, err)
		if m != nil {
			a.Out.To, a.Out.Text, a.Out.Markup, a.Out.Image, a.Out.File, a.Out.Buttons = m.To, m.Text, m.Markup, m.Image(), m.File(), m.Buttons
			a.Out.Media = m.Carried()
		}
		list = append(list, *a)
	}
	return list
}

// SentAs is a message of ours as it was handed to its channel, by the channel's id: for a channel that asks for it once more. False:
// no delivery sent it.
func (db *DB) SentAs(ctx context.Context, sender, providerID string) (out bots.Outgoing, found bool, err error) {
	out, err = view(ctx, db, func(t *tx) (bots.Outgoing, error) {
		id := t.ByProvider(fallback.ProviderKey{Sender: sender, ID: providerID})
		tried := t.attempts(id)
		if found = len(tried) > 0; !found {
			return bots.Outgoing{}, nil
		}
		out := tried[len(tried)-1].Out
		if m := t.Message(id); t.MessageState(id).Approved {
			out.Approved = m.Approved
		}
		return out, nil
	})
	return out, found, err
}

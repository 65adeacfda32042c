package fallback

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kaskad/bots"
)

// Two contacts that are one person: Merge and Unmerge. What either has done stays under its own id; everybody who asks for the absorbed
// one gets the kept one, so that running deliveries follow by themselves.

// Errors of Merge and Unmerge.
var (
	ErrSameContact = errors.New("both are one contact already")
	ErrNotMerged   = errors.New("it is not part of this contact")
	ErrStaffMerge  = errors.New("a group of staff is no person")
	ErrMostMerged  = fmt.Errorf("a contact can absorb at most %d others", bots.MaxMerged)
)

// LaterMerge is a merge that has to be undone first.
type LaterMerge struct{ Kept, Absorbed bots.ID }

func (e *LaterMerge) Error() string {
	return fmt.Sprintf("contact %s was merged into %s after it: undo that first", e.Absorbed, e.Kept)
}

// MergeAsk says which two contacts are one, or are to be two again. Keep stands, From goes into it: the direction is the caller's.
type MergeAsk struct {
	Keep, From bots.Ref
	By         string
	Try        bool // only tell what it would come to
	// Note is a record about what was done, which the store writes in the same transaction. It is pure. Nil: none.
	Note func(*bots.Merge) (Note, error)
}

// Note is a record that others keep in the store.
type Note struct {
	Kind, ID string
	Data     []byte
}

// Merge makes one person of two, and ends the deliveries that the stricter of both consents forbids, in one transaction.
func Merge(tx Tx, a MergeAsk, r *Rules) (bots.Merge, error) {
	k, f, err := pair(tx, a.Keep, a.From)
	if err != nil {
		return bots.Merge{}, err
	}
	m := tryMerge(tx, k, f)
	m.By = a.By
	if a.Try {
		m.Ended = append(forbidden(tx, k.ID, &m.Became, r), forbidden(tx, f.ID, &m.Became, r)...)
		return m, nil
	}
	m.After = tx.NewID()
	became := m.Became
	for _, id := range []bots.ID{k.ID, f.ID} {
		m.Ended = append(m.Ended, forbid(tx, id, &became, r)...)
	}
	witness(tx, k, &became, bots.Scene{Via: bots.ViaMerged, With: f.ID}, "")
	addLine(tx, &became, mergeLine("merged", f.ID, m.Ended))
	m.Became = became
	gone := *f
	gone.Into = k.ID
	tx.PutContact(&gone) // first: its names go to the kept one
	joinTalks(tx, &m)
	tx.PutMerge(m)
	tx.PutContact(&became)
	tx.Change(bots.Change{Type: "contact.merged", At: tx.Now(), Contact: k.ID, State: f.ID.String(), Reason: a.By})
	tellConsents(tx, &became, MergedReason, k)
	movedFrom(tx, &became, k, f)
	tellHome(tx, f.ID, groupHaving(tx, &m.AbsorbedTalkWas))
	return m, nil
}

// tryMerge is what a merge comes to, unwritten.
func tryMerge(v View, keep, from *bots.Contact) bots.Merge {
	m := bots.Merge{
		Kept: keep.ID, Absorbed: from.ID, At: v.Now(), KeptWas: *keep, AbsorbedWas: *from, Became: keep.Absorb(from, v.Now()),
		KeptTalkWas: v.Conversation(keep.ID), AbsorbedTalkWas: v.Conversation(from.ID),
	}
	m.BecameTalk = m.KeptTalkWas.Absorb(&m.AbsorbedTalkWas)
	return m
}

func pair(v View, keep, from bots.Ref) (k, f *bots.Contact, err error) {
	if k = v.Contact(v.FindContact(keep)); k == nil {
		return nil, nil, nobody(v, keep)
	}
	if f = v.Contact(v.FindContact(from)); f == nil {
		return nil, nil, nobody(v, from)
	}
	switch {
	case k.ID == f.ID:
		return nil, nil, ErrSameContact
	case ForStaff(k) || ForStaff(f):
		return nil, nil, ErrStaffMerge
	case len(k.Merged)+len(f.Merged)+1 > bots.MaxMerged:
		return nil, nil, ErrMostMerged
	}
	return k, f, nil
}

// forbidden are the open deliveries under an id that a consent does not allow any more.
func forbidden(v View, id bots.ID, c *bots.Contact, r *Rules) (all []bots.ID) {
	if !c.Silent() && c.Allows(r.OptOut) {
		return nil
	}
	v.DeliveriesOf(id, func(id bots.ID, _ uint64) bool {
		if d := v.Delivery(id); d != nil && !d.State.Final() && d.forbidden(c.Silent()) {
			all = append(all, id)
		}
		return true
	})
	return all
}

// forbid ends them.
func forbid(tx Tx, id bots.ID, c *bots.Contact, r *Rules) []bots.ID {
	all := forbidden(tx, id, c, r)
	for _, id := range all {
		d := tx.Delivery(id)
		d.refuse(c.Silent(), tx.Now())
		save(tx, d)
	}
	return all
}

func mergeLine(event string, with bots.ID, ended []bots.ID) bots.Statement {
	room := min(len(ended), bots.MaxEnded)
	s := bots.Statement{About: bots.AboutMerge, Scene: bots.Scene{Via: bots.ViaMerged, Event: event, With: with}, More: len(ended) - room}
	s.Ended = append(s.Ended, ended[:room]...)
	return s
}

// joinTalks makes one conversation of two. The absorbed one's head stays, and is in no list.
func joinTalks(tx Tx, m *bots.Merge) {
	if m.AbsorbedTalkWas == (bots.Conversation{}) {
		return
	}
	apart(tx, m.Became.Merged, func() {
		tx.PutConversation(bots.Conversation{Contact: m.Absorbed})
		m.BecameTalk.Contact = m.Kept
		tx.PutConversation(m.BecameTalk)
	})
}

// apart writes heads of conversations for a reason that concerns none of the earlier merges of those who were absorbed: what either of
// them would have by itself stays as it is.
func apart(tx Tx, absorbed []bots.ID, write func()) {
	var before []bots.Merge
	for _, id := range absorbed {
		if m, ok := tx.Merge(id); ok {
			before = append(before, m)
		}
	}
	write()
	for _, m := range before {
		if now, _ := tx.Merge(m.Absorbed); now.KeptTalkWas != m.KeptTalkWas || now.AbsorbedTalkWas != m.AbsorbedTalkWas {
			tx.PutMerge(m)
		}
	}
}

// tellConsents tells which consents are others than they were told to be, as any of several records.
func tellConsents(tx Tx, c *bots.Contact, prefix string, told ...*bots.Contact) {
	tell := func(of func(*bots.Contact) bots.Consent, channel, about string) {
		is := of(c)
		if slices.ContainsFunc(told, func(was *bots.Contact) bool { return !is.Same(of(was)) }) {
			tx.Change(bots.Change{Type: "contact.consent", At: tx.Now(), Contact: c.ID, Channel: channel, State: is.State.String(), Reason: about + prefix + is.Source})
		}
	}
	tell(func(c *bots.Contact) bots.Consent { return c.Marketing }, "", "")
	tell(func(c *bots.Contact) bots.Consent { return c.All }, "", bots.AllReason)
	for _, channel := range bots.Channels() {
		tell(func(c *bots.Contact) bots.Consent { return c.ConsentOn(channel) }, channel, onReason)
	}
}

// MergedReason stands before the reason of a change contact.consent whose word was said by a contact that was absorbed.
const MergedReason = "merged:"

// addressee is the absorbed contact that a REF named before the merge; 0: none.
func addressee(tx View, c *bots.Contact, ref bots.Ref) bots.ID {
	for _, id := range slices.Backward(c.Merged) { // one that was absorbed by an absorbed one stands behind that
		if m, ok := tx.Merge(id); ok && m.Owned(ref) {
			return id
		}
	}
	return 0
}

// owner is the contact under whose id the delivery stands.
func (p *Plan) owner() bots.ID {
	if p.Under != 0 {
		return p.Under
	}
	return p.Contact
}

// FollowTalk keeps, for the undoing, what a conversation of several contacts would be for each by itself. A store calls it before it
// writes a head.
func FollowTalk(tx Tx, after bots.Conversation) {
	all := tx.Same(after.Contact)
	if len(all) == 1 || all[0] != after.Contact {
		return
	}
	before := tx.Conversation(after.Contact)
	side, told := bots.ID(0), after.LastID != before.LastID
	if m := tx.Message(after.LastID); told && m != nil {
		side = m.Under
	}
	for _, id := range all[1:] {
		if m, ok := tx.Merge(id); ok && m.Follow(&before, &after, side, told) {
			tx.PutMerge(m)
		}
	}
}

func idRef(id bots.ID) bots.Ref { return bots.Ref{Kind: "id", Value: id.String()} }

// nobody is the error for a REF that names nobody: of an id, whether it was erased.
func nobody(tx View, ref bots.Ref) error {
	if id, err := bots.ParseID(ref.Value); err == nil && ref.Kind == "id" {
		if e, ok := tx.Erased(id); ok {
			return &GoneContact{Contact: id, At: e.At}
		}
	}
	return &UnknownContact{Ref: ref}
}

// GoneContact is an id whose person was erased: nothing of it can be merged, and no merge of it undone.
type GoneContact struct {
	Contact bots.ID
	At      time.Time
}

func (e *GoneContact) Error() string {
	return fmt.Sprintf("contact %s was erased at %s: nothing of it is left, and no merge of it can be undone", e.Contact, e.At.UTC().Format(time.RFC3339))
}

// Is makes errors.Is(err, ErrUnknownContact) work.
func (e *GoneContact) Is(target error) bool { return target == ErrUnknownContact }

// Merge makes one person of two contacts, or tells what that would come to.
func (e *Engine) Merge(ctx context.Context, a MergeAsk) (bots.Merge, error) {
	return e.Store.Merge(ctx, a, e.Rules)
}

// Unmerge makes two contacts of one again.
func (e *Engine) Unmerge(ctx context.Context, a MergeAsk) (bots.Merge, error) {
	return e.Store.Unmerge(ctx, a, e.Rules)
}

package graph

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"kaskad/bots/simulator/internal/stage"
)

// notice is one thing to tell, before it is put into a webhook call.
type notice struct {
	Notice
	contact *wireContact
	message *wireMessage
	status  *wireStatus
	group   *Group
	trouble *statusError
	field   string // of the change; "" = messages
	row     string // those of one row do not overtake one another
}

// emit tells the webhook something. Without batches, notices of one person come in order. The caller holds s.mu.
func (s *Server) emit(n notice) {
	if s.hook == "" {
		return
	}
	s.open++
	if s.opt.Batch <= 1 {
		s.ship([]notice{n}, n.row)
		return
	}
	s.gathered = append(s.gathered, n)
	if len(s.gathered) >= s.opt.Batch {
		s.shipGathered()
		return
	}
	if len(s.gathered) == 1 {
		s.await()
	}
	s.stage.Notify()
}

// await ships what is gathered when its time is over, unless it was shipped before. The caller holds s.mu.
func (s *Server) await() {
	mine := s.gather
	wait := max(s.opt.Gather, time.Millisecond)
	s.stage.Later(wait, func() {
		if s.gather == mine {
			s.shipGathered()
		}
	})
}

// shipGathered makes one webhook call of all that waits. The caller holds s.mu.
func (s *Server) shipGathered() {
	all := s.gathered
	s.gathered = nil
	s.gather++
	if len(all) == 0 {
		return
	}
	if s.opt.Shuffle > 0 {
		s.dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	s.ship(all, "")
}

// ship makes a webhook call of some notices and queues it. The caller holds s.mu.
func (s *Server) ship(all []notice, row string) {
	s.posted++
	p := &Post{Number: s.posted, Body: encode(s.envelope(all)), At: s.opt.Now()}
	for _, n := range all {
		p.Notices = append(p.Notices, n.Notice)
	}
	s.open -= len(all) - 1 // from now on the call counts, not what is in it
	s.posts = stage.Newest(append(s.posts, p), s.opt.Keep)
	s.stage.Notify()
	if s.opt.Shuffle > 0 {
		wait := time.Duration(s.dice.Int64N(int64(s.opt.Shuffle)))
		s.stage.After(wait, func() { s.bring(p) })
		return
	}
	s.lanes.Push(row, p)
}

// envelope puts notices into one payload: statuses in a row share a change, every other change begins a new entry.
func (s *Server) envelope(all []notice) envelope {
	var changes []change
	for i, n := range all {
		if last := len(changes) - 1; n.status != nil && i > 0 && all[i-1].status != nil {
			changes[last].Value.add(n)
			continue
		}
		c := change{Field: "messages", Value: value{Product: "whatsapp", Metadata: metadata{s.opt.Phone, s.opt.PhoneID}}}
		n.field = cmp.Or(n.field, c.Field)
		c.Field = n.field
		c.Value.add(n)
		changes = append(changes, c)
	}
	out := envelope{Object: "whatsapp_business_account"}
	for i, c := range changes {
		if i%2 == 0 {
			out.Entry = append(out.Entry, entry{ID: s.opt.WABA})
		}
		last := &out.Entry[len(out.Entry)-1]
		last.Changes = append(last.Changes, c)
	}
	return out
}

func (v *value) add(n notice) {
	if n.contact != nil {
		v.Contacts = append(v.Contacts, *n.contact)
	}
	if n.message != nil {
		v.Messages = append(v.Messages, *n.message)
	}
	if n.status != nil {
		v.Statuses = append(v.Statuses, *n.status)
	}
	if n.group != nil {
		v.Groups = append(v.Groups, *n.group)
	}
	if n.trouble != nil {
		v.Errors = append(v.Errors, *n.trouble)
	}
}

// TellTrouble makes a notice of an error that belongs to no message.
func (s *Server) TellTrouble(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := asStatus(code, "")
	s.emit(notice{Notice: Notice{Kind: "error"}, trouble: &e})
}

// TellGroup makes a notice about a group, in a change of the given field: group_lifecycle_update, group_participants_update, ….
func (s *Server) TellGroup(field string, g Group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emit(notice{Notice: Notice{Kind: g.Type, ID: g.ID}, group: &g, field: field})
}

// Flush ships what waits for more company, and waits until every webhook call is answered 200 or given up.
func (s *Server) Flush(ctx context.Context) error {
	s.mu.Lock()
	s.shipGathered()
	s.mu.Unlock()
	return s.WaitIdle(ctx)
}

// WaitIdle waits until everything is told, and every webhook call is answered 200 or given up.
func (s *Server) WaitIdle(ctx context.Context) error {
	if err := s.stage.Wait(ctx, func() bool { return s.open == 0 }); err != nil {
		return fmt.Errorf("graph simulator: webhook calls are left: %w", err)
	}
	return nil
}

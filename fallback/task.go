package fallback

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// A human as a step of a cascade. A task is one leg of a delivery on the staff's channel: the room is asked to do something about the
// person, and what somebody there presses under the post is its only proof. All that holds for a step holds for a task: nobody is called
// who may not be written to, at an hour when nothing is sent, or after a proof.

// TaskCall is to call the person up. It is the one task that there is.
const TaskCall = "call"

// Tasks lists what a step may ask a colleague to do.
func Tasks() []string { return []string{TaskCall} }

// TaskProof is the kind of the proof that a colleague gives.
const TaskProof = "task"

// What came of a task: the answers of its buttons, the reason of its step, and the detail in the audit.
const (
	TaskCalled        = "called"
	TaskNoAnswer      = "no_answer"      // the next step goes at once
	TaskNotInterested = "not_interested" // it is proof, and the person's no to marketing
)

func taskAnswers() []string { return []string{TaskCalled, TaskNoAnswer, TaskNotInterested} }

// ActTask is the act, in the audit, of whoever says what came of a task.
const ActTask = "task"

// TaskOver is why a press changes nothing: somebody has answered before, or the delivery has ended. What it proves is kept as late proof.
const TaskOver = "over"

// StaffTask is the line of the outbox that says that a task's post waits for nobody any more. Delivery: whose it is; Message: the post.
const StaffTask = "staff.task"

// topicAgain is how soon a task whose topic is not there goes into the group itself.
const topicAgain = time.Second

// Task is what a leg asks a colleague to do; empty: it is a message to the person.
func (p *Plan) Task(l *Leg) string {
	if l.Step >= len(p.Cascade.Steps) {
		return ""
	}
	return p.Cascade.Steps[l.Step].Task
}

// proof is what a step needs. Of a task it is the word of a colleague, and nothing else that happens to its post.
func (s *Step) proof() Until {
	if s.Task != "" {
		return Until{Level: bots.Engaged, Exact: TaskProof}
	}
	return s.Until
}

// unable says why nobody can be asked to call a person; empty: somebody can.
func unable(c *bots.Contact, room bots.Address) string {
	switch {
	case room.ID == "":
		return ReasonNoRoom
	case c.Phone == "" || c.PhoneClaimed: // whose a claimed number is, nobody knows
		return ReasonNoPlace
	}
	return ""
}

// roomPlace is the group of staff in which a person is talked about; zero: there is none to which can be written.
func roomPlace(v View, contact bots.ID) bots.Address {
	c := v.Contact(v.FindContact(RoomRef(HomeOf(v, contact))))
	if c == nil {
		return bots.Address{}
	}
	if a, ok := c.At(bots.Staff); ok && a.Reachable() {
		return a.Address
	}
	return bots.Address{}
}

// roomFor is where a task about a person goes: into the topic where staff talk about them, if there is one.
func roomFor(v View, contact bots.ID) (room bots.Address, thread string) {
	room = roomPlace(v, contact)
	if t := v.Topic(contact); room.ID != "" && t.Stands(room.ID) && !t.Shut {
		thread = t.Thread
	}
	return room, thread
}

// goesTo is where a leg's message would go now; false: nowhere.
func (d *Delivery) goesTo(v View, c *bots.Contact, l *Leg) (bots.Address, bool) {
	if d.Task(l) != "" {
		room := roomPlace(v, d.Contact)
		return room, room.ID != ""
	}
	place, ok := d.place(c, l.Channel)
	return place.Address, ok && place.Reachable()
}

// roomFault reads a failed call about a task as one of the room, never of the person: a group that shut us out is no no of theirs.
// A topic that is not there is left alone, and the task goes into the group itself.
func (d *Delivery) roomFault(tx Tx, a *Attempt, res *Result) error {
	if res.Err == nil || a.Leg >= len(d.Route) || d.Task(&d.Route[a.Leg]) == "" {
		return nil
	}
	room, _, err := roomHaving(tx, a.Out.To.ID)
	if err != nil {
		return err
	}
	told := *res.Err
	switch {
	case told.Code == bots.NoTopic || told.Code == bots.TopicShut:
		leaveTopic(tx, d.Contact, a.Out.To.ID, a.Out.Thread, told.Code)
		told.Fault, told.RetryAfter = bots.Temporary, topicAgain
	case told.Fault == bots.Refused || told.Fault == bots.Unreachable:
		told.Fault = bots.Unreachable
		if room.Group == a.Out.To.ID {
			err = room.lose(tx)
		}
	}
	res.Err = &told
	return err
}

// NoAnswer takes a colleague's word that the person did not answer: the next step goes at once. It reports whether that changed anything.
func (d *Delivery) NoAnswer(leg int, by string, e *Env, now time.Time) bool {
	if leg >= len(d.Route) || d.State.Final() || d.Route[leg].Attempts == 0 || d.Route[leg].By != "" {
		return false
	}
	d.isOut(leg, now) // whoever answers it has seen it
	d.Route[leg].By = by
	d.lost(leg, bots.Unreachable, TaskNoAnswer, e, now)
	return true
}

// taskPressed takes what a colleague pressed under a task; false: the message is none, or nothing was pressed.
func taskPressed(tx Tx, team *Team, room *StaffRoom, e *bots.Event, m *bots.Message, r *Rules, w *World) (bool, error) {
	if m == nil || e.Kind != bots.Pressed {
		return false, nil
	}
	d := tx.Delivery(m.Delivery)
	if d == nil || m.Leg >= len(d.Route) || d.Task(&d.Route[m.Leg]) == "" {
		return false, nil
	}
	if !slices.Contains(taskAnswers(), e.Data) {
		return true, nil
	}
	who := accountOf(e)
	name := e.Name
	if member := team.Member(who); member != nil {
		name = member.Name
	}
	t := taskAnswer{tx: tx, e: e, m: m, d: d, by: author(name), rules: r, world: w}
	refused, err := t.take()
	if err != nil {
		return true, err
	}
	if refused == "" {
		room.note(tx, bots.Change{Type: StaffTask, Delivery: d.ID, Message: m.ID})
	}
	room.audit(tx, Audited{
		By: t.by, Account: who, Act: ActTask, Contact: d.Contact, Delivery: d.ID, Message: m.ID,
		Group: e.Chat.ID, Thread: e.Thread, On: e.On, Query: e.Query, Detail: e.Data, Refused: refused,
	})
	return true, nil
}

// taskAnswer is what a colleague says came of a task.
type taskAnswer struct {
	tx    Tx
	e     *bots.Event
	m     *bots.Message
	d     *Delivery
	by    string
	rules *Rules
	world *World
}

// take makes it so, and says why it changes nothing. A no of the person's counts whenever it is told.
func (t *taskAnswer) take() (refused string, err error) {
	c, l := t.tx.Contact(t.d.Contact), &t.d.Route[t.m.Leg]
	answered := l.By != "" && (l.Reason == t.e.Data || l.Reason == TaskNotInterested)
	switch {
	case c == nil || answered:
		return TaskOver, nil
	case t.e.Data == TaskNoAnswer:
		if !t.d.NoAnswer(t.m.Leg, t.by, env(t.tx, t.rules, t.world, c, t.d.Purpose), t.tx.Now()) {
			return TaskOver, nil
		}
		save(t.tx, t.d)
		return "", nil
	}
	over := t.d.State.Final() && t.d.State != Unconfirmed
	grow(t.tx, t.m, t.tx.MessageState(t.m.ID), Evidence{Level: bots.Engaged, Kind: TaskProof, Data: t.e.Data, By: t.by, At: t.e.At}, false)
	switch {
	case t.e.Data == TaskNotInterested:
		t.refuse(c)
	case over:
		return TaskOver, nil
	}
	return "", nil
}

// refuse is the person's no to marketing, as a colleague heard it: no list that says yes later lifts it.
func (t *taskAnswer) refuse(c *bots.Contact) {
	before := *c
	by := bots.Staff + ":" + t.by
	if said(c.Marketing, bots.Denied) || !c.Tell(bots.Consent{State: bots.Denied, At: t.tx.Now(), Source: by, ByPerson: true, By: by}) {
		return
	}
	Testify(t.tx, &before, c, bots.Scene{Channel: bots.Staff, Delivery: t.d.ID}, "")
	c.Updated = t.tx.Now()
	t.tx.PutContact(c)
	Told(t.tx, &before, c, false)
}

// tasksOver tells the desk of tasks that stand in the room for nothing, as their delivery has ended without them. One that is only
// unconfirmed can still be proven.
func tasksOver(tx Tx, d *Delivery, c *bots.Change) {
	if !d.State.Final() || d.State == Unconfirmed || c.Type != "delivery."+d.State.String() {
		return
	}
	for i := range d.Route {
		l := &d.Route[i]
		if d.Task(l) == "" || l.By != "" || l.Message == 0 {
			continue
		}
		if room, err := taskRoom(tx, l.Message); err == nil {
			room.note(tx, bots.Change{Type: StaffTask, Delivery: d.ID, Message: l.Message})
		}
	}
}

// lateTask tells the desk of a task that was answered, or over, before it was known under which name its post stands: it could not be
// changed then.
func lateTask(tx Tx, d *Delivery, a *Attempt, res *Result, under bool) error {
	if under || res.Err != nil || a.Leg >= len(d.Route) || d.Task(&d.Route[a.Leg]) == "" {
		return nil
	}
	room, err := taskRoom(tx, a.Message)
	if err == nil {
		room.note(tx, bots.Change{Type: StaffTask, Delivery: d.ID, Message: a.Message})
	}
	return err
}

// taskRoom is the room in which a task stands; where that group is none any more, the first.
func taskRoom(v View, message bots.ID) (StaffRoom, error) {
	if m := v.Message(message); m != nil {
		if room, ok, err := roomHaving(v, m.To.ID); ok || err != nil {
			return room, err
		}
	}
	return ReadStaffRoom(v, "")
}

// TaskDone is what a task's post says when it waits for nobody any more, as a change of that post: what came of it, and who said so; over
// is said of one that nobody answered. False: there is nothing to change.
func TaskDone(v View, message bots.ID, over string) (text string, p Post, ok bool) {
	m := v.Message(message)
	if m == nil || m.Text == "" {
		return "", p, false
	}
	d, s := v.Delivery(m.Delivery), v.MessageState(m.ID)
	if d == nil || m.Leg >= len(d.Route) || d.Task(&d.Route[m.Leg]) == "" || !writable(v, m.To) || nameIn(m, &s) == "" {
		return "", p, false
	}
	l := &d.Route[m.Leg]
	for _, b := range m.Buttons {
		if l.By != "" && b.Data == l.Reason {
			over = b.Text + " — " + l.By
		}
	}
	p = Post{Contact: d.Contact, Act: bots.EditAct, On: s.ProviderID, Group: m.To.ID}
	return m.Text + "\n\n✓ " + over, p, true
}

// writable reports whether an address is that of a room to which can be written.
func writable(v View, at bots.Address) bool {
	room, ok, err := roomIn(v, at.ID)
	return ok && err == nil && room.Lost.IsZero()
}

// headOf names a person for those who are to call.
func headOf(c *bots.Contact) string {
	name := strings.Join(strings.Fields(c.Name), " ")
	all := slices.Compact([]string{name, c.ExternalID, c.Phone}) // a name may be the card's number
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), ", ")
}

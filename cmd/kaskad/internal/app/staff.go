package app

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/desk"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// openRoom gives the engine the staff's room as a channel of its own. It is not among those that cascades may name.
func (a *App) openRoom(rules *fallback.Rules, senders map[string]bots.Sender) {
	c := a.channels[bots.Telegram]
	if c == nil || c.staff == nil {
		return
	}
	room := c.staff.Room(a.roomMoved)
	senders[bots.Staff] = room
	rules.Channels = maps.Clone(rules.Channels)
	rules.Channels[bots.Staff] = fallback.Channel{Limits: room.Limits(), Senders: []string{bots.Staff}, Price: bots.Money{Currency: currency(a.cfg)}}
}

// roomMoved is told by a send that the group has another id now; the group itself may have told so as well.
func (a *App) roomMoved(ctx context.Context, from, to string) {
	e := bots.Event{
		ID: "telegram:moved:" + from + ":" + to, Channel: bots.Telegram, Sender: bots.Staff, Kind: bots.Moved,
		Chat: bots.Address{Channel: bots.Staff, ID: from}, Data: to, At: time.Now(),
	}
	if err := a.engine.Receive(ctx, bots.Batch{Events: []bots.Event{e}}); err != nil {
		a.log.Warn("the group of staff has another id, which could not be stored; the next post tells again", "err", err)
	}
}

// openDesk wires a desk for each group of staff, and brings the rooms up to the configuration.
func (a *App) openDesk(ctx context.Context, rules *fallback.Rules) error {
	c := a.channels[bots.Telegram]
	if c == nil || c.staff == nil {
		return nil
	}
	err := a.db.Update(ctx, func(tx fallback.Tx) error {
		if err := fallback.FixStaffRoom(tx, "", a.cfg.Telegram.StaffChat); err != nil {
			return err
		}
		return fallback.SettleStaffGroups(tx, rules.Staff.Groups)
	})
	if err == nil {
		err = a.takeOver(ctx)
	}
	if err != nil {
		return err
	}
	for _, room := range append([]string{""}, a.cfg.Staff.names()...) {
		a.desks = append(a.desks, desk.New(a.deskOptions(c, rules, room)))
	}
	return nil
}

// takeOver gives the first group the conversations in which somebody waits, and whose group is none any more: what its desk had not posted
// nobody would show.
func (a *App) takeOver(ctx context.Context) error {
	first := fallback.MainGroup
	for cursor := ""; ; {
		page, err := a.db.Talks(ctx, store.TalkFilter{Waiting: true}, cursor, 500)
		if err != nil {
			return err
		}
		for _, talk := range page.Items {
			if talk.Group == "" || talk.Group == first {
				continue
			}
			home := ""
			err := a.db.Read(ctx, func(v fallback.View) error {
				home = fallback.HomeOf(v, talk.Contact)
				return nil
			})
			if err == nil && home == "" {
				_, err = a.db.PutConversation(ctx, talk.Contact, fallback.TalkChange{Group: &first}.Apply)
			}
			if err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// deskOptions is what the desk of a room is made of.
func (a *App) deskOptions(c *channel, rules *fallback.Rules, room string) desk.Options {
	log := a.log
	if room != "" {
		log = log.With("group", room)
	}
	return desk.Options{
		Room: room, Feed: a.db, Road: deskRoad{a}, Reactor: c.staff, Toaster: c.staff, Core: rules.Core, Locale: a.cfg.Company.Locale, Zone: rules.Zone, Channels: a.waysOut(rules), Facts: a.cfg.Staff.facts(), Storing: func() time.Time { return a.engine.Storing() }, Log: log,
	}
}

// waysOut are the channels on which an answer that failed may go instead.
func (a *App) waysOut(rules *fallback.Rules) []string {
	return slices.DeleteFunc(bots.Channels(), func(channel string) bool { _, on := rules.Channels[channel]; return !on })
}

// runDesks serves the rooms; without Telegram there is none.
func (a *App) runDesks(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, d := range a.desks {
		g.Go(func() error { return d.Run(ctx) })
	}
	return g.Wait()
}

// deskRoad is the engine as the desk wants it.
type deskRoad struct{ a *App }

func (r deskRoad) Staff(ctx context.Context, f func(fallback.Tx, fallback.Poster) error) error {
	return r.a.engine.Staff(ctx, r.a.db, f)
}

// staffTrouble is why staff cannot be told, or cannot answer; since when, and what to do.
type staffTrouble struct {
	since time.Time
	todo  string
}

// poorStaff are all of them; what is worst stands last.
func (a *App) poorStaff() (all []staffTrouble) {
	if a.tickets != nil {
		if since, stuck := a.tickets.Stuck(); stuck {
			all = append(all, staffTrouble{since, "customers wait, and none of the team can be reached where they answer: kaskad staff list says why"})
		}
	}
	for _, d := range a.desks {
		which, code := "the staff's group", "kaskad staff code"
		if d.Room != "" {
			which, code = which+" "+d.Room, code+" --group "+d.Room
		}
		if since, barred := d.Barred(); barred {
			all = append(all, staffTrouble{since, "the bot may make no topics in " + which + ": make it an administrator there who may manage topics"})
		}
		if since, muted := d.Muted(); muted {
			all = append(all, staffTrouble{since, "the bot may not write in " + which + ": make it an administrator there, or let members write; posts wait"})
		}
		if since, lost := d.Lost(); lost {
			all = append(all, staffTrouble{since, "the bot cannot write to " + which + ": add it there again, or bind another group with " + code})
		}
	}
	return all
}

// staffCode makes the code that binds a group, and says what to write there.
func (a *App) staffCode(ctx context.Context, group string) (api.StaffCode, error) {
	room := fallback.RoomNamed(group)
	if room != "" && !slices.Contains(a.cfg.Staff.names(), room) {
		return api.StaffCode{}, api.ErrUnknownStaffGroup
	}
	c := a.channels[bots.Telegram]
	if c == nil || c.staff == nil {
		return api.StaffCode{}, api.ErrNoStaffChannel
	}
	plain := strings.ToLower(rand.Text()) // base 32, five bits a letter
	code := plain[:4] + "-" + plain[4:8] + "-" + plain[8:12]
	var expires time.Time
	err := a.db.Update(ctx, func(tx fallback.Tx) (err error) {
		expires, err = fallback.PutStaffCode(tx, room, code)
		return err
	})
	if err != nil {
		return api.StaffCode{}, err
	}
	made := api.StaffCode{Code: code, Command: "/staff" + a.atBot(ctx, c.staff) + " " + code, ExpiresAt: expires.UTC()}
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	made.Link, _ = c.staff.Link(ctx, fallback.StaffPayload(code)) // the line does as well
	return made, nil
}

// atBot addresses a command to our bot, as a group may have several; nothing when Telegram does not say who we are.
func (a *App) atBot(ctx context.Context, bot *telegram.Bot) string {
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	name, err := bot.Username(ctx)
	if err != nil {
		a.log.Warn("the bot's name is not known; the command is shown without it", "err", err)
		return ""
	}
	return "@" + name
}

// shown is the store without what belongs to the staff's room: posts are deliveries, and the room is a contact, but both are no
// business of those who call the API.
type shown struct{ reads }

var _ api.Store = shown{}

// hidden are the contacts that stand for rooms.
func (s shown) hidden(ctx context.Context) (all map[bots.ID]bool, err error) {
	err = s.DB.Read(ctx, func(v fallback.View) error {
		all, err = fallback.StaffContacts(v)
		return err
	})
	return all, err
}

func (s shown) Delivery(ctx context.Context, id bots.ID) (*fallback.Delivery, error) {
	d, err := s.reads.Delivery(ctx, id)
	if err == nil && d.ForStaff() {
		return nil, fallback.ErrUnknownDelivery
	}
	return d, err
}

func (s shown) FindContact(ctx context.Context, ref bots.Ref) (*bots.Contact, error) {
	c, err := s.reads.FindContact(ctx, ref)
	if c != nil && fallback.ForStaff(c) {
		return nil, err
	}
	return c, err
}

func (s shown) PutContact(ctx context.Context, ref bots.Ref, change func(*bots.Contact) error) (*bots.Contact, bool, error) {
	return s.reads.PutContact(ctx, ref, func(c *bots.Contact) error {
		if fallback.ForStaff(c) {
			return &fallback.UnknownContact{Ref: ref}
		}
		return change(c)
	})
}

func (s shown) PutContacts(ctx context.Context, puts []contacts.Put) []contacts.Done {
	return s.reads.PutContacts(ctx, noStaff(puts))
}

func (s shown) TryContacts(ctx context.Context, puts []contacts.Put) ([]contacts.Done, error) {
	return s.reads.TryContacts(ctx, noStaff(puts))
}

// noStaff are changes of people that change nobody who stands for staff.
func noStaff(puts []contacts.Put) []contacts.Put {
	all := slices.Clone(puts)
	for i := range all {
		change, ref := all[i].Change, all[i].Refs[0]
		all[i].Change = func(c *bots.Contact) error {
			if fallback.ForStaff(c) {
				return &fallback.UnknownContact{Ref: ref}
			}
			return change(c)
		}
	}
	return all
}

func (s shown) Deliveries(ctx context.Context, f api.DeliveryFilter, cursor string, limit int) ([]*fallback.Delivery, string, error) {
	return without(cursor, limit, func(cursor string, limit int) ([]*fallback.Delivery, string, error) {
		return s.reads.Deliveries(ctx, f, cursor, limit)
	}, func(d *fallback.Delivery) bool { return d.ForStaff() })
}

// Queue counts the posts that wait as well: whoever runs the gateway wants to know.
func (s shown) Queue(ctx context.Context) (map[string]int, error) {
	queue, err := s.reads.Queue(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range fallback.Priorities() { // posts have the first of them, tasks their delivery's
		lane := fallback.SendLane(bots.Staff, p)
		posts, err := s.DB.Due(ctx, lane, fallback.Entry{}, time.Now(), queueCount)
		if err != nil {
			return nil, err
		}
		if len(posts) > 0 {
			queue[string(lane)] = len(posts)
		}
	}
	return queue, nil
}

func (s shown) Changes(ctx context.Context, after uint64, limit int) ([]bots.Change, error) {
	var found []bots.Change
	for len(found) < limit {
		batch, err := s.reads.Changes(ctx, after, limit)
		if err != nil {
			return nil, err
		}
		hidden, err := s.hidden(ctx) // after the batch: whoever it names is known
		if err != nil {
			return nil, err
		}
		for _, c := range batch {
			after = c.ID
			if !hidden[c.Contact] && len(found) < limit {
				found = append(found, c)
			}
		}
		if len(batch) < limit {
			break
		}
	}
	return found, nil
}

// shortPages is how often a page that what is hidden made short is filled up.
const shortPages = 20

// without reads pages of a list until one is full of what may be shown.
func without[T any](cursor string, limit int, read func(cursor string, limit int) ([]T, string, error), hide func(T) bool) (found []T, next string, err error) {
	for range shortPages {
		page, more, err := read(cursor, limit-len(found))
		if err != nil {
			return nil, "", err
		}
		for _, one := range page {
			if !hide(one) {
				found = append(found, one)
			}
		}
		if cursor = more; more == "" || len(found) >= limit {
			break
		}
	}
	return found, cursor, err
}

package ticks

import (
	"context"
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// mostLines is how far back a conversation is looked at: whoever writes more before they are answered has ticks under the last of it.
const mostLines = 100

// answers reports whether a delivery shows that a person has read: words of staff, or their reaction. What they change or take back of
// their own does not.
func answers(d *fallback.Delivery) bool {
	return d != nil && d.Purpose == fallback.Conversation && d.Author != "" && !d.ForStaff() && (d.Act == "" || d.Act == bots.ReactAct)
}

// upTo is the last message that an answer shows to be read: the one that the answered post showed, or that got the reaction; else what
// came before the answer.
func upTo(d *fallback.Delivery) bots.ID {
	if d.ReplyTo != 0 && (d.Metadata[fallback.StaffMessage] != "" || d.Act == bots.ReactAct) {
		return d.ReplyTo
	}
	return d.ID
}

// chat is what a person wrote at one of their addresses.
type chat struct {
	at  bots.Address
	ids []string // oldest first
}

// read finds what an answer shows to be read, from the newest line back to what an earlier answer showed.
func (t *Ticks) read(ctx context.Context, d *fallback.Delivery, lines []Line, channel string) (all []*chat, err error) {
	last := upTo(d)
	var done bots.ID
	for _, m := range lines {
		if m.ID <= done {
			break
		}
		if !m.In {
			before, err := t.shown(ctx, d, &m)
			if err != nil {
				return nil, err
			}
			done = max(done, before)
			continue
		}
		if m.ID <= last && m.Channel == channel && markable(m.Message) {
			all = noted(all, m.Message)
		}
	}
	for _, c := range all {
		slices.Reverse(c.ids)
	}
	return all, nil
}

// shown is up to where a message of ours shows that everything was read before this answer; zero: it shows nothing.
func (t *Ticks) shown(ctx context.Context, this *fallback.Delivery, m *Line) (bots.ID, error) {
	switch {
	case m.ByOwner(): // on the phone itself, which has told it
		return m.ID, nil
	case m.Author == "" || m.Delivery == 0 || m.Delivery >= this.ID || m.State.Level < bots.Accepted:
		return 0, nil
	}
	d, err := t.delivery(ctx, m.Delivery)
	if err != nil || !answers(d) {
		return 0, err
	}
	return upTo(d), nil
}

// markable reports whether a message has ticks of its own: what was done to another one has none.
func markable(m *bots.Message) bool {
	return m.ProviderID != "" && (m.Kind == bots.TextMessage || m.Kind == bots.PressMessage)
}

func noted(all []*chat, m *bots.Message) []*chat {
	i := slices.IndexFunc(all, func(c *chat) bool { return c.at == m.To })
	if i < 0 {
		i, all = len(all), append(all, &chat{at: m.To})
	}
	all[i].ids = append(all[i].ids, m.ProviderID)
	return all
}

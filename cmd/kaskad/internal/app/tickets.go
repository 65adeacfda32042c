package app

import (
	"context"
	"slices"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/desk"
	"kaskad/cmd/kaskad/internal/tickets"
	"kaskad/fallback"
)

// openTickets wires what brings tickets to members in their own chats. The test side has no team.
func (a *App) openTickets(ctx context.Context, rules *fallback.Rules) error {
	if a.world != nil {
		return nil
	}
	if err := a.db.Update(ctx, fallback.SettleTeam); err != nil {
		return err
	}
	a.tickets = tickets.New(tickets.Options{
		Feed: a.db, Road: ticketRoad{a}, Rules: rules, Locale: a.cfg.Company.Locale, Log: a.log, Storing: func() time.Time { return a.engine.Storing() },
		Teller: desk.NewTeller(desk.Options{Core: rules.Core, Locale: a.cfg.Company.Locale, Zone: rules.Zone, Channels: a.waysOut(rules), Facts: a.cfg.Staff.facts()}),
	})
	return nil
}

// ticketRoad is the engine as the tickets want it.
type ticketRoad struct{ a *App }

func (r ticketRoad) Tickets(ctx context.Context, f func(fallback.Tx, *fallback.Team, *fallback.TicketBook, fallback.MemberPoster) error) error {
	return r.a.engine.Tickets(ctx, r.a.db, f)
}

// unreached is why no ticket can go to a member now who answers in their own chat; empty: it can, or they do not.
func (a *App) unreached(v fallback.View, m *fallback.StaffMember) string {
	if !slices.ContainsFunc(m.Accounts, func(at bots.Address) bool { return fallback.AnswersAt(at.Channel) }) {
		return ""
	}
	channels, why := fallback.MemberChannels(v, m, a.engine.Rules)
	if len(channels) > 0 {
		return ""
	}
	return why
}

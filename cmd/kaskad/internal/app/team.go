package app

import (
	"context"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// team is the store, as far as it keeps who answers customers.
type team struct{ *store.DB }

var _ api.Team = team{}

// StaffAudit reads lines of what the team did.
func (t team) StaffAudit(ctx context.Context, f api.ActFilter, before bots.ID, limit int) ([]fallback.Audited, bots.ID, error) {
	return t.DB.StaffAudit(ctx, store.AuditAsk{Contact: f.Contact, By: f.By, Act: f.Act, Since: f.Since, Before: before}, limit)
}

// What the commands about webhooks print.
type (
	HookView = api.Webhook
	HookList = api.HookList
	HookCall = api.HookCall
	Replayed = api.Replayed
	DeadPage = api.List[api.DeadLetter]
)

// What the commands about the team print.
type (
	RoomsView   = api.Rooms
	RoomView    = api.RoomView
	MembersView = api.Members
	MemberView  = api.Member
	ActsPage    = api.List[api.ActLine]
	MemberCode  = api.MemberCode
)

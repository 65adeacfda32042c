package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/erasure"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// Erase is the store's, with a line of the audit. When it returns, the journal has the erasure, too: a store that is put back erases again
// whoever was told to be erased.
func (r reads) Erase(ctx context.Context, contact bots.ID, by string, line people.Entry) (fallback.Erased, error) {
	raw, err := line.Encode()
	if err != nil {
		return fallback.Erased{}, err
	}
	if err := r.journal.ready(ctx); err != nil {
		return fallback.Erased{}, asUnwritten(err, api.ErrNotErased)
	}
	e, err := r.DB.Erase(ctx, contact, by, people.AuditRecords, store.Record{ID: line.ID, Data: raw})
	if err != nil {
		return e, err
	}
	return e, asUnwritten(r.journal.flush(context.WithoutCancel(ctx)), api.ErrErasedNotWritten)
}

// asUnwritten says of a journal that cannot be written what that means for an erasure.
func asUnwritten(err, means error) error {
	if errors.Is(err, store.ErrJournal) {
		return fmt.Errorf("%w: %w", means, err)
	}
	return err
}

// noteAudit writes a line of the audit about what the program did by itself, or whoever sits at the machine.
func (a *App) noteAudit(ctx context.Context, what string, counts map[string]int) error {
	line := people.NewEntry(ctx, what, 0, counts)
	if line.Who == "" {
		line.Who = itself
	}
	return reads{DB: a.db}.PutAudit(ctx, line)
}

// itself is who does what nobody asked for.
const itself = "kaskad"

func (r reads) PutAudit(ctx context.Context, line people.Entry) error {
	raw, err := line.Encode()
	if err != nil {
		return err
	}
	return r.Records(people.AuditRecords).Put(ctx, line.ID, raw)
}

func (r reads) Audit(ctx context.Context, after string, limit int) (all []people.Entry, err error) {
	list, err := r.Records(people.AuditRecords).List(ctx, after, limit)
	for _, one := range list {
		e, err := people.ReadEntry(one.ID, one.Data)
		if err != nil {
			return all, err
		}
		all = append(all, e)
	}
	return all, err
}

// runErasure brings erases to their end.
func (a *App) runErasure(ctx context.Context) error {
	o := erasure.Options{
		Store: a.db, Log: a.log,
		Some: func(ctx context.Context, contact bots.ID) (bool, error) {
			return a.engine.EraseSome(ctx, a.db, contact)
		},
		Rest: a.db.EraseRest,
		Keys: a.forgetKeys,
	}
	if a.files != nil {
		o.Forget = a.files.Forget
	}
	if a.cfg.WhatsApp.Enabled {
		o.Elsewhere = a.forgetPhones
	}
	return erasure.Run(ctx, o)
}

// forgetPhones has whatsapp.db forget people who were erased, by all their phones: the paired phone may know a number that never wrote.
func (a *App) forgetPhones(ctx context.Context, people []fallback.Erasing) error {
	var places []bots.Address
	err := a.db.Read(ctx, func(v fallback.View) error {
		places = phonesOf(v, people)
		return nil
	})
	if err != nil || len(places) == 0 {
		return err
	}
	if a.phone == nil {
		return errors.New("whatsapp.db is not open: " + brokenAdvice)
	}
	return a.phone.Forget(ctx, places)
}

// phonesOf are the places on WhatsApp that names of people are, or may be: but not that of somebody else who has the same phone, and was
// there before they were erased.
func phonesOf(v fallback.View, people []fallback.Erasing) (places []bots.Address) {
	for i := range people {
		e, _ := v.Erased(people[i].Contact)
		for _, n := range people[i].Names {
			if n.Kind != bots.WhatsApp && n.Kind != bots.WhatsAppCloud && n.Kind != "phone" {
				continue
			}
			at := bots.Address{Channel: bots.WhatsApp, ID: n.Value}
			has := v.Contact(v.FindContact(bots.Ref{Kind: at.Channel, Value: at.ID}))
			if others := has != nil && has.Created.Before(e.Here()); !others && !slices.Contains(places, at) {
				places = append(places, at)
			}
		}
	}
	return places
}

// ErasedView is what became of an erase; AuditPage some lines of the audit, AuditLine one.
type (
	ErasedView = api.ErasedView
	AuditLine  = api.AuditLine
	AuditPage  = api.List[AuditLine]
)

// EraseContact asks to erase a person, or counts what would go.
func EraseContact(ctx context.Context, at Place, ref string, dryRun bool) (*api.ErasedView, error) {
	path := "/v1/contacts/" + url.PathEscape(ref)
	if dryRun {
		path += "?dry_run=true"
	}
	done := &api.ErasedView{}
	return done, CallOnce(ctx, at, "DELETE", path, done)
}

// ReadAudit reads the newest lines of the audit.
func ReadAudit(ctx context.Context, at Place, limit int) (*AuditPage, error) {
	page := &AuditPage{}
	return page, CallOnce(ctx, at, "GET", "/v1/audit?limit="+strconv.Itoa(limit), page)
}

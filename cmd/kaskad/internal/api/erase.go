package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/fallback"
)

// An erasure has to stand in the journal before it is answered: else a store that is put back would bring the person back.
var (
	// ErrNotErased is one that was not begun, because the journal cannot be written.
	ErrNotErased = errors.New("nobody was erased")
	// ErrErasedNotWritten is one that was done, and does not stand in the journal yet.
	ErrErasedNotWritten = errors.New("the person is erased, and that is not in the journal yet")
)

// ErasedView is what became of an erase, or what would.
type ErasedView struct {
	Contact    string    `json:"contact" doc:"The id that the person had"`
	Absorbed   []string  `json:"absorbed,omitempty" doc:"Ids of contacts that are the same person and go with it: those that this one absorbed, and its formers: strangers whose chat turned out to be this person's. The counts are of all"`
	DryRun     bool      `json:"dry_run,omitempty" doc:"true: nothing was erased; the counts are those of what would be"`
	At         time.Time `json:"at,omitzero"`
	AgainAt    time.Time `json:"again_at,omitzero" doc:"When it was done once more, because a store from before it was put back"`
	By         string    `json:"by,omitempty" doc:"Name of the key, or local"`
	Done       bool      `json:"done" doc:"false: nothing of the person can be read any more, and records are still being emptied"`
	NoKept     bool      `json:"no_kept,omitempty" doc:"true: the person had said no, and whoever comes with one of the names again has that no"`
	Deliveries int       `json:"deliveries" doc:"Emptied; their counts and costs stay"`
	Cancelled  int       `json:"cancelled" doc:"Of them, those that were open"`
	Messages   int       `json:"messages"`
	Files      int       `json:"files" doc:"Of messages"`
	Posts      int       `json:"posts" doc:"Known when it is done. About the person in the staff's room: emptied here, and taken back there as far as Telegram allows"`
	TakenBack  int       `json:"posts_taken_back,omitempty" doc:"Messages that were taken back there"`
	TakingBack int       `json:"posts_waiting,omitempty" doc:"Messages that are yet to be taken back there"`
	NotBack    int       `json:"posts_not_taken_back,omitempty" doc:"Messages that Telegram did not give back. Posts older than it allows are not asked for: delete those by hand in the room"`
	Links      int       `json:"links" doc:"One-time links. Known when it is done"`
	Quarantine int       `json:"quarantine" doc:"Events in quarantine that named the person. Known when it is done"`
	Claims     int       `json:"claims" doc:"Others who said that a phone of the person's is theirs, and that no code has proven yet: nothing of it is kept. Known when it is done"`
	CompactAt  time.Time `json:"compact_at,omitzero" doc:"When kaskad.db is written anew by itself: until then bytes of what was deleted are in its free pages. Absent: it was, and they are not"`
}

func showErased(e *fallback.Erased) ErasedView {
	view := ErasedView{
		Contact: e.Contact.String(), At: e.At.UTC(), By: e.By, Done: !e.Left, NoKept: len(e.Marks) > 0,
		AgainAt: utc(e.Again), Deliveries: e.Counts.Deliveries, Cancelled: e.Counts.Cancelled, Messages: e.Counts.Messages, Files: e.Counts.Files,
		Posts: e.Counts.Posts, Links: e.Counts.Links, Quarantine: e.Counts.Quarantine, Claims: e.Counts.Claims,
	}
	if len(e.Same) > 0 {
		view.Absorbed = idsOf(e.Same[1:])
	}
	return view
}

func idsOf(ids []bots.ID) (all []string) {
	for _, id := range ids {
		all = append(all, id.String())
	}
	return all
}

// batched is by how much the time of a commit may differ from that of what it holds.
const batched = time.Minute

// leaves is when the bytes of somebody who was erased are out of the file at the latest; the zero time: they are.
func (a *API) leaves(e *fallback.Erased) time.Time {
	if a.Keeping == nil {
		return time.Time{}
	}
	k := a.Keeping()
	if !e.Left && !e.Ended.IsZero() && k.DeletedSince.After(e.Ended.Add(batched)) {
		return time.Time{} // what is in free pages now was deleted after the file was written anew
	}
	return k.CompactAt.UTC()
}

// takenBack tells what became of taking posts back in the staff's room.
func (a *API) takenBack(ctx context.Context, e *fallback.Erased, view *ErasedView) error {
	for _, id := range e.TakeBacks {
		d, err := a.Store.InRoom(ctx, id)
		switch {
		case errors.Is(err, fallback.ErrUnknownDelivery): // too old to be kept
		case err != nil:
			return err
		case !d.State.Final():
			view.TakingBack++
		case d.State == fallback.Done:
			view.TakenBack++
		default:
			view.NotBack++
		}
	}
	return nil
}

type eraseIn struct {
	ContactPath
	DryRun string `query:"dry_run" enum:"true,false" default:"false" doc:"Count what would go, and erase nothing"`
}

type erasedOut struct{ Body ErasedView }

// erase forgets a person, with all that were merged into one with whom the REF names. When it answers, nothing of the person can be read and nothing more is sent.
func (a *API) erase(ctx context.Context, in *eraseIn) (*erasedOut, error) {
	c, err := a.alone(ctx, in.Ref)
	if err != nil {
		return nil, err
	}
	if in.DryRun == "true" {
		doing(ctx).nothing = true
		all, err := a.Store.WouldErase(ctx, c.ID)
		out := &erasedOut{showErased(&all)}
		out.Body.DryRun, out.Body.At = true, time.Time{}
		return out, err
	}
	own, err := a.Store.OwnRecords(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	would := own.Counts
	line := people.NewEntry(ctx, "erase", c.ID, map[string]int{"deliveries": would.Deliveries, "cancelled": would.Cancelled, "messages": would.Messages, "files": would.Files})
	e, err := a.Store.Erase(ctx, c.ID, line.Who, line)
	if err != nil {
		return nil, err
	}
	out := &erasedOut{showErased(&e)}
	out.Body.Deliveries, out.Body.Messages, out.Body.Files, out.Body.CompactAt = would.Deliveries, would.Messages, would.Files, a.leaves(&e)
	return out, nil
}

// errNobody is a REF of nobody, where it is no use to make somebody.
var errNobody = errors.New("nobody has this REF")

// known reads the person whom a REF names, for what can be done only with somebody who is there.
func (a *API) known(ctx context.Context, s string) (*bots.Contact, error) {
	c, err := a.find(ctx, s)
	if errors.Is(err, fallback.ErrUnknownContact) {
		return nil, errNobody
	}
	return c, err
}

// alone reads whom a REF names, and nobody else: of several who have one phone it does not say which is meant.
func (a *API) alone(ctx context.Context, s string) (*bots.Contact, error) {
	c, err := a.known(ctx, s)
	if err != nil {
		return nil, err
	}
	ref, err := a.ref("ref", s)
	if err != nil || ref.Phone() == "" {
		return c, err
	}
	owners, err := a.Store.Owners(ctx, ref, mostAlike)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, id := range owners {
		one, err := a.Store.FindContact(ctx, bots.Ref{Kind: "id", Value: id.String()})
		if err != nil {
			return nil, err
		}
		if one != nil && !one.Claims(ref.Value) {
			all = append(all, one.ID.String())
		}
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) > 1 {
		return nil, problem(http.StatusConflict, "shared_phone", "ref", "Several contacts have this phone, and it does not say which of them is meant: %s. Name one by its id.", strings.Join(all[:min(len(all), contacts.MostSharers)], ", "))
	}
	return c, nil
}

// mostAlike is of how many who have or claim one phone it is asked who has it. Who is told of are contacts.MostSharers at most.
const mostAlike = 10_000

type erasedPath struct {
	ID string `path:"id" maxLength:"13" doc:"The id that the person had"`
}

// erased tells how far an erase is.
func (a *API) erased(ctx context.Context, in *erasedPath) (*erasedOut, error) {
	id, err := bots.ParseID(in.ID)
	if err == nil {
		e, found, err := a.Store.Erased(ctx, id)
		if err != nil {
			return nil, err
		}
		if found {
			out := &erasedOut{showErased(&e)}
			out.Body.CompactAt = a.leaves(&e)
			return out, a.takenBack(ctx, &e, &out.Body)
		}
	}
	return nil, problem(http.StatusNotFound, "unknown_contact", "", "Nobody of this id was erased. {id} is our id of the contact, as DELETE /v1/contacts/{REF} answered it.")
}

// AuditLine is a line of the audit.
type AuditLine struct {
	ID      string         `json:"id"`
	At      time.Time      `json:"at"`
	Who     string         `json:"who" doc:"Name of the key; local: a command on the machine itself; kaskad: nobody asked for it"`
	Person  string         `json:"person,omitempty" doc:"Id of the person who was signed in"`
	Key     string         `json:"key,omitempty" doc:"Id of the key"`
	From    string         `json:"from,omitempty" doc:"The address that the call came from; absent: the machine itself"`
	What    string         `json:"what" doc:"A word: that of the operation, such as pause or make-webhook; erase, export, merge, unmerge; sign-in and what else was done about who comes in; backup, compact and other commands; retention, journal, restored: the gateway itself"`
	On      string         `json:"on,omitempty" doc:"What it was done to, and its id: key 67jyv3w6, webhook wh_…, sending marketing"`
	Detail  string         `json:"detail,omitempty" doc:"What was asked for with it: a role, scopes"`
	Refused string         `json:"refused,omitempty" doc:"The code of the refusal; absent: it was done"`
	Contact string         `json:"contact,omitempty"`
	With    string         `json:"with,omitempty" doc:"The other contact of a merge: the one that was absorbed, or is two again"`
	Counts  map[string]int `json:"counts,omitempty"`
}

type auditIn struct {
	Cursor string `query:"cursor" maxLength:"64" doc:"next of the page before"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"500"`
}

type auditOut struct{ Body List[AuditLine] }

func (a *API) audit(ctx context.Context, in *auditIn) (*auditOut, error) {
	lines, err := a.Store.Audit(ctx, in.Cursor, in.Limit)
	out := &auditOut{Body: List[AuditLine]{Items: []AuditLine{}}}
	for _, l := range lines {
		line := AuditLine{ID: l.ID, At: l.At, Who: l.Who, Person: l.Person, Key: l.Key, From: l.From, What: l.What, On: l.On, Detail: l.Detail, Refused: l.Refused, Counts: l.Counts}
		if l.With != 0 {
			line.With = l.With.String()
		}
		if l.Contact != 0 {
			line.Contact = l.Contact.String()
		}
		out.Body.Items = append(out.Body.Items, line)
	}
	if len(lines) == in.Limit {
		out.Body.Next = lines[len(lines)-1].ID
	}
	return out, err
}

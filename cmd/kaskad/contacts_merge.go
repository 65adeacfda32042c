package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"kaskad/cmd/kaskad/internal/app"
)

// duplicatesCmd lists pairs that may be one person.
type duplicatesCmd struct {
	Of      string `placeholder:"REF" help:"Only pairs with this contact."`
	Limit   int    `default:"100" placeholder:"N" help:"At most so many pairs."`
	Dismiss string `placeholder:"PAIR" help:"Say that a pair of the list is two people, and forget it."`
	JSON    bool   `name:"json" help:"Print JSON, a pair on each line."`
}

func (c *duplicatesCmd) Help() string {
	return `Nothing is merged by itself: people decide. docs/contacts.md says what is found for sure, and what is a guess.

Examples:
  kaskad contacts duplicates
  kaskad contacts duplicates --dismiss 0fzk3x9a2m001-0fzk3x9a2m07c`
}

// pairOfTwo is a pair as the API tells it.
type pairOfTwo struct {
	ID      string                    `json:"id"`
	Score   int                       `json:"score"`
	Reasons []struct{ Reason string } `json:"reasons"`
	Older   json.RawMessage           `json:"older"`
	Newer   json.RawMessage           `json:"newer"`
}

func (c *duplicatesCmd) Run(ctx context.Context, s app.Streams, at app.Place) (err error) {
	if c.Dismiss != "" {
		if err := app.CallOnce(ctx, at, "POST", "/v1/duplicates/"+url.PathEscape(c.Dismiss)+"/dismiss", nil); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.Out, "remembered: they are two people")
		return err
	}
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	return c.list(ctx, s, gate)
}

func (c *duplicatesCmd) list(ctx context.Context, s app.Streams, gate *app.Gate) error {
	found, searched := 0, true
	for cursor := ""; found < c.Limit; {
		q := url.Values{"limit": {fmt.Sprint(min(c.Limit-found, 100))}, "cursor": {cursor}, "contact": {c.Of}}
		var page struct {
			Items    []pairOfTwo `json:"items"`
			Next     string      `json:"next"`
			Searched bool        `json:"searched"`
		}
		if err := gate.Call(ctx, "GET", "/v1/duplicates?"+filled(q).Encode(), nil, &page); err != nil {
			return err
		}
		searched = searched && page.Searched
		for i := range page.Items {
			if found++; found > c.Limit {
				break
			}
			if err := c.tell(s, &page.Items[i]); err != nil {
				return err
			}
		}
		if cursor == "" && page.Next != "" && columnsOf(s.Err) > 0 {
			fmt.Fprintln(s.Err, "looking through everybody, the newest first; Ctrl-C ends it")
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if !searched {
		fmt.Fprintln(s.Err, "people cannot be searched now: pairs by e-mail and name may be missing; kaskad search status tells more")
	}
	if found == 0 && !c.JSON {
		_, err := fmt.Fprintln(s.Out, "no two contacts look like one person")
		return err
	}
	return nil
}

func (c *duplicatesCmd) tell(s app.Streams, p *pairOfTwo) error {
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(p)
	}
	var reasons []string
	for _, r := range p.Reasons {
		reasons = append(reasons, r.Reason)
	}
	older, newer := readPerson(p.Older), readPerson(p.Newer)
	_, err := fmt.Fprintf(s.Out, "%3d  %s  %s\n     %s\n     %s\n", p.Score, p.ID, strings.Join(reasons, ", "), printable(older.short()), printable(newer.short()))
	return err
}

// filled are the values that say something.
func filled(q url.Values) url.Values {
	for name := range q {
		if q.Get(name) == "" {
			q.Del(name)
		}
	}
	return q
}

// personShown is what is shown of a contact side by side.
type personShown struct {
	ID         string          `json:"id"`
	ExternalID string          `json:"external_id"`
	Name       string          `json:"name"`
	Phone      string          `json:"phone"`
	Email      string          `json:"email"`
	AlsoNamed  []string        `json:"also_named"`
	Attributes json.RawMessage `json:"attributes"`
	Consents   struct {
		Marketing struct{ State string }            `json:"marketing"`
		Channels  map[string]struct{ State string } `json:"channels"`
		All       *struct{ State string }           `json:"all"`
	} `json:"consents"`
	Addresses []struct{ Channel, ID, State string } `json:"addresses"`
	CreatedAt string                                `json:"created_at"`
}

func readPerson(raw json.RawMessage) (p personShown) {
	if json.Unmarshal(raw, &p) != nil {
		return personShown{}
	}
	return p
}

func (p *personShown) short() string {
	return strings.Join(strings.Fields(strings.Join([]string{p.ID, p.ExternalID, p.Name, p.Phone, p.Email}, " ")), " ")
}

func (p *personShown) places() string {
	var all []string
	for _, a := range p.Addresses {
		all = append(all, a.Channel+":"+a.ID+" "+a.State)
	}
	return strings.Join(all, ", ")
}

func (p *personShown) silent() string {
	if p.Consents.All == nil {
		return ""
	}
	return p.Consents.All.State
}

// mergeCmd makes one person of two contacts.
type mergeCmd struct {
	Keep string `arg:"" help:"Who stays: ext:C-100, phone:+380501112233, telegram:42, or our id."`
	From string `arg:"" help:"Who goes into it."`
	Yes  bool   `short:"y" help:"Do not ask."`
	JSON bool   `name:"json" help:"Print JSON; without --yes it is only told what it would come to."`
}

func (c *mergeCmd) Help() string {
	return `Both are shown side by side, with what will be, before it is asked. What the first has stands, what it has not is the second's, and a no of
either stands. The second's history stays under its own id, which reads as the first from then on. kaskad contacts unmerge undoes it.

Example: kaskad contacts merge ext:C-100 phone:+380671112233`
}

// mergeTold is a merge as the API tells it.
type mergeTold struct {
	Kept     personShown `json:"kept"`
	Absorbed personShown `json:"absorbed"`
	Result   personShown `json:"result"`
	Ended    []string    `json:"ended"`
	YesLeft  []string    `json:"yes_left"`
}

func (c *mergeCmd) Run(ctx context.Context, s app.Streams, at app.Place) (err error) {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	if c.JSON {
		var told json.RawMessage
		if err := c.call(ctx, gate, !c.Yes, &told); err != nil {
			return err
		}
		_, err = fmt.Fprintln(s.Out, string(told))
		return err
	}
	var told mergeTold
	if err := c.call(ctx, gate, true, &told); err != nil {
		return err
	}
	if err := told.sideBySide(s); err != nil {
		return err
	}
	if !c.Yes {
		if err := agreeTo(ctx, s, "Make one person of them?", errors.New("nothing was done")); err != nil {
			return err
		}
	}
	if err := c.call(ctx, gate, false, &told); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "merged: %s is now %s; kaskad contacts unmerge %s %s undoes it\n", told.Absorbed.ID, told.Kept.ID, told.Kept.ID, told.Absorbed.ID)
	return err
}

func (c *mergeCmd) call(ctx context.Context, gate *app.Gate, try bool, out any) error {
	in := map[string]any{"from": c.From, "dry_run": try}
	return gate.Call(ctx, "POST", "/v1/contacts/"+url.PathEscape(c.Keep)+"/merge", in, out)
}

// sideBySide prints both contacts and what they will be.
func (m *mergeTold) sideBySide(s app.Streams) error {
	w := &beside{out: s.Out, heads: []string{"KEPT", "GOES INTO IT", "WILL BE"}}
	row := func(name string, of func(*personShown) string) {
		w.row(name, printable(of(&m.Kept)), printable(of(&m.Absorbed)), printable(of(&m.Result)))
	}
	row("id", func(p *personShown) string { return p.ID })
	row("external id", func(p *personShown) string { return p.ExternalID })
	row("name", func(p *personShown) string { return p.Name })
	row("phone", func(p *personShown) string { return p.Phone })
	row("e-mail", func(p *personShown) string { return p.Email })
	row("marketing", func(p *personShown) string { return p.Consents.Marketing.State })
	row("everything", (*personShown).silent)
	row("addresses", (*personShown).places)
	row("also named", func(p *personShown) string { return strings.Join(p.AlsoNamed, ", ") })
	row("since", func(p *personShown) string { day, _, _ := strings.Cut(p.CreatedAt, "T"); return day })
	if err := w.Flush(); err != nil {
		return err
	}
	var more strings.Builder
	if len(m.YesLeft) > 0 {
		fmt.Fprintf(&more, "a yes of the second that is not carried over: %s\n", strings.Join(m.YesLeft, ", "))
	}
	if len(m.Ended) > 0 {
		fmt.Fprintf(&more, "open deliveries that end for good, because of a no or for want of a yes: %s\n", strings.Join(m.Ended, ", "))
	}
	_, err := fmt.Fprint(s.Out, more.String())
	return err
}

// unmergeCmd makes two contacts of one again.
type unmergeCmd struct {
	Keep string `arg:"" help:"The contact that is there now: a REF."`
	From string `arg:"" help:"Who went into it: a REF that named only that one, or its id."`
	JSON bool   `name:"json" help:"Print JSON."`
}

func (c *unmergeCmd) Help() string {
	return `Both are as they were, each with what concerned it since; of several merges the last is undone first.

Example: kaskad contacts unmerge ext:C-100 phone:+380671112233`
}

func (c *unmergeCmd) Run(ctx context.Context, s app.Streams, at app.Place) (err error) {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, gate.Close()) }()
	var told json.RawMessage
	if err := gate.Call(ctx, "POST", "/v1/contacts/"+url.PathEscape(c.Keep)+"/unmerge", map[string]string{"from": c.From}, &told); err != nil {
		return err
	}
	if c.JSON {
		_, err = fmt.Fprintln(s.Out, string(told))
		return err
	}
	var both struct {
		Kept, Freed personShown
		Ended       []string
	}
	if err := json.Unmarshal(told, &both); err != nil {
		return err
	}
	if _, err = fmt.Fprintf(s.Out, "two people again:\n  %s\n  %s\n", printable(both.Kept.short()), printable(both.Freed.short())); err != nil || len(both.Ended) == 0 {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "open deliveries that end, because one of the two does not allow them: %s\n", strings.Join(both.Ended, ", "))
	return err
}

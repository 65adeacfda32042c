package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

const membersPath = "/v1/staff/members"

type staffListCmd struct {
	JSON bool `name:"json" help:"Print {items, seen, leads} as JSON."`
}

func (c *staffListCmd) Help() string {
	return "Those who did something in the group and are not of the team stand below, with the account by which they are added.\n\nExample: kaskad staff list"
}

func (c *staffListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var all app.MembersView
	if err := callGateway(ctx, at, "GET", membersPath, nil, &all); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	return printMembers(s.Out, &all)
}

func printMembers(out io.Writer, all *app.MembersView) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tACCOUNTS\tSEEN")
	for _, m := range all.Items {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", printable(m.Name), m.Role, cmp.Or(printable(strings.Join(m.Accounts, ", ")), "none"), lastDay(m.LastSeen))
	}
	for _, m := range all.Items {
		if len(m.Groups) > 0 {
			fmt.Fprintf(w, "\n%s answers in %s alone\n", printable(m.Name), printable(strings.Join(m.Groups, ", ")))
		}
	}
	for _, m := range all.Items {
		if m.Deaf != "" {
			fmt.Fprintf(w, "\n%s gets no tickets: %s\n", printable(m.Name), cmp.Or(unreached[m.Deaf], m.Deaf))
		}
	}
	if len(all.Seen) > 0 {
		fmt.Fprintln(w, "\nSEEN, NOT LISTED\t\tACCOUNT\tSEEN")
		for _, p := range all.Seen {
			name := p.Name
			if p.Username != "" {
				name += " @" + p.Username
			}
			fmt.Fprintf(w, "%s\t\t%s\t%s\n", printable(name), printable(p.Account), lastDay(&p.At))
		}
	}
	return w.Flush()
}

// unreached says why no ticket can go to somebody, and what to do.
var unreached = map[string]string{
	"window_closed": "WhatsApp takes no text for who wrote more than a day ago: they write anything to the bot",
	"blocked":       "they blocked the bot, or have left it: they open the chat and write",
	"channel_off":   "the channel of their account is off",
	"no_address":    "their account cannot be written to: they write to the bot, or get another code with kaskad staff invite",
}

func lastDay(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return t.Format(time.DateOnly)
}

type staffAddCmd struct {
	Who  string `arg:"" help:"An account (telegram:777), or of somebody who was seen in the group @username or the name shown there."`
	Name string `placeholder:"NAME" help:"As colleagues and conversations show it; not written: as the account shows it."`
	Role string `placeholder:"ROLE" complete:"agent,lead" help:"agent or lead; not written: agent."`
	JSON bool   `name:"json" help:"Print the member as JSON."`
}

func (c *staffAddCmd) Help() string {
	return "Whoever has the name already gets one account more. kaskad staff list shows who was seen.\n\nExample: kaskad staff add @olena --role lead"
}

func (c *staffAddCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var m app.MemberView
	body := map[string]any{"who": c.Who, "name": c.Name, "role": c.Role}
	return showMember(s, c.JSON, &m, "added", callGateway(ctx, at, "POST", membersPath, body, &m))
}

type staffRemoveCmd struct {
	Name    string `arg:"" help:"Whose name the team knows."`
	Account string `placeholder:"ACCOUNT" help:"Take off this account alone, as kaskad staff list shows it; not written: all of them, and the member."`
	JSON    bool   `name:"json" help:"Print the member as JSON."`
}

func (c *staffRemoveCmd) Help() string {
	return "What they did stays in the audit.\n\nExample: kaskad staff remove Олена"
}

func (c *staffRemoveCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var m app.MemberView
	path, done := membersPath+"/"+url.PathEscape(c.Name), "removed"
	if c.Account != "" {
		path, done = path+"?account="+url.QueryEscape(c.Account), "changed"
	}
	if err := showMember(s, c.JSON, &m, done, callGateway(ctx, at, "DELETE", path, nil, &m)); err != nil {
		return err
	}
	return warnLeads(ctx, s, at)
}

type staffRoleCmd struct {
	Name string `arg:"" help:"Whose name the team knows."`
	Role string `arg:"" complete:"agent,lead" help:"agent or lead."`
	JSON bool   `name:"json" help:"Print the member as JSON."`
}

func (c *staffRoleCmd) Help() string {
	return "An agent answers customers; a lead is also told of what nobody answers.\n\nExample: kaskad staff role Олена lead"
}

func (c *staffRoleCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := changeMember(ctx, s, at, c.JSON, "changed", "PATCH", c.Name, map[string]any{"role": c.Role}); err != nil {
		return err
	}
	return warnLeads(ctx, s, at)
}

type staffSignCmd struct {
	Name string `arg:"" help:"Whose name the team knows."`
	Text string `arg:"" optional:"" help:"What stands under their answers; left out: nothing."`
	JSON bool   `name:"json" help:"Print the member as JSON."`
}

func (c *staffSignCmd) Help() string {
	return "It stands under all that they write in topics, behind an empty line, as the customer reads it.\n\nExample: kaskad staff sign Олена \"Олена, підтримка\""
}

func (c *staffSignCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return changeMember(ctx, s, at, c.JSON, "changed", "PATCH", c.Name, map[string]any{"signature": c.Text})
}

type staffLimitCmd struct {
	Name   string   `arg:"" help:"Whose name the team knows."`
	Groups []string `arg:"" optional:"" name:"group" help:"The groups where they answer, as kaskad staff groups names them; left out: all."`
	JSON   bool     `name:"json" help:"Print the member as JSON."`
}

func (c *staffLimitCmd) Help() string {
	return "With [staff] assign = \"round_robin\" they are dealt the conversations of these groups alone; with members = \"listed\" they can do nothing in others.\n\nExample: kaskad staff limit Олена viber"
}

func (c *staffLimitCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return changeMember(ctx, s, at, c.JSON, "changed", "PATCH", c.Name, map[string]any{"groups": append([]string{}, c.Groups...)})
}

// warnLeads says when a team has nobody who is told of what nobody answers.
func warnLeads(ctx context.Context, s app.Streams, at app.Place) error {
	var all app.MembersView
	err := callGateway(ctx, at, "GET", membersPath, nil, &all)
	if err == nil && all.Leads == 0 && len(all.Items) > 0 {
		fmt.Fprintln(s.Err, "no lead is left: nobody is told of what nobody answers; kaskad staff role NAME lead makes one")
	}
	return err
}

// changeMember asks for a change of one of the team, and shows them.
func changeMember(ctx context.Context, s app.Streams, at app.Place, asJSON bool, done, method, name string, body any) error {
	var m app.MemberView
	return showMember(s, asJSON, &m, done, callGateway(ctx, at, method, membersPath+"/"+url.PathEscape(name), body, &m))
}

func showMember(s app.Streams, asJSON bool, m *app.MemberView, done string, err error) error {
	switch {
	case err != nil:
		return err
	case asJSON:
		return json.NewEncoder(s.Out).Encode(m)
	}
	in := ""
	if len(m.Groups) > 0 {
		in = ", in " + printable(strings.Join(m.Groups, ", "))
	}
	_, err = fmt.Fprintf(s.Out, "%s: %s, %s, %s%s\n", done, printable(m.Name), m.Role, cmp.Or(printable(strings.Join(m.Accounts, ", ")), "no account"), in)
	return err
}

type staffInviteCmd struct {
	Name string `arg:"" help:"Who it is for: of the team, or somebody new."`
	JSON bool   `name:"json" help:"Print {code, command, expires_at} as JSON."`
}

func (c *staffInviteCmd) Help() string {
	return "They write what this command prints to the bot, in private, on Telegram, Viber or WhatsApp, within an hour; that account is theirs from then on; on Viber and WhatsApp customers' messages come there as tickets.\n\nExample: kaskad staff invite Олена"
}

func (c *staffInviteCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var made app.MemberCode
	if err := callGateway(ctx, at, "POST", membersPath+"/"+url.PathEscape(c.Name)+"/code", nil, &made); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(made)
	}
	fmt.Fprintln(s.Out, made.Command)
	fmt.Fprintln(s.Err, "Let them write the line above to the bot in private, within an hour. Who wrote five wrong codes is heard with another code, or an hour later.")
	return nil
}

// callGateway asks the gateway, or the file where none runs.
func callGateway(ctx context.Context, at app.Place, method, path string, in, out any) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	return gate.Call(ctx, method, path, in, out)
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// staffCmd is about the people who answer customers.
type staffCmd struct {
	Code   staffCodeCmd   `cmd:"" help:"Make a one-time code that makes a Telegram group the staff's."`
	Groups staffGroupsCmd `cmd:"" help:"How the groups of staff stand."`
	List   staffListCmd   `cmd:"" help:"Who is of the team, and who was seen in the group."`
	Add    staffAddCmd    `cmd:"" help:"Add somebody to the team, or an account to somebody."`
	Remove staffRemoveCmd `cmd:"" help:"Take somebody off the team."`
	Role   staffRoleCmd   `cmd:"" help:"Say what somebody of the team may do."`
	Sign   staffSignCmd   `cmd:"" help:"Say what stands under somebody's answers."`
	Limit  staffLimitCmd  `cmd:"" help:"Say in which groups somebody of the team answers."`
	Invite staffInviteCmd `cmd:"" help:"Make a code that adds an account to somebody of the team."`
	Audit  staffAuditCmd  `cmd:"" help:"Who of the team did what, newest first."`
}

func (c *staffCmd) Help() string {
	return "Staff answer customers in a Telegram group; docs/staff.md tells how.\n\nExample: kaskad staff code"
}

type staffCodeCmd struct {
	Group string `placeholder:"NAME" help:"Which of [[staff.groups]] it binds; not written: the first, main."`
	JSON  bool   `name:"json" help:"Print {code, command, link, expires_at} as JSON."`
}

func (c *staffCodeCmd) Help() string {
	return "Add the bot to a group, then write there what this command prints. Or open the link that it prints besides: the bot asks which of your groups with topics it is, and joins it. A group that was bound before is replaced.\n\nExample: kaskad staff code"
}

type staffCode struct {
	Code      string    `json:"code"`
	Command   string    `json:"command"`
	Link      string    `json:"link,omitempty"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (c *staffCodeCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	path := "/v1/staff/code"
	if c.Group != "" {
		path += "?" + url.Values{"group": {c.Group}}.Encode()
	}
	var made staffCode
	if err := gate.Call(ctx, "POST", path, nil, &made); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(made)
	}
	fmt.Fprintln(s.Out, made.Command)
	fmt.Fprintf(s.Err, "Add the bot to your Telegram group and write the line above there, within an hour. The bot greets the group when it is bound.\n")
	if made.Link != "" {
		fmt.Fprintf(s.Err, "Or open %s in Telegram, within the same hour, and choose the group there: the bot joins it with the rights it needs. It has to have topics.\n", made.Link)
	}
	fmt.Fprintf(s.Err, "Nothing happens? Is the gateway running, is the bot in the group, was the code typed wrong five times? Make another code.\n")
	return nil
}

type staffGroupsCmd struct {
	JSON bool `name:"json" help:"Print {items} as JSON."`
}

func (c *staffGroupsCmd) Help() string {
	return "The first group is main; others stand in [[staff.groups]] of the configuration, with whose conversations they get. To one that is not bound nobody's come.\n\nExample: kaskad staff groups"
}

func (c *staffGroupsCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var all app.RoomsView
	if err := callGateway(ctx, at, "GET", "/v1/staff/rooms", nil, &all); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTELEGRAM\tTOPICS\tSTANDS")
	for _, room := range all.Items {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", printable(room.Name), cmp.Or(room.Group, "none"), map[bool]string{true: "yes", false: "no"}[room.Forum], stands(&room))
	}
	return w.Flush()
}

// stands says how a group stands, and what to do where it does not.
func stands(room *app.RoomView) string {
	code := "kaskad staff code"
	if room.Name != "main" {
		code += " --group " + room.Name
	}
	switch {
	case room.Group == "":
		return "not bound: " + code
	case room.Lost != nil:
		return "the bot cannot write there since " + room.Lost.Local().Format(time.DateTime) + ": add it again, or " + code
	case room.Since != nil:
		return "since " + lastDay(room.Since)
	}
	return "bound"
}

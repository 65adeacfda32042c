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

// peopleCmd is about who may sign in.
type peopleCmd struct {
	Setup   peopleSetupCmd   `cmd:"" help:"Print the address at which the first admin is made."`
	List    peopleListCmd    `cmd:"" help:"Who may sign in, and what they may do."`
	Add     peopleAddCmd     `cmd:"" help:"Add somebody, and print an invitation."`
	Invite  peopleInviteCmd  `cmd:"" help:"Print a new invitation for somebody who has not come yet."`
	Reset   peopleResetCmd   `cmd:"" help:"Take a lost password away, and print an invitation."`
	Role    peopleRoleCmd    `cmd:"" help:"Give somebody another role."`
	Disable peopleDisableCmd `cmd:"" help:"Keep somebody out from now on."`
	Enable  peopleEnableCmd  `cmd:"" help:"Let somebody in again."`
}

func (c *peopleCmd) Help() string {
	return "Who signs in on the pages of the gateway, and what they may do: docs/people.md.\n\nExample: kaskad people setup"
}

const peoplePath = "/v1/people"

func personPath(who string) string { return peoplePath + "/" + url.PathEscape(who) }

type peopleSetupCmd struct {
	JSON bool `name:"json" help:"Print {url, expires_at} as JSON."`
}

func (c *peopleSetupCmd) Help() string {
	return "As long as nobody can sign in, this prints an address. Whoever opens it within the hour makes the first admin; one that was printed before is worth nothing any more.\n\nExample: kaskad people setup"
}

func (c *peopleSetupCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := openOrMake(ctx, s, at)
	if err != nil {
		return err
	}
	defer gate.Close()
	var made app.SetupView
	if err := gate.Call(ctx, "POST", peoplePath+"/setup", nil, &made); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(made)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, made.URL)
	fmt.Fprintf(s.Err, "Until %s whoever opens this address makes the first admin.\n", made.ExpiresAt.In(zone).Format("15:04"))
	return nil
}

type peopleListCmd struct {
	JSON bool `name:"json" help:"Print {items} as JSON."`
}

func (c *peopleListCmd) Help() string { return "Example: kaskad people list" }

func (c *peopleListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	var all app.PeopleList
	if err := callGateway(ctx, at, "GET", peoplePath, nil, &all); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(all)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "ID\tE-MAIL\tNAME\tROLE\tSTANDS\tLAST HERE (%s)\n", zone)
	for i := range all.Items {
		p := &all.Items[i]
		seen := "-"
		if p.SeenAt != nil {
			seen = p.SeenAt.In(zone).Format(toTheSecond)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, printable(p.Email), printable(p.Name), p.Role, personStands(p), seen)
	}
	return w.Flush()
}

// personStands says how somebody stands.
func personStands(p *app.PersonView) string {
	switch {
	case p.DisabledAt != nil:
		return "disabled"
	case !p.HasCome:
		return "invited"
	}
	return "signs in"
}

type peopleAddCmd struct {
	Email string `arg:"" help:"The e-mail by which they sign in."`
	Name  string `required:"" placeholder:"NAME" help:"Their name, as others see it."`
	Role  string `default:"agent" placeholder:"ROLE" complete:"agent,marketer,admin" help:"agent answers customers, marketer sends, admin may do everything."`
	JSON  bool   `name:"json" help:"Print the person with the invitation as JSON."`
}

func (c *peopleAddCmd) Help() string {
	return "Prints the address at which the person chooses a password, once, within three days.\n\nExample: kaskad people add iryna@shop.example --name Iryna --role agent"
}

func (c *peopleAddCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := openOrMake(ctx, s, at)
	if err != nil {
		return err
	}
	defer gate.Close()
	var made app.InvitedView
	if err := gate.Call(ctx, "POST", peoplePath, map[string]any{"email": c.Email, "name": c.Name, "role": c.Role}, &made); err != nil {
		return err
	}
	return printInvitation(s, at, &made, c.JSON)
}

func printInvitation(s app.Streams, at app.Place, made *app.InvitedView, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(s.Out).Encode(made)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.Out, made.Invitation.URL)
	fmt.Fprintf(s.Err, "Until %s whoever opens this address chooses the password of %s: give it to the person alone.\n", made.Invitation.ExpiresAt.In(zone).Format(time.DateTime), printable(cmp.Or(made.Name, made.Email)))
	return nil
}

type peopleInviteCmd struct {
	Who  string `arg:"" help:"Id or e-mail."`
	JSON bool   `name:"json" help:"Print the person with the invitation as JSON."`
}

func (c *peopleInviteCmd) Help() string {
	return "The invitation before is worth nothing any more.\n\nExample: kaskad people invite iryna@shop.example"
}

func (c *peopleInviteCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return inviteAgain(ctx, s, at, c.Who, false, c.JSON)
}

func inviteAgain(ctx context.Context, s app.Streams, at app.Place, who string, reset, asJSON bool) error {
	var made app.InvitedView
	if err := callGateway(ctx, at, "POST", personPath(who)+"/invitation", map[string]any{"reset": reset}, &made); err != nil {
		return err
	}
	return printInvitation(s, at, &made, asJSON)
}

type peopleResetCmd struct {
	Who  string `arg:"" help:"Id or e-mail."`
	JSON bool   `name:"json" help:"Print the person with the invitation as JSON."`
}

func (c *peopleResetCmd) Help() string {
	return "For who has lost the password or the device with the codes, also for the only admin. All sessions end.\n\nExample: kaskad people reset olena@shop.example"
}

func (c *peopleResetCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return inviteAgain(ctx, s, at, c.Who, true, c.JSON)
}

type peopleRoleCmd struct {
	Who  string `arg:"" help:"Id or e-mail."`
	Role string `arg:"" complete:"agent,marketer,admin" help:"agent, marketer or admin."`
	JSON bool   `name:"json" help:"Print the person as JSON."`
}

func (c *peopleRoleCmd) Help() string {
	return "The person's sessions end.\n\nExample: kaskad people role iryna@shop.example marketer"
}

func (c *peopleRoleCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return changePerson(ctx, s, at, c.Who, c.JSON, map[string]any{"role": c.Role})
}

func changePerson(ctx context.Context, s app.Streams, at app.Place, who string, asJSON bool, change map[string]any) error {
	var now app.PersonView
	if err := callGateway(ctx, at, "PATCH", personPath(who), change, &now); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(s.Out).Encode(now)
	}
	_, err := fmt.Fprintf(s.Out, "%s: %s, %s\n", printable(now.Email), now.Role, personStands(&now))
	return err
}

type peopleDisableCmd struct {
	Who  string `arg:"" help:"Id or e-mail."`
	JSON bool   `name:"json" help:"Print the person as JSON."`
}

func (c *peopleDisableCmd) Help() string {
	return "Sessions end at once, and an invitation is worth nothing any more.\n\nExample: kaskad people disable iryna@shop.example"
}

func (c *peopleDisableCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return changePerson(ctx, s, at, c.Who, c.JSON, map[string]any{"disabled": true})
}

type peopleEnableCmd struct {
	Who  string `arg:"" help:"Id or e-mail."`
	JSON bool   `name:"json" help:"Print the person as JSON."`
}

func (c *peopleEnableCmd) Help() string { return "Example: kaskad people enable iryna@shop.example" }

func (c *peopleEnableCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	return changePerson(ctx, s, at, c.Who, c.JSON, map[string]any{"disabled": false})
}

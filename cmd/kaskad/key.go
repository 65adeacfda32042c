package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"kaskad/cmd/kaskad/internal/app"
)

// keyCmd keeps the API keys.
type keyCmd struct {
	New    keyNewCmd    `cmd:"" help:"Make a key; it is printed once."`
	List   keyListCmd   `cmd:"" help:"List keys."`
	Revoke keyRevokeCmd `cmd:"" help:"Revoke a key at once."`
}

func (c *keyCmd) Help() string {
	return "An API key lets another system in; the API is described in docs/api.md.\n\nExample: kaskad key new --name crm --scopes send,read"
}

type keyNewCmd struct {
	Name   string   `required:"" placeholder:"NAME" help:"Whose key it is: crm, till, shop."`
	Scopes []string `required:"" placeholder:"SCOPE" complete:"send,reply,read,admin" help:"What it may do: send, reply, read, admin."`
	Test   bool     `help:"A test key: the same API on the test side, where nothing is sent to anybody."`
	JSON   bool     `name:"json" help:"Print {id, name, key} as JSON."`
}

func (c *keyNewCmd) Help() string {
	return `Example: kaskad key new --name crm --scopes send,read

A test key (--test) begins with kt_. What it makes is of the test side: people, messages and spend of its own, simulated channels.`
}

type madeKey struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Key  string `json:"key"`
}

func (c *keyNewCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if slices.Contains(c.Scopes, "") || len(c.Scopes) == 0 {
		return app.Misused("--scopes is empty: write send, reply, read or admin, or several, as --scopes send,read")
	}
	if err := app.CheckScopes(c.Scopes); err != nil {
		return err
	}
	gate, err := openOrMake(ctx, s, at)
	if err != nil {
		return err
	}
	defer gate.Close()
	var made madeKey
	if err := gate.Call(ctx, "POST", "/v1/keys", map[string]any{"name": c.Name, "scopes": c.Scopes, "test": c.Test}, &made); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(made)
	}
	fmt.Fprintf(s.Out, "%s\n", made.Key)
	fmt.Fprintf(s.Err, "key %s for %s; it is not shown again\n", made.ID, made.Name)
	return nil
}

type keyListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (c *keyListCmd) Help() string { return "Example: kaskad key list --json" }

func (c *keyListCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	var list struct {
		Items []struct {
			ID      string    `json:"id"`
			Name    string    `json:"name"`
			Scopes  []string  `json:"scopes"`
			Test    bool      `json:"test,omitempty"`
			Created time.Time `json:"created_at"`
		} `json:"items"`
	}
	if err := gate.Call(ctx, "GET", "/v1/keys", nil, &list); err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(list.Items)
	}
	zone, err := app.CompanyZone(at)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(s.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tNAME\tSCOPES\tKIND\tMADE")
	for _, k := range list.Items {
		kind := "real"
		if k.Test {
			kind = "test"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, strings.Join(k.Scopes, ","), kind, k.Created.In(zone).Format(toTheDay))
	}
	return t.Flush()
}

type keyRevokeCmd struct {
	ID   string `arg:"" help:"The key's id, from kaskad key list."`
	JSON bool   `name:"json" help:"Print {revoked} as JSON."`
}

func (c *keyRevokeCmd) Help() string { return "Example: kaskad key revoke 67jyv3w6" }

func (c *keyRevokeCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	gate, err := app.Connect(ctx, at, app.RunningOrFile)
	if err != nil {
		return err
	}
	defer gate.Close()
	if err := gate.Call(ctx, "DELETE", "/v1/keys/"+url.PathEscape(c.ID), nil, nil); err != nil {
		return err
	}
	return say(s, c.JSON, map[string]any{"revoked": c.ID}, "revoked: "+c.ID)
}

package main

import (
	"context"
	"encoding/json"
	"fmt"

	"kaskad/cmd/kaskad/internal/app"
)

// sendCmd asks the running gateway for one delivery.
type sendCmd struct {
	To       string            `required:"" placeholder:"REF" help:"Who: our id, ext:C-100, phone:+380501112233 or telegram:42."`
	Template string            `placeholder:"NAME" help:"The template."`
	Text     string            `help:"Free text instead of a template; needs --purpose."`
	Var      map[string]string `placeholder:"K=V" help:"A field of the template; several times for several."`
	Cascade  string            `placeholder:"NAME" help:"The cascade; the purpose's own when it is left out."`
	Purpose  string            `placeholder:"PURPOSE" help:"service, marketing or urgent; the template's own when it is left out."`
	Key      string            `help:"Idempotency key: the same key sends once."`
	Wait     bool              `help:"Wait until the delivery is final, and tell on stderr where it stands."`
	JSON     bool              `name:"json" help:"Print the delivery as JSON."`
}

func (c *sendCmd) Help() string {
	return "Example: kaskad send --to phone:+380501112233 --template bonus --var points=120"
}

func (c *sendCmd) Run(ctx context.Context, s app.Streams, at app.Place) error {
	if err := app.CheckRef(at, c.To); err != nil {
		return err
	}
	gate, err := app.Connect(ctx, at, app.Running)
	if err != nil {
		return err
	}
	defer gate.Close()
	done, err := gate.Send(ctx, app.Sending{To: c.To, Template: c.Template, Text: c.Text, Data: c.Var, Cascade: c.Cascade, Purpose: c.Purpose, Key: c.Key})
	if err != nil {
		return err
	}
	if c.Wait {
		if done, err = gate.Follow(ctx, done.ID, func(line string) { fmt.Fprintln(s.Err, printable(line)) }); err != nil {
			return err
		}
	}
	if c.JSON {
		return json.NewEncoder(s.Out).Encode(done)
	}
	fmt.Fprintln(s.Out, done)
	return nil
}

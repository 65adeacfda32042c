package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// DemoOptions are the flags of `kaskad demo`.
type DemoOptions struct {
	Headless bool
	Listen   string
	Speed    float64
	Seed     uint64
	JSON     bool
}

// demoTime bounds a headless demo at the default speed, in the customers' time.
const demoTime = 80 * time.Minute

// Demo runs the whole program with simulated messengers: the same wiring, the same adapters, real wire protocols.
func Demo(ctx context.Context, o DemoOptions, s Streams) error {
	if !o.Headless {
		return fmt.Errorf("%w: the live view is not built yet: kaskad demo --headless", ErrUsage)
	}
	if o.Speed < 1 || o.Speed > 1000 {
		return fmt.Errorf("%w: --speed is between 1 and 1000", ErrUsage)
	}
	dir, err := os.MkdirTemp("", "kaskad-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	report, err := playDemo(ctx, o, dir)
	if err != nil {
		return err
	}
	if o.JSON {
		return json.NewEncoder(s.Out).Encode(report)
	}
	report.Print(s.Out)
	return nil
}

func playDemo(ctx context.Context, o DemoOptions, dir string) (*demo.Report, error) {
	world, err := demo.Start(demo.Options{Speed: o.Speed, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	defer world.Close()
	cfg := demoConfig(o, world, dir)
	listeners, err := Listen(cfg)
	if err != nil {
		return nil, err
	}
	cfg.Server.PublicURL = "http://" + listeners.Public.Addr().String()
	a, err := New(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		listeners.Close()
		return nil, err
	}
	defer a.Close()
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second+time.Duration(float64(demoTime)/o.Speed))
	defer cancel()
	running := make(chan error, 1)
	stop, end := context.WithCancel(ctx)
	go func() { running <- a.Run(stop, listeners) }()
	report, err := world.Play(ctx, local{control.Direct(a.api)})
	end()
	return report, errors.Join(err, <-running)
}

// local calls the API inside this process.
type local struct{ client *control.Client }

func (l local) Call(ctx context.Context, method, path string, in, out any) error {
	return l.client.Do(ctx, method, path, in, out)
}

// demoConfig is a configuration as an operator would write it, but for quiet hours, which are off, and waits, which are shorter.
func demoConfig(o DemoOptions, w *demo.World, dir string) *Config {
	cfg := Default()
	cfg.Company.Name = "Крамниця"
	cfg.Server.Listen, cfg.Server.Admin, cfg.Server.DataDir = "127.0.0.1:0", "", dir
	if o.Listen != "" {
		cfg.Server.Listen = o.Listen
	}
	cfg.Telegram.Token, cfg.Telegram.APIURL = bots.Secret(w.Telegram.Token()), w.Telegram.URL()
	cfg.Viber.Token, cfg.Viber.APIURL, cfg.Viber.Name = bots.Secret(w.Viber.Token()), w.Viber.URL(), "Крамниця"
	cfg.Viber.Price = bots.Price{Amount: "0.84", Currency: "UAH"}
	cfg.SMS = []sms.Config{demoProvider(w)}
	life := func(d time.Duration) fallback.Duration { return fallback.Lasting(time.Duration(float64(d) / o.Speed)) }
	never := fallback.QuietConfig{From: "00:00", To: "00:00"}
	// Nothing was missed before the start of a demo, and its minutes are short.
	cfg.Server.CatchUp, cfg.Server.catchUpWritten = life(time.Minute), true
	cfg.Cascades = map[string]fallback.CascadeConfig{"loyalty": {
		Steps: []fallback.StepConfig{
			{Channel: bots.Telegram, Wait: life(15 * time.Minute), Until: "read"},
			{Channel: bots.Viber, Wait: life(15 * time.Minute), Until: "read"},
			{Channel: bots.SMS},
		},
		Deadline: life(60 * time.Minute), QuietHours: &never,
	}}
	cfg.Telegram.Updates = telegram.Poll
	return &cfg
}

// demoProvider describes the simulated SMS provider as docs/sms.md describes any other.
func demoProvider(w *demo.World) sms.Config {
	return sms.Config{
		Name: "demo", APIURL: w.SMS.URL(), Token: bots.Secret(w.SMS.Token()), Sender: "Shop", Price: bots.Price{Amount: "0.92", Currency: "UAH"}, MaxParts: 3, Rate: 50,
		Request: sms.Request{Method: "POST", Path: "/send", Headers: map[string]string{"Authorization": "Bearer {{.token}}"},
			JSON: map[string]any{"to": "{{.to}}", "from": "{{.sender}}", "text": "{{.text}}", "ref": "{{.id}}", "callback": "{{.report_url}}"}},
		Accept:  sms.Accept{Status: []int{200}, OK: `.status == "ok"`, ID: ".message_id", Error: ".error", Code: ".code"},
		Faults:  map[string]string{"41": "misconfigured", "49": "misconfigured", "51": "unreachable", "404": "refused", "http:429": "temporary"},
		Report:  sms.Report{ID: ".message_id", Ref: ".ref", Status: ".status", States: map[string]string{"delivered": "delivered", "undelivered": "failed", "expired": "failed"}, Answer: "OK"},
		Inbound: sms.Inbound{From: ".from", Text: ".text", ID: ".id"},
	}
}

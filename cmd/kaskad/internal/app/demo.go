package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/sms"
	"kaskad/bots/telegram"
	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/fallback"
	"kaskad/fallback/sms"
)

// DemoOptions are the flags of `kaskad demo`.
type DemoOptions struct {
	Headless  bool
	People    bool
	Listen    string
	Speed     float64
	Seed      uint64
	Customers int // 0: what the way of showing them takes
	JSON      bool
}

const (
	// demoTime bounds a headless demo at the default speed, in the customers' time.
	demoTime  = 80 * time.Minute
	joinTime  = 50 * time.Millisecond // of one customer of many, on a slow machine
	minSpeed  = 0.1
	maxSpeed  = 3600
	crowdSize = 24   // of the live demo
	maxCrowd  = 1000 // one batch
)

// check finds what cannot be meant.
func (o *DemoOptions) check() error {
	switch {
	case math.IsNaN(o.Speed) || o.Speed < minSpeed || o.Speed > maxSpeed:
		return Misused("--speed is between %g and %d: 120 makes a quarter of an hour 7.5 seconds", minSpeed, maxSpeed)
	case o.Customers < 0 || o.Customers > maxCrowd:
		return Misused("--customers is between 1 and %d", maxCrowd)
	case o.Listen == "":
		return nil
	}
	if _, port, err := net.SplitHostPort(o.Listen); err != nil || port == "" {
		return Misused("--listen %s: write an address with a port: 127.0.0.1:8080", o.Listen)
	}
	return nil
}

// Demo runs the whole program with simulated messengers: the same wiring, the same adapters, real wire protocols.
func Demo(ctx context.Context, o DemoOptions, s Streams) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.Customers == 0 && (!o.Headless || o.People) {
		o.Customers = crowdSize
	}
	if o.People {
		return printCrowd(demo.Who(o.world()), o.JSON, s.Out)
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // the window was closed: nothing is left behind
	defer stop()
	ctx, left := whileRead(ctx, s)
	defer left()
	dir, err := os.MkdirTemp("", "kaskad-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	world, err := demo.Start(o.world())
	if err != nil {
		return err
	}
	defer world.Close()
	return inDemo(ctx, o, world, dir, func(ctx context.Context, shop demo.Shop) error { return o.play(ctx, world, shop, s) })
}

func (o *DemoOptions) world() demo.Options {
	return demo.Options{Speed: o.Speed, Seed: o.Seed, Customers: o.Customers}
}

func printCrowd(c *demo.Crowd, asJSON bool, out io.Writer) error {
	if asJSON {
		return json.NewEncoder(out).Encode(c)
	}
	return c.Print(out)
}

// play shows the demo in the way that was asked for, prints the table, and stays for those who want to call the API.
func (o *DemoOptions) play(ctx context.Context, world *demo.World, shop demo.Shop, s Streams) error {
	if o.Listen != "" {
		fmt.Fprintf(s.Err, "The API listens at %s with the key %s\n", shop.URL, shop.Key)
	}
	report, err := o.show(ctx, world, shop, s)
	if err != nil {
		return err
	}
	if o.JSON {
		err = json.NewEncoder(s.Out).Encode(report)
	} else {
		err = report.Print(s.Out)
	}
	if err != nil || o.Headless || o.Listen == "" || report.Left || ctx.Err() != nil {
		return err
	}
	fmt.Fprintf(s.Err, "\nThe API stays until Ctrl-C. Try:\ncurl -H 'Authorization: Bearer %s' %s/v1/deliveries\n", shop.Key, shop.URL)
	<-ctx.Done()
	return nil
}

// show is the part before the table: a view where there is a terminal, else lines; on stderr where stdout is for JSON.
func (o *DemoOptions) show(ctx context.Context, world *demo.World, shop demo.Shop, s Streams) (*demo.Report, error) {
	if o.Headless {
		joining := 15*time.Second + time.Duration(o.Customers)*joinTime
		ctx, cancel := context.WithTimeout(ctx, joining+time.Duration(float64(demoTime)/o.Speed))
		defer cancel()
		return world.Play(ctx, shop)
	}
	if t, ok := demo.NewTerminal(s.In, s.Out, os.Getenv); ok {
		return world.Show(ctx, shop, t)
	}
	if o.JSON {
		return world.Narrate(ctx, shop, s.Err)
	}
	report, err := world.Narrate(ctx, shop, s.Out)
	if err == nil {
		fmt.Fprintln(s.Out)
	}
	return report, err
}

// inDemo runs the gateway for as long as do takes, and hands it the address and a key. A gateway that stops before ends do.
func inDemo(ctx context.Context, o DemoOptions, world *demo.World, dir string, do func(context.Context, demo.Shop) error) error {
	cfg := demoConfig(o, world, dir)
	if err := demoCloud(cfg, world, dir, cfg.Cascades["loyalty"].Steps[0].Wait); err != nil {
		return err
	}
	listeners, err := Listen(cfg)
	if err != nil {
		return errors.New(strings.NewReplacer("server.listen", "--listen", "server.admin", "--listen").Replace(err.Error()))
	}
	cfg.Server.PublicURL = "http://" + callable(listeners.Public.Addr())
	a, err := New(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		listeners.Close()
		return err
	}
	defer a.Close()
	key, err := demoKey(ctx, a)
	if err != nil {
		listeners.Close()
		return err
	}
	stop, end := context.WithCancel(context.WithoutCancel(ctx)) // the table is read after Ctrl-C, too
	defer end()
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	running := make(chan error, 1)
	go func() {
		err := a.Run(stop, listeners)
		cancel() // without a gateway there is nothing to show
		running <- err
	}()
	// The phone is paired with the gateway running, so that its session logs in once.
	if err = errors.Join(demoPhone(inner, a, world), demoMeta(a, world)); err == nil {
		err = do(inner, demo.Shop{URL: "http://" + listeners.callableAdmin(), Key: key})
	}
	end()
	return errors.Join(<-running, err)
}

// demoKey makes the key of the retailer's system.
func demoKey(ctx context.Context, a *App) (string, error) {
	var made struct{ Key string }
	err := control.Direct(a.api).Do(ctx, "POST", "/v1/keys", map[string]any{"name": "demo", "scopes": []string{"send", "read"}}, &made)
	return made.Key, err
}

func (l Listeners) callableAdmin() string {
	if l.Admin != nil {
		return callable(l.Admin.Addr())
	}
	return callable(l.Public.Addr())
}

// callable is where a listener is found from this machine: one that takes calls at every address does so on loopback, too.
func callable(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil || !at.Addr().IsUnspecified() {
		return a.String()
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), at.Port()).String()
}

// demoConfig is a configuration as an operator would write it, but for quiet hours, which are off, and waits, which are shorter.
func demoConfig(o DemoOptions, w *demo.World, dir string) *Config {
	cfg := Default()
	cfg.Company.Name = "Крамниця"
	cfg.Dialogue.Menu, cfg.Dialogue.AskConsent = false, false // the people of the demo are asked nothing but to read
	cfg.Server.DataDir = dir
	cfg.Server.Listen, cfg.Server.Admin = o.places()
	cfg.Spend.PerDay = &bots.Price{Amount: "10000", Currency: "UAH"} // enough for the largest crowd
	faster := max(1, o.Speed)
	cfg.Telegram.Token, cfg.Telegram.APIURL = bots.Secret(w.Telegram.Token()), w.Telegram.URL()
	cfg.Telegram.Rate = min(1000, cfg.Telegram.Rate*faster)
	cfg.Viber.Token, cfg.Viber.APIURL, cfg.Viber.Name = bots.Secret(w.Viber.Token()), w.Viber.URL(), "Крамниця"
	cfg.Viber.Price = bots.Price{Amount: "0.84", Currency: "UAH"}
	cfg.Viber.Rate = min(1000, cfg.Viber.Rate*faster)
	// Nobody is banned here: the pause between two messages and the daily bound, which protect a number, would only take time.
	cfg.WhatsApp.Enabled, cfg.WhatsApp.Pace, cfg.WhatsApp.Jitter, cfg.WhatsApp.Daily.First = true, 0, 0, 0
	cfg.Server.whatsApp = w.WhatsApp.Client()
	cfg.SMS = []sms.Config{simulated(w.SMS, sms.Config{
		Name: "demo", Sender: "Shop", Price: bots.Price{Amount: "0.92", Currency: "UAH"}, MaxParts: 3, Rate: min(1000, 50*faster),
	})}
	life := func(d time.Duration) fallback.Duration { return fallback.Lasting(time.Duration(float64(d) / o.Speed)) }
	never := fallback.QuietConfig{From: "00:00", To: "00:00"}
	// Nothing was missed before the start of a demo, and its minutes are short.
	cfg.Server.CatchUp, cfg.Server.catchUpWritten = life(time.Minute), true
	cfg.Cascades = map[string]fallback.CascadeConfig{"loyalty": {
		Steps: []fallback.StepConfig{
			{Channel: bots.Telegram, Wait: life(15 * time.Minute), Until: "read"},
			{Channel: bots.Viber, Wait: life(15 * time.Minute), Until: "read"},
			{Channel: bots.WhatsApp, Wait: life(15 * time.Minute), Until: "read"},
			{Channel: bots.SMS},
		},
		Deadline: life(60 * time.Minute), QuietHours: &never,
	}}
	cfg.Telegram.Updates = telegram.Poll
	return &cfg
}

// places are where the gateway listens for messengers and for the API: one place, unless the API's is one that the simulators, which
// never leave this machine, could not call.
func (o *DemoOptions) places() (public, admin string) {
	const own = "127.0.0.1:0"
	if o.Listen == "" {
		return own, ""
	}
	host, _, _ := net.SplitHostPort(o.Listen) // was checked
	at, err := netip.ParseAddr(host)
	if host == "" || host == "localhost" || err == nil && (at.IsLoopback() || at.IsUnspecified()) {
		return o.Listen, ""
	}
	return own, o.Listen
}

// simulated is an SMS provider, the demo's or one of the test side, at a simulator: described as docs/sms.md describes any other.
func simulated(at *simulator.Server, p sms.Config) sms.Config {
	p.APIURL, p.Token = at.URL(), bots.Secret(at.Token())
	p.Request = sms.Request{
		Method: "POST", Path: "/send", Headers: map[string]string{"Authorization": "Bearer {{.token}}"},
		JSON: map[string]any{"to": "{{.to}}", "from": "{{.sender}}", "text": "{{.text}}", "ref": "{{.id}}", "callback": "{{.report_url}}"},
	}
	p.Accept = sms.Accept{Status: []int{200}, OK: `.status == "ok"`, ID: ".message_id", Error: ".error", Code: ".code"}
	p.Faults = map[string]string{"41": "misconfigured", "49": "misconfigured", "51": "unreachable", "404": "refused", "http:429": "temporary"}
	p.Report = sms.Report{ID: ".message_id", Ref: ".ref", Status: ".status", States: map[string]string{"delivered": "delivered", "undelivered": "failed", "expired": "failed"}, Answer: "OK"}
	p.Inbound = sms.Inbound{From: ".from", Text: ".text", ID: ".id"}
	return p
}

package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/alert"
	"kaskad/cmd/kaskad/internal/mail"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// Alerts is who is woken, and by what.
type Alerts struct {
	Staff         bool              `toml:"staff"`          // the first group of staff
	Webhook       string            `toml:"webhook"`        // an address of yours
	WebhookSecret bots.Secret       `toml:"webhook_secret"` // with which calls to it are signed
	Hold          fallback.Duration `toml:"hold"`
	Balance       int               `toml:"balance"`
	DiskFree      int               `toml:"disk_free"`    // MB
	QueueAge      fallback.Duration `toml:"queue_age"`    // 0: it is not looked at
	Certificates  []string          `toml:"certificates"` // addresses of others: host:port
	Ping          string            `toml:"ping"`
	PingEvery     fallback.Duration `toml:"ping_every"`
	Mail          mail.Config       `toml:"mail"`
	Owner         string            `toml:"owner"` // whose own chat with the bot: telegram:123456789
	Hears         map[string]Hears  `toml:"hears"` // by target; one that is not named hears everything
}

func defaultAlerts() Alerts {
	return Alerts{Hold: fallback.Lasting(time.Minute), DiskFree: 1024, QueueAge: fallback.Lasting(15 * time.Minute), PingEvery: fallback.Lasting(5 * time.Minute), Mail: mail.DefaultConfig()}
}

// alerts looks for targets that cannot be told.
func (l *loader) alerts(cfg *Config) {
	c := &cfg.Alerts
	if c.Staff && cfg.Telegram.Token == "" {
		l.add("alerts.staff", "there is no group of staff without [telegram] token")
	}
	if c.Webhook != "" {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.WebhookSecret.Reveal(), "whsec_"))
		if !l.bad["alerts.webhook_secret"] && (err != nil || len(key) < leastSecret) {
			l.add("alerts.webhook_secret", "is no key of Standard Webhooks: write whsec_ and %d bytes or more in base64, such as of openssl rand -base64 32", leastSecret)
		}
		if !webURL(c.Webhook) {
			l.add("alerts.webhook", "%q is no web address: write https://…", c.Webhook)
		}
	}
	l.owner(cfg)
	l.all("alerts.mail", c.Mail.Validate())
	l.hears(c)
	l.certificates(c.Certificates)
	if c.Hold.Duration < 0 || c.Balance < 0 || c.DiskFree < 0 {
		l.add("alerts", "hold, balance and disk_free are from 0 up")
	}
	if q := c.QueueAge.Duration; q != 0 && q < time.Second && !l.wrong("alerts.queue_age") {
		l.add("alerts.queue_age", "is shorter than 1s; 0s: it is not looked at")
	}
	if c.Ping == "" {
		return
	}
	if u, err := url.Parse(c.Ping); err != nil || !webURL(c.Ping) || u.Scheme == "http" && !loopback(u.Hostname()) {
		l.add("alerts.ping", "is no address to ask: write https://…")
	}
	if c.PingEvery.Duration < time.Second && !l.wrong("alerts.ping_every") {
		l.add("alerts.ping_every", "is shorter than 1s")
	}
}

func (a *App) openAlerts(ctx context.Context) (err error) {
	if a.world != nil {
		return nil
	}
	targets := a.targets()
	if len(targets) > 0 {
		a.alerts, err = alert.New(ctx, alert.Options{Look: a.wrong, Targets: targets, Hold: a.cfg.Alerts.Hold.Duration, Record: a.db.Records("alert"), Log: a.log})
	}
	return err
}

func (a *App) runAlerts(ctx context.Context) error {
	if a.alerts == nil {
		return nil
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.alerts.Run(ctx) })
	g.Go(func() error { return a.others.watch(ctx, a.cfg.Alerts.Certificates, a.log.Warn) })
	return g.Wait()
}

// wrong is everything that somebody should know of now.
func (a *App) wrong(ctx context.Context) (all []alert.Condition) {
	add := func(key string, critical bool, format string, args ...any) {
		all = append(all, alert.Condition{Key: key, Critical: critical, Text: fmt.Sprintf(format, args...)})
	}
	for name, err := range a.down(ctx) {
		add(name, true, "%v", err)
	}
	now := a.condition()
	for name := range now.channels {
		if slices.Contains(bots.Channels(), name) {
			add("channel:"+name, true, "%s", now.advice[name])
			continue
		}
		add(name, false, "%s", now.advice[name]) // a sender, as sms/main
	}
	for part := range now.parts {
		if part != alertsDegraded { // nobody could be told
			add(part, part == journalDegraded || part == bots.Staff, "%s", now.advice[part])
		}
	}
	for name := range a.engine.Held() {
		if _, told := now.channels[name]; !told {
			add("held:"+name, true, heldAdvice)
		}
	}
	if todo := now.advice["tls"]; todo != "" {
		add("certificate", true, "%s", todo)
	}
	if n, err := a.db.QuarantinedCount(ctx); err == nil && n > 0 { // a store that cannot tell is down
		add("quarantine", false, "could not be taken and waits for somebody: %d; kaskad quarantine list", n)
	}
	for sender, m := range a.balances.read() {
		if left, err := strconv.ParseFloat(m.Decimal(), 64); err == nil && left < float64(a.cfg.Alerts.Balance) {
			add("balance:"+sender, true, "%s %s are left: top up", m.Decimal(), m.Currency)
		}
	}
	if free, known := store.FreeSpace(a.cfg.Server.DataDir); known && free < uint64(a.cfg.Alerts.DiskFree)<<20 {
		add("disk", true, "%d MB are free where data_dir is: make room, old backups first", free>>20)
	}
	a.wrongSending(ctx, add)
	return all
}

// alertsDegraded is what /readyz names while nobody can be told.
const alertsDegraded = "alerts"

// ping tells a watch on another machine that we live, as long as we are well.
func (a *App) ping(ctx context.Context) error {
	if a.cfg.Alerts.Ping == "" {
		return nil
	}
	select {
	case <-a.engine.Begun(): // before, every channel seems to be heard
	case <-ctx.Done():
		return nil
	}
	client := &http.Client{Timeout: 20 * time.Second}
	return a.pings(ctx, func(ctx context.Context) error { return pingOnce(ctx, client, a.cfg.Alerts.Ping) })
}

func (a *App) pings(ctx context.Context, once func(context.Context) error) error {
	for ill := 0; ctx.Err() == nil; {
		why := a.illness(ctx, time.Now())
		if why == "" {
			ill = 0
			if err := once(ctx); err != nil && ctx.Err() == nil {
				a.log.Warn("the ping was not answered", "err", err)
			}
		} else if ill++; ill == 2 && ctx.Err() == nil { // not of a start, when nobody is heard yet
			a.log.Warn("no ping, so that the watch elsewhere notices", "why", why)
		}
		pause(ctx, nil, a.cfg.Alerts.PingEvery.Duration)
	}
	return nil
}

// illness is why a watch elsewhere has to notice; empty: the store takes writes, every channel is heard, and who is to be woken would be.
func (a *App) illness(ctx context.Context, now time.Time) string {
	if a.alerts != nil && a.alerts.Mute(now) {
		return "nobody can be told what is wrong"
	}
	if a.alerts != nil && a.alerts.Stuck(now) {
		return "the look for what is wrong hangs"
	}
	if len(a.down(ctx)) > 0 || a.db.PutSetting(ctx, "pinged", []byte(now.UTC().Format(time.RFC3339))) != nil {
		return "the store takes nothing"
	}
	deaf := slices.DeleteFunc(slices.Sorted(maps.Keys(a.condition().channels)), func(name string) bool { return !slices.Contains(bots.Channels(), name) })
	if len(deaf) > 0 {
		return "not well: " + strings.Join(deaf, ", ")
	}
	return ""
}

// pingOnce asks an address; an error is without it, because it is a secret of its own.
func pingOnce(ctx context.Context, client *http.Client, address string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return errors.New("the address cannot be read")
	}
	res, err := client.Do(req)
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

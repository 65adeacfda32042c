package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/bots/whatsapp"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback"
)

// WhatsAppStatus is how the paired phone's session stands.
type WhatsAppStatus = api.WhatsAppStatus

// WhatsAppAccount is the account of the paired phone.
type WhatsAppAccount = api.WhatsAppAccount

// WhatsAppStep is one thing to show while a phone is paired.
type WhatsAppStep = api.WhatsAppStep

const whatsAppPath = "/v1/whatsapp"

// stopped is the state of a session that nobody holds: no gateway runs.
const stopped = "stopped"

const adviceUnpaired = "no phone is paired: kaskad whatsapp pair"

// openPhone opens the session of the paired phone, whose file is whatsapp.db in data_dir. Whoever has kaskad.db open is the only one
// who may: that is the gateway, or a command while no gateway runs.
func (a *App) openPhone(ctx context.Context) (*whatsapp.Bot, error) {
	if a.phone != nil || !a.cfg.WhatsApp.Enabled {
		return a.phone, nil
	}
	ids, err := (&secrets{db: a.db}).get(ctx, "message_ids/"+bots.WhatsApp)
	if err != nil {
		return nil, err
	}
	bot, err := whatsapp.Open(ctx, a.cfg.WhatsApp, whatsapp.Options{
		Dir: a.cfg.Server.DataDir, Client: a.cfg.Server.whatsApp, Log: a.log, Name: a.cfg.Company.Name, IDs: ids,
		Sent: func(ctx context.Context, id string) (bots.Outgoing, bool, error) {
			out, found, err := a.db.SentAs(ctx, bots.WhatsApp, id)
			if err != nil || !found {
				return out, found, err
			}
			err = a.db.Read(ctx, func(v fallback.View) (err error) {
				out, err = a.codes.Unmask(v, out)
				if a.ways != nil {
					out = fallback.ShowWayOut(v, out, a.ways.Mint)
				}
				return err
			})
			return out, err == nil, err
		},
		Open:    a.fileAgain,
		Mark:    func(ctx context.Context) ([]byte, error) { return a.db.Setting(ctx, phoneMark) },
		PutMark: func(ctx context.Context, mark []byte) error { return a.db.PutSetting(ctx, phoneMark, mark) },
	})
	if err != nil {
		return nil, err
	}
	a.phone = bot
	return bot, nil
}

// phoneMark is the setting that says how far whatsapp.db has gone: an older copy of it is refused.
const phoneMark = "whatsapp/mark"

// noPhone stands for the paired phone where its session is not open: nothing is sent there.
type noPhone struct{ cfg whatsapp.Config }

var errNoPhone = errors.New("whatsapp: the session is the gateway's, and no gateway runs here")

func (p noPhone) Limits() bots.Limits { return p.cfg.Limits() }

func (p noPhone) Send(context.Context, bots.Outgoing) (bots.Receipt, error) {
	return bots.Receipt{}, &bots.SendError{Fault: bots.Misconfigured, Err: errNoPhone}
}

func (p noPhone) Check(context.Context) (bots.Identity, error) { return bots.Identity{}, errNoPhone }

// brokenPhone stands for the paired phone when its file cannot be opened: steps go on to the next channel.
type brokenPhone struct {
	noPhone
	err   error
	since time.Time
}

const brokenAdvice = "put whatsapp.db right, or move it away and pair the phone again; then start kaskad again"

func (p brokenPhone) Standing() bots.Standing {
	return bots.Standing{State: whatsapp.Storing, Since: p.since, Shut: true, Advice: brokenAdvice}
}

func (p brokenPhone) Send(context.Context, bots.Outgoing) (bots.Receipt, error) {
	return bots.Receipt{}, &bots.SendError{Fault: bots.Rejected, Code: whatsapp.Storing, Err: p.err}
}

func (p brokenPhone) Check(context.Context) (bots.Identity, error) {
	return bots.Identity{}, &bots.SendError{Fault: bots.Misconfigured, Code: whatsapp.Storing, Err: fmt.Errorf("%w: %s", p.err, brokenAdvice)}
}

// phoneSession is the paired phone as commands see it.
type phoneSession struct {
	app     *App
	running bool // the gateway's: it holds the connection
}

var _ api.WhatsApp = phoneSession{}

func (p phoneSession) bot(ctx context.Context) (*whatsapp.Bot, error) {
	if !p.app.cfg.WhatsApp.Enabled {
		return nil, api.ErrWhatsAppOff
	}
	bot, err := p.app.openPhone(ctx)
	if err != nil {
		return nil, &api.WhatsAppFailed{Err: fmt.Errorf("%w; %s", err, brokenAdvice)}
	}
	return bot, nil
}

// Status reads what is known; it asks nobody.
func (p phoneSession) Status(ctx context.Context) (*api.WhatsAppStatus, error) {
	bot, err := p.bot(ctx)
	if broken, is := errors.AsType[*api.WhatsAppFailed](err); is {
		return &api.WhatsAppStatus{State: whatsapp.Storing, Advice: broken.Error()}, nil
	}
	if err != nil {
		return nil, err
	}
	s := &api.WhatsAppStatus{}
	account, paired := bot.Account()
	if paired {
		s.Account = accountOf(account)
	}
	if !p.running {
		s.State, s.Advice = stopped, "no gateway runs: kaskad serve connects it"
		if !paired {
			s.State, s.Advice = "unpaired", adviceUnpaired
		} else if now := bot.Standing(); now.State == whatsapp.OldCopy {
			s.State, s.Advice = now.State, now.Advice
		}
		return s, nil
	}
	now := bot.Standing()
	s.State, s.Since, s.Until, s.Advice = now.State, utc(now.Since), utc(now.Until), now.Advice
	if paired {
		s.Today, err = p.today(ctx, bot.Limits().Daily)
	}
	return s, err
}

// today is what the daily bound counts.
func (p phoneSession) today(ctx context.Context, bound bots.Daily) (*api.WhatsAppToday, error) {
	zone, err := time.LoadLocation(p.app.cfg.Company.Timezone)
	if err != nil {
		return nil, err
	}
	written, err := p.app.db.Written(ctx, bots.WhatsApp)
	if err != nil {
		return nil, err
	}
	count, most, bounded := written.Today(bound, zone, time.Now())
	if !bounded {
		return nil, nil
	}
	return &api.WhatsAppToday{Sent: count, Most: most}, nil
}

func utc(at time.Time) time.Time {
	if at.IsZero() {
		return at
	}
	return at.UTC()
}

func accountOf(a whatsapp.Account) *api.WhatsAppAccount {
	return &api.WhatsAppAccount{Phone: a.Phone, Name: a.Name, Business: a.Business, Platform: a.Platform}
}

// Pair shows QR codes, or a code, until a phone is linked.
func (p phoneSession) Pair(ctx context.Context, ask api.WhatsAppPairing, tell func(api.WhatsAppStep) error) error {
	bot, err := p.bot(ctx)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	steps, err := bot.Pair(ctx, whatsapp.PairOptions{Phone: ask.Phone})
	if err != nil {
		return &api.WhatsAppFailed{Err: err}
	}
	var failed error
	for step := range steps { // to its end: then the session is the gateway's again
		if step.Done {
			if err := p.warmUp(ctx, step.Account.Phone); err != nil {
				step = whatsapp.PairStep{Err: fmt.Errorf("whatsapp: the phone was paired, and that could not be written down: %w", err)}
			}
		}
		if failed == nil {
			if failed = tell(shownStep(step, time.Now())); failed != nil {
				stop()
			}
		}
	}
	return failed
}

// warmUp begins the count of messages anew when another number is paired than the last time: it is young, whatever the one before it
// was let write, and a stranger to whoever wrote to that one. The same number goes on where it was.
func (p phoneSession) warmUp(ctx context.Context, phone string) error {
	const last = "whatsapp/number"
	ctx = context.WithoutCancel(ctx)
	before, err := p.app.db.Setting(ctx, last)
	if err != nil || string(before) == phone {
		return err
	}
	fresh := fallback.Written{}
	if len(before) > 0 {
		fresh.Since = time.Now().UTC()
	}
	if err := p.app.db.SetWritten(ctx, bots.WhatsApp, fresh); err != nil {
		return err
	}
	return p.app.db.PutSetting(ctx, last, []byte(phone))
}

// shownStep is a step as commands read it.
func shownStep(s whatsapp.PairStep, now time.Time) api.WhatsAppStep {
	out := api.WhatsAppStep{QR: s.QR, Code: s.Code}
	if s.Lasts > 0 {
		out.Until = now.Add(s.Lasts).UTC()
	}
	switch {
	case s.Err != nil:
		out.Failed, out.Reason = s.State, s.Err.Error()
		if out.Failed == "" {
			out.Failed = "failed"
		}
	case s.Done:
		out.Paired = accountOf(s.Account)
	}
	return out
}

// Logout unlinks the device.
func (p phoneSession) Logout(ctx context.Context) error {
	bot, err := p.bot(ctx)
	if err != nil {
		return err
	}
	if err := bot.Logout(ctx); err != nil {
		return &api.WhatsAppFailed{Err: err}
	}
	return nil
}

// WhatsApp asks how the paired phone's session stands.
func (g *Gate) WhatsApp(ctx context.Context) (*WhatsAppStatus, error) {
	var s WhatsAppStatus
	err := g.Call(ctx, "GET", whatsAppPath, nil, &s)
	return &s, err
}

// LogoutWhatsApp unlinks the device at WhatsApp and forgets its keys.
func (g *Gate) LogoutWhatsApp(ctx context.Context) error {
	return g.Call(ctx, "POST", whatsAppPath+"/logout", struct{}{}, nil)
}

// errPaired ends the following of a pairing whose last step has come.
var errPaired = errors.New("the last step has come")

// PairWhatsApp pairs a phone, in the gateway's session when it runs, and shows every step, the last one too. Phone: with a code that
// is typed there; empty: by a QR code.
func (g *Gate) PairWhatsApp(ctx context.Context, phone string, show func(WhatsAppStep) error) error {
	ask := api.WhatsAppPairing{Phone: phone}
	if g.app != nil {
		return phoneSession{app: g.app}.Pair(ctx, ask, show)
	}
	err := g.client.Work(ctx, whatsAppPath+"/pair", ask, func(data []byte) error {
		step, err := readStep(data)
		if err != nil {
			return err
		}
		if err := show(step); err != nil {
			return err
		}
		if step.Ended() {
			return errPaired
		}
		return nil
	})
	if errors.Is(err, errPaired) {
		return nil
	}
	return asCommand(err)
}

// WhatsAppOn refuses commands about a paired phone that the configuration does not have. It answers with the country in which phones
// are read.
func WhatsAppOn(at Place) (country string, err error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return "", faults
	}
	if !cfg.WhatsApp.Enabled {
		return "", &usageError{fmt.Errorf("whatsapp is off: write enabled = true under [whatsapp] in %s", at)}
	}
	return cfg.Company.Country, nil
}

func readStep(data []byte) (WhatsAppStep, error) {
	var step WhatsAppStep
	if err := json.Unmarshal(data, &step); err != nil {
		return step, fmt.Errorf("gateway: its answer cannot be read: %w; is it another version?", err)
	}
	return step, nil
}

// Phone reads a phone as people write it in a country.
func Phone(text, country string) (string, error) { return bots.Phone(text, country) }

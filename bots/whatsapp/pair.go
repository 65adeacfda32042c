package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
)

// PairOptions say how a phone is paired.
type PairOptions struct {
	Phone string // E.164: with a code that is typed on this phone; empty: by a QR code
}

// PairStep is one thing to show while a phone is being paired. The last one has Done or Err.
type PairStep struct {
	QR      string        `json:"qr,omitempty"`   // the text of a QR code: WhatsApp > Linked devices > Link a device
	Code    string        `json:"code,omitempty"` // ABCD-EFGH, to be typed: … > Link with phone number instead
	Lasts   time.Duration `json:"lasts,omitempty"`
	Done    bool          `json:"done,omitempty"`
	Account Account       `json:"account,omitzero"` // Done: whose phone
	State   string        `json:"state,omitempty"`  // Err: Expired, Outdated, Passkey, Refusing, Connecting, Cancelled …
	Err     error         `json:"-"`                // why not, and what to do
}

// Ends of a pairing that are no states of a session.
const (
	Expired   = "expired"
	Cancelled = "cancelled"
)

var (
	errPaired  = errors.New("whatsapp: a phone is paired already: log it out first (kaskad whatsapp logout)")
	errPairing = errors.New("whatsapp: another pairing is under way: finish it, or wait three minutes")
	errPhone   = errors.New("whatsapp: the phone is no number: write it as +380501112233")
)

const (
	manyCodes = 6                // QR codes; when the last one is over, WhatsApp ends the connection
	signTime  = 15 * time.Second // after the pairing, until WhatsApp asks for a new connection
	loginTime = time.Minute      // until that connection stands
)

// Pair pairs a phone. The channel brings QR codes, each for its time, or one code, and ends with Done or Err. It works while Run
// runs, which then connects, and without. It ends with ctx.
func (b *Bot) Pair(ctx context.Context, opt PairOptions) (<-chan PairStep, error) {
	phone := ""
	if opt.Phone != "" {
		if phone = bots.MessengerPhone(opt.Phone); phone == "" {
			return nil, errPhone
		}
	}
	if !b.pairs.CompareAndSwap(false, true) {
		return nil, errPairing
	}
	if dev, err := b.device(ctx); err != nil || dev != nil {
		b.pairs.Store(false)
		return nil, errors.Join(err, when(dev != nil, errPaired))
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &pairing{bot: b, ctx: ctx, phone: phone, steps: make(chan PairStep, 2*manyCodes), told: make(chan any, 16)}
	stop := context.AfterFunc(b.life, cancel)
	b.signing.Store(true)
	b.work.Go(func() {
		defer close(p.steps)
		defer cancel()
		defer stop()
		end := p.run()
		if b.signing.CompareAndSwap(true, false) {
			ring(b.wake) // whatever it left behind is Run's
		}
		b.pairs.Store(false) // who reads the end may begin again
		p.steps <- end       // has room: a pairing has fewer steps
	})
	return p.steps, nil
}

func when(is bool, err error) error {
	if is {
		return err
	}
	return nil
}

// pairing is the state of one Pair.
type pairing struct {
	bot   *Bot
	ctx   context.Context
	cli   *whatsmeow.Client
	phone string
	steps chan PairStep
	told  chan any // what WhatsApp says
	word  atomic.Pointer[any]

	codes []string // QR codes that are still to be shown
	until <-chan time.Time
}

// notPaired is the end of a pairing that failed.
func notPaired(state, advice string) *PairStep {
	return &PairStep{State: state, Err: errors.New("whatsapp: not paired: " + advice)}
}

// passkeyAsked stands among events for what the library only logs.
type passkeyAsked struct{}

// run pairs and says how it ended.
func (p *pairing) run() PairStep {
	p.cli = p.bot.client(p.bot.container.NewDevice(), p.listen)
	p.cli.AddEventHandler(p.tell)
	conn, cancel := context.WithCancel(p.ctx)
	defer cancel()
	p.cli.BackgroundEventCtx = conn
	if err := dial(conn, p.cli); p.ctx.Err() != nil {
		return *notPaired(Cancelled, "it was ended")
	} else if err != nil {
		return *notPaired(Connecting, connectAdvice(err))
	}
	end := p.watch()
	hangUp(p.cli, cancel)
	if end != nil {
		return *end
	}
	return p.login()
}

// listen hears what the library only logs.
func (p *pairing) listen(format string, args []any) {
	if asksPasskey(format, args) {
		p.tell(passkeyAsked{})
	}
	if word := lastWord(format, args); word != nil {
		p.word.Store(&word)
	}
}

func (p *pairing) tell(evt any) {
	select {
	case p.told <- evt:
	case <-p.ctx.Done():
	}
}

// sign waits until WhatsApp has our signature: it then asks for a new connection.
func (p *pairing) sign() {
	late := time.After(signTime)
	for {
		select {
		case evt := <-p.told:
			switch evt.(type) {
			case *events.ManualLoginReconnect, *events.Disconnected:
				return
			}
		case <-late:
			return
		case <-p.ctx.Done():
			return
		}
	}
}

// login makes the first connection of the new device: Run does, where it runs. The phone shows the device as linked only then.
func (p *pairing) login() PairStep {
	b := p.bot
	account, err := b.meet(p.ctx)
	if err != nil {
		return PairStep{State: Storing, Err: err}
	}
	b.opt.Log.Info("whatsapp: a phone was paired", "phone", masked(account.Phone), "platform", account.Platform)
	ctx, cancel := context.WithTimeout(p.ctx, loginTime)
	defer cancel()
	if err := b.visiting.take(ctx); err != nil {
		return *notPaired(Connecting, notYet)
	}
	if b.running() {
		b.visiting.release()
		ring(b.wake)
		return b.linked(ctx, account)
	}
	defer b.visiting.release()
	if err := b.visit(ctx, func(*session) error { return nil }); err != nil {
		now, _ := b.state()
		return PairStep{State: now.State, Err: fmt.Errorf("whatsapp: the phone was paired, but the session does not stand: %w", err)}
	}
	return PairStep{Done: true, Account: account}
}

// meet takes from the store whose phone was paired.
func (b *Bot) meet(ctx context.Context) (Account, error) {
	b.learning.Lock()
	defer b.learning.Unlock()
	b.signing.Store(false)
	dev, err := b.device(ctx)
	if err == nil && dev == nil {
		err = fmt.Errorf("%s does not have the new session: try again", FileName)
	}
	if err == nil {
		err = b.know(ctx, dev)
	}
	if err != nil {
		return Account{}, err
	}
	b.set(bots.Standing{State: Connecting})
	account, _ := b.Account()
	return account, nil
}

const notYet = "the phone was paired, but the session does not stand yet; see kaskad check --live"

// linked waits until the session stands, or is turned away.
func (b *Bot) linked(ctx context.Context, account Account) PairStep {
	for {
		now, changed := b.state()
		switch {
		case now.State == Connected || now.State == Syncing:
			return PairStep{Done: true, Account: account}
		case now.Shut:
			return *notPaired(now.State, now.Advice)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return *notPaired(Connecting, notYet)
		}
	}
}

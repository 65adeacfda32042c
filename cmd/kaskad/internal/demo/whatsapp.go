package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/bots/simulator/whatsapp"
)

// shopPhone is the number of the shop's phone, which the gateway is paired with.
const shopPhone, shopLID = "+380441110000", "990000"

// startWhatsApp starts a simulated WhatsApp with the shop's phone in it. From then on this process takes nobody else for WhatsApp:
// that is why only a demo may do so, and never a gateway that serves.
func startWhatsApp(o Options) (*whatsapp.Server, error) {
	if err := whatsapp.Trust(); err != nil {
		return nil, err
	}
	s, err := whatsapp.New(whatsapp.Options{Speed: o.Speed, Seed: o.Seed})
	if err != nil {
		return nil, err
	}
	err = s.AddAccount(shopPhone, shopLID)
	if err == nil {
		err = s.Alter(shopPhone, func(t *whatsapp.Traits) { t.Name = "Крамниця" })
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Scan is the owner, who holds the shop's phone before a QR code.
func (w *World) Scan(ctx context.Context, code string) error {
	return w.WhatsApp.ScanQR(ctx, code, shopPhone)
}

// firstLID is where WhatsApp's own numbers of customers begin.
const firstLID = 910000

// paired waits until the gateway, linked to the shop's phone, has logged in.
func (w *World) paired(ctx context.Context) error {
	for {
		for _, device := range w.WhatsApp.Devices(shopPhone) {
			if device > 0 && w.WhatsApp.Connected(shopPhone, device) {
				return nil
			}
		}
		if err := nap(ctx); err != nil {
			return fmt.Errorf("whatsapp was not connected: %w", err)
		}
	}
}

// chatter is a customer's WhatsApp.
type chatter struct {
	number string // of their WhatsApp; empty: not there
	lid    string // WhatsApp's own number of them
	hidden bool   // the shop is never told their number
	silent bool   // read receipts are off
	away   bool   // does not look
	cold   bool   // has never written to the shop, which was told elsewhere that they are there
	blocks bool   // has blocked the shop's number
	acts   []whatsapp.Act

	answer   string // what the owner answers them on the phone itself; empty: nothing
	answered time.Duration
}

// readThen are the deeds of somebody who looks at the bonus, and perhaps does more. With read receipts off, the reading is told to
// nobody.
func readThen(after time.Duration, more ...whatsapp.Act) []whatsapp.Act {
	return append([]whatsapp.Act{{Do: whatsapp.ReadIt, After: after}}, more...)
}

// address is where the gateway finds them.
func (c *chatter) address() string {
	if c.hidden {
		return c.lid + "@lid"
	}
	return c.number
}

// openWhatsApp lets a customer write to the shop, as people do who saw its number: from then on it may write to them. One whose number
// is hidden says which card is theirs, and the shop notes it.
func (w *World) openWhatsApp(ctx context.Context, shop Shop, p *person) error {
	c := &p.whatsapp
	if c.cold {
		told := map[string]any{"addresses": []map[string]any{{"channel": bots.WhatsApp, "id": c.address()}}}
		return shop.call(ctx, "PUT", p.path(), told, nil)
	}
	phone, err := w.WhatsApp.AddCustomer(ctx, whatsapp.Person{
		Phone: c.number, LID: c.lid, Name: p.name, Habits: w.onWhatsApp(p), Away: c.away,
		Traits: func(t *whatsapp.Traits) {
			t.AsLID, t.BareAddress, t.ReceiptsAsLID, t.HidesReads = c.hidden, c.hidden, c.hidden, c.silent
		},
	})
	if err != nil {
		return err
	}
	words := "Добрий день!"
	if c.hidden {
		words += " Моя картка " + p.card
	}
	if _, err := phone.Say(ctx, shopPhone, words); err != nil {
		return err
	}
	if c.hidden {
		if err := p.recognize(ctx, shop); err != nil {
			return err
		}
	}
	if err := p.known(ctx, shop, bots.WhatsApp, c.address(), "active"); err != nil || !c.blocks {
		return err
	}
	return w.WhatsApp.Alter(c.number, func(t *whatsapp.Traits) { t.Blocks = []string{shopPhone} })
}

// recognize gives the contact that a stranger's first message made the card of which it speaks.
func (p *person) recognize(ctx context.Context, shop Shop) error {
	ref := bots.WhatsApp + ":" + p.whatsapp.address()
	if err := reads(ctx, shop, ref, p.card); err != nil {
		return err
	}
	return shop.call(ctx, "PUT", "/v1/contacts/"+url.PathEscape(ref), map[string]any{"external_id": p.card, "name": p.name, "locale": "uk"}, nil)
}

// reads waits for a message with some words in it.
func reads(ctx context.Context, shop Shop, ref, words string) error {
	for {
		var page struct{ Items []message }
		// Before the message came there is no such person, which is an error like any other.
		err := shop.call(ctx, "GET", "/v1/conversations/"+url.PathEscape(ref)+"/messages", nil, &page)
		for _, m := range page.Items {
			if m.Direction == "in" && strings.Contains(m.Text, words) {
				return nil
			}
		}
		if nap(ctx) != nil {
			return fmt.Errorf("their first message did not come: %w", errors.Join(ctx.Err(), err))
		}
	}
}

// onWhatsApp makes a habit of what a customer does with the bonus, which is known by its points, and with nothing else that comes.
func (w *World) onWhatsApp(p *person) whatsapp.Habits {
	does := slices.Clone(p.whatsapp.acts)
	if p.whatsapp.answer != "" {
		does = append(does, whatsapp.Act{Do: whatsapp.CallFunc, After: p.whatsapp.answered, Func: w.owner(&p.whatsapp)})
	}
	return func(m whatsapp.Shown, _ *rand.Rand) []whatsapp.Act {
		if m.Mine || !strings.Contains(m.Text, strconv.Itoa(p.points)) {
			return nil
		}
		for _, act := range does {
			w.acts.plan(act.After)
		}
		return does
	}
}

// owner takes the shop's phone in the hand and answers a customer on it, past the gateway.
func (w *World) owner(c *chatter) func(*whatsapp.Customer, whatsapp.Shown) {
	return func(*whatsapp.Customer, whatsapp.Shown) {
		ctx, cancel := context.WithTimeout(context.Background(), ownerTime)
		defer cancel()
		if _, err := w.WhatsApp.OwnerWrites(ctx, shopPhone, c.address(), c.answer); err != nil {
			w.acts.fail(fmt.Errorf("the owner's answer: %w", err))
		}
	}
}

// ownerTime bounds the sending of one message on loopback.
const ownerTime = 10 * time.Second

package bench

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/contacts"
	"kaskad/cmd/kaskad/internal/store"
	"kaskad/fallback"
)

// grown is a data_dir as a shop has it after some weeks: people with a phone and a chat, a third of them on each of three messengers, and to each
// of them five messages that wait for a proof there and go on to SMS in ten days. Every record of it was written by the store's own
// journeys, each durable: accepted, claimed, settled.
type grown struct {
	dir    string
	people int
	took   time.Duration // to grow it; 0: it was there
	size   int64
	ids    []bots.ID // of the messages, by person and number: what Meta tells again
}

// on is where a person is written to.
func on(who int) string { return [...]string{bots.Telegram, bots.Viber, bots.WhatsAppCloud}[who%3] }

func phoneOf(who int) string { return "+38050" + strconv.Itoa(1_000_000+who) }

func chatOf(who int) bots.Address {
	switch on(who) {
	case bots.Telegram:
		return bots.Address{Channel: bots.Telegram, ID: strconv.Itoa(telegramChat(who))}
	case bots.Viber:
		return bots.Address{Channel: bots.Viber, ID: viberUser(who)}
	}
	return bots.Address{Channel: bots.WhatsAppCloud, ID: phoneOf(who)}
}

func telegramChat(who int) int { return 100_000_000 + who }

// viberUser is an id as Viber writes them, 16 bytes in base64.
func viberUser(who int) string {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], uint64(who)*spread+1)
	binary.BigEndian.PutUint64(raw[8:], uint64(who))
	return base64.StdEncoding.EncodeToString(raw[:])
}

// spread puts numbers that follow each other far from each other.
const spread = 0x9e3779b97f4a7c15

// sentAs is the id that the messenger gave to the k-th message of a person: Viber's and Meta's are in no order.
func sentAs(who, k int) string {
	n := uint64(who*Open + k)
	switch on(who) {
	case bots.Telegram:
		return strconv.FormatUint(n+1, 10)
	case bots.Viber:
		return strconv.FormatUint(viberToken(who, k), 10)
	}
	raw := fmt.Sprintf("\x1c\x18\x0c%s\x15\x02\x00\x11\x18\x12%018X\x00", phoneOf(who)[1:], n*spread)
	return "wamid." + base64.StdEncoding.EncodeToString([]byte(raw))
}

func viberToken(who, k int) uint64 {
	return 5_000_000_000_000_000_000 + uint64(who*Open+k)*spread%1_000_000_000_000_000
}

// whose is the person to whom the n-th message of the file goes: neighbours in time are far from each other by number.
func whose(n, people int) int { return int(uint64(n) * 7919 % uint64(people)) }

const words = "Вам начислено 120 бонусных баллов за покупку. Баланс: 1340 баллов. Действуют до 31 декабря, ждём вас снова!"

// rules are those of a gateway with these channels.
func rules() *fallback.Rules {
	told := bots.Limits{CanEngage: true, Reports: bots.Read}
	return &fallback.Rules{Core: bots.DefaultCore(), Lease: time.Minute, OptOut: true, Channels: map[string]fallback.Channel{
		bots.Telegram:      {Limits: bots.Limits{CanEngage: true}, Senders: []string{bots.Telegram}},
		bots.Viber:         {Limits: told, Senders: []string{bots.Viber}},
		bots.WhatsAppCloud: {Limits: told, Senders: []string{bots.WhatsAppCloud}},
		bots.SMS:           {Limits: bots.Limits{Reports: bots.Delivered}, Senders: []string{"sms/main"}, Price: bots.Money{Amount: 8400, Currency: "UAH"}},
	}}
}

func cascadeOn(channel string) fallback.Cascade {
	const days = 24 * time.Hour
	return fallback.Cascade{Name: "loyalty", Order: "listed", Deadline: 20 * days, Steps: []fallback.Step{
		{Channel: channel, Wait: 10 * days, Until: fallback.Until{Level: bots.Read}},
		{Channel: bots.SMS, Until: fallback.Until{Level: bots.Delivered}},
	}}
}

// request asks for a message to a person. Number makes it another one than all others.
func request(who int, channel, number string) *fallback.Request {
	phone := phoneOf(who)
	return &fallback.Request{
		To: bots.Ref{Kind: "phone", Value: phone}, Given: "phone:" + phone, Purpose: fallback.Service, Template: "bonus",
		Data: json.RawMessage(`{"points":120,"balance":1340}`), Cascade: cascadeOn(channel), Key: "bench/" + number, Same: uint64(time.Now().UnixNano()),
	}
}

// file is the grown one, which is made when it is not there.
func (b *bench) file(ctx context.Context) (*grown, error) {
	if b.grown != nil {
		return b.grown, nil
	}
	g := &grown{dir: filepath.Join(b.Dir, fmt.Sprintf("grown-%d", b.People)), people: b.People}
	err := g.load()
	if errors.Is(err, os.ErrNotExist) {
		b.Tell(fmt.Sprintf("growing a file of %d people with %d messages", g.people, g.people*Open))
		err = errors.Join(os.RemoveAll(g.dir), os.MkdirAll(g.dir, 0o700))
		if err == nil {
			err = g.grow(ctx)
		}
		if err == nil {
			b.Tell("a gateway reads it for the first time, and makes its index")
			err = b.liveIn(ctx, g)
		}
	}
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(filepath.Join(g.dir, store.FileName))
	if err != nil {
		return nil, err
	}
	g.size = info.Size()
	b.grown = g
	return g, nil
}

// readyFile stands in a file that was grown to its end, with the ids of its messages.
const readyFile = "ready"

func (g *grown) load() error {
	raw, err := os.ReadFile(filepath.Join(g.dir, readyFile))
	if err != nil {
		return err
	}
	g.ids = make([]bots.ID, g.people*Open)
	if len(raw) != 8*len(g.ids) {
		return fmt.Errorf("%s is of another file: remove the folder", readyFile)
	}
	for i := range g.ids {
		g.ids[i] = bots.ID(binary.LittleEndian.Uint64(raw[8*i:]))
	}
	return nil
}

func (g *grown) grow(ctx context.Context) (err error) {
	begun := time.Now()
	db, err := store.Open(g.dir, store.Options{})
	if err != nil {
		return err
	}
	if err := errors.Join(g.fill(ctx, db), db.Close()); err != nil {
		return err
	}
	g.took = time.Since(begun)
	return nil
}

// liveIn has a gateway start on the file until it has nothing to do any more, and keeps what it made of it: those who follow the changes have
// read them, and search has its index.
func (b *bench) liveIn(ctx context.Context, file *grown) (err error) {
	g, err := b.newGateway(ctx, "first", file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	if err := g.start(ctx); err != nil {
		return err
	}
	if err := g.rest(ctx); err != nil {
		return err
	}
	if err := g.stop(); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(file.dir), os.Rename(g.data(), file.dir)); err != nil {
		return err
	}
	raw := make([]byte, 0, 8*len(file.ids))
	for _, id := range file.ids {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(id))
	}
	return os.WriteFile(filepath.Join(file.dir, readyFile), raw, 0o600)
}

// many is how many records are asked for at once while a file grows.
const many = 500

func (g *grown) fill(ctx context.Context, db *store.DB) error {
	if _, err := together(4, (g.people+many-1)/many, func(_, chunk int) error { return g.meet(ctx, db, chunk*many) }); err != nil {
		return err
	}
	g.ids = make([]bots.ID, g.people*Open)
	r, w := rules(), &fallback.World{Boot: 1}
	total := g.people * Open
	_, err := together(4, (total+many-1)/many, func(_, chunk int) error {
		var reqs []*fallback.Request
		from := chunk * many
		for n := from; n < min(from+many, total); n++ {
			who := whose(n, g.people)
			reqs = append(reqs, request(who, on(who), strconv.Itoa(n)))
		}
		accepted := db.AcceptAll(ctx, reqs, r, w)
		_, err := together(len(accepted), len(accepted), func(_, i int) error {
			if accepted[i].Err != nil {
				return accepted[i].Err
			}
			return g.send(ctx, db, from+i, accepted[i].ID, r, w)
		})
		return err
	})
	return err
}

// send claims and settles the n-th message of the file.
func (g *grown) send(ctx context.Context, db *store.DB, n int, delivery bots.ID, r *fallback.Rules, w *fallback.World) error {
	who, k := whose(n, g.people), n/g.people
	chat := chatOf(who)
	a, err := db.Claim(ctx, &fallback.Intent{Delivery: delivery, Out: bots.Outgoing{To: chat, Text: words}}, r, w)
	if err == nil && a == nil {
		err = fmt.Errorf("delivery %s cannot be sent", delivery)
	}
	if err != nil {
		return err
	}
	g.ids[who*Open+k] = a.Message
	return db.Settle(ctx, a, fallback.Result{Receipt: bots.Receipt{Sender: chat.Channel, Chat: chat.ID, ID: sentAs(who, k), Level: bots.Accepted, At: time.Now()}}, r, w)
}

// meet makes people known.
func (g *grown) meet(ctx context.Context, db *store.DB, from int) error {
	var puts []contacts.Put
	for who := from; who < min(from+many, g.people); who++ {
		chat, name := chatOf(who), bots.Ref{Kind: "ext", Value: "C-" + strconv.Itoa(who)}
		puts = append(puts, contacts.Put{
			Refs: []bots.Ref{name}, Names: []bots.Ref{name, {Kind: "phone", Value: phoneOf(who)}, {Kind: chat.Channel, Value: chat.ID}},
			Change: func(c *bots.Contact) error {
				c.Phone, c.Name, c.Locale = phoneOf(who), "Олена", "uk"
				c.Set(chat, bots.Active, time.Now())
				return nil
			},
		})
	}
	for _, done := range db.PutContacts(ctx, puts) {
		if done.Err != nil {
			return done.Err
		}
	}
	return nil
}

// copyTo is a copy of the folder that may be written to, on disk when it returns, so that writing it back does not disturb what is measured.
func (g *grown) copyTo(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	all, err := os.ReadDir(g.dir)
	if err != nil {
		return err
	}
	for _, e := range all {
		if e.Type().IsRegular() && e.Name() != readyFile {
			if err := copyFile(filepath.Join(g.dir, e.Name()), filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

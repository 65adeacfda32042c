package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"time"

	"kaskad/bots"
	"kaskad/bots/simulator/graph"
	"kaskad/bots/simulator/viber"
)

// hooks measures what messengers tell us, each call answered 200 when its event is on disk with all that it proves. Everybody has five open
// messages in the chat: one that the person writes proves them all, a receipt its own message and those before it.
func hooks(ctx context.Context, b *bench) (err error) {
	file, err := b.file(ctx)
	if err != nil {
		return err
	}
	g, err := b.paused(ctx, "hooks", file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	h := &hook{g: g, people: file.people, ids: file.ids, viber: viber.NewLoad(g.vb.Token(), 1<<40), cloud: graph.NewLoad(graph.Options{PhoneID: cloudNumber, AppSecret: cloudSecret})}
	if err := h.addresses(ctx); err != nil {
		return err
	}
	// A third of the people is on each messenger: half of Viber's write, the others read.
	third := file.people / 3
	writers := min(b.Operates, third/2)
	message := []limit{{"per second", 10_000, false}, {"ms (p99)", 25, true}, {"ms of CPU", 0.12, true}}
	receipt := []limit{{"per second", 12_000, false}, {"ms of CPU", 0.1, true}}
	for _, k := range []kind{
		{what: "Telegram: a message that proves five open ones", n: min(b.Operates, third), wants: message, make: h.telegramWrote},
		{what: "Telegram: a message, nothing is open any more", n: min(b.Operates, third), wants: message, make: h.telegramWrote},
		{what: "Viber: a message that proves five open ones", n: writers, wants: message, make: h.viberWrote},
		{what: "Viber: a message, nothing is open any more", n: writers, wants: message, make: h.viberWrote},
		{what: "Viber: `seen` of each message, ids in random order", n: min(b.Operates, (third-writers)*Open), wants: receipt, make: h.viberSeen(writers, third-writers)},
		{what: "Cloud: `read` of each message, ids in random order", n: min(b.Operates, third*Open), wants: receipt, make: h.cloudRead(third)},
	} {
		if err := b.hook(ctx, h, k); err != nil {
			return fmt.Errorf("%s: %w", k.what, err)
		}
	}
	if err := h.verify(); err != nil {
		return err
	}
	return g.checked(ctx)
}

// limit is what is wanted of a measurement.
type limit struct {
	of   string
	want float64
	most bool
}

// kind is one kind of call.
type kind struct {
	what  string
	n     int
	wants []limit
	make  func() func(b []byte, i int) []byte // for one caller: the i-th request
}

type hook struct {
	g                *gateway
	people           int
	ids              []bots.ID
	viber            *viber.Load
	cloud            *graph.Load
	tgPath, tgSecret string
	vbPath           string
	updates          atomic.Int64
	wrote, seen      int64 // calls on Viber that were answered
	read             int64 // on the Business Platform
}

// addresses learns where the messengers were told to call.
func (h *hook) addresses(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	set, err := h.g.tg.WaitCall(ctx, "setWebhook", 1)
	if err != nil {
		return err
	}
	call, err := h.g.vb.WaitCall(ctx, "set_webhook", 1)
	if err != nil {
		return err
	}
	tg, err1 := url.Parse(set.Params["url"])
	vb, err2 := url.Parse(fmt.Sprint(call.Params["url"]))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	h.tgPath, h.tgSecret, h.vbPath = tg.Path, set.Params["secret_token"], vb.Path
	return nil
}

func (b *bench) hook(ctx context.Context, h *hook, k kind) error {
	lines, err := dial(h.g.public, Callers)
	if err != nil {
		return err
	}
	makers := make([]func([]byte, int) []byte, len(lines))
	for i := range makers {
		makers[i] = k.make()
	}
	m, err := begin(h.g.dir, h.g.pid())
	if err != nil {
		return err
	}
	times, err := together(len(lines), k.n, func(c, i int) error {
		l := lines[c]
		l.request = makers[c](l.request[:0], i)
		_, err := l.call("200")
		return err
	})
	row, err2 := m.end(len(times), times)
	if err := errors.Join(err, err2, hangUp(lines), ctx.Err()); err != nil {
		return fmt.Errorf("%w: %s", err, h.g.lastWords())
	}
	row.Part, row.What = "hooks", k.what
	for _, l := range k.wants {
		got := map[string]float64{"per second": row.Rate, "ms (p99)": micros(row.P99) / 1000, "ms of CPU": micros(row.CPU) / 1000}[l.of]
		row.Wants = append(row.Wants, Want{Of: l.of, Got: got, Want: l.want, Most: l.most})
	}
	b.add(row)
	return nil
}

const asked = "А до якого числа діють бонуси?"

// of is the n-th person on a messenger; who comes next has nothing to do with who got a message next.
func (h *hook) of(channel string, n int) int {
	third := h.people / 3
	who := int(uint64(n)*31_607%uint64(third)) * 3
	for on(who) != channel {
		who++
	}
	return who
}

func (h *hook) telegramWrote() func([]byte, int) []byte {
	var body []byte
	return func(b []byte, i int) []byte {
		chat := telegramChat(h.of(bots.Telegram, i))
		body = fmt.Appendf(body[:0], `{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Олена","language_code":"uk"},"chat":{"id":%d,"first_name":"Олена","type":"private"},"date":%d,"text":%q}}`,
			h.updates.Add(1), h.updates.Load()+10_000_000, chat, chat, time.Now().Unix(), asked)
		return post(b, h.tgPath, "X-Telegram-Bot-Api-Secret-Token", h.tgSecret, body)
	}
}

func (h *hook) viberWrote() func([]byte, int) []byte {
	load := h.viber.Fork()
	return func(b []byte, i int) []byte {
		atomic.AddInt64(&h.wrote, 1)
		s := load.Message(viberUser(h.of(bots.Viber, i)), asked, "", time.Now())
		return post(b, h.vbPath, "X-Viber-Content-Signature", s.Signature, s.Body)
	}
}

// viberSeen tells that each message of people from the first on was seen, in random order.
func (h *hook) viberSeen(first, people int) func() func([]byte, int) []byte {
	order := shuffled(people * Open)
	return func() func([]byte, int) []byte {
		load := h.viber.Fork()
		return func(b []byte, i int) []byte {
			atomic.AddInt64(&h.seen, 1)
			who := h.of(bots.Viber, first+order(i)/Open)
			s := load.Seen(viberUser(who), viberToken(who, order(i)%Open), time.Now())
			return post(b, h.vbPath, "X-Viber-Content-Signature", s.Signature, s.Body)
		}
	}
}

func (h *hook) cloudRead(people int) func() func([]byte, int) []byte {
	order := shuffled(people * Open)
	return func() func([]byte, int) []byte {
		load := h.cloud.Fork()
		return func(b []byte, i int) []byte {
			atomic.AddInt64(&h.read, 1)
			who, k := h.of(bots.WhatsAppCloud, order(i)/Open), order(i)%Open
			s := load.Statuses("read", []graph.Receipt{{ID: sentAs(who, k), Phone: phoneOf(who)[1:], Data: h.ids[who*Open+k].String()}}, time.Now())
			return post(b, "/in/whatsapp_cloud", "X-Hub-Signature-256", s.Signature, s.Body)
		}
	}
}

// shuffled is an order of n things, each of them once: a step that has no divisor in common with n walks through all.
func shuffled(n int) func(i int) int {
	step := uint64(n)*618/1000 | 1
	for gcd(step, uint64(n)) != 1 {
		step += 2
	}
	return func(i int) int { return int(uint64(i) * step % uint64(n)) }
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// verify looks whether what was answered 200 was counted as new.
func (h *hook) verify() error {
	for name, want := range map[string]int64{
		`channel="telegram",kind="wrote"`: h.updates.Load(), `channel="viber",kind="wrote"`: h.wrote,
		`channel="viber",kind="reported"`: h.seen, `channel="whatsapp_cloud",kind="reported"`: h.read,
	} {
		if got, err := h.g.metric("kaskad_events_total{" + name + "}"); err != nil || int64(got) != want {
			return errors.Join(err, fmt.Errorf("events of %s: %.0f are stored, %d were answered", name, got, want))
		}
	}
	return nil
}

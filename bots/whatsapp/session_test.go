package whatsapp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"

	"kaskad/bots"
	simulator "kaskad/bots/simulator/whatsapp"
)

func TestEveryRefusalIsAStateThatSaysWhatToDo(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		outage simulator.Outage
		state  string
		advice string // a part of it
	}{
		"logged out":         {simulator.Outage{Reason: 401}, LoggedOut, "pair the phone"},
		"the phone is gone":  {simulator.Outage{Reason: 403}, LoggedOut, "open WhatsApp on the phone"},
		"shut out":           {simulator.Outage{Reason: 406}, LoggedOut, "ask for a review"},
		"banned for an hour": {simulator.Outage{Reason: 402, Code: 101, Expire: time.Hour, Times: -1}, Banned, "code 101"},
		"outdated":           {simulator.Outage{Reason: 405, Times: -1}, Outdated, "client_version"},
		"another code":       {simulator.Outage{Reason: 409, Times: -1}, Refusing, "code 409"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := pairedRig(t)
			needs(t, r.s.FailLogins(shop, c.outage))
			r.run()
			got := r.await(c.state)
			if !strings.Contains(got.Advice, c.advice) || !got.Shut {
				t.Errorf("standing = %+v; want it shut and %q among the advice", got, c.advice)
			}
			if c.state == Banned && time.Until(got.Until) < 50*time.Minute {
				t.Errorf("banned until %s; want in an hour", got.Until)
			}
			if _, err := r.bot.Check(t.Context()); bots.FaultOf(err).Fault != bots.Misconfigured || bots.FaultOf(err).Code != c.state {
				t.Errorf("Check = %v; want misconfigured (%s)", err, c.state)
			}
			err := r.bot.sending(t.Context(), func(*whatsmeow.Client) error { t.Error("something was sent"); return nil })
			if f := bots.FaultOf(err); f.Fault != bots.Rejected || f.Code != c.state {
				t.Errorf("a send = %v; want rejected (%s), so that the next channel is taken", err, c.state)
			}
			if _, paired := r.bot.Account(); paired == (c.state == LoggedOut) {
				t.Errorf("paired = %v in state %s", paired, c.state)
			}
			for ctx := soon(t); !r.logs.has("state="+c.state) && ctx.Err() == nil; { // the state stands a moment before its line
				time.Sleep(time.Millisecond)
			}
			if !r.logs.has("state="+c.state) || r.logs.has(shop[1:]) {
				t.Errorf("the log has to tell the state, and no number:\n%s", r.logs)
			}
		})
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	t.Parallel()
	cases := map[string]simulator.Outage{
		"the server restarts": {Reason: 503, Times: 2},
		"the server fails":    {Reason: 500, Times: 2},
		"outdated for once":   {Reason: 405, Times: 2},
	}
	for name, outage := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := pairedRig(t)
			needs(t, r.s.FailLogins(shop, outage))
			r.run()
			r.await(Connected)
		})
	}
}

func TestALostConnectionComesBackAndBringsWhatWasMissed(t *testing.T) {
	t.Parallel()
	cases := map[string]func(r *rig){
		"cut":                         func(r *rig) { r.s.Cut(shop, 1) },
		"the server restarts":         func(r *rig) { r.s.Kick(shop, 1, simulator.Unavailable) },
		"a new connection is wanted":  func(r *rig) { r.s.Kick(shop, 1, simulator.Restart) },
		"WhatsApp is down for a time": func(r *rig) { r.s.SetDown(true); r.await(Connecting); r.s.SetDown(false) },
	}
	for name, lose := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := up(t)
			c := r.customer(anna, "900002")
			r.says(c, "раз")
			r.got.hears(t, "раз")
			was := r.s.Totals().Connections
			lose(r)
			r.until("it connects again", func() bool { return r.s.Totals().Connections > was })
			needs(t, r.s.WaitConnected(soon(t), shop, 1, true))
			if !r.s.Connected(anna, 0) {
				needs(t, r.s.WaitConnected(soon(t), anna, 0, true))
			}
			r.says(c, "два")
			r.got.hears(t, "два")
			r.taken()
			r.await(Connected)
		})
	}
}

// until polls what the server does not tell.
func (r *rig) until(what string, done func() bool) {
	r.t.Helper()
	ctx := soon(r.t)
	for !done() {
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			r.t.Fatalf("never: %s", what)
		}
	}
}

func TestAReplacedSessionDoesNotFightAtOnce(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	r.bot.pauses.refused, r.bot.pauses.rarest = time.Hour, time.Hour
	r.run()
	r.await(Connected)
	before := r.s.Totals().Connections
	r.s.Kick(shop, 1, simulator.Replaced)
	got := r.await(Replaced)
	if !got.Shut || !strings.Contains(got.Advice, "another program") {
		t.Errorf("standing = %+v; want it shut, and who took it", got)
	}
	time.Sleep(50 * time.Millisecond)
	if now := r.s.Totals().Connections; now != before {
		t.Errorf("%d more connections; want none for an hour", now-before)
	}
}

func TestTheDeviceIsRemovedOnThePhone(t *testing.T) {
	t.Parallel()
	r := up(t)
	r.s.Kick(shop, 1, simulator.DeviceRemoved)
	got := r.await(LoggedOut)
	if !got.Shut || !strings.Contains(got.Advice, "unlinked") {
		t.Errorf("standing = %+v", got)
	}
	r.until("the keys are gone", func() bool { dev, err := r.bot.device(t.Context()); return err == nil && dev == nil })
	r.close()
	r.open()
	if s := r.bot.Standing(); s.State != Unpaired || !s.Shut {
		t.Errorf("after a restart the state is %+v; want unpaired", s)
	}
}

func TestNobodyIsPaired(t *testing.T) {
	t.Parallel()
	r := newRig(t).run()
	got := r.await(Unpaired)
	if !got.Shut || !strings.Contains(got.Advice, "kaskad whatsapp pair") {
		t.Errorf("standing = %+v; want how to pair", got)
	}
	if err := r.bot.Logout(t.Context()); !errors.Is(err, errNotPaired) {
		t.Errorf("Logout = %v", err)
	}
}

func TestWhileNotConnectedSendsWait(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	r.s.SetDown(true)
	r.run()
	r.standing("why there is no connection", func(s bots.Standing) bool { return s.State == Connecting && s.Advice != "" })
	err := r.bot.sending(t.Context(), func(*whatsmeow.Client) error { return nil })
	if f := bots.FaultOf(err); f.Fault != bots.Temporary || f.RetryAfter <= 0 {
		t.Errorf("a send = %v; want temporary, to be tried again soon", err)
	}
	if s := r.bot.Standing(); s.Shut {
		t.Errorf("standing = %+v; a network that is down is not shut", s)
	}
	r.s.SetDown(false)
	r.await(Connected)
}

// Until WhatsApp has told what it kept, a send would go beside the decryption of answers to it.
func TestSendsWaitForTheBacklog(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	c := r.customer(anna, "900002")
	for range backlog + 5 {
		r.says(c, "агов")
	}
	storing, goOn := make(chan struct{}), make(chan struct{})
	var state string
	decode := r.bot.parts.decode
	r.bot.parts.decode = func(ctx context.Context, evt any) ([]bots.Event, error) {
		if storing != nil {
			close(storing)
			storing = nil
			<-goOn
		}
		return decode(ctx, evt)
	}
	begun := storing
	r.run()
	<-begun
	err := r.bot.sending(t.Context(), func(*whatsmeow.Client) error { t.Error("sent"); return nil })
	if f := bots.FaultOf(err); f.Fault != bots.Temporary {
		t.Errorf("a send = %v; want temporary", err)
	}
	if mode := r.synchronous(); mode != 1 {
		t.Errorf("PRAGMA synchronous = %d during the backlog; want 1 (NORMAL)", mode)
	}
	close(goOn)
	r.await(Connected)
	if mode := r.synchronous(); mode != 2 {
		t.Errorf("PRAGMA synchronous = %d; want 2 (FULL) before anything is sent", mode)
	}
	needs(t, r.bot.sending(t.Context(), func(*whatsmeow.Client) error { state = "sent"; return nil }))
	if state != "sent" {
		t.Error("nothing was sent")
	}
}

func TestHowFarWeHaveHeard(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	r := up(t)
	marks := func() (n int, last time.Time) {
		for _, b := range r.got.batches {
			if b.CaughtUp {
				n, last = n+1, b.Heard
			}
		}
		return n, last
	}
	r.got.until(t, "a few marks", func() bool { r.got.mu.Lock(); defer r.got.mu.Unlock(); n, _ := marks(); return n >= 3 })
	r.got.mu.Lock()
	if _, last := marks(); last.Before(begun) || last.After(time.Now()) {
		t.Errorf("heard until %s; the session began at %s", last, begun)
	}
	r.got.mu.Unlock()

	s := r.bot.current.Load()
	s.handle(&events.KeepAliveTimeout{ErrorCount: 1, LastSuccess: time.Now()})
	if now := r.bot.Standing(); now.State != Silent || now.Shut || now.Advice == "" {
		t.Errorf("after a sign of life that did not come: %+v", now)
	}
	r.got.mu.Lock()
	was, _ := marks()
	r.got.mu.Unlock()
	time.Sleep(5 * r.bot.pauses.beat)
	r.got.mu.Lock()
	is, _ := marks()
	r.got.mu.Unlock()
	if is > was+1 { // one may have been under way
		t.Errorf("%d more marks while WhatsApp is silent; want none", is-was)
	}
	s.handle(&events.KeepAliveRestored{})
	if now := r.bot.Standing(); now.State != Connected {
		t.Errorf("after the sign of life: %+v", now)
	}
	r.got.until(t, "marks again", func() bool { r.got.mu.Lock(); defer r.got.mu.Unlock(); n, _ := marks(); return n > is+1 })
}

func TestADeadConnectionIsCut(t *testing.T) {
	t.Parallel()
	r := up(t)
	was := r.bot.current.Load()
	was.handle(&events.KeepAliveTimeout{ErrorCount: 7, LastSuccess: time.Now().Add(-2 * r.bot.pauses.dead)})
	r.until("another connection", func() bool { s := r.bot.current.Load(); return s != nil && s != was })
	r.await(Connected)
}

func TestCheckSaysWhoWeAre(t *testing.T) {
	t.Parallel()
	r := up(t)
	id, err := r.bot.Check(t.Context())
	if err != nil || !strings.Contains(id.Name, shop) || len(id.Warnings) > 0 {
		t.Errorf("Check = %+v, %v; want our number and no warning", id, err)
	}
	r.stop()
	id, err = r.bot.Check(t.Context())
	if err != nil || len(id.Warnings) == 0 {
		t.Errorf("Check without Run = %+v, %v; want a warning that nothing is connected", id, err)
	}
}

func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	r := up(t)
	if err := r.bot.Run(t.Context(), r.got.receive); !errors.Is(err, errTwice) {
		t.Errorf("a second Run = %v", err)
	}
}

func TestAStoreFaultWhileDecryptingIsNoFaultOfTheMessage(t *testing.T) {
	t.Parallel()
	r := up(t)
	c := r.customer(anna, "900002")
	r.says(c, "раз")
	r.got.hears(t, "раз")
	_, err := r.bot.db.ExecContext(t.Context(), "ALTER TABLE whatsmeow_sessions RENAME TO elsewhere")
	needs(t, err)
	id := r.says(c, "два")
	r.await(Storing)
	_, err = r.bot.db.ExecContext(t.Context(), "ALTER TABLE elsewhere RENAME TO whatsmeow_sessions")
	needs(t, err)
	r.got.hears(t, "два")
	r.taken()
	if m := r.s.Message(id); m.Retries != 0 {
		t.Errorf("the message was asked for again %d times, and so acknowledged: it would be lost with the asking", m.Retries)
	}
}

// A photo that can be seen once never comes to linked devices: that there was one is all that staff can know.
func TestAPhotoThatIsSeenOnceIsTold(t *testing.T) {
	t.Parallel()
	r := up(t)
	info := types.MessageInfo{ID: "3EB0AA", Timestamp: time.Now()}
	info.Chat, info.Sender = types.NewJID(anna[1:], types.DefaultUserServer), types.NewJID(anna[1:], types.DefaultUserServer)
	s := r.bot.current.Load()
	s.handle(&events.UndecryptableMessage{Info: info, IsUnavailable: true, UnavailableType: events.UnavailableTypeViewOnce})
	r.got.hears(t, "[view once: only the phone shows it]")
	s.handle(&events.UndecryptableMessage{Info: info}) // will be asked for again
	r.says(r.customer(borys, "900003"), "далі")
	r.got.hears(t, "далі")
	if n := len(r.got.texts()); n != 2 {
		t.Errorf("%q were taken; want no word of what comes again", r.got.texts())
	}
}

// While the store is slow nothing comes for long: that is not WhatsApp's silence.
func TestASlowStoreIsNoSilence(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	s := &session{bot: r.bot, ctx: t.Context(), inbox: &inbox{items: []item{{}}, some: newBell(), room: newBell()}}
	s.online.Store(true)
	if s.levelInSilence(time.Now()); s.level.Load() {
		t.Error("it counts as caught up while something waits to be stored")
	}
	s.inbox.items = nil
	if s.levelInSilence(time.Now()); !s.level.Load() {
		t.Error("it does not count as caught up though nothing comes any more")
	}
}

// What cannot be read because the connection ends is no poison, however often that happens.
func TestAnEndInMidReadingIsNoFaultOfTheEvent(t *testing.T) {
	t.Parallel()
	r := pairedRig(t)
	conn, cut := context.WithCancel(t.Context())
	r.bot.parts.decode = func(context.Context, any) ([]bots.Event, error) { cut(); return nil, conn.Err() }
	for range 2 * poison {
		s := &session{bot: r.bot, ctx: conn, inbox: &inbox{some: newBell(), room: newBell()}}
		if s.take(&events.Message{Info: types.MessageInfo{ID: "3EB0AA"}}) {
			t.Fatal("it was acknowledged")
		}
	}
	if n := len(r.bot.failures.n); n != 0 {
		t.Errorf("%d events count as failed", n)
	}
}

// clogged is a connection that takes nothing more once it is shut, as one whose other side does not read.
type clogged struct {
	net.Conn
	shut   atomic.Bool
	closed chan struct{}
	once   sync.Once
}

func (c *clogged) Write(p []byte) (int, error) {
	if c.shut.Load() {
		<-c.closed
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

func (c *clogged) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// The library writes without a deadline. A connection that takes nothing must not keep the keys of all chats for ever.
func TestAConnectionThatTakesNothingIsCut(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	transport := r.s.Client().Transport.(*http.Transport)
	dial, latest := transport.DialTLSContext, new(atomic.Pointer[clogged])
	transport.DialTLSContext = func(ctx context.Context, network, to string) (net.Conn, error) {
		conn, err := dial(ctx, network, to)
		c := &clogged{Conn: conn, closed: make(chan struct{})}
		latest.Store(c)
		return c, err
	}
	r.close()
	r.opt.Client = &http.Client{Transport: transport}
	r.open()
	r.provision()
	r.run()
	r.await(Connected)
	c := r.customer(anna, "900002")
	r.says(c, "вітаю")
	r.got.hears(t, "вітаю")
	out := bots.Outgoing{To: bots.Address{Channel: bots.WhatsApp, ID: anna}, Step: 1, Text: "так"}
	if _, err := r.bot.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	r.taken()
	r.bot.pauses.stuck = 100 * time.Millisecond
	latest.Load().shut.Store(true)
	out.Step = 2
	sent := make(chan error, 1)
	go func() { _, err := r.bot.Send(soon(t), out); sent <- err }()
	select {
	case err := <-sent:
		if f := bots.FaultOf(err).Fault; err == nil || f != bots.Uncertain && f != bots.Temporary {
			t.Errorf("the send = %v; want it uncertain, or temporary if it had only asked", err)
		}
	case <-time.After(longest):
		t.Fatal("the send hangs")
	}
	r.bot.pauses.stuck = time.Minute
	r.says(c, "алло?")
	r.got.hears(t, "алло?")
}

package bottest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"kaskad/bots"
)

// step is our id of the first message that is sent here.
const step bots.ID = 1_700_000_000_000_000

func (a Adapter) out(text string) bots.Outgoing { return a.nth(0, text) }

// nth is one of several messages: each is a step of its own, and some channels make its name of that.
func (a Adapter) nth(n int, text string) bots.Outgoing {
	return bots.Outgoing{To: a.To, Step: step + bots.ID(n), Text: text}
}

func (a Adapter) start(t *testing.T) (Peer, bots.Sender) {
	t.Helper()
	peer := a.Start(t)
	return peer, a.New(t, peer.URL)
}

func (a Adapter) accepted(t *testing.T) {
	peer, sender := a.start(t)
	before := time.Now()
	got, err := sender.Send(t.Context(), a.out("120 bonus points"))
	if err != nil {
		t.Fatalf("Send = %v", err)
	}
	if got.Sender == "" || got.Failed || got.Level < bots.Accepted {
		t.Errorf("the receipt is %+v; want a sender and at least accepted", got)
	}
	if got.Step != step {
		t.Errorf("the receipt is for step %q, want %q", got.Step, step)
	}
	if got.At.Before(before) || got.At.After(time.Now()) {
		t.Errorf("the receipt is of %v, want the time of the answer", got.At)
	}
	wantRequests(t, peer, 1)
}

func (a Adapter) sideBySide(t *testing.T) {
	const n = 4
	peer, sender := a.start(t)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			if _, err := sender.Send(t.Context(), a.nth(i, "hi")); err != nil {
				t.Errorf("Send = %v", err)
			}
		})
	}
	all.Wait()
	wantRequests(t, peer, n)
}

// hostile are texts that mean something to markup, forms, JSON, templates or terminals. Control characters are not among
// them: messengers throw them away.
var hostile = []string{
	`<b>not bold</b> & "quotes" 'too' &amp; </script>`,
	`*_[]()~` + "`" + `>#+-=|{}.! \ \\ \n %41 %s {{.points}} ${HOME}`,
	`a+b=c&text=other&chat_id=1;#?/`,
	"two\nlines and\n\nan empty one",
	"Доброго дня, Олеже! ĄĘÖ 你好 👨‍👩‍👧 e\u0301 שלום",
}

func (a Adapter) literal(t *testing.T) {
	peer, sender := a.start(t)
	for i, text := range hostile {
		if _, err := sender.Send(t.Context(), a.nth(i, text)); err != nil {
			t.Errorf("Send(%q) = %v", text, err)
		}
	}
	got := peer.Texts()
	if len(got) != len(hostile) {
		t.Fatalf("people read %d messages, want %d: %q", len(got), len(hostile), got)
	}
	for i, want := range hostile {
		if got[i] != want {
			t.Errorf("people read %q, want %q", got[i], want)
		}
	}
}

func (a Adapter) unsendable(t *testing.T) {
	peer, sender := a.start(t)
	texts := []string{"", " \n\t"}
	if n := sender.Limits().MaxText; n > 0 {
		texts = append(texts, strings.Repeat("я", n+1))
	}
	for _, text := range texts {
		_, err := sender.Send(t.Context(), a.out(text))
		wantFault(t, err, bots.Rejected)
	}
	wantRequests(t, peer, 0)
}

// nowhere is the address of a picture that nobody fetches here.
const nowhere = "https://shop.example/p/tea%20cups.jpg?v=2&s=1"

// picture: the text is read whatever becomes of the picture, and a channel that shows pictures shows it once, above its own text.
func (a Adapter) picture(t *testing.T) {
	peer, sender := a.start(t)
	shows := sender.Limits().MaxCaption > 0
	if shows && peer.Pictures == nil {
		t.Skip("the other side does not tell what pictures it shows")
	}
	out := a.out(hostile[0])
	out.Image = a.Image
	if _, err := sender.Send(t.Context(), out); err != nil {
		t.Fatalf("Send = %v", err)
	}
	if got := peer.Texts(); len(got) != 1 || got[0] != out.Text {
		t.Errorf("people read %q, want %q once", got, out.Text)
	}
	wantRequests(t, peer, 1)
	if !shows {
		return
	}
	if got := peer.Pictures(); len(got) != 1 || got[0] != a.Image {
		t.Errorf("people see %q, want %q", got, a.Image)
	}
}

func (a Adapter) caption(t *testing.T) {
	peer, sender := a.start(t)
	most := sender.Limits().MaxCaption
	if most == 0 {
		t.Skip("the channel shows no pictures")
	}
	out := a.out(strings.Repeat("я", most+1))
	out.Image = a.Image
	_, err := sender.Send(t.Context(), out)
	wantFault(t, err, bots.Rejected)
	wantRequests(t, peer, 0)
}

func (a Adapter) failures(t *testing.T) {
	for _, want := range expectations {
		if fault, ok := a.Faults[want.failure]; ok {
			want.fault = fault
		}
		if a.Early[want.failure] {
			want.requests = 0
		}
		t.Run(string(want.failure), func(t *testing.T) { a.failure(t, want) })
	}
}

func (a Adapter) failure(t *testing.T, want expectation) {
	peer, sender := a.start(t)
	if !peer.Fail(want.failure) {
		t.Skip("it cannot happen on this channel")
	}
	_, err := a.try(t, sender)
	e := wantFault(t, err, want.fault)
	if e != nil && want.fault == bots.Temporary && want.failure == Flooded && e.RetryAfter <= 0 {
		t.Errorf("flooded, but the error names no pause: %v", err)
	}
	a.wantNoSecret(t, err)
	wantRequests(t, peer, want.requests)
}

// try sends with little patience.
func (a Adapter) try(t *testing.T, sender bots.Sender) (bots.Receipt, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), a.Patience)
	defer cancel()
	return a.obeying(ctx, t, sender)
}

// obedience is how long a send may go on after its context ended.
const obedience = 5 * time.Second

// obeying sends, and ends the test when the adapter does not obey the context, which ends within a.Patience.
func (a Adapter) obeying(ctx context.Context, t *testing.T, sender bots.Sender) (bots.Receipt, error) {
	t.Helper()
	type outcome struct {
		receipt bots.Receipt
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		receipt, err := sender.Send(ctx, a.out("hello"))
		done <- outcome{receipt, err}
	}()
	select {
	case o := <-done:
		return o.receipt, o.err
	case <-time.After(a.Patience + obedience):
		t.Fatalf("Send goes on %v after its context ended", obedience)
		panic("unreachable")
	}
}

// recovers: the sender keeps no grudge, and what failed before is not sent behind the next message.
func (a Adapter) recovers(t *testing.T) {
	broken, whole := a.Start(t), a.Start(t)
	if !broken.Fail(Cut) {
		t.Skip("it cannot happen on this channel")
	}
	_, err := a.try(t, a.New(t, broken.URL))
	wantFault(t, err, bots.Uncertain)
	if _, err := a.New(t, whole.URL).Send(t.Context(), a.out("after")); err != nil {
		t.Errorf("Send = %v", err)
	}
	wantRequests(t, broken, 1)
	wantRequests(t, whole, 1)
}

func (a Adapter) contexts(t *testing.T) {
	t.Run("ended before the send", func(t *testing.T) {
		peer, sender := a.start(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := a.obeying(ctx, t, sender)
		wantFault(t, err, bots.Temporary)
		a.wantNoSecret(t, err)
		wantRequests(t, peer, 0)
	})
	t.Run("ended while waiting for the answer", func(t *testing.T) {
		peer, sender := a.start(t)
		if !peer.Fail(Hang) {
			t.Skip("it cannot happen on this channel")
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer time.AfterFunc(a.Patience, cancel).Stop()
		_, err := a.obeying(ctx, t, sender)
		wantFault(t, err, bots.Uncertain)
		a.wantNoSecret(t, err)
		wantRequests(t, peer, 1)
	})
}

func wantRequests(t *testing.T, peer Peer, want int) {
	t.Helper()
	if got := peer.Requests(); got != want {
		t.Errorf("the other side counted %d requests, want %d", got, want)
	}
}

func wantFault(t *testing.T, err error, want bots.Fault) *bots.SendError {
	t.Helper()
	e, ok := errors.AsType[*bots.SendError](err)
	if !ok {
		t.Errorf("Send = %v, want a SendError that is %v", err, want)
		return nil
	}
	if e.Fault != want {
		t.Errorf("Send = %v, want %v", err, want)
	}
	return e
}

// wantNoSecret looks into every error of the chain, printed in every way.
func (a Adapter) wantNoSecret(t *testing.T, err error) {
	t.Helper()
	for _, seen := range printed(err) {
		for _, secret := range a.Secrets {
			if secret != "" && strings.Contains(seen, secret) {
				t.Errorf("the error shows a secret: %s", strings.ReplaceAll(seen, secret, "[the secret]"))
			}
		}
	}
}

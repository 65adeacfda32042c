package fallback

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kaskad/bots"
)

// step brings one queued step to its channel: render, claim, send, settle. It calls free as soon as the channel has answered: the
// next message may go out while the outcome of this one is written.
func (l *sendLoop) step(ctx, drain context.Context, have Loaded, free func()) error {
	in, err := l.write(&have)
	if err != nil {
		l.e.Log.Warn("message cannot be written", "channel", l.channel, "delivery", have.Delivery.ID.String(), "template", have.Delivery.Template, "err", err)
		defer l.e.wake()
		return l.e.Store.Reject(ctx, have.Delivery.ID, have.Delivery.Leg, ReasonUnfit, l.e.Rules, l.e.world())
	}
	file, err := l.file(ctx, have.Delivery, in)
	if err != nil {
		l.e.Log.Warn("a file is not to be had, and nothing is sent", "channel", l.channel, "delivery", have.Delivery.ID.String(), "err", err)
		defer l.e.wake()
		return l.e.Store.Reject(ctx, have.Delivery.ID, have.Delivery.Leg, ReasonNoFile, l.e.Rules, l.e.world())
	}
	defer file.close()
	a, err := l.e.Store.Claim(ctx, in, l.e.Rules, l.e.world())
	if err != nil || a == nil {
		l.e.wake()
		return err
	}
	return l.send(drain, a, in, file, have.Delivery.Purpose.Priority(), free)
}

// write renders. A template that panics is a message that cannot be written, not the end of the program.
func (l *sendLoop) write(have *Loaded) (in *Intent, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("rendering panicked: %T", p) // its value may hold what a person is to read
		}
	}()
	return l.e.render(have)
}

// send is the one call that leaves the machine. Between the claim's commit and the socket nothing waits. What is masked
// where it is kept, a one-time code or the token of a link, is written into the words here, and not before.
func (l *sendLoop) send(drain context.Context, a *Attempt, in *Intent, file *carried, p Priority, free func()) error {
	ctx, cancel := context.WithDeadline(drain, a.Lease.Add(-leaseSpare))
	defer cancel()
	receipt, err := call(ctx, l.e.Senders[a.Sender], in.wire(a.Out), file)
	res := Result{Receipt: receipt}
	outcome := "accepted"
	if err != nil {
		res.Err = bots.FaultOf(err)
		outcome = res.Err.Fault.String()
		l.e.Log.Info("step not accepted", "channel", l.channel, "delivery", a.Delivery.String(), "attempt", a.Number, "fault", outcome, "code", res.Err.Code)
	}
	l.e.counts.add("send", l.channel, outcome)
	l.e.settled(l.channel, a, res.Err)
	l.chats.spare(a.Out.To, res.Err, time.Now())
	if res.Err == nil {
		l.chats.leave(a.Out.To, a.Delivery) // else when it is known what becomes of it
	}
	free()
	defer l.e.wake()
	ctx = context.WithoutCancel(drain)
	err = l.settle(ctx, a, res)
	l.again(ctx, a, p, res.Err)
	if misconfigured := res.Err != nil && res.Err.Fault == bots.Misconfigured; misconfigured || res.Err == nil && !l.e.holds.doubts(a.Sender) {
		l.e.ears.refuses(ctx, l.channel, a.Sender, misconfigured, time.Now())
	}
	l.e.ears.falls(ctx, l.channel, a.Sender, time.Now())
	return err
}

// call makes one attempt. An adapter that panics in the middle of it leaves the outcome unknown.
func call(ctx context.Context, s bots.Sender, out bots.Outgoing, file *carried) (r bots.Receipt, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &bots.SendError{Fault: bots.Uncertain, Code: "panic"}
		}
	}()
	if out.Media != nil {
		return file.hand(ctx, s, out)
	}
	return s.Send(ctx, out)
}

// settle writes the outcome, in any state, final ones too. While the store cannot write it is tried again until the lease is
// over: a known outcome is worth waiting for.
func (l *sendLoop) settle(ctx context.Context, a *Attempt, res Result) error {
	for {
		err := l.e.Store.Settle(ctx, a, res, l.e.Rules, l.e.world())
		l.e.block(err)
		if !errors.Is(err, ErrUnavailable) {
			return err
		}
		if !time.Now().Before(a.Lease) {
			return fmt.Errorf("its outcome could not be stored, so it counts as uncertain: %w", err)
		}
		rest(ctx, failRest)
	}
}

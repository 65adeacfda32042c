package fallback

import (
	"context"
	"errors"
	"time"

	"kaskad/bots"
)

// What is handed on from one channel to another goes by its bytes. They are fetched and open before the step takes a worker (fetches),
// because nobody else may wait for that, and before the claim, because nothing may wait between that and the socket; a file that cannot be had
// is left out, and the words go alone.

// Files opens what is handed on.
type Files interface {
	// Carried opens the file of a delivery; bots.ErrGone, bots.ErrTooLarge, or what went wrong this time.
	Carried(ctx context.Context, d *Delivery) (bots.Carried, error)
}

const (
	openTries = 2
	openTime  = 20 * time.Second // of one try
	openRest  = 2 * time.Second
)

// handsOn reports whether a delivery hands on a file, or a place, to a channel that is not its own.
func handsOn(d *Delivery) bool { return d.Copy != nil && d.Act == "" && len(d.Copy.Media) > 0 }

// carried is a file that is open; nil: there is none.
type carried struct{ bots.Carried }

func (c *carried) close() {
	if c != nil {
		_ = c.Close() // it was only read
	}
}

// open opens the file of a message that has one. None, and no error: it goes without. The error says that nothing would be left to go.
func (e *Engine) open(ctx context.Context, d *Delivery, in *Intent) (*carried, error) {
	x := in.Out.Media
	if x == nil {
		return nil, nil
	}
	limits := e.Rules.Channels[in.Out.To.Channel].Limits
	carrier, can := e.Senders[in.Sender].(bots.Carrier)
	if x.Type == "location" && limits.CanCarry(x) {
		return nil, nil
	}
	err := errors.New("the channel takes no such file")
	if can && carrier != nil && e.Files != nil && limits.CanCarry(x) {
		file, failed := e.fetch(ctx, d)
		if failed == nil {
			return file, nil
		}
		err = failed
	}
	if blank(in.Out.Text) {
		return nil, err
	}
	e.Log.Warn("a file is not to be had: its words go alone", "delivery", d.ID.String(), "err", err)
	return nil, nil
}

// fetch tries some times: what was sent a moment ago is there in another.
func (e *Engine) fetch(ctx context.Context, d *Delivery) (c *carried, err error) {
	for try := range openTries {
		if try > 0 {
			rest(ctx, openRest)
		}
		var file bots.Carried
		file, err = e.fetchOnce(ctx, d)
		if err == nil {
			return &carried{file}, nil
		}
		if errors.Is(err, bots.ErrGone) || errors.Is(err, bots.ErrTooLarge) || errors.Is(err, bots.ErrNoFile) || ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

func (e *Engine) fetchOnce(ctx context.Context, d *Delivery) (bots.Carried, error) {
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	return e.Files.Carried(ctx, d)
}

// hand makes one attempt of a message with a file. Without one only the words go, and it says so.
func (c *carried) hand(ctx context.Context, s bots.Sender, out bots.Outgoing) (bots.Receipt, error) {
	if carrier, can := s.(bots.Carrier); can && c != nil {
		return carrier.Carry(ctx, out, c.Carried)
	}
	if out.Media.Type == "location" && out.Text == "" {
		return s.Send(ctx, out)
	}
	out.Media = nil
	r, err := s.Send(ctx, out)
	r.Bare = err == nil
	return r, err
}

package telegram

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"kaskad/bots"
)

const (
	longestPoll  = 50 * time.Second // Telegram ends a poll then, whatever was asked for
	pollMargin   = 20 * time.Second // an answer may take this much longer
	pollLimit    = 100              // updates of an answer
	fullAnswer   = 2 << 20          // bytes; Telegram breaks off a list before 4 MiB, without saying so
	maxUpdates   = 8 << 20          // bytes that are read
	quickTimeout = 30 * time.Second // for calls that answer at once
	// The same offset again within half a second gets one update at most, says the server's source.
	shortRest = 600 * time.Millisecond
)

// Run polls for updates and hands every batch to receive. The offset, which tells Telegram to forget, moves only when
// receive returned nil, so what was not received comes again. Run ends with ctx, and then returns nil.
func (b *Bot) Run(ctx context.Context, receive func(context.Context, bots.Batch) error) error {
	p := &poller{Bot: b, receive: receive, answers: newAnswers(b)}
	defer p.answers.wait()
	for ctx.Err() == nil {
		err := p.round(ctx)
		if ctx.Err() != nil {
			break
		}
		p.rest(ctx, err)
	}
	return nil
}

// poller is the state of one Run.
type poller struct {
	*Bot
	receive func(context.Context, bots.Batch) error
	answers *answers
	trouble trouble
	rival   rival

	alone  bool  // no webhook is set
	level  bool  // we have caught up: polls may be long. Until then nobody should wait for an answer that has nothing to say
	offset int64 // 0: nothing to confirm
}

// round asks once and hands on what came.
func (p *poller) round(ctx context.Context) error {
	if !p.alone {
		if err := p.removeWebhook(ctx); err != nil {
			return err
		}
		p.alone = true
	}
	asked := time.Now()
	updates, err := p.ask(ctx)
	if err != nil {
		p.alone = !webhookSet(err)
		p.level = false
		return err
	}
	batch, presses, next := p.batch(updates, asked)
	if p.rival.quarrels() {
		batch.Heard = time.Time{} // we hear a part of it: the proof that a wait is for may have gone to the other
	}
	if err := p.receive(ctx, batch); err != nil {
		return notReceived{err}
	}
	p.answers.send(ctx, presses)
	if err := p.confirm(next, len(updates)); err != nil {
		return err
	}
	p.trouble.over(p.opt.Log)
	if p.rival.leave(time.Now()) {
		p.rivalSince.Store(nil)
		p.opt.Log.Info("no other program polls telegram with this token any more")
	}
	pause := min(sameOffset, p.opt.PollWait)
	if !p.level {
		pause = shortRest
	}
	p.level = batch.CaughtUp
	if len(updates) == 0 { // normally after a long wait: something between us may answer sooner
		sleep(ctx, time.Until(asked.Add(pause)))
	}
	return nil
}

// confirm moves the offset. An answer to a call with an offset has confirmed it, so an empty answer leaves nothing to
// confirm, and the next call goes without one: after a week of silence Telegram goes on with an id of its choice, which
// may be below any offset that we remember.
func (p *poller) confirm(next int64, got int) error {
	p.offset = next
	if got > 0 && next == 0 {
		return errNoIDs
	}
	return nil
}

// ask makes one long poll.
func (p *poller) ask(ctx context.Context) ([]json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, p.opt.PollWait+2*pollMargin) // dialling and reading included
	defer cancel()
	wait := p.opt.PollWait
	if !p.level {
		wait = 0
	}
	params := tgbotapi.Params{
		"timeout":         strconv.Itoa(int(wait / time.Second)),
		"limit":           strconv.Itoa(pollLimit),
		"allowed_updates": allowedUpdates,
	}
	params.AddNonZero64("offset", p.offset)
	var updates []json.RawMessage
	err := p.call(ctx, p.opt.Polls, "getUpdates", params, &updates)
	return updates, err
}

// batch reads the updates one by one, so that none can spoil the others, and returns the offset that confirms them.
func (p *poller) batch(updates []json.RawMessage, asked time.Time) (batch bots.Batch, presses []press, next int64) {
	now := time.Now()
	batch.Heard = asked
	size := 0
	for _, raw := range updates {
		size += len(raw)
		h := p.decode(raw, now)
		if h.id > 0 {
			next = max(next, h.id+1)
		}
		if h.event != nil {
			batch.Events = append(append(batch.Events, *h.event), h.more...)
		}
		if h.press != nil {
			presses = append(presses, *h.press)
		}
	}
	batch.CaughtUp = len(updates) < pollLimit && size < fullAnswer
	if batch.CaughtUp {
		batch.Heard = now // there was nothing more until the answer left; with more to come we know only of the question
	}
	return batch, presses, next
}

// removeWebhook ends a webhook, as Telegram answers no poll while one is set. What it has not delivered stays for us.
func (p *poller) removeWebhook(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quickTimeout)
	defer cancel()
	hook, err := p.hookInfo(ctx)
	if err != nil || hook.URL == "" {
		return err
	}
	var done bool
	if err := p.call(ctx, p.opt.Client, "deleteWebhook", nil, &done); err != nil {
		return err
	}
	p.opt.Log.Warn("telegram had a webhook: removed, because updates are polled", "host", host(hook.URL))
	return nil
}

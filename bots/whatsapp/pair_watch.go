package whatsapp

import (
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
)

// watch follows the pairing until a device is stored (nil), or cannot be.
func (p *pairing) watch() *PairStep {
	p.until = time.After(p.bot.pauses.connect)
	for {
		var end *PairStep
		select {
		case <-p.ctx.Done():
			return notPaired(Cancelled, "it was ended")
		case evt := <-p.told:
			if _, paired := evt.(*events.PairSuccess); paired {
				p.sign()
				return nil
			}
			if end = p.heard(evt); end == pairedBefore {
				return nil
			}
		case <-p.until:
			end = p.next()
		}
		if end != nil {
			return end
		}
	}
}

// heard reads what WhatsApp says before a phone is paired.
func (p *pairing) heard(evt any) *PairStep {
	switch e := evt.(type) {
	case *events.QR:
		return p.begin(e.Codes)
	case *events.PairError:
		return notPaired(Refusing, "what the phone sent could not be used ("+scrub(e.Error.Error())+"): try again")
	case *events.QRScannedWithoutMultidevice:
		return notPaired(Refusing, "the WhatsApp on the phone is too old to link devices: update it")
	case passkeyAsked:
		return notPaired(Passkey, passkeyAdvice)
	case *events.Disconnected, *events.ManualLoginReconnect:
		return p.cutOff()
	}
	if end, is := turnedAway(evt, time.Now()); is {
		return notPaired(end.State, end.Advice)
	}
	return nil
}

// pairedBefore stands for a pairing whose success was told after the end of its connection: they come from two goroutines.
var pairedBefore = &PairStep{Done: true}

// cutOff reads the end of the connection: one that was paired just before is asked to come again.
func (p *pairing) cutOff() *PairStep {
	if dev, err := p.bot.stored(p.ctx); err == nil && dev != nil {
		return p.late()
	}
	if word := p.word.Load(); word != nil {
		if end, is := turnedAway(*word, time.Now()); is {
			return notPaired(end.State, end.Advice)
		}
	}
	return notPaired(Expired, "WhatsApp ended the connection: try again, and be quicker; if the phone asked for a passkey, "+passkeyAdvice)
}

// late waits for what becomes of a device that is stored: the library removes it again when its signature did not go out.
func (p *pairing) late() *PairStep {
	late := time.After(signTime)
	for {
		select {
		case evt := <-p.told:
			switch evt.(type) {
			case *events.PairSuccess:
				return pairedBefore
			case *events.PairError:
				return p.heard(evt)
			}
		case <-late:
			return pairedBefore
		case <-p.ctx.Done():
			return notPaired(Cancelled, "it was ended")
		}
	}
}

// begin shows the first QR code, or asks for the letters.
func (p *pairing) begin(codes []string) *PairStep {
	if p.phone == "" {
		p.codes = codes
		return p.next()
	}
	// The name must be that of a browser on a system: WhatsApp checks it.
	code, err := p.cli.PairPhone(p.ctx, p.phone, true, whatsmeow.PairClientChrome, "Chrome (Linux)")
	if err != nil {
		return notPaired(Refusing, "WhatsApp gave no code for this number ("+scrub(err.Error())+"): check the number, wait some minutes, or pair by QR code")
	}
	lasts := p.bot.pauses.code + (manyCodes-1)*p.bot.pauses.codes
	p.until = time.After(lasts)
	return p.show(PairStep{Code: code, Lasts: lasts})
}

// next shows the next QR code; when there is none, nobody came in time.
func (p *pairing) next() *PairStep {
	if len(p.codes) == 0 {
		return notPaired(Expired, "no phone confirmed it in time: try again")
	}
	lasts := p.bot.pauses.codes
	if len(p.codes) == manyCodes {
		lasts = p.bot.pauses.code
	}
	step := PairStep{QR: p.codes[0], Lasts: lasts}
	p.codes, p.until = p.codes[1:], time.After(lasts)
	return p.show(step)
}

func (p *pairing) show(step PairStep) *PairStep {
	select {
	case p.steps <- step:
		return nil
	case <-p.ctx.Done():
		return notPaired(Cancelled, "it was ended")
	}
}

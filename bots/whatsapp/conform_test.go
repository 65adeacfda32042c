package whatsapp

import (
	"bytes"
	"testing"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
	"kaskad/bots/bottest"
	simulator "kaskad/bots/simulator/whatsapp"
)

// The adapter is a session, so that each other side brings the bot that is paired with it.
func TestConform(t *testing.T) {
	url, _ := site(t)
	talks := map[string]*talk{}
	bottest.Conform(t, bottest.Adapter{
		New: func(_ *testing.T, name string) bots.Sender { return talks[name].bot },
		Start: func(t *testing.T) bottest.Peer {
			k := newTalk(t, func(r *rig) { r.cfg.Pace = fastestPace })
			talks[t.Name()+k.dir] = k
			return bottest.Peer{
				URL:      t.Name() + k.dir,
				Fail:     k.fails,
				Requests: func() int { return k.arrived() },
				Texts:    k.texts,
				Pictures: func() []string { return k.pictures(url + "/cups.png") },
			}
		},
		To:      bots.Address{Channel: bots.WhatsApp, ID: anna},
		Secrets: []string{"380501112233", "380441112233", "900001", "900002", "simulated", "hello"},
		Image:   url + "/cups.png",
		// Nobody holds the lane of a session that is gone: the cascade goes on, the address stays as it is.
		Faults: map[bottest.Failure]bots.Fault{bottest.BadToken: bots.Rejected},
		// Whether a number is on WhatsApp is asked first; a session that is gone is known without asking.
		Early:    map[bottest.Failure]bool{bottest.Gone: true, bottest.BadToken: true},
		Patience: time.Second,
	})
}

// warm asks what is asked before a first message, so that the patience of a test is for the message itself.
func (k *talk) warm() {
	k.t.Helper()
	to, err := k.bot.reach(soon(k.t), k.to)
	needs(k.t, err)
	pn, _ := k.bot.me()
	needs(k.t, k.bot.sending(soon(k.t), func(cli *whatsmeow.Client) error {
		_, err := cli.GetUserDevices(soon(k.t), []types.JID{to, pn})
		return err
	}))
}

// fails makes WhatsApp fail. A person who blocks us is one it says nothing of, and garbage ends the connection (as a cut does).
func (k *talk) fails(f bottest.Failure) bool {
	k.t.Helper()
	always := func(fault simulator.Fault) {
		k.warm()
		fault.From, fault.Times = shop, -1
		k.s.Fail(fault)
	}
	switch f {
	case bottest.Gone:
		needs(k.t, k.s.Alter(anna, func(a *simulator.Traits) { a.Unregistered = true }))
	case bottest.Flooded:
		always(simulator.Fault{Kind: simulator.Refuse, Code: 429})
	case bottest.BadText:
		always(simulator.Fault{Kind: simulator.Refuse, Code: 479})
	case bottest.BadToken:
		k.s.Kick(shop, 1, simulator.DeviceRemoved)
		k.await(LoggedOut)
	case bottest.ServerError:
		always(simulator.Fault{Kind: simulator.Refuse, Code: 500})
	case bottest.Hang:
		always(simulator.Fault{Kind: simulator.NoAck})
	case bottest.Cut:
		always(simulator.Fault{Kind: simulator.CutAfter})
	case bottest.Down:
		k.s.SetDown(true)
		k.await(Connecting)
	default:
		return false
	}
	return true
}

// arrived counts the messages that reached WhatsApp, each copy by itself.
func (k *talk) arrived() (n int) {
	for _, m := range k.s.Messages(shop) {
		n += m.Times
	}
	return n
}

// texts are what Anna reads, once everything has come.
func (k *talk) texts() (all []string) {
	for _, m := range k.screen() {
		all = append(all, m.Text)
	}
	return all
}

func (k *talk) pictures(address string) (all []string) {
	for _, m := range k.screen() {
		if m.Kind != simulator.Image {
			continue
		}
		data, err := k.anna.Open(soon(k.t), m)
		needs(k.t, err)
		if !bytes.Equal(data, cup) {
			address = "another picture"
		}
		all = append(all, address)
	}
	return all
}

func (k *talk) screen() []simulator.Shown {
	k.t.Helper()
	want := len(k.s.Messages(shop))
	if want == 0 {
		return nil
	}
	_, err := k.anna.Wait(soon(k.t), want, nil)
	needs(k.t, err)
	return k.anna.Got()
}

package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/api"
	"kaskad/fallback/sms"
)

// newProvider makes the provider of one [[sms]]. One that has to be asked what became of messages is: statuses come, so they may
// be promised.
func newProvider(cfg *Config, conf sms.Config, d deps) (*sms.Provider, error) {
	conf, err := reachable(cfg, conf, d)
	if err != nil {
		return nil, err
	}
	p, err := sms.New(conf, nil)
	if err != nil || !p.Polls() {
		return p, err
	}
	conf.Polled = true
	return sms.New(conf, nil)
}

// providersOf are the [[sms]] whose descriptions can be read, by their place in the configuration.
func providersOf(cfg *Config) map[int]*sms.Provider {
	all := map[int]*sms.Provider{}
	for i := range cfg.SMS {
		if p, err := newProvider(cfg, cfg.SMS[i], deps{}); err == nil {
			all[i] = p
		}
	}
	return all
}

// unheard warns of providers whose reports would be lost, and which cannot be asked.
func (l *loader) unheard(cfg *Config) {
	if cfg.Server.PublicURL != "" {
		return
	}
	all := providersOf(cfg)
	for i := range cfg.SMS {
		if p := all[i]; p != nil && p.Hears() && !p.Polls() {
			l.warn(fmt.Sprintf("sms[%d].report", i), "the provider cannot reach us without [server] public_url: SMS end as accepted, never as delivered")
		}
	}
}

// statuses says of each provider that is asked what became of messages why that is so.
func (f *Findings) statuses(cfg *Config) {
	all := providersOf(cfg)
	for i := range cfg.SMS {
		p := all[i]
		if p == nil || !p.Polls() {
			continue
		}
		why := "it makes no reports"
		switch {
		case cfg.Server.PublicURL == "" && p.Hears():
			why = "nobody can call us, because [server] public_url is empty; replies do not come"
		case p.Hears():
			why = "nobody has seen its reports come yet"
		}
		f.say("%s: it is asked what became of messages: %s", p.Name(), why)
	}
}

// entered is where the operator enters the address of a provider's reports; empty: his description does not say.
func entered(cfg *Config) map[string]string {
	all := map[string]string{}
	for _, p := range providersOf(cfg) {
		all[p.Name()] = p.ReportsAt()
	}
	return all
}

// SMSPresets are the descriptions of providers that come with the program.
func SMSPresets() []SMSPreset { return sms.Presets() }

// SMSPreset is one of them.
type SMSPreset = sms.Preset

// SMSTest is a test message and what became of it.
type SMSTest = api.SMSTest

// SMSAsk asks for one.
type SMSAsk = api.SMSAsk

// SMSTold is one thing that was told of a test message.
type SMSTold = api.SMSTold

// SMSMoney is an amount of it.
type SMSMoney = api.Money

const smsTestPath = "/v1/sms/tests"

// TestSMS sends a test message, or only tells its price.
func (g *Gate) TestSMS(ctx context.Context, ask SMSAsk) (*SMSTest, error) {
	var t SMSTest
	err := g.Call(ctx, "POST", smsTestPath, ask, &t)
	return &t, err
}

const lookAgain = 300 * time.Millisecond

// lastLook is for what is asked of a test at the end: how it stands, and the balance.
const lastLook = 20 * time.Second

// FollowSMS looks at a test until its end is known, and whether the provider calls us if it should, or until ctx ends. News are
// shown as they come. The test as it was seen last is returned in any case; when somebody broke off, without the balance.
func (g *Gate) FollowSMS(ctx context.Context, t *SMSTest, news func(SMSTold)) (*SMSTest, error) {
	path, shown := smsTestPath+"/"+t.ID, 0
	look := func(ctx context.Context, path string) error {
		var now SMSTest
		if err := g.Call(ctx, "GET", path, nil, &now); err != nil {
			return err
		}
		t = &now
		for ; shown < len(t.Told); shown++ {
			news(t.Told[shown])
		}
		return nil
	}
	for ctx.Err() == nil {
		if err := look(ctx, path); err != nil && ctx.Err() == nil {
			return t, err
		}
		if !t.Awaits || t.End != "" && (!t.Calls || t.Called) {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookAgain):
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return t, nil
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	err := look(end, path+"?last")
	return t, err
}

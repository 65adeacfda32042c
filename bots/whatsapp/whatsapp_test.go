package whatsapp

import (
	"strings"
	"testing"
	"time"

	"go.mau.fi/whatsmeow/proto/waCompanionReg"
	"go.mau.fi/whatsmeow/store"
	"google.golang.org/protobuf/proto"

	"kaskad/bots"
)

func TestValidate(t *testing.T) {
	on := func(change func(*Config)) Config {
		c := DefaultConfig()
		c.Enabled = true
		change(&c)
		return c
	}
	cases := map[string]struct {
		cfg  Config
		want []string // parts of the faults; none: it is well
	}{
		"the defaults":                {on(func(*Config) {}), nil},
		"nothing bounded":             {on(func(c *Config) { c.Pace, c.Jitter, c.Daily = 0, 0, Daily{} }), nil},
		"what is off has no faults":   {Config{Pace: -1}, nil},
		"a version of WhatsApp Web":   {on(func(c *Config) { c.ClientVersion = "2.3000.1031080782" }), nil},
		"a version that is none":      {on(func(c *Config) { c.ClientVersion = "latest" }), []string{"client_version", "2.3000.1031080782"}},
		"a name that is too long":     {on(func(c *Config) { c.PushName = strings.Repeat("ї", longestName+1) }), []string{"push_name"}},
		"a pace below nothing":        {on(func(c *Config) { c.Pace = -1 }), []string{"pace", "messages per minute"}},
		"a jitter of an hour":         {on(func(c *Config) { c.Jitter = 3600 }), []string{"jitter"}},
		"a cap that shrinks":          {on(func(c *Config) { c.Daily = Daily{First: 10, Growth: 0.5, Most: 5} }), []string{"daily.growth", "daily.most"}},
		"a cap below nothing":         {on(func(c *Config) { c.Daily.First = -3 }), []string{"daily.first"}},
		"all faults are told at once": {on(func(c *Config) { c.ClientVersion, c.Pace, c.Jitter = "x", -1, -1 }), []string{"client_version", "pace", "jitter"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := c.cfg.Validate()
			if (err == nil) != (len(c.want) == 0) {
				t.Fatalf("Validate = %v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("Validate = %v; want %q in it", err, part)
				}
			}
		})
	}
}

func TestAFaultyConfigIsNotOpened(t *testing.T) {
	if _, err := Open(t.Context(), Config{Pace: -1}, Options{Dir: t.TempDir()}); err == nil {
		t.Error("it was opened")
	}
}

func TestLimits(t *testing.T) {
	l := DefaultConfig().Limits()
	if !l.WarmOnly || l.Workers != 1 || l.Buttons || l.Reports != bots.Read || l.Keeps != 14*24*time.Hour || l.Formats != "whatsapp" || !l.Polls {
		t.Errorf("limits = %+v", l)
	}
	if perMinute := l.PerSecond * 60; perMinute != 20 || l.Jitter != 2*time.Second {
		t.Errorf("%v messages per minute, jitter %s; want 20 and 2 s", perMinute, l.Jitter)
	}
	if (Config{Cold: true}).Limits().WarmOnly {
		t.Error("cold = true still keeps to people who wrote")
	}
}

// The library's own SetWAVersion does not change the version that is sent; ours must, for logins and for pairing.
func TestTheClientNamesTheVersionThatWasConfigured(t *testing.T) {
	r := newRig(t)
	version, err := store.ParseVersion("2.3000.42")
	needs(t, err)
	fresh := r.bot.container.NewDevice()
	paired, err := r.s.Provision(t.Context(), r.bot.container, shop, 1)
	needs(t, err)
	for name, dev := range map[string]*store.Device{"pairing": fresh, "login": paired} {
		p := payload(dev, version)
		if got := p.GetUserAgent().GetAppVersion().GetTertiary(); got != 42 {
			t.Errorf("%s: version …%d; want …42", name, got)
		}
		if got := payload(dev, store.WAVersionContainer{}).GetUserAgent().GetAppVersion().GetTertiary(); got != store.GetWAVersion()[2] {
			t.Errorf("%s without a version of ours: …%d; want the library's", name, got)
		}
		if reg := p.GetDevicePairingData(); reg != nil {
			var props waCompanionReg.DeviceProps
			needs(t, proto.Unmarshal(reg.GetDeviceProps(), &props))
			hash := version.Hash()
			if props.GetOs() != deviceName || string(reg.GetBuildHash()) != string(hash[:]) {
				t.Errorf("the phone lists %q, build %x", props.GetOs(), reg.GetBuildHash())
			}
		}
	}
	if store.DeviceProps.GetOs() == deviceName {
		t.Error("the library's own variable was changed")
	}
}

func TestPushName(t *testing.T) {
	cases := map[string]struct{ config, company, want string }{
		"as configured":       {"Крамниця на розі", "ТОВ Ромашка", "Крамниця на розі"},
		"the company's":       {"", "ТОВ Ромашка", "ТОВ Ромашка"},
		"cut to what fits":    {"", strings.Repeat("й", 40), strings.Repeat("й", longestName)},
		"nobody has any name": {"", "", deviceName},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := &Bot{cfg: Config{PushName: c.config}, opt: Options{Name: c.company}}
			if got := b.pushName(); got != c.want {
				t.Errorf("push name %q; want %q", got, c.want)
			}
		})
	}
}

func TestRests(t *testing.T) {
	p := usualPauses()
	about := func(d time.Duration) [2]time.Duration { return [2]time.Duration{d * 9 / 10, d * 11 / 10} }
	cases := map[string]struct {
		ends []ending
		want [2]time.Duration
	}{
		"the first loss is not waited for": {[]ending{{kind: lost}}, about(0)},
		"the third loss":                   {[]ending{{kind: lost}, {kind: lost}, {kind: lost}}, about(2 * time.Second)},
		"many losses":                      {make([]ending, 40), about(p.most)},
		"a full disk":                      {[]ending{{kind: failed}, {kind: failed}}, about(2 * time.Second)},
		"turned away":                      {[]ending{{kind: turned}}, about(p.refused)},
		"turned away again and again":      {[]ending{{kind: turned}, {kind: turned}, {kind: turned}, {kind: turned}, {kind: turned}, {kind: turned}, {kind: turned}}, about(p.rarest)},
		"banned for a day":                 {[]ending{{kind: turned, rest: 24 * time.Hour}}, about(24 * time.Hour)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var n tries
			var got time.Duration
			for _, end := range c.ends {
				got = n.rest(end, p, noon)
			}
			if got < c.want[0] || got > c.want[1] {
				t.Errorf("rest = %s; want between %s and %s", got, c.want[0], c.want[1])
			}
		})
	}
}

// A connection that is cut off as soon as it stands is not made again without a rest, and who takes the session from us again and again
// finds us less and less often.
func TestRestsAfterConnectionsThatStood(t *testing.T) {
	p := usualPauses()
	for name, c := range map[string]struct {
		stood time.Duration
		kind  kind
		least time.Duration // of the rest after the fifth
		most  time.Duration
	}{
		"cut off at once":             {time.Second, lost, 5 * time.Second, time.Minute},
		"cut off after an hour":       {time.Hour, lost, 0, 0},
		"replaced at once":            {time.Second, turned, time.Hour, 3 * time.Hour},
		"replaced after some minutes": {10 * time.Minute, turned, time.Hour, 3 * time.Hour},
		"replaced after a day":        {24 * time.Hour, turned, 0, 6 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			var n tries
			var got time.Duration
			for now, i := noon, 0; i < 5; i++ {
				n.well(now)
				now = now.Add(c.stood)
				got = n.rest(ending{kind: c.kind}, p, now)
			}
			if got < c.least || got > c.most {
				t.Errorf("the fifth rest is %s; want %s to %s", got, c.least, c.most)
			}
		})
	}
}

package viber_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/viber"
)

const (
	token  = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
	olena  = "jc9HsWTZ2Yf2NkRZ8KcNug=="
	botID  = "viber:84c5e61a:" // the first 8 digits of the token's SHA-256
	secret = "hook-s3cret"
)

var toOlena = bots.Address{Channel: bots.Viber, ID: olena}

// step and later are the ids in the recorded callbacks.
var step, later = id("01jjwt2vtqr00"), id("01jjwt2vtqr01")

func id(s string) bots.ID {
	v, err := bots.ParseID(s)
	if err != nil {
		panic(err)
	}
	return v
}

func config(url string) viber.Config {
	return viber.Config{Token: token, Name: "Крамниця", APIURL: url, Price: bots.Price{Amount: "0.84", Currency: "UAH"}}
}

func newBot(t testing.TB, url string, opt viber.Options) *viber.Bot {
	t.Helper()
	if url == "" {
		url = "http://127.0.0.1:1" // nobody is called
	}
	opt.HookSecret = secret
	b, err := viber.New(config(url), opt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func sign(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// calledAt is a minute after the recorded callbacks: nobody's clock runs ahead.
var calledAt = time.UnixMilli(1780000070000).UTC()

func hookCall(body []byte) bots.Call {
	return bots.Call{
		Method: http.MethodPost, Header: http.Header{"X-Viber-Content-Signature": {sign(token, body)}}, Body: body, At: calledAt,
	}
}

func TestConfig(t *testing.T) {
	whole := func(change func(*viber.Config)) viber.Config {
		c := config("")
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		cfg  viber.Config
		want []string // in the error; none: no error
	}{
		"off":                    {viber.Config{Name: strings.Repeat("x", 99)}, nil},
		"defaults":               {config(""), nil},
		"free of charge":         {whole(func(c *viber.Config) { c.Price.Amount = "0" }), nil},
		"the longest name":       {whole(func(c *viber.Config) { c.Name = strings.Repeat("ї", 28) }), nil},
		"a name that is longer":  {whole(func(c *viber.Config) { c.Name = strings.Repeat("ї", 29) }), []string{"name has 29"}},
		"a token with a space":   {whole(func(c *viber.Config) { c.Token = "445da6az 1s345z78" }), []string{"token"}},
		"a token with a newline": {whole(func(c *viber.Config) { c.Token = "445da6az1s345z78\n" }), []string{"token"}},
		"an avatar of nowhere":   {whole(func(c *viber.Config) { c.Avatar = "logo.png" }), []string{"avatar"}},
		"no address":             {whole(func(c *viber.Config) { c.APIURL = "chatapi.viber.com" }), []string{"api_url"}},
		"an address with a key":  {whole(func(c *viber.Config) { c.APIURL = "https://chatapi.viber.com/?key=1" }), []string{"api_url"}},
		"a negative rate":        {whole(func(c *viber.Config) { c.Rate = -1 }), []string{"rate"}},
		"a price in words":       {whole(func(c *viber.Config) { c.Price.Amount = "cheap" }), []string{"price"}},
		"everything at once": {
			viber.Config{Token: "x", Avatar: "x", APIURL: "x", Rate: 2000}, []string{"token", "name", "avatar", "api_url", "rate", "price"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.cfg.Validate()
			if (err == nil) != (len(c.want) == 0) {
				t.Fatalf("Validate = %v, want %q", err, c.want)
			}
			for _, word := range c.want {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("Validate = %v, want %q in it", err, word)
				}
			}
			if err != nil && len(c.cfg.Token) > 1 && strings.Contains(err.Error(), c.cfg.Token.Reveal()) {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

func TestNewNeedsToken(t *testing.T) {
	if _, err := viber.New(viber.Config{}, viber.Options{}); err == nil {
		t.Error("New without a token = nil error")
	}
}

func TestLimits(t *testing.T) {
	l := newBot(t, "", viber.Options{}).Limits()
	if l.Reports != bots.Read || !l.CanEngage || !l.Buttons || !l.WayBack || l.Polls || l.Formats != "viber" || l.MaxText != 7000 || l.MaxCaption != 512 ||
		l.Keeps != time.Hour || l.DeafCap != 10*time.Minute || l.PerSecond != 40 {
		t.Errorf("Limits = %+v", l)
	}
}

func TestPrice(t *testing.T) {
	parts, cost := newBot(t, "", viber.Options{}).Price(strings.Repeat("ї", 7000))
	if parts != 1 || cost.String() != "0.84 UAH" {
		t.Errorf("Price = %d parts, %v; want one for 0.84 UAH", parts, cost)
	}
}

func TestHook(t *testing.T) {
	b := newBot(t, "", viber.Options{})
	if h := b.Hook(); h.Path != "viber" || h.Secret != secret || !h.Bare || h.Webhook != bots.Webhook(b) {
		t.Errorf("Hook = %+v", h)
	}
}

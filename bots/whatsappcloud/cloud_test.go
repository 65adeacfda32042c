package whatsappcloud_test

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
	"kaskad/bots/whatsappcloud"
)

const (
	token    = "EAAGm0PX4ZCpsBAtoken0123456789"
	secret   = "0123456789abcdef0123456789abcdef"
	verify   = "listen-here-please"
	numberID = "106540352242922"
	olena    = "+380501112233"
	hidden   = "UA.13491208655302741918"
	ours     = "wamid.HBgMMzgwNTAxMTEyMjMzFQIAERgSMTIzNDU2Nzg5MEFCQ0RFRjAA"
	eventIDs = "whatsapp_cloud:" + numberID + ":"
)

var toOlena = bots.Address{Channel: bots.WhatsAppCloud, ID: olena}

// step is the id in the recorded calls.
var step = id("01jjwt2vtqr00")

func id(s string) bots.ID {
	v, err := bots.ParseID(s)
	if err != nil {
		panic(err)
	}
	return v
}

func config(url string) whatsappcloud.Config {
	return whatsappcloud.Config{
		PhoneNumberID: numberID, Token: token, AppSecret: secret, VerifyToken: verify, APIURL: dated(url),
		Price: bots.Price{Amount: "1.50", Currency: "UAH"},
	}
}

func newBot(t testing.TB, url string, opt whatsappcloud.Options) *whatsappcloud.Bot {
	t.Helper()
	if url == "" {
		url = "http://127.0.0.1:1" // nobody is called
	}
	b, err := whatsappcloud.New(config(url), opt)
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
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

var calledAt = time.Unix(1780000070, 0).UTC()

func hookCall(body []byte) bots.Call {
	return bots.Call{Method: http.MethodPost, Header: http.Header{"X-Hub-Signature-256": {sign(secret, body)}}, Body: body, At: calledAt}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestConfig(t *testing.T) {
	whole := func(change func(*whatsappcloud.Config)) whatsappcloud.Config {
		c := config("")
		change(&c)
		return c
	}
	type cfg = whatsappcloud.Config
	for name, c := range map[string]struct {
		cfg  cfg
		want []string // in the error; none: no error
	}{
		"off":                         {cfg{PhoneNumberID: "x", Rate: -1}, nil},
		"defaults":                    {config(""), nil},
		"free of charge":              {whole(func(c *cfg) { c.Price.Amount = "0" }), nil},
		"the number itself as the id": {whole(func(c *cfg) { c.PhoneNumberID = "+15550783881" }), []string{"phone_number_id is no id"}},
		"no id":                       {whole(func(c *cfg) { c.PhoneNumberID = "" }), []string{"phone_number_id is no id"}},
		"a token with a newline":      {whole(func(c *cfg) { c.Token = token + "\n" }), []string{"token"}},
		"no app secret":               {whole(func(c *cfg) { c.AppSecret = "" }), []string{"app_secret is empty"}},
		"an app secret with a space":  {whole(func(c *cfg) { c.AppSecret = "a b" }), []string{"app_secret holds a space"}},
		"no verify token":             {whole(func(c *cfg) { c.VerifyToken = "" }), []string{"verify_token is too short"}},
		"a verify token to guess":     {whole(func(c *cfg) { c.VerifyToken = "1234567" }), []string{"verify_token is too short"}},
		"a verify token with spaces":  {whole(func(c *cfg) { c.VerifyToken = "a word of ours" }), []string{"verify_token has a space"}},
		"a verify token in Ukrainian": {whole(func(c *cfg) { c.VerifyToken = "слово-без-пробілів" }), []string{"verify_token has a space, or a letter that is not a plain Latin one"}},
		"no address":                  {whole(func(c *cfg) { c.APIURL = "graph.facebook.com" }), []string{"api_url"}},
		"an address with a key":       {whole(func(c *cfg) { c.APIURL = "https://graph.facebook.com/?access_token=1" }), []string{"api_url"}},
		"an address without version":  {whole(func(c *cfg) { c.APIURL = "https://graph.facebook.com" }), []string{"api_url ends without the version of the Graph API: write it as https://graph.facebook.com/v23.0"}},
		"half a version":              {whole(func(c *cfg) { c.APIURL = "https://graph.facebook.com/v23" }), []string{"api_url ends without the version"}},
		"another version, and slash":  {whole(func(c *cfg) { c.APIURL = "https://meta.example.com/graph/v9.0/" }), nil},
		"a negative rate":             {whole(func(c *cfg) { c.Rate = -1 }), []string{"rate = -1"}},
		"no price":                    {whole(func(c *cfg) { c.Price = bots.Price{} }), []string{"price"}},
		"all at once":                 {cfg{Token: "short"}, []string{"token is none", "phone_number_id", "app_secret", "verify_token", "price"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.cfg.Validate()
			if (err != nil) != (len(c.want) > 0) {
				t.Fatalf("Validate = %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Validate = %v, without %q", err, want)
				}
			}
			for _, hidden := range []string{token, secret, verify} {
				if err != nil && strings.Contains(err.Error(), hidden) {
					t.Errorf("the error shows a secret: %v", err)
				}
			}
		})
	}
}

func TestNewWithoutAToken(t *testing.T) {
	if _, err := whatsappcloud.New(whatsappcloud.Config{}, whatsappcloud.Options{}); err == nil || !strings.Contains(err.Error(), "token is empty") {
		t.Errorf("New = %v, want what to do", err)
	}
	bad := config("")
	bad.PhoneNumberID = ""
	if _, err := whatsappcloud.New(bad, whatsappcloud.Options{}); err == nil {
		t.Error("New takes a configuration that Validate refuses")
	}
}

func TestLimits(t *testing.T) {
	l := newBot(t, "", whatsappcloud.Options{}).Limits()
	if l.Window != 24*time.Hour || l.PerSecond != 80 || l.PerChat != 6*time.Second || l.Formats != "whatsapp" || l.Edits || !l.Files || !l.Reacts || !l.WayBack {
		t.Errorf("Limits = %+v", l)
	}
	if parts, cost := newBot(t, "", whatsappcloud.Options{}).Price("long text"); parts != 1 || cost.String() != "1.50 UAH" {
		t.Errorf("Price = %d, %v", parts, cost)
	}
}

// dated puts the version of the Graph API behind a server's address.
func dated(url string) string {
	if url == "" || strings.Contains(url, version) {
		return url
	}
	return url + version
}

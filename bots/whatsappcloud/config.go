package whatsappcloud

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"

	"kaskad/bots"
)

// Config is the [whatsapp_cloud] section of the configuration.
type Config struct {
	PhoneNumberID   string      `toml:"phone_number_id"` // Meta's id of our number, not the number
	Token           bots.Secret `toml:"token"`           // empty: the channel is off
	TokenFile       string      `toml:"token_file"`
	AppSecret       bots.Secret `toml:"app_secret"` // Meta signs its calls with it
	AppSecretFile   string      `toml:"app_secret_file"`
	VerifyToken     bots.Secret `toml:"verify_token"` // a word of ours, by which Meta's first call is known
	VerifyTokenFile string      `toml:"verify_token_file"`
	APIURL          string      `toml:"api_url"` // with the version of the Graph API
	Rate            float64     `toml:"rate"`    // messages per second over all chats
	// BlueTicks shows people that what they wrote was read, once staff have answered.
	BlueTicks bool       `toml:"blue_ticks"`
	Price     bots.Price `toml:"price"` // of one message
}

// DefaultConfig is what a missing or empty key means. A number sends 80 messages a second until Meta lifts it to 1,000; see
// https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput.
func DefaultConfig() Config {
	return Config{APIURL: "https://graph.facebook.com/v23.0", Rate: 80, BlueTicks: true}
}

func (c Config) withDefaults() Config {
	d := DefaultConfig()
	c.APIURL, c.Rate = cmp.Or(c.APIURL, d.APIURL), cmp.Or(c.Rate, d.Rate)
	return c
}

// On reports whether the channel is switched on.
func (c Config) On() bool { return c.Token != "" }

var (
	numberIDShape = regexp.MustCompile(`^[0-9]{5,32}$`)
	// What can stand in a header or an address without being escaped.
	secretShape = regexp.MustCompile(`^[A-Za-z0-9._~+/=|-]+$`)
	wordShape   = regexp.MustCompile(`^[!-~]{1,200}$`)
	versioned   = regexp.MustCompile(`/v[0-9]{1,3}\.[0-9]{1,2}/*$`)
)

const (
	minToken  = 8
	maxToken  = 2000
	minVerify = 8 // whoever guesses it learns that somebody listens here, and nothing else
)

// Validate reports every fault of the section at once. A section without a token is off and has none.
func (c Config) Validate() error {
	if !c.On() {
		return nil
	}
	c = c.withDefaults()
	var faults []error
	fault := func(bad bool, what string) {
		if bad {
			faults = append(faults, errors.New("whatsapp_cloud: "+what))
		}
	}
	token, app, verify := c.Token.Reveal(), c.AppSecret.Reveal(), c.VerifyToken.Reveal()
	fault(!secretShape.MatchString(token) || len(token) < minToken || len(token) > maxToken,
		"token is none of Meta's: copy the one of a system user with whatsapp_business_messaging")
	fault(!numberIDShape.MatchString(c.PhoneNumberID),
		"phone_number_id is no id: write the digits that the API Setup page of the app shows as Phone number ID, not the number itself")
	fault(app == "", "app_secret is empty: copy it from App settings, Basic; without it nobody knows whether a call is Meta's")
	fault(app != "" && !wordShape.MatchString(app), "app_secret holds a space or is too long: copy it again")
	fault(len(verify) >= minVerify && !wordShape.MatchString(verify),
		"verify_token has a space, or a letter that is not a plain Latin one, or is too long: write one word of letters, digits and signs")
	fault(len(verify) < minVerify,
		fmt.Sprintf("verify_token is too short: think up %d characters or more, and write the same into the webhook's page of the app", minVerify))
	fault(!apiAddress(c.APIURL), "api_url is no address: normally it is "+DefaultConfig().APIURL)
	fault(apiAddress(c.APIURL) && !versioned.MatchString(c.APIURL), "api_url ends without the version of the Graph API: write it as "+DefaultConfig().APIURL)
	fault(!(c.Rate > 0 && c.Rate <= 1000), fmt.Sprintf("rate = %v: write messages per second, at most 1000", c.Rate))
	if _, err := c.Price.Money(); err != nil {
		fault(true, "price: "+err.Error())
	}
	return errors.Join(faults...)
}

func apiAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && webAddress(s) && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func webAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}

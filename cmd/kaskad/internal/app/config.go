package app

import (
	"net/http"
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/bots/telegram"
	"kaskad/bots/viber"
	"kaskad/bots/whatsapp"
	"kaskad/bots/whatsappcloud"
	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/fallback"
	"kaskad/fallback/sms"
	"kaskad/templates"
)

// Config is config.toml. Sections live with what they configure; config.example.toml documents every key.
type Config struct {
	Company       Company              `toml:"company"`
	Server        Server               `toml:"server"`
	Telegram      telegram.Config      `toml:"telegram"`
	Viber         viber.Config         `toml:"viber"`
	WhatsApp      whatsapp.Config      `toml:"whatsapp"`
	WhatsAppCloud whatsappcloud.Config `toml:"whatsapp_cloud"`
	SMS           []sms.Config         `toml:"sms"`

	Cascades  map[string]fallback.CascadeConfig `toml:"cascades"`
	Consent   fallback.ConsentConfig            `toml:"consent"`
	Frequency fallback.FrequencyConfig          `toml:"frequency"`
	Holidays  map[string][]string               `toml:"holidays"`
	Spend     fallback.SpendConfig              `toml:"spend"`

	Links Links `toml:"links"`

	Retention Retention `toml:"retention"`

	Backup Backups `toml:"backup"`

	Encryption AtRest `toml:"encryption"`

	Alerts Alerts `toml:"alerts"`

	Templates Templates `toml:"templates"`

	Dialogue dialogue.Config `toml:"dialogue"`

	Staff Staff `toml:"staff"`

	Webhooks Webhooks `toml:"webhooks"`

	Login Login `toml:"login"`
}

// Links is how people come in.
type Links struct {
	Recruit bool `toml:"recruit"` // texts carry a link to the bots, where it costs nothing
}

// Company is who speaks.
type Company struct {
	Name       string `toml:"name"`
	PrivacyURL string `toml:"privacy_url"`
	Locale     string `toml:"locale"`
	Timezone   string `toml:"timezone"`
	Country    string `toml:"country"`

	Hours dialogue.HoursConfig `toml:"hours"`
}

// Server is where we listen and keep things.
type Server struct {
	Listen    string            `toml:"listen"`
	Admin     string            `toml:"admin"` // empty: on Listen too
	PublicURL string            `toml:"public_url"`
	TLS       any               `toml:"tls"` // "off", "auto" or { cert_file, key_file }
	DataDir   string            `toml:"data_dir"`
	CatchUp   fallback.Duration `toml:"catch_up"`
	AfterGap  map[string]string `toml:"after_gap"`

	whatsApp       *http.Client // to WhatsApp, for the paired phone: the demo's simulator; nil: WhatsApp itself
	calls          string       // where channels call us, if not at PublicURL: the test side's simulators, on this machine
	encryption     Encryption   // what TLS means
	catchUpWritten bool         // CatchUp is the operator's word, not ours
}

// calledAt is where channels call us, without a slash at the end; empty: nowhere.
func (s *Server) calledAt() string {
	if s.calls != "" {
		return s.calls
	}
	return strings.TrimRight(s.PublicURL, "/")
}

// Templates is the operator's own folder of words.
type Templates struct {
	Dir string `toml:"dir"`

	read *templates.Set // what was read to check it, until the program takes it; nil: it is read when it is needed
}

// Default is what a missing key means.
func Default() Config {
	sameMessage := fallback.Lasting(time.Hour)
	return Config{
		Company: Company{Locale: "uk", Timezone: "Europe/Kyiv", Country: "UA"},
		Login:   Login{SecondFactor: "off"},
		Server: Server{
			Listen: "127.0.0.1:8080", Admin: "127.0.0.1:8081", DataDir: "data", CatchUp: fallback.Lasting(90 * time.Second),
			AfterGap: map[string]string{"marketing": "hold", "service": "send"},
		},
		Telegram:      telegram.DefaultConfig(),
		Viber:         viber.DefaultConfig(),
		WhatsApp:      whatsapp.DefaultConfig(),
		WhatsAppCloud: whatsappcloud.DefaultConfig(),
		Consent:       fallback.ConsentConfig{Marketing: "opt-in"},
		Frequency:     fallback.FrequencyConfig{Marketing: &fallback.FrequencyLimit{PerDay: 1, PerWeek: 3}, SameMessage: &sameMessage},
		Dialogue:      dialogue.DefaultConfig(),
		Staff:         defaultStaff(),
		Retention:     defaultRetention(),
		Backup:        defaultBackups(),
		Alerts:        defaultAlerts(),
		Spend:         fallback.SpendConfig{PerDay: &bots.Price{Amount: "1000", Currency: "UAH"}},
	}
}

// Cascading is the part of the configuration that package fallback reads.
func (c *Config) Cascading() *fallback.Config {
	return &fallback.Config{Cascades: c.Cascades, Consent: c.Consent, Frequency: c.Frequency, Spend: c.Spend, Holidays: c.Holidays}
}

package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"kaskad/bots"
)

// secrets resolves the three ways to write one: the value, a file, or env:NAME.
func (l *loader) secrets(cfg *Config, dir string) {
	l.secret("telegram.token", &cfg.Telegram.Token, cfg.Telegram.TokenFile, dir)
	l.secret("viber.token", &cfg.Viber.Token, cfg.Viber.TokenFile, dir)
	l.secret("whatsapp_cloud.token", &cfg.WhatsAppCloud.Token, cfg.WhatsAppCloud.TokenFile, dir)
	l.secret("whatsapp_cloud.app_secret", &cfg.WhatsAppCloud.AppSecret, cfg.WhatsAppCloud.AppSecretFile, dir)
	l.secret("whatsapp_cloud.verify_token", &cfg.WhatsAppCloud.VerifyToken, cfg.WhatsAppCloud.VerifyTokenFile, dir)
	l.secret("dialogue.balance.token", &cfg.Dialogue.Balance.Token, cfg.Dialogue.Balance.TokenFile, dir)
	l.secret("login.oidc.client_secret", &cfg.Login.OIDC.ClientSecret, cfg.Login.OIDC.ClientSecretFile, dir)
	l.secret("encryption.key", &cfg.Encryption.Key, cfg.Encryption.KeyFile, dir)
	l.secret("alerts.webhook_secret", &cfg.Alerts.WebhookSecret, "", dir)
	l.secret("alerts.mail.password", &cfg.Alerts.Mail.Password, cfg.Alerts.Mail.PasswordFile, dir)
	for i := range cfg.SMS {
		s := &cfg.SMS[i]
		key := fmt.Sprintf("sms[%d].", i)
		l.secret(key+"token", &s.Token, s.TokenFile, dir)
		l.secret(key+"password", &s.Password, s.PasswordFile, dir)
		l.secret(key+"report_secret", &s.ReportSecret, s.ReportSecretFile, dir)
	}
}

func (l *loader) secret(key string, value *bots.Secret, file, dir string) {
	name, env := strings.CutPrefix(value.Reveal(), "env:")
	if l.client && outOfReach(name, env, *value, file, dir) {
		l.bad[key], *value = true, standIn
		return
	}
	switch {
	case *value != "" && file != "":
		l.add(key, "write either %s or %s_file, not both", key, key)
		l.bad[key] = true
	case file != "":
		file = beside(dir, file)
		raw, err := os.ReadFile(file)
		if err != nil {
			l.add(key+"_file", "cannot be read: %v", pathError(err))
			l.bad[key] = true
			return
		}
		l.readable(key+"_file", file)
		*value = bots.Secret(strings.TrimSpace(string(raw)))
	case env:
		got, ok := os.LookupEnv(name)
		if !ok || got == "" {
			l.add(key, "the environment has no %s; set it, or write the secret into a file and name it in %s_file", name, key)
			l.bad[key] = true
		}
		*value = bots.Secret(got)
	case *value != "":
		l.inline = true
	}
}

// What is in place of a secret that cannot be read: it has the shape of one, and opens nothing.
const (
	standIn      = "1:stand-in"
	standInViber = "0000000000000000-0000000000000000-0000000000000000"
)

// outOfReach reports whether a secret is named, and cannot be read by whoever runs this.
func outOfReach(name string, env bool, value bots.Secret, file, dir string) bool {
	switch {
	case value != "" && file != "":
		return false // a fault of the configuration itself
	case file != "":
		_, err := os.ReadFile(beside(dir, file))
		return err != nil
	case env:
		return os.Getenv(name) == ""
	}
	return false
}

// readable warns when strangers on this machine could read secrets.
func (l *loader) readable(key, path string) {
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o004 != 0 {
		l.warn(key, "%s holds secrets and everyone on this machine can read it: chmod 600 %s", filepath.Base(path), path)
	}
}

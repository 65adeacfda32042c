package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/bots/whatsappcloud"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/fallback"
	"kaskad/templates"
)

// demoPhone pairs the shop's phone, as `kaskad whatsapp pair` does: the owner scans the code.
func demoPhone(ctx context.Context, a *App, world *demo.World) error {
	err := phoneSession{app: a}.Pair(ctx, api.WhatsAppPairing{}, func(step api.WhatsAppStep) error {
		switch {
		case step.Failed != "":
			return errors.New(step.Reason)
		case step.QR != "":
			return world.Scan(ctx, step.QR)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the shop's phone: %w", err)
	}
	return nil
}

// demoMeta writes the gateway's address into Meta's form, which asks there for the word of verify_token at once.
func demoMeta(a *App, world *demo.World) error {
	c := a.channels[bots.WhatsAppCloud]
	if c == nil {
		return nil
	}
	return world.Cloud.Verify(a.hookURL(c.hooks[0]).Reveal())
}

// demoWords are the shop's own templates: the bonus, with the name under which Meta has approved it.
func demoWords(dir string) (string, error) {
	raw, err := fs.ReadFile(templates.Builtin().FS, "bonus/uk.md")
	if err != nil {
		return "", err
	}
	approved := fmt.Sprintf("[approved]\nname = %q\nbody = [\"{{.points}}\"]\n\n[example]", demo.ApprovedName)
	own := filepath.Join(dir, "templates")
	if err := os.MkdirAll(filepath.Join(own, "bonus"), 0o700); err != nil {
		return "", err
	}
	return own, os.WriteFile(filepath.Join(own, "bonus", "uk.md"), []byte(strings.Replace(string(raw), "[example]", approved, 1)), 0o600)
}

// demoCloud puts the WhatsApp Business Platform into a configuration, behind the paired phone, when some customers are there.
func demoCloud(cfg *Config, w *demo.World, dir string, wait fallback.Duration) (err error) {
	if w.Cloud == nil {
		return nil
	}
	cfg.WhatsAppCloud = whatsappcloud.Config{
		PhoneNumberID: w.Cloud.PhoneID(), Token: bots.Secret(w.Cloud.Token()), AppSecret: bots.Secret(w.Cloud.AppSecret()),
		VerifyToken: bots.Secret(w.Cloud.VerifyToken()), APIURL: w.Cloud.URL() + "/v23.0", Rate: cfg.WhatsAppCloud.Rate, BlueTicks: cfg.WhatsAppCloud.BlueTicks, Price: bots.Price{Amount: "1.10", Currency: "UAH"},
	}
	loyalty := cfg.Cascades["loyalty"]
	loyalty.Steps = slices.Insert(loyalty.Steps, len(loyalty.Steps)-1, fallback.StepConfig{Channel: bots.WhatsAppCloud, Wait: wait, Until: "read"})
	cfg.Cascades["loyalty"] = loyalty
	cfg.Templates.Dir, err = demoWords(dir)
	return err
}

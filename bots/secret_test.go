package bots_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"kaskad/bots"
)

// A secret is never printed, wherever a config that holds it goes.
func TestSecretIsNeverPrinted(t *testing.T) {
	cfg := struct {
		Name  string
		Token bots.Secret
	}{"shop", "123:hidden"}
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("config", "token", cfg.Token, "all", cfg)
	for how, got := range map[string]string{
		"%v": fmt.Sprintf("%v", cfg), "%+v": fmt.Sprintf("%+v", cfg), "%#v": fmt.Sprintf("%#v", cfg), "%s": fmt.Sprintf("token %s", cfg.Token),
		"%q": fmt.Sprintf("%q", cfg.Token), "%x": fmt.Sprintf("%x", cfg.Token), "json": string(asJSON), "slog": logged.String(),
	} {
		if strings.Contains(got, "hidden") || strings.Contains(got, fmt.Sprintf("%x", "hidden")) {
			t.Errorf("%s shows the secret: %s", how, got)
		}
	}
	if got := cfg.Token.Reveal(); got != "123:hidden" {
		t.Errorf("Reveal = %q", got)
	}
}

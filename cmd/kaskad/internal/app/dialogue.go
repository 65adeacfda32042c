package app

import (
	"context"
	"fmt"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/dialogue"
	"kaskad/fallback"
	"kaskad/templates"
)

// dialogue looks for what is wrong with what the bot says by itself.
func (l *loader) dialogue(cfg *Config) {
	zone, err := time.LoadLocation(cfg.Company.Timezone)
	if err != nil {
		zone = time.UTC // said of company.timezone
	}
	_, faults := cfg.Company.Hours.Compile(zone)
	for _, f := range faults {
		l.add("company.hours."+f.Key, "%s", f.Problem)
	}
	if n := cfg.Dialogue.PerHour; n < 1 || n > 1000 {
		l.add("dialogue.per_hour", "%d answers an hour: write 1 to 1000; it ends a talk of two programs", n)
	}
	if cfg.Dialogue.Silent.Duration < 0 || cfg.Dialogue.Silent.Duration > 7*24*time.Hour {
		l.add("dialogue.silent", "write how long the bot is silent after staff wrote, up to 7d")
	}
}

// listen makes what the bot understands, of the words in use.
func listen(cfg *Config, words *templates.Set) (*dialogue.Vocabulary, []templates.Fault) {
	can := func(in bots.Intent) bool { return cfg.Dialogue.Can(in, cfg.Company.Hours.Written()) }
	return dialogue.Listen(words, can, bots.DefaultCore())
}

// heed puts the words of a configuration in use for what the bot understands; the error says which phrase means two things.
func (a *App) heed(cfg *Config, words *templates.Set) error {
	hears, faults := listen(cfg, words)
	if len(faults) > 0 {
		return templates.Faults(faults)
	}
	a.hears.Store(hears)
	return nil
}

// bot is how the core decides what the bot answers by itself.
func (a *App) bot() bots.Bot {
	return bots.Bot{
		Understand: func(text string, pressed bool) bots.Intent { return a.hears.Load().Understand(text, pressed) },
		Silent:     a.cfg.Dialogue.Silent.Duration, Most: a.cfg.Dialogue.PerHour,
	}
}

// openDialogue wires what the bot says by itself.
func (a *App) openDialogue() error {
	zone, err := time.LoadLocation(a.cfg.Company.Timezone)
	if err != nil {
		return err
	}
	hours, faults := a.cfg.Company.Hours.Compile(zone)
	if len(faults) > 0 {
		return fmt.Errorf("company.hours.%s: %s", faults[0].Key, faults[0].Problem)
	}
	buttons := map[string]bool{}
	for name, c := range a.channels {
		buttons[name] = c.traits.Buttons
	}
	a.dialogue = dialogue.New(dialogue.Options{
		Feed: a.db, Road: botRoad{a}, Config: a.cfg.Dialogue, Words: a.words.Load, Locale: a.cfg.Company.Locale, Hours: hours, Buttons: buttons,
		OptOut: a.cfg.Consent.Marketing == "opt-out", Log: a.log,
	})
	return nil
}

// botRoad is the engine as the dialogue wants it.
type botRoad struct{ a *App }

func (r botRoad) Tell(ctx context.Context, f func(fallback.Tx, func(fallback.Ask) error) error) error {
	return r.a.engine.Tell(ctx, r.a.db, f)
}

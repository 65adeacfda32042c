package app

import (
	"context"
	"os"
	"reflect"
	"strings"
	"time"

	"kaskad/cmd/kaskad/internal/api"
)

// reloads reads templates and cascades anew at every signal, until ctx ends. Signals that come during a reading are one more.
func (a *App) reloads(ctx context.Context, at Place, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			a.tell(isReloading)
			a.tell(isReady, a.standing(a.Reload(at)))
		}
	}
}

// Reload puts the templates and cascades that the configuration names now in place of those in use. With anything wrong in it, all
// of it is refused and the old ones stay: half of a change is worse than none.
func (a *App) Reload(at Place) Faults {
	cfg, faults := Load(string(at))
	if !faults.Errors() {
		faults = append(faults, a.adopt(cfg, at)...)
	}
	for _, f := range faults {
		a.log.Warn("reload", "file", f.File, "line", f.Line, "key", f.Key, "problem", f.Problem)
	}
	if !faults.Errors() {
		a.reading.Store(&api.Reading{At: time.Now().UTC()})
		a.log.Info("templates and cascades were read anew")
		return faults
	}
	stays := *a.reading.Load()
	stays.RefusedAt, stays.Refused = time.Now().UTC(), strings.Split(faults.Error(), "\n")
	a.reading.Store(&stays)
	a.log.Error("the reload is refused, and what was in use stays; mend what is named and send the signal again")
	return faults
}

// adopt takes the words and cascades of a configuration, for the channels that run. What else has changed in it waits for a restart,
// which is said.
func (a *App) adopt(cfg *Config, at Place) (faults Faults) {
	next := *a.cfg
	next.Cascades, next.Templates.Dir, next.Dialogue.FAQ = cfg.Cascades, cfg.Templates.Dir, cfg.Dialogue.FAQ
	if f := a.take(&next); f != nil {
		f.File = string(at)
		return Faults{*f}
	}
	a.sandbox.adopt(&next)
	was := *a.cfg
	was.Dialogue.FAQ = cfg.Dialogue.FAQ
	for _, section := range changed(&was, cfg) {
		faults = append(faults, Fault{File: string(at), Key: section, Warning: true, Problem: "has changed, and waits for a restart: only [templates], [cascades] and the faq of [dialogue] are read anew"})
	}
	return faults
}

// take puts the words and cascades of a configuration in place of those in use, or says what is wrong with them.
func (a *App) take(next *Config) *Fault {
	words, err := loadWords(next)
	if err != nil {
		return &Fault{Key: "templates", Problem: err.Error()}
	}
	intake, err := a.intake(next, words)
	if err != nil {
		return &Fault{Key: "cascades", Problem: err.Error()}
	}
	if err := a.heed(next, words); err != nil {
		return &Fault{Key: "dialogue.faq", Problem: err.Error()}
	}
	a.words.Store(words)
	a.engine.Reload(intake)
	return nil
}

// changed names the sections, but for those that a reload takes, in which two configurations differ.
func changed(old, now *Config) (sections []string) {
	was, is := reflect.ValueOf(*old), reflect.ValueOf(*now)
	for i := range was.NumField() {
		name := was.Type().Field(i).Tag.Get("toml")
		if name != "cascades" && name != "templates" && !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			sections = append(sections, name)
		}
	}
	return sections
}

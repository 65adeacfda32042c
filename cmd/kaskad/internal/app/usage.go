package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/control"
	"kaskad/cmd/kaskad/internal/people"
	"kaskad/templates"
)

// misused are the problems of a call that mean a command was written wrongly. A template or a cascade that there is not is a
// misspelt one: they are of the configuration. A person or a key that there is not is no bad usage, for they come and go.
var misused = map[string]bool{
	"invalid_ref": true, "invalid_field": true, "missing_field": true, "unknown_field": true, "invalid_key": true, "invalid_purpose": true, "purpose_missing": true,
	"template_or_text": true, "unknown_scope": true, "text_too_long": true, "text_empty": true, "data_too_large": true, "invalid_send_at": true,
	"unknown_template": true, "unknown_cascade": true,
}

// asCommand puts a refusal into words for the command line, and marks one that the command line is to blame for: exit status 2.
func asCommand(err error) error {
	p, ok := errors.AsType[*control.Problem](err)
	if !ok {
		return err
	}
	p.Detail = Advised(p.Code, p.Detail)
	if misused[p.Code] {
		return &usageError{err}
	}
	return err
}

// UnknownIDs are the ids of a list that the gateway refused because they are not there.
func UnknownIDs(err error) []string {
	if p, ok := errors.AsType[*control.Problem](err); ok {
		return p.Unknown
	}
	return nil
}

// usageError is an error that is ErrUsage too, without saying so in words.
type usageError struct{ error }

func (e *usageError) Is(target error) bool { return target == ErrUsage }
func (e *usageError) Unwrap() error        { return e.error }

// Near reports whether a word may have been meant by another one: people rarely mistype how a word begins, but they swap letters.
func Near(word, meant string) bool {
	if templates.Nearest(word, []string{meant}) != meant {
		return false
	}
	return word[:1] == meant[:1] || letters(word) == letters(meant)
}

func letters(word string) string { return string(slices.Sorted(slices.Values([]byte(word)))) }

// Misused is a command that was called wrongly, and what to do.
func Misused(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// CheckID refuses what cannot be an id of ours; list is the command that prints them.
func CheckID(id, list string) error {
	if _, err := bots.ParseID(id); err != nil {
		return &usageError{fmt.Errorf("%w; take it from: %s", err, list)}
	}
	return nil
}

// CheckScopes refuses scopes that no key can have.
func CheckScopes(names []string) error {
	if _, err := people.ParseScopes(names); err != nil {
		return &usageError{err}
	}
	return nil
}

// CheckRef refuses what names nobody in any gateway of this configuration: its country says how phones are read.
func CheckRef(at Place, ref string) error {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return faults
	}
	if _, err := bots.ParseRef(ref, cfg.Company.Country); err != nil {
		return &usageError{fmt.Errorf("--to: %w", err)}
	}
	return nil
}

// CheckPhone refuses what is no phone in the country of this configuration.
func CheckPhone(at Place, phone string) error {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return faults
	}
	if _, err := bots.Phone(phone, cfg.Company.Country); err != nil {
		return &usageError{fmt.Errorf("--to: %w", err)}
	}
	return nil
}

// CallOnce makes one call of the running gateway or, when none runs, of the file itself.
func CallOnce(ctx context.Context, at Place, method, path string, out any) error {
	gate, err := Connect(ctx, at, RunningOrFile)
	if err != nil {
		return err
	}
	return errors.Join(gate.Call(ctx, method, path, nil, out), gate.Close())
}

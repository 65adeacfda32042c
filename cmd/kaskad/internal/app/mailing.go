package app

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"kaskad/cmd/kaskad/internal/mailing"
	"kaskad/cmd/kaskad/internal/sheet"
	"kaskad/fallback"
)

// The parts of a mailing that commands name.
type (
	Mailing      = mailing.Run
	Letter       = mailing.Letter
	Outlook      = mailing.Outlook
	Outcome      = mailing.Outcome
	Ended        = mailing.Ended
	Progress     = mailing.Progress
	MailingMoney = mailing.Money
	LetterError  = mailing.LetterError
)

// OpenList opens a list of people, and the place for those of its rows that are refused. Who opens it closes it.
func OpenList(path string) (*sheet.Reader, *sheet.Refused, error) {
	list, err := sheet.Open(path)
	if err != nil {
		return nil, nil, Usage(err)
	}
	return list, sheet.NewRefused(path, list), nil
}

// Usage marks an error that whoever called the command is to mend: exit status 2.
func Usage(err error) error { return &usageError{err} }

// Columns finds out what the columns of a list mean for a letter.
func Columns(at Place, l Letter, header []string, ignore bool) (*mailing.Columns, error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return nil, faults
	}
	known := mailing.Known{Country: cfg.Company.Country, Ignore: ignore}
	if l.Template != "" {
		words, err := takeWords(cfg)
		if err != nil {
			return nil, err
		}
		if known.Fields, err = words.Fields(l.Template); err != nil {
			return nil, Usage(err)
		}
	}
	c, err := mailing.NewColumns(l, header, known)
	if err != nil {
		return nil, Usage(err)
	}
	return c, nil
}

// ReadMoment reads the time that a flag is given: RFC 3339, or a local time of the company's zone; the zero time: it is not written.
func ReadMoment(at Place, flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	zone, err := CompanyZone(at)
	if err != nil {
		return time.Time{}, err
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, Usage(fmt.Errorf("%s %q is no time: write 2026-12-01 10:00 (in %s), or 2026-12-01T10:00:00+02:00", flag, text, zone))
}

// CompanyZone is the zone in which the command line reads and shows times.
func CompanyZone(at Place) (*time.Location, error) {
	cfg, faults := loadForClient(string(at))
	if faults.Errors() {
		return nil, faults
	}
	return time.LoadLocation(cfg.Company.Timezone)
}

// Changes tells of deliveries as they change, from when ready is called until ctx ends or the stream breaks off.
func (g *Gate) Changes(ctx context.Context, ready func(), each func(delivery, state string)) error {
	return g.client.Events(ctx, "/v1/stream", ready, func(raw []byte) error {
		var c struct {
			Data struct{ Delivery, State string }
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			return fmt.Errorf("gateway: an event cannot be read: %w; is it another version?", err)
		}
		if c.Data.Delivery != "" {
			each(c.Data.Delivery, c.Data.State)
		}
		return nil
	})
}

// Names are what can be named on the command line: templates and cascades of the configuration.
func Names(at Place) (words, cascades []string) {
	cfg, faults := loadForClient(string(at))
	if cfg == nil || faults.Errors() {
		return nil, nil
	}
	set, err := takeWords(cfg)
	if err != nil {
		return nil, nil
	}
	all, _ := cfg.Cascading().Cascade(traits(cfg))
	for name := range all {
		cascades = append(cascades, name)
	}
	return set.Names(), cascades
}

// ReadLasting reads a length of time as the configuration writes it: 90m, 3h, 2d.
func ReadLasting(text string) (time.Duration, error) { return fallback.ParseDuration(text) }

package evidence

import (
	"slices"
	"time"
)

// zone is that of the clock that people read the document by.
func (d *Document) zone() *time.Location {
	zone, err := time.LoadLocation(d.Timezone)
	if err != nil { // made by a machine that knows another set of zones: the page says which one it is
		return time.UTC
	}
	return zone
}

// onTheClock is the document with its times in its zone: a consent of the fourth of May is none of the third, 21:00 UTC.
func (d *Document) onTheClock() *Document {
	shown, zone := *d, d.zone()
	shown.Timezone, shown.MadeAt = zone.String(), d.MadeAt.In(zone)
	if since, err := time.Parse(time.RFC3339, d.Contact.Since); err == nil {
		shown.Contact.Since = since.In(zone).Format(time.DateTime)
	}
	shown.Consents, shown.Lines, shown.Messages, shown.Stopped = slices.Clone(d.Consents), slices.Clone(d.Lines), slices.Clone(d.Messages), slices.Clone(d.Stopped)
	for i := range shown.Consents {
		turn(zone, &shown.Consents[i].At)
	}
	for i := range shown.Lines {
		turn(zone, &shown.Lines[i].At, &shown.Lines[i].Kept, &shown.Lines[i].Last)
	}
	for i := range shown.Messages {
		turn(zone, &shown.Messages[i].At, &shown.Messages[i].ReadAt)
	}
	for i := range shown.Stopped {
		turn(zone, &shown.Stopped[i].At)
	}
	return &shown
}

func turn(zone *time.Location, all ...*time.Time) {
	for _, at := range all {
		*at = at.In(zone)
	}
}

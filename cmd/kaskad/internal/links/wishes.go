package links

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// wishes is how the form of the preference page is filled.
type wishes struct {
	Of                 string // which wishes the form was shown for
	Options            []option
	Choice             bool   // there is something to choose between
	First              string // an option's name; empty: no matter
	Nowhere            bool   // all options are unwanted
	Limited            bool
	FromHours, ToHours []hour
	Zone               string
}

// option is a channel as people know it.
type option struct {
	Name     string
	Label    string
	Unwanted bool
	channels []string
}

type hour struct {
	Value, Label string
	Chosen       bool
}

// options are the channels as people know them: to them WhatsApp is one, however we reach it.
func options(say words) []option {
	return []option{
		{Name: bots.Telegram, Label: "Telegram", channels: []string{bots.Telegram}},
		{Name: bots.Viber, Label: "Viber", channels: []string{bots.Viber}},
		{Name: bots.WhatsApp, Label: "WhatsApp", channels: []string{bots.WhatsApp, bots.WhatsAppCloud}},
		{Name: bots.SMS, Label: "SMS", channels: []string{bots.SMS}},
		{Name: bots.Email, Label: say.Email, channels: []string{bots.Email}},
	}
}

// optionOf is the option of a name; false: there is none.
func optionOf(name string) (option, bool) {
	for _, p := range options(words{}) {
		if p.Name == name {
			return p, true
		}
	}
	return option{}, false
}

// The hours that the form shows to whoever asked for none.
const (
	usualFrom = 9
	usualTo   = 20
)

// wishes fills the form as things stand.
func (l *Links) wishes(c *bots.Contact, say words) *wishes {
	w := &wishes{Of: stamp(c.Wishes.At), Nowhere: true, Zone: l.zone(c, say)}
	for _, p := range options(say) {
		if !slices.ContainsFunc(p.channels, func(channel string) bool { return l.reaches(c, channel) }) {
			continue
		}
		p.Unwanted = slices.ContainsFunc(p.channels, c.Wishes.Unwanted)
		w.Nowhere = w.Nowhere && p.Unwanted
		if slices.Contains(p.channels, c.Preferred) {
			w.First = p.Name
		}
		w.Options = append(w.Options, p)
	}
	w.Choice = len(w.Options) > 1
	open, limited := c.Wishes.Open()
	if w.Limited = limited; !limited {
		open.From, open.To = usualFrom, usualTo
	}
	for h := range 24 {
		w.FromHours = append(w.FromHours, hour{strconv.Itoa(h), fmt.Sprintf("%02d:00", h), h == open.From})
		end := (h + 1) % 24
		w.ToHours = append(w.ToHours, hour{strconv.Itoa(end), fmt.Sprintf("%02d:00", h+1), end == open.To})
	}
	return w
}

// reaches reports whether a channel is on and the person has a place there. Texts go to the phone.
func (l *Links) reaches(c *bots.Contact, channel string) bool {
	at, ok := c.At(channel)
	return slices.Contains(l.Channels, channel) && (ok && at.Reachable() || !ok && channel == bots.SMS && c.Phone != "")
}

// zone names the zone in which the person's hours count, and what the clock shows there: who lives elsewhere sees it.
func (l *Links) zone(c *bots.Contact, say words) string {
	company, err := fallback.LoadZone(l.Zone)
	if err != nil {
		company = time.UTC
	}
	loc, err := fallback.LoadZone(fallback.Where(c, &fallback.Rules{Zone: company}).Names[0])
	if err != nil {
		loc = time.UTC // as deliveries take it
	}
	return fmt.Sprintf(say.Zone, loc, time.Now().In(loc).Format("15:04"))
}

// stamp tells which word of the person a form was shown for, as the store keeps its time.
func stamp(at time.Time) string {
	if at.IsZero() {
		return "0"
	}
	return strconv.FormatInt(at.UnixMicro(), 36)
}

// wish is what a form asks for. First is the person's own channel of the option.
func (l *Links) wish(f *saying, c *bots.Contact) *bots.Wish {
	w := &bots.Wish{Limited: f.limited, From: f.from, To: f.to}
	for _, p := range f.shown {
		w.Asked = append(w.Asked, p.channels...)
	}
	for _, p := range f.not {
		w.NotOn = append(w.NotOn, p.channels...)
	}
	if f.first != nil {
		w.First = f.first.channels[0]
		for _, channel := range f.first.channels {
			if channel == c.Preferred || l.reaches(c, channel) && !l.reaches(c, w.First) {
				w.First = channel
			}
		}
	}
	return w
}

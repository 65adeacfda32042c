package fallback

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// RegionHold holds what has not been handed to a channel for the people of a region: an alert, a day of mourning. What answers people
// and what is urgent goes on. Clocks and deadlines stand still, as in a pause.
type RegionHold struct {
	ID       bots.ID
	Region   string    // see ParseRegion
	Purposes []Purpose // service, marketing
	Reason   string    // the operator's words
	From     time.Time
	Until    time.Time // when it ends by itself; zero: when somebody ends it
	To       time.Time // when it ended; zero: it stands
}

// Forgotten reports whether the hold ended so long ago that nobody asks for it any more.
func (h *RegionHold) Forgotten(now time.Time) bool {
	end := h.over()
	return !end.IsZero() && now.Sub(end) >= holdLife
}

// Everywhere is the region of all people.
const Everywhere = "everywhere"

// over is when the hold ends; zero: nobody knows yet.
func (h *RegionHold) over() time.Time {
	if !h.To.IsZero() {
		return h.To
	}
	return h.Until
}

// On reports whether the hold stands at a time.
func (h *RegionHold) On(at time.Time) bool {
	end := h.over()
	return !at.Before(h.From) && (end.IsZero() || at.Before(end))
}

// region is a region that was read: exactly one of these is set, or none for everywhere.
type region struct{ country, prefix, zone, attribute, value string }

// ParseRegion reads a region: everywhere; a country, UA; the beginning of phones, +38057; a time zone, Europe/Warsaw; or an attribute of
// contacts with its value, region=Kharkiv. It gives the form in which it is kept.
func ParseRegion(s string) (string, error) {
	s = strings.TrimSpace(s)
	attribute, value, attributed := strings.Cut(s, "=")
	switch {
	case len(s) > maxRegion:
	case strings.EqualFold(s, Everywhere):
		return Everywhere, nil
	case attributed && strings.TrimSpace(attribute) != "" && strings.TrimSpace(value) != "":
		return strings.TrimSpace(attribute) + "=" + strings.TrimSpace(value), nil
	case strings.HasPrefix(s, "+") && len(s) > 1 && len(s) <= 16 && s[1] != '0' && strings.Trim(s[1:], "0123456789") == "":
		return s, nil
	case bots.IsCountry(strings.ToUpper(s)):
		return strings.ToUpper(s), nil
	case strings.Contains(s, "/"):
		if _, err := LoadZone(s); err == nil {
			return s, nil
		}
	}
	return "", fmt.Errorf("%.64q is no region: write a country (UA), the beginning of phones (+38057), a time zone (Europe/Warsaw), an attribute of contacts with its value (region=Kharkiv), or %s", s, Everywhere)
}

const (
	maxRegion = 200
	// holdLife is how long holds are known after their end: no delivery is open longer that looks whether its clock stood still.
	holdLife = 100 * 24 * time.Hour
)

// regionOf takes a region apart that ParseRegion gave.
func regionOf(s string) region {
	attribute, value, attributed := strings.Cut(s, "=")
	switch {
	case attributed:
		return attributeRegion(attribute, value)
	case s == Everywhere:
		return region{}
	case strings.HasPrefix(s, "+"):
		return region{prefix: s}
	case strings.Contains(s, "/"):
		return region{zone: s}
	}
	return region{country: s}
}

// RegionHolds are all holds that are known, by region: whom they concern is found without a walk over them. It does not change.
type RegionHolds struct {
	all []RegionHold // by begin
	by  map[region][]int
	// which questions anybody asks
	countries, zones, prefixes, attributes bool
}

// NewRegionHolds puts holds in order, without those that ended too long before now.
func NewRegionHolds(all []RegionHold, now time.Time) *RegionHolds {
	x := &RegionHolds{by: map[region][]int{}}
	for _, h := range all {
		if !h.Forgotten(now) {
			x.all = append(x.all, h)
		}
	}
	slices.SortFunc(x.all, func(a, b RegionHold) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.ID, b.ID)) })
	for i := range x.all {
		r := regionOf(x.all[i].Region)
		x.by[r] = append(x.by[r], i)
		x.countries = x.countries || r.country != ""
		x.zones = x.zones || r.zone != ""
		x.prefixes = x.prefixes || r.prefix != ""
		x.attributes = x.attributes || r.attribute != ""
	}
	return x
}

// All are the holds, oldest first.
func (x *RegionHolds) All() []RegionHold {
	if x == nil {
		return nil
	}
	return x.all
}

// Of are the holds that concern a person, those too that ended since a time.
func (x *RegionHolds) Of(c *bots.Contact, r *Rules, since time.Time) []RegionHold {
	if x == nil || len(x.all) == 0 || c == nil {
		return nil
	}
	var found []RegionHold
	for _, at := range x.regions(c, r) {
		for _, i := range x.by[at] {
			if end := x.all[i].over(); end.IsZero() || end.After(since) {
				found = append(found, x.all[i])
			}
		}
	}
	return found
}

// regions are all regions that a person is in and that are asked for.
func (x *RegionHolds) regions(c *bots.Contact, r *Rules) []region {
	in := []region{{}}
	number := phoneOf(c)
	if x.countries {
		in = append(in, region{country: countryOf(number, r)})
	}
	if x.zones {
		for _, zone := range Where(c, r).Names {
			in = append(in, region{zone: zone})
		}
	}
	for n := 2; x.prefixes && n <= len(number); n++ {
		in = append(in, region{prefix: number[:n]})
	}
	if x.attributes {
		in = append(in, x.attributed(c)...)
	}
	return in
}

// countryOf is the country of a person's phone. Whoever has none counts as of the company's: in an alert silence is the safe side.
func countryOf(number string, r *Rules) string {
	if country := bots.PhoneCountry(number); country != "" {
		return country
	}
	return r.Country
}

// attributed are the person's attributes as regions; a list of values is each of them.
func (x *RegionHolds) attributed(c *bots.Contact) (in []region) {
	var attributes map[string]any
	d := json.NewDecoder(bytes.NewReader(c.Attributes))
	d.UseNumber() // 1234567 is that, and not 1.234567e+06
	if len(c.Attributes) == 0 || d.Decode(&attributes) != nil {
		return nil
	}
	for name, v := range attributes {
		values, list := v.([]any)
		if !list {
			values = []any{v}
		}
		for _, one := range values {
			in = append(in, attributeRegion(name, fmt.Sprint(one)))
		}
	}
	return in
}

// attributeRegion is an attribute as a region. In an alert nobody should have to know how a list spelled its columns: the case of letters
// and blanks around them say nothing, in the name as in the value.
func attributeRegion(name, value string) region {
	plain := func(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
	return region{attribute: plain(name), value: plain(value)}
}

// phoneOf is the number by which a person's region is known; empty: none.
func phoneOf(c *bots.Contact) string {
	if c.Phone != "" {
		return c.Phone
	}
	if a, ok := c.At(bots.SMS); ok {
		return a.ID
	}
	return ""
}

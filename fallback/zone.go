package fallback

import (
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// Whereabouts are the time zones that a person may be in: one, if it was told or can be known. Of several the first is the likeliest,
// and quiet is what is quiet in any of them.
type Whereabouts struct {
	Names []string
	From  string // "told", "phone", "company"
}

// Where tells a person's zones: what was told, else those of the phone, the company's first among them, else the company's. A zone was told
// only if this machine knows it.
func Where(c *bots.Contact, r *Rules) Whereabouts {
	company := time.UTC.String()
	if r.Zone != nil {
		company = r.Zone.String()
	}
	if c.Zone != "" {
		if _, err := LoadZone(c.Zone); err == nil {
			return Whereabouts{[]string{c.Zone}, "told"}
		}
	}
	zones := bots.PhoneZones(phoneOf(c))
	if len(zones) == 0 {
		return Whereabouts{[]string{company}, "company"}
	}
	zones = likely(zones, company)
	if len(zones) == 0 { // none of them is known to this machine
		return Whereabouts{[]string{company}, "company"}
	}
	return Whereabouts{zones, "phone"}
}

// Where tells a person's zones.
func (e *Engine) Where(c *bots.Contact) Whereabouts { return Where(c, e.Rules) }

// likely are zones without those that never differ; first the company's if it is among them, else the middle one. The ones farthest from
// that are left out as long as the night in any of them would leave less than leastOpen of a day: whoever may be in Guam or in New York
// would never be written to.
func likely(names []string, company string) []string {
	if at := slices.Index(names, company); at > 0 { // of those that never differ the first stays
		names = slices.Insert(slices.Delete(names, at, at+1), 0, company)
	}
	type place struct {
		name           string
		winter, summer int // minutes from UTC
	}
	var all []place
	for _, name := range names {
		loc, err := LoadZone(name)
		if err != nil {
			continue
		}
		p := place{name, offset(loc, time.January), offset(loc, time.July)}
		if !slices.ContainsFunc(all, func(o place) bool { return o.winter == p.winter && o.summer == p.summer }) {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b place) int { return a.winter + a.summer - b.winter - b.summer })
	middle := all[len(all)/2]
	if at := slices.IndexFunc(all, func(p place) bool { return p.name == company }); at >= 0 {
		middle = all[at]
	}
	most := dayMinutes - DefaultQuiet().minutes() - leastOpen
	apart := func() int { return max(all[len(all)-1].winter-all[0].winter, all[len(all)-1].summer-all[0].summer) }
	for apart() > most {
		if last := len(all) - 1; middle.winter-all[0].winter > all[last].winter-middle.winter {
			all = all[1:]
		} else {
			all = all[:last]
		}
	}
	found := []string{middle.name}
	for _, p := range all {
		if p.name != middle.name {
			found = append(found, p.name)
		}
	}
	return found
}

// offset is how many minutes from UTC a zone is in a month. The year is one whose rules are settled.
func offset(loc *time.Location, m time.Month) int {
	_, seconds := time.Date(2025, m, 15, 12, 0, 0, 0, loc).Zone()
	return seconds / 60
}

// zoneList is how a plan keeps zones.
const zoneList = ","

func (w Whereabouts) String() string { return strings.Join(w.Names, zoneList) }

package fallback

import (
	"maps"
	"slices"
	"strings"

	"kaskad/bots"
	"kaskad/templates"
)

// RegionLook tells how many of the contacts that it is shown a region concerns, and which regions some of them are in that are spelled
// nearly so: whoever begins a hold in an alert must not believe that it keeps anything when it is spelled as nobody's attribute is.
type RegionLook struct {
	Concerned int // of those shown
	Shown     int

	asked  string
	is     region
	of     *RegionHolds // of this region alone
	rules  *Rules
	others [3]map[string]bool // regions of contacts, those nearest in kind first
}

// maxOthers bounds the spellings that are kept of each kind: an attribute may have another value for everybody.
const maxOthers = 500

// NewRegionLook looks for a region that ParseRegion gave.
func NewRegionLook(s string, r *Rules) *RegionLook {
	l := &RegionLook{asked: s, is: regionOf(s), of: &RegionHolds{}, rules: r}
	l.of.countries, l.of.zones, l.of.prefixes, l.of.attributes = l.is.country != "", l.is.zone != "", l.is.prefix != "", l.is.attribute != ""
	for i := range l.others {
		l.others[i] = map[string]bool{}
	}
	return l
}

// RegionLook looks for a region that ParseRegion gave.
func (e *Engine) RegionLook(s string) *RegionLook { return NewRegionLook(s, e.Rules) }

// Show shows it a contact.
func (l *RegionLook) Show(c *bots.Contact) {
	l.Shown++
	in := l.of.regions(c, l.rules)
	if slices.Contains(in, l.is) {
		l.Concerned++
		return
	}
	for _, r := range in {
		switch {
		case r.country != "":
			l.note(0, r.country)
		case r.zone != "":
			l.note(0, r.zone)
		case r.attribute == "":
		case r.value == l.is.value:
			l.note(0, r.attribute+"="+r.value)
		case r.attribute == l.is.attribute:
			l.note(1, r.attribute+"="+r.value)
		default:
			l.note(2, r.attribute+"=…")
		}
	}
}

func (l *RegionLook) note(kind int, spelled string) {
	if len(l.others[kind]) < maxOthers {
		l.others[kind][spelled] = true
	}
}

// maxNear is how many spellings are told.
const maxNear = 5

// Near are the spellings that come nearest: of an attribute those with the same value under another name, then other values of the same
// name, and only where there is neither, the names that there are.
func (l *RegionLook) Near() []string {
	near := []string{}
	for kind, others := range l.others {
		if kind < 2 || len(near) == 0 {
			near = append(near, templates.NearestFew(strings.ToLower(l.asked), slices.Sorted(maps.Keys(others)), maxNear-len(near))...)
		}
	}
	return near
}

package fallback

import (
	"testing"
	"time"

	"kaskad/bots"
)

// A zone that was told and that this machine does not know is as if it had not been told: the phone's region is the next guess, then the
// company's zone. Nothing goes out in the night of the region because a name is old or wrong.
func TestAnUnknownZoneIsNoPermissionForTheNight(t *testing.T) {
	const unknown, newYork, nowhere = "Europe/Atlantis", "+12125551234", "+883510012345678"
	changed := noon.Add(time.Minute)
	for name, c := range map[string]struct {
		accepted bots.Contact // as it was known at the acceptance
		now      bots.Contact
		stored   string // the plan's zone, where an older version wrote it; empty: as it is accepted
		want     string
	}{
		"told at the acceptance, with a phone":         {bots.Contact{Zone: unknown, Phone: newYork}, bots.Contact{Zone: unknown, Phone: newYork}, "", "America/New_York"},
		"told at the acceptance, without one":          {bots.Contact{Zone: unknown}, bots.Contact{Zone: unknown}, "", "Europe/Kyiv"},
		"told at the acceptance, a phone of no region": {bots.Contact{Zone: unknown, Phone: nowhere}, bots.Contact{Zone: unknown, Phone: nowhere}, "", "Europe/Kyiv"},
		"accepted by an older version":                 {bots.Contact{}, bots.Contact{Zone: unknown, Phone: newYork}, unknown, "America/New_York"},
		"accepted by an older version, mended since":   {bots.Contact{}, bots.Contact{Zone: "Asia/Tokyo", Phone: newYork, Updated: changed}, unknown, "Asia/Tokyo"},
		"accepted by an older version, told no more":   {bots.Contact{}, bots.Contact{Updated: changed}, unknown, "Europe/Kyiv"},
		"told later, with a phone":                     {bots.Contact{Phone: newYork}, bots.Contact{Zone: unknown, Phone: newYork, Updated: changed}, "", "America/New_York"},
		"told later in place of another":               {bots.Contact{Zone: "Asia/Tokyo", Phone: newYork}, bots.Contact{Zone: unknown, Phone: newYork, Updated: changed}, "", "America/New_York"},
		"told later, a phone of no region":             {bots.Contact{Zone: "Asia/Tokyo", Phone: nowhere}, bots.Contact{Zone: unknown, Phone: nowhere, Updated: changed}, "", "Europe/Kyiv"},
		"told no more, a phone of no region":           {bots.Contact{Zone: "Asia/Tokyo", Phone: nowhere}, bots.Contact{Phone: nowhere, Updated: changed}, "", "Europe/Kyiv"},
		"nothing is known any more":                    {bots.Contact{Zone: "Asia/Tokyo"}, bots.Contact{Updated: changed}, "", "Asia/Tokyo"},
	} {
		t.Run(name, func(t *testing.T) {
			e := testEnv()
			e.Zone = kyiv()
			d := &Delivery{Plan: testPlan(Marketing)}
			d.Created, d.Zone = noon, Where(&c.accepted, e.Rules).String()
			if c.stored != "" {
				d.Zone = c.stored
			}
			e.Contact = &c.now
			if zone, also := d.zones(e.Contact, e.Zone); zone.String() != c.want || len(also) > 0 {
				t.Errorf("the clock is that of %s %v, want %s", zone, also, c.want)
			}
			want, err := LoadZone(c.want)
			if err != nil {
				t.Fatal(err)
			}
			for hour := range 48 {
				at := changed.Add(time.Duration(hour) * time.Hour)
				local := at.In(want).Hour()
				if night := local < 9 || local >= 21; d.night(e, at) != night {
					t.Errorf("at %d o'clock there it is night: %v", local, !night)
				}
			}
		})
	}
}

// A delivery that is over, and one of a person who is no more, is shown by the zone it had, or the company's.
func TestAnUnknownZoneOfWhatIsOverIsTheCompanys(t *testing.T) {
	d := &Delivery{Plan: testPlan(Marketing)}
	d.Zone, d.State = "Europe/Atlantis", Done
	if zone, _ := d.zones(&bots.Contact{Phone: "+12125551234", Updated: noon}, kyiv()); zone.String() != "Europe/Kyiv" {
		t.Errorf("the clock is that of %s", zone)
	}
	if zone, _ := d.zones(nil, nil); zone != time.UTC {
		t.Errorf("without a company the clock is that of %s", zone)
	}
}

package fallback

import (
	"slices"
	"testing"
	"time"

	"kaskad/bots"
)

// Nobody is written to at night because we did not know where they are: what goes out by day in one zone of a country must not come at
// night in another. Numbers keep their zones when they are ported, and a mobile number of most countries tells the country alone.
func TestNobodyIsWokenInAnotherZoneOfTheCountry(t *testing.T) {
	moscow, _ := LoadZone("Europe/Moscow")
	sydney, _ := LoadZone("Australia/Sydney")
	for name, c := range map[string]struct {
		phone   string
		company *time.Location
		zones   int // at least so many are asked
	}{
		"one zone":                             {"+380501112233", kyiv(), 1},
		"a mobile of Russia, from abroad":      {"+79161234567", kyiv(), 8},
		"a mobile of Russia, of a company":     {"+79161234567", moscow, 8},
		"Kazakhstan shares the code of Russia": {"+77011234567", moscow, 1},
		"a mobile of Australia":                {"+61412345678", sydney, 3},
		"a mobile of Indonesia":                {"+6281234567890", kyiv(), 3},
		"a mobile of Spain":                    {"+34612345678", kyiv(), 2},
		"a mobile of Portugal":                 {"+351912345678", kyiv(), 2},
		"a number of New York":                 {"+12125551234", kyiv(), 1},
		"a number of Alaska":                   {"+19075551234", kyiv(), 1},
		"a number of Guam":                     {"+16715551234", kyiv(), 1},
		"a mobile of the Canaries":             {"+34928123456", kyiv(), 1},
		"French Polynesia":                     {"+68987123456", kyiv(), 1},
		"a mobile of Brazil":                   {"+5592987654321", kyiv(), 1},
		"a mobile of Mexico":                   {"+526641234567", kyiv(), 1},
		"a mobile of Congo":                    {"+243812345678", kyiv(), 2},
	} {
		t.Run(name, func(t *testing.T) {
			in := Where(&bots.Contact{Phone: c.phone}, &Rules{Zone: c.company})
			if in.From != "phone" || len(in.Names) < c.zones {
				t.Fatalf("zones %v from %s, want %d of the phone", in.Names, in.From, c.zones)
			}
			if company := c.company.String(); slices.Contains(bots.PhoneZones(c.phone), company) && in.Names[0] != company {
				t.Errorf("zones %v, want the company's own first", in.Names)
			}
			d := &Delivery{Plan: testPlan(Marketing)}
			d.Zone = in.String()
			for _, day := range []time.Time{time.Date(2026, 1, 14, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 15, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 24, 0, 0, 0, 0, time.UTC)} {
				awake(t, d, c.phone, in, day)
			}
		})
	}
}

// awake walks two days, and asks what the clocks on the walls of every zone of a number say when something may be sent.
func awake(t *testing.T, d *Delivery, phone string, in Whereabouts, day time.Time) {
	t.Helper()
	open := 0
	for at := day; at.Before(day.AddDate(0, 0, 2)); at = at.Add(15 * time.Minute) {
		if _, quiet := d.nights(nil, nil).QuietUntil(at); quiet {
			continue
		}
		open++
		for _, name := range bots.PhoneZones(phone) {
			zone, err := LoadZone(name)
			if err != nil {
				t.Fatal(err)
			}
			from, to := 9, 21
			if !slices.Contains(in.Names, name) { // the same clock under another name, or one that was left out
				from, to = 7, 23
			}
			if hour := at.In(zone).Hour(); hour < from || hour >= to {
				t.Fatalf("at %v it is %d o'clock in %s, and something may be sent; asked are %v", at, hour, name, in.Names)
			}
		}
	}
	if least := 2 * int(leastOpen/15); open < least-8 { // a clock change takes an hour
		t.Errorf("from %v on %d quarters of an hour are open in two days, want %d", day, open, least)
	}
}

// Whoever has no phone is where the company is.
func TestWhoHasNoPhoneIsWhereTheCompanyIs(t *testing.T) {
	c := &bots.Contact{}
	c.Set(bots.Address{Channel: bots.Telegram, ID: "42"}, bots.Active, noon)
	if in := Where(c, &Rules{Zone: kyiv()}); in.From != "company" || in.String() != "Europe/Kyiv" {
		t.Errorf("a person on Telegram alone is in %v, from %s", in.Names, in.From)
	}
	c.Set(bots.Address{Channel: bots.SMS, ID: "+12125551234"}, bots.Unverified, noon)
	if in := Where(c, &Rules{Zone: kyiv()}); in.From != "phone" || in.String() != "America/New_York" {
		t.Errorf("a person with a number for texts is in %v, from %s", in.Names, in.From)
	}
}

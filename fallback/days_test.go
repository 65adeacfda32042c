package fallback

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
)

func TestDaysOfAConfiguration(t *testing.T) {
	yes := true
	for name, c := range map[string]struct {
		quiet QuietConfig
		want  string // part of what is wrong
	}{
		"all is well":            {QuietConfig{From: "21:00", To: "09:00", Weekdays: map[string]HourConfig{"sat": {"18:00", "11:00"}}, Holidays: &yes}, ""},
		"a day that is none":     {QuietConfig{From: "21:00", To: "09:00", Days: []string{"sunday"}}, "no day of the week"},
		"no day is left":         {QuietConfig{From: "21:00", To: "09:00", Days: dayNames[:]}, "nothing would ever be sent"},
		"a day that is too shut": {QuietConfig{From: "21:00", To: "09:00", Weekdays: map[string]HourConfig{"sat": {"10:00", "09:00"}}}, "leave at least"},
		"hours of a day off":     {QuietConfig{From: "21:00", To: "09:00", Days: []string{"sat"}, Weekdays: map[string]HourConfig{"sat": {"18:00", "09:00"}}}, "has no effect"},
		"shut beyond deadline":   {QuietConfig{From: "21:00", To: "09:00", Days: []string{"sat", "sun"}}, "60 hours on end"},
	} {
		conf := CascadeConfig{Steps: []StepConfig{{Channel: bots.Telegram}}, QuietHours: &c.quiet}
		_, faults := conf.Build("x", true, testRules().Channels)
		var all []string
		for _, f := range faults {
			if !strings.Contains(f.Path, "steps") {
				all = append(all, f.Path+" "+f.Problem)
			}
		}
		if got := strings.Join(all, "\n"); (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestCalendar(t *testing.T) {
	many := make([]string, 0, 32)
	for d := range 32 {
		many = append(many, time.Date(2026, 7, 1+d, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	for name, c := range map[string]struct {
		dates map[string][]string
		want  string
	}{
		"days of one year and of each": {map[string][]string{"UA": {"08-24", "2026-04-12", "02-29"}, "all": {"01-01"}}, ""},
		"a country that is none":       {map[string][]string{"Ukraine": {"08-24"}}, "no country"},
		"a day that is none":           {map[string][]string{"UA": {"2026-02-30"}}, "no day"},
		"too many in a row":            {map[string][]string{"UA": many}, "32 days in a row"},
	} {
		_, faults := (&Config{Holidays: c.dates}).Calendar()
		if len(faults) == 0 != (c.want == "") || len(faults) > 0 && !strings.Contains(faults[0].Problem, c.want) {
			t.Errorf("%s: %+v, want %q", name, faults, c.want)
		}
	}
	all, _ := (&Config{Holidays: map[string][]string{"UA": {"02-29", "2026-04-12"}, "all": {"01-01"}}}).Calendar()
	got := all.near("UA", time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	if want := []int{dayNumber(2026, 4, 12), dayNumber(2027, 1, 1)}; !slices.Equal(got, want) {
		t.Errorf("near = %v, want %v", got, want)
	}
}

func TestWhere(t *testing.T) {
	lisbon, _ := LoadZone("Europe/Lisbon")
	for name, c := range map[string]struct {
		person  bots.Contact
		company *time.Location
		want    string
	}{
		"what was told":            {bots.Contact{Zone: "Asia/Tokyo", Phone: "+12125551234"}, kyiv(), "told Asia/Tokyo"},
		"the phone's":              {bots.Contact{Phone: "+12125551234"}, kyiv(), "phone America/New_York"},
		"the company's":            {bots.Contact{}, kyiv(), "company Europe/Kyiv"},
		"several":                  {bots.Contact{Phone: "+351912345678"}, kyiv(), "phone Europe/Lisbon,Atlantic/Azores"},
		"the company's of several": {bots.Contact{Phone: "+351912345678"}, lisbon, "phone Europe/Lisbon,Atlantic/Azores"},
		"all the same":             {bots.Contact{Phone: "+447911123456"}, kyiv(), "phone Europe/Guernsey"},
		"a phone of no country":    {bots.Contact{Phone: "+883510012345678"}, kyiv(), "company Europe/Kyiv"},
	} {
		if got := Where(&c.person, &Rules{Zone: c.company}); got.From+" "+got.String() != c.want {
			t.Errorf("%s: %s %s, want %s", name, got.From, got, c.want)
		}
	}
	free := Where(&bots.Contact{Phone: "+18005551234"}, &Rules{Zone: kyiv()})
	d := &Delivery{Plan: testPlan(Marketing)}
	d.Zone = free.String()
	open := 0
	for m := range dayMinutes {
		if _, quiet := d.nights(nil, nil).QuietUntil(noon.Add(time.Duration(m) * time.Minute)); !quiet {
			open++
		}
	}
	if len(free.Names) < 2 || open < leastOpen {
		t.Errorf("a freephone number is in %v: %d minutes of a day are open", free.Names, open)
	}
}

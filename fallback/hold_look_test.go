package fallback_test

import (
	"slices"
	"testing"

	"kaskad/bots"
	"kaskad/fallback"
)

// In an alert nobody looks twice whether the region was spelled as the contacts have it.
func TestALookTellsWhomARegionConcerns(t *testing.T) {
	people := []*bots.Contact{
		{Phone: "+380571112233", Attributes: []byte(`{"region":"Kharkiv","card":"1"}`)},
		{Phone: "+380441112233", Attributes: []byte(`{"region":["Kyiv","Bucha"],"card":"2"}`)},
		{Phone: "+48221112233", Attributes: []byte(`{"oblast":"Lviv"}`)},
	}
	for name, c := range map[string]struct {
		region    string
		concerned int
		near      []string
	}{
		"an attribute":                      {"region=kharkiv", 1, nil},
		"one value of a list":               {"region=Bucha", 1, nil},
		"a value that is spelled otherwise": {"region=Kharkov", 0, []string{"region=kharkiv", "region=kyiv", "region=bucha"}},
		"the value has another name":        {"region=Lviv", 0, []string{"oblast=lviv", "region=kyiv", "region=bucha", "region=kharkiv"}},
		"an attribute that nobody has":      {"city=Odesa", 0, []string{"card=…", "region=…", "oblast=…"}},
		"a country":                         {"PL", 1, nil},
		"a country of nobody":               {"DE", 0, []string{"PL", "UA"}},
		"the beginning of phones":           {"+38057", 1, nil},
		"phones of nobody":                  {"+38058", 0, []string{}},
		"a zone":                            {"Europe/Warsaw", 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			look := fallback.NewRegionLook(c.region, &fallback.Rules{Country: "UA"})
			for _, p := range people {
				look.Show(p)
			}
			if look.Concerned != c.concerned || look.Shown != len(people) {
				t.Errorf("concerns %d of %d", look.Concerned, look.Shown)
			}
			if near := look.Near(); c.near != nil && !slices.Equal(near, c.near) {
				t.Errorf("near: %q", near)
			}
		})
	}
}

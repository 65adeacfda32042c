package bots

import (
	"slices"
	"testing"
)

func TestPhoneCountry(t *testing.T) {
	for number, want := range map[string]string{
		"+380501112233": "UA", "+48501112233": "PL", "+77011234567": "KZ", "+79161234567": "RU", "+12125551234": "US", "+14165551234": "CA",
		"+447911123456": "GG", "+883510012345678": "", "+80012345678": "", "": "", "380501112233": "", "+": "", "+abc": "",
	} {
		if got := PhoneCountry(number); got != want {
			t.Errorf("PhoneCountry(%q) = %q, want %q", number, got, want)
		}
	}
	for s, want := range map[string]bool{"UA": true, "ua": false, "UK": false, "XX": false, "": false, "UKR": false} {
		if IsCountry(s) != want {
			t.Errorf("IsCountry(%q) = %v", s, !want)
		}
	}
}

func TestPhoneZones(t *testing.T) {
	for number, want := range map[string][]string{
		"+380501112233":    {"Europe/Kyiv"},
		"+12125551234":     {"America/New_York"},
		"+34928123456":     {"Atlantic/Canary"},
		"+77011234567":     {"Asia/Almaty", "Asia/Aqtobe"},
		"+74951234567":     {"Europe/Moscow"}, // not a mobile
		"+5592987654321":   {"America/Manaus"},
		"+34612345678":     {"Atlantic/Canary", "Europe/Madrid"},
		"+6281234567890":   {"Asia/Jakarta", "Asia/Jayapura", "Asia/Makassar"},
		"+61412345678":     {"Australia/Adelaide", "Australia/Brisbane", "Australia/Eucla", "Australia/Lord_Howe", "Australia/Perth", "Australia/Sydney"},
		"+351912345678":    {"Atlantic/Azores", "Europe/Lisbon"},
		"+883510012345678": nil,
		"":                 nil,
		"+38o50":           nil,
	} {
		if got := PhoneZones(number); !slices.Equal(got, want) {
			t.Errorf("PhoneZones(%q) = %q, want %q", number, got, want)
		}
	}
}

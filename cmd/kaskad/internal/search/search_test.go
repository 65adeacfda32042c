package search

import (
	"slices"
	"strings"
	"testing"

	"kaskad/bots"
)

func TestPeopleAreFoundByAnyPart(t *testing.T) {
	r := newRig(t)
	for _, c := range []bots.Contact{
		{Name: "Олена Коваленко", Phone: "+380501112233", ExternalID: "C-100", Email: "Olena@Example.com"},
		{Name: "Їжакевич Ґалаґан", Phone: "+380671234567", ExternalID: "4820-0001-7777"},
		{Name: "Євген О’Ніл", Addresses: []bots.ContactAddress{{Address: bots.Address{Channel: bots.Telegram, ID: "987654321"}}}},
		{Name: "Мар'яна Straße", Addresses: []bots.ContactAddress{{Address: bots.Address{Channel: bots.Viber, ID: "AbCdEf+/=="}}}},
		{Name: "Йосиф\u0306", Phone: "+491511234567"},
	} {
		r.shop.add(c)
	}
	r.level()
	for query, want := range map[string][]string{
		"олена": {"Олена Коваленко"}, "ОЛЕНА": {"Олена Коваленко"}, "лен": {"Олена Коваленко"}, "валенк": {"Олена Коваленко"},
		"Коваленко Олена": {"Олена Коваленко"}, "  Олена   ков ": {"Олена Коваленко"}, "олена петренко": nil,
		"їжак": {"Їжакевич Ґалаґан"}, "ґала": {"Їжакевич Ґалаґан"}, "ЄВГЕН": {"Євген О’Ніл"}, "гала": nil, "іжак": nil,
		"о'ніл": {"Євген О’Ніл"}, "мар’яна": {"Мар'яна Straße"}, "STRASSE": {"Мар'яна Straße"},
		"050 111": {"Олена Коваленко"}, "+38 (050) 111-22-33": {"Олена Коваленко"}, "0501112233": {"Олена Коваленко"}, "380501112233": {"Олена Коваленко"},
		"8 050 111": {"Олена Коваленко"}, "22 33": {"Олена Коваленко"}, "00380501112233": {"Олена Коваленко"}, "+49 (0)151 12": {"Йосиф\u0306"},
		"c-1": {"Олена Коваленко"}, "4820 0001": {"Їжакевич Ґалаґан"}, "4820-0001": {"Їжакевич Ґалаґан"}, "7777": {"Їжакевич Ґалаґан"},
		"olena@": {"Олена Коваленко"}, "EXAMPLE.com": {"Олена Коваленко"}, "87654": {"Євген О’Ніл"}, "abcdef+/": {"Мар'яна Straße"},
		"ол": {"refused"}, "": {"refused"}, "а б": nil, "++": {"refused"}, strings.Repeat("а", 201): {"refused"},
	} {
		if got := r.names(query); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
}

package templates

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// expecting is a template with an expectation; its fields are of each kind.
func expecting(conditions string) string {
	return "+++\nexpect = " + conditions + `
[example]
points = 120
price = 9.5
city = "Kyiv"
vip = true
+++
{{.points}} {{.price}} {{.city}} {{if .vip}}vip{{end}}
`
}

func TestUnmet(t *testing.T) {
	full := map[string]any{"points": json.Number("5"), "price": "9.50", "city": "Lviv", "vip": false}
	tests := map[string]struct {
		expect string
		data   map[string]any
		want   string
	}{
		"nothing is expected":                    {`[]`, full, ""},
		"a number that is enough":                {`["points > 0"]`, full, ""},
		"a number that is not":                   {`["points >= 6"]`, full, "points >= 6"},
		"a number that came as text":             {`["price == 9.5"]`, full, ""},
		"a whole number where the example has a": {`["price > 9"]`, map[string]any{"price": 10}, ""},
		"a number among some":                    {`["points in [5, 120]"]`, full, ""},
		"text among some":                        {`["city in ['Kyiv', 'Odesa']"]`, full, "city in ['Kyiv', 'Odesa']"},
		"a number where text is expected":        {`["city != '7'"]`, map[string]any{"city": json.Number("7")}, "city != '7'"},
		"a pattern":                              {`["city matches '^[KL]'"]`, full, ""},
		"yes or no":                              {`["not vip or points > 10", "vip or points > 10"]`, map[string]any{"vip": "true", "points": 3}, "not vip or points > 10"},
		"the second of two":                      {`["points > 0", "vip"]`, full, "vip"},
		"what is missing is nothing":             {`["points >= 0 and city == '' and not vip or points > 100"]`, nil, ""},
		"missing, and asked for":                 {`["points > 0"]`, map[string]any{"points": nil}, "points > 0"},
		"arithmetic":                             {`["points * price > 40"]`, full, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := load(t, expecting(tt.expect)).Unmet("t", tt.data)
			if err != nil || got != tt.want {
				t.Errorf("Unmet = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func TestWhatCannotBeComparedIsNamed(t *testing.T) {
	s := load(t, expecting(`["points > 0 or vip"]`))
	for name, tt := range map[string]struct {
		data  map[string]any
		field string
	}{
		"words where a number is due":   {map[string]any{"points": "many"}, "points"},
		"a list where a number is due":  {map[string]any{"points": []any{1}}, "points"},
		"no number":                     {map[string]any{"points": "NaN"}, "points"},
		"a number where yes or no is":   {map[string]any{"vip": json.Number("1")}, "vip"},
		"a list where yes or no is due": {map[string]any{"vip": []any{true}}, "vip"},
	} {
		_, err := s.Unmet("t", tt.data)
		var wrong *FieldError
		if !errors.As(err, &wrong) || wrong.Field != tt.field || strings.Contains(err.Error(), "many") {
			t.Errorf("%s: Unmet = %v; want a fault of field %s that does not quote the value", name, err, tt.field)
		}
	}
	var unknown *UnknownTemplate
	if _, err := s.Unmet("x", nil); !errors.As(err, &unknown) {
		t.Errorf("Unmet of an unknown template = %v", err)
	}
}

func TestExpectationsAreCheckedAtLoad(t *testing.T) {
	for name, tt := range map[string]struct{ expect, want string }{
		"not met by the example":      {`["points > 120"]`, `own/t/uk.md:2: expect "points > 120" is not met by the example data`},
		"a field without an example":  {`["pointz > 1"]`, `asks about "pointz", which has no example; did you mean "points"?`},
		"a kind that does not fit":    {`["points > 'x'"]`, "invalid operation"},
		"no answer":                   {`["points"]`, "expected bool"},
		"not an expression":           {`["points >"]`, "cannot be read"},
		"a function":                  {`["len(city) > 1"]`, "holds more than"},
		"a loop":                      {`["all([1, 2], # > 0)"]`, "holds more than"},
		"a range":                     {`["points in 1..100000000"]`, "uses .."},
		"a pattern out of the data":   {`["city matches city"]`, "uses matches"},
		"a field of a field":          {`["city.length > 1"]`, "holds more than"},
		"a variable":                  {`["let x = 1; points > x"]`, "holds more than"},
		"a long one":                  {`["points > 0` + strings.Repeat(" ", 200) + `"]`, "is longer than 200 bytes"},
		"many nodes":                  {`["points > ` + strings.Repeat("1+", 70) + `1"]`, "is too long"},
		"many":                        {`["vip","vip","vip","vip","vip","vip","vip","vip","vip"]`, "more than 8"},
		"an index beyond what exists": {`["[1][7] == points"]`, "holds more than"},
	} {
		_, err := Load(options(), folder("own", map[string]string{"t/uk.md": expecting(tt.expect), "phrases.toml": ""}), Builtin())
		var faults Faults
		if !errors.As(err, &faults) || !strings.Contains(faults.Error(), tt.want) {
			t.Errorf("%s: Load = %v; want a fault with %q", name, err, tt.want)
		}
	}
}

func TestVariantsExpectTheSame(t *testing.T) {
	one, two := expecting(`["points > 0"]`), expecting(`["points > 1"]`)
	_, err := Load(options(), Builtin(), folder("own", map[string]string{"t/uk.md": one, "t/ru.md": two}))
	if err == nil || !strings.Contains(err.Error(), "expect differs from that of own/t/ru.md") {
		t.Errorf("two minds: Load = %v", err)
	}
	s, err := Load(options(), Builtin(), folder("low", map[string]string{"t/uk.md": one}), folder("own", map[string]string{"t/ru.md": two}))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Unmet("t", map[string]any{"points": 1}); got != "points > 1" || err != nil {
		t.Errorf("the upper layer's: Unmet = %q, %v", got, err)
	}
}

func TestAFieldThatIsOnlyExpected(t *testing.T) {
	s := load(t, "+++\nexpect = [\"stock > 0\"]\n[example]\nstock = 3\n+++\nIt is here.\n")
	fields, err := s.Fields("t")
	if want := []Field{{"stock", false, int64(3)}}; err != nil || !slices.Equal(fields, want) {
		t.Errorf("Fields = %v, %v; want %v", fields, err, want)
	}
}

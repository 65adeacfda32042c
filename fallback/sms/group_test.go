package sms

import (
	"slices"
	"testing"

	"kaskad/bots"
)

func TestGroup(t *testing.T) {
	var all []*Provider
	for _, name := range []string{"main", "second"} {
		cfg := own(t)
		cfg.Name = name
		p, err := New(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	g, err := NewGroup(all...)
	if err != nil || !slices.Equal(g.Senders(), all) {
		t.Fatalf("NewGroup = %v, %v", g.Senders(), err)
	}
	cases := map[string]struct {
		after string
		fault bots.Fault
		want  string
	}{
		"the first":                         {"", bots.Uncertain, "sms/main"},
		"temporary":                         {"sms/main", bots.Temporary, "sms/second"},
		"misconfigured":                     {"sms/main", bots.Misconfigured, "sms/second"},
		"rejected":                          {"sms/main", bots.Rejected, "sms/second"},
		"uncertain: it may have arrived":    {"sms/main", bots.Uncertain, ""},
		"refused: the person said no":       {"sms/main", bots.Refused, ""},
		"unreachable: so it is for others":  {"sms/main", bots.Unreachable, ""},
		"the last one":                      {"sms/second", bots.Temporary, ""},
		"one that is not in the list now":   {"sms/gone", bots.Temporary, ""},
		"a fault that is yet to be thought": {"sms/main", bots.Fault(99), ""},
	}
	for name, tc := range cases {
		if got, ok := g.Next(tc.after, tc.fault); got != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: Next(%q, %v) = %q, %t; want %q", name, tc.after, tc.fault, got, ok, tc.want)
		}
	}
	if _, err := NewGroup(all[0], all[0]); err == nil {
		t.Error("two providers of one name were taken")
	}
	if g, err := NewGroup(); err != nil || len(g.Senders()) != 0 {
		t.Errorf("no providers: %v", err)
	} else if _, ok := g.Next("", bots.Uncertain); ok {
		t.Error("no providers, but a first one")
	}
}

package export

import (
	"bytes"
	"strings"
	"testing"

	"kaskad/bots"
)

// The page is for the person: nothing in it is JSON, and no code of ours is left as it is stored.
func TestThePageSaysValuesAndCodesInWords(t *testing.T) {
	c := someone()
	c.Attributes = []byte(`{"company":"Рога \u0026 Копита \u003cТОВ\u003e","vip":true,"sizes":[41,42.50],"shop":{"id":7,"name":"Центр"},"left":null}`)
	c.Marketing = bots.Consent{State: bots.Given, Source: "keyword:старт"}
	c.TellOn(bots.Telegram, bots.Consent{State: bots.Denied, Source: "block:telegram"})
	var out bytes.Buffer
	if _, err := HTML(t.Context(), &people{}, c, Look{Locale: "uk"}, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"company: Рога &amp; Копита &lt;ТОВ&gt;</bdi>", "vip: так", "sizes: 41, 42.50", "shop: (id: 7; name: Центр)", "left: –", "points: 120",
		"слово «старт»", "заблоковано бота в telegram",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
	for _, code := range []string{"{&#34;", "u0026", "keyword:", "block:", "<li></li>"} {
		if strings.Contains(out.String(), code) {
			t.Errorf("the page says %q", code)
		}
	}
}

func TestFieldsThatAreNoneStandAsTheyAre(t *testing.T) {
	for raw, want := range map[string]string{`[1,2]`: "[1,2]", `{"a"`: `{"a"`, `7`: "7"} {
		if all := fields([]byte(raw), phrases().In("uk")); len(all) != 1 || all[0] != (field{Value: want}) {
			t.Errorf("%s is shown as %v", raw, all)
		}
	}
}

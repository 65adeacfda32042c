package app

import (
	"testing"

	"kaskad/bots"
	simsms "kaskad/bots/simulator/sms"
	"kaskad/fallback/sms"
)

// A balance that cannot be learnt any more is not shown as it was, and who has none is not asked again.
func TestBalancesAreOfNow(t *testing.T) {
	preset := func(name, of string) (*simsms.Server, *sms.Provider) {
		s, err := simsms.New(simsms.Options{Provider: of})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		p, err := sms.New(sms.Config{
			Name: name, Preset: of, APIURL: s.URL(), Token: bots.Secret(s.Token()), Login: simsms.DefaultLogin, Password: simsms.DefaultPassword, Sender: "Shop",
			Price: bots.Price{Amount: "1", Currency: "UAH"},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s, p
	}
	decision, main := preset("main", "decision")
	_, box := preset("box", "kannel")
	b := &balances{all: map[string]bots.Money{}}
	able := b.round(t.Context(), []*sms.Provider{main, box})
	if got := b.read(); len(able) != 1 || able[0] != main || len(got) != 1 || got["sms/main"].String() != "1000 UAH" {
		t.Fatalf("balances %v, %d can be asked; want one of 1000 UAH", got, len(able))
	}
	decision.Fail(simsms.Fault{Path: "/balance", Kind: simsms.BadGateway})
	if able = b.round(t.Context(), able); len(able) != 1 || len(b.read()) != 0 {
		t.Errorf("after a question without an answer: balances %v, %d can be asked", b.read(), len(able))
	}
	if b.round(t.Context(), able); len(b.read()) != 1 {
		t.Error("it is not asked again")
	}
}

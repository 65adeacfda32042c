package sms

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"

	"kaskad/bots"
)

// balance is the compiled [sms.balance].
type balance struct {
	request                       *request
	format                        string
	amount, currency, words, code *query
}

func compileBalance(c Config, f *faults) *balance {
	d := c.Balance
	if !d.described() {
		return nil
	}
	if d.Amount == "" {
		f.add("balance.amount", "write where the answer has it, as a jq expression")
	}
	f.format("balance.format", d.Format)
	return &balance{
		request: compileRequest("balance", c, d.Request, accountPlaceholders, f), format: d.Format,
		amount: f.query("balance.amount", d.Amount), currency: f.query("balance.currency", d.Currency),
		words: f.query("balance.error", cmp.Or(d.Error, c.Accept.Error)), code: f.query("balance.code", cmp.Or(d.Code, c.Accept.Code)),
	}
}

// ErrNoBalance is a provider that cannot be asked what is left.
var ErrNoBalance = errors.New("it cannot be asked for its balance")

// Balance asks what is left of the money, rounded down to what bots.Money can hold. A Money without currency is in the units
// that the provider counts in. ErrNoBalance: it has no such call, or its description does not know one.
func (p *Provider) Balance(ctx context.Context) (bots.Money, error) {
	if p.balance == nil {
		return bots.Money{}, fmt.Errorf("%s: %w", p.Name(), ErrNoBalance)
	}
	b := p.balance
	a, err := p.ask(ctx, b.request, b.format, values{})
	if err != nil {
		return bots.Money{}, err
	}
	read, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	m, ok := bots.Money{}, false
	if a.ok() {
		m, ok = moneyOf(b.amount.text(read, a.input), b.currency.text(read, a.input))
	}
	if !ok {
		return bots.Money{}, p.refusal(read, a, "the balance", b.words, b.code)
	}
	return m, nil
}

// moneyOf reads an amount with a sign and any number of digits.
func moneyOf(amount, currency string) (bots.Money, bool) {
	r, ok := new(big.Rat).SetString(amount)
	if !ok || len(amount) > 40 {
		return bots.Money{}, false
	}
	unit, err := bots.ParseMoney("1", "") // how finely Money counts
	if err != nil {
		return bots.Money{}, false
	}
	r.Mul(r, new(big.Rat).SetInt64(unit.Amount))
	n := new(big.Int).Div(r.Num(), r.Denom()) // Euclid's: down, for a positive denominator
	if !n.IsInt64() || len(currency) > 8 {
		return bots.Money{}, false
	}
	return bots.Money{Amount: n.Int64(), Currency: currency}, true
}

// Check asks for the balance, which shows that the provider knows us. One that has no such call cannot be checked without
// sending, and says so.
func (p *Provider) Check(ctx context.Context) (bots.Identity, error) {
	who := bots.Identity{Name: p.Name(), Warnings: p.unverified()}
	m, err := p.Balance(ctx)
	switch {
	case errors.Is(err, ErrNoBalance):
		who.Warnings = append(who.Warnings, p.Name()+" cannot be checked without sending; `kaskad sms test` sends one message")
	case errors.Is(err, errNotUnderstood) && p.isUnverified("balance"):
		who.Warnings = append(who.Warnings, p.Name()+" was reached, and its balance was not understood, so this says nothing of token, login and password; `kaskad sms test` sends one message")
	case err != nil:
		return bots.Identity{}, err
	case m.Amount <= 0:
		who.Warnings = append(who.Warnings, p.Name()+" has no money left ("+m.String()+"); top the account up")
	default:
		who.Name += ", balance " + m.String()
	}
	return who, nil
}

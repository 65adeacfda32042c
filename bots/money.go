package bots

import (
	"fmt"
	"strconv"
	"strings"
)

// Money is an exact amount of one currency, in ten-thousandths of its unit: prices of a message have more than two digits.
type Money struct {
	Amount   int64
	Currency string
}

// Price is an amount as configuration writes it: { amount = "0.84", currency = "UAH" }.
type Price struct {
	Amount   string `toml:"amount"`
	Currency string `toml:"currency"`
}

// Money reads the price. One that is not written at all is an error: "0" says that something is free.
func (p Price) Money() (Money, error) {
	if p.Amount == "" || p.Currency == "" {
		return Money{}, fmt.Errorf(`write what it costs, as { amount = "0.84", currency = "UAH" }; amount "0" if it is free`)
	}
	return ParseMoney(p.Amount, p.Currency)
}

const moneyUnit = 10_000

// ParseMoney reads a decimal amount such as "0.84": digits, at most four after the point, no sign.
func ParseMoney(amount, currency string) (Money, error) {
	whole, frac, _ := strings.Cut(amount, ".")
	if whole == "" || len(whole) > 12 || len(frac) > 4 || strings.Trim(whole+frac, "0123456789") != "" || strings.HasSuffix(amount, ".") {
		return Money{}, fmt.Errorf("%q is no amount: write it as \"0.84\", with at most four digits after the point", amount)
	}
	v, err := strconv.ParseInt(whole+frac+strings.Repeat("0", 4-len(frac)), 10, 64)
	if err != nil {
		return Money{}, fmt.Errorf("%q is no amount: %w", amount, err)
	}
	return Money{Amount: v, Currency: currency}, nil
}

// Decimal prints the amount without its currency: "0.84", "12", "0.0125".
func (m Money) Decimal() string {
	sign, v := "", m.Amount
	if v < 0 {
		sign, v = "-", -v
	}
	s := strconv.FormatInt(v/moneyUnit, 10)
	if f := v % moneyUnit; f != 0 {
		frac := strings.TrimRight(fmt.Sprintf("%04d", f), "0")
		if len(frac) == 1 {
			frac += "0" // 0.5 is written 0.50, as people write money
		}
		s += "." + frac
	}
	return sign + s
}

func (m Money) String() string { return strings.TrimSpace(m.Decimal() + " " + m.Currency) }

// Times multiplies an amount, for messages of several parts.
func (m Money) Times(n int) Money { return Money{Amount: m.Amount * int64(n), Currency: m.Currency} }

// Plus adds two amounts of the same currency. The zero amount has any currency.
func (m Money) Plus(o Money) Money {
	if m.Currency == "" {
		m.Currency = o.Currency
	}
	m.Amount += o.Amount
	return m
}

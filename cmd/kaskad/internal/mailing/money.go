package mailing

import "kaskad/bots"

// Money is an amount as the API writes it.
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// add adds an amount; nil is none.
func (m *Money) add(more *Money) error {
	if more == nil || more.Amount == "" {
		return nil
	}
	if m.Amount == "" {
		*m = *more
		return nil
	}
	a, err := m.exact()
	if err != nil {
		return err
	}
	b, err := more.exact()
	if err != nil {
		return err
	}
	sum := a.Plus(b)
	m.Amount, m.Currency = sum.Decimal(), sum.Currency
	return nil
}

func (m *Money) exact() (bots.Money, error) { return bots.ParseMoney(m.Amount, m.Currency) }

// Compare is -1, 0 or 1 as the amount is smaller, the same or larger than another one.
func (m Money) Compare(o Money) int {
	a, errA := m.exact()
	b, errB := o.exact()
	switch {
	case errA != nil || errB != nil || a.Amount == b.Amount:
		return 0
	case a.Amount < b.Amount:
		return -1
	}
	return 1
}

// minus is what is left of an amount; less than nothing has a sign.
func (m Money) minus(o Money) Money {
	a, errA := m.exact()
	b, errB := o.exact()
	if errA != nil || errB != nil {
		return Money{}
	}
	left := bots.Money{Amount: a.Amount - b.Amount, Currency: a.Currency}
	return Money{left.Decimal(), left.Currency}
}

func (m Money) String() string {
	if m.Currency == "" {
		return m.Amount
	}
	return m.Amount + " " + m.Currency
}

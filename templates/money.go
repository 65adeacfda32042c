package templates

import (
	"math/big"
	"strings"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
)

// currency is that of the company's country; empty when there is none.
func (c Company) currency() string {
	region, err := language.ParseRegion(c.Country)
	if err != nil {
		return ""
	}
	unit, ok := currency.FromRegion(region)
	if !ok {
		return ""
	}
	return unit.String()
}

func isCurrency(code string) bool {
	unit, err := currency.ParseISO(code)
	return err == nil && unit.String() == code
}

// money writes an amount, rounded to the currency's smallest coin; a whole amount without coins.
func money(d decimal, locale, code string) (text, problem string) {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return "", "is money without a currency: set [company] country, or name one in the template"
	}
	scale, _ := currency.Standard.Rounding(unit)
	sign := ""
	if d.negative {
		sign = "-"
	}
	exact, _ := new(big.Rat).SetString(sign + d.whole + "." + d.fraction + "0") // digits only
	rounded, ok := parseDecimal(exact.FloatString(scale))
	if !ok {
		return "", "is more money than we can print"
	}
	digits := scale
	if strings.Trim(rounded.fraction, "0") == "" {
		digits = 0
	}
	return withSymbol(rounded.in(locale, digits), locale, code), ""
}

// withSymbol puts the currency where the language does. The signs are those that every phone has and that cost an SMS nothing;
// other currencies have their code, or the word that is usual in the language.
func withSymbol(amount, locale, code string) string {
	base, _, _ := strings.Cut(locale, "-")
	symbol := map[string]string{"EUR": "€", "USD": "$", "GBP": "£"}[code]
	word := map[string]string{"uk UAH": "грн", "ru UAH": "грн", "pl PLN": "zł", "cs CZK": "Kč"}[base+" "+code]
	if symbol = firstOf(symbol, word, code); base != "en" {
		return amount + "\u00a0" + symbol
	}
	minus, rest := "", amount
	if after, ok := strings.CutPrefix(amount, "-"); ok {
		minus, rest = "-", after
	}
	if symbol == code {
		return minus + symbol + "\u00a0" + rest
	}
	return minus + symbol + rest
}

package sms

import "kaskad/bots"

func price(amount string) bots.Price { return bots.Price{Amount: amount, Currency: "UAH"} }

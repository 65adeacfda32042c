package torture

import "fmt"

// text is a configuration as an operator would write it, but for waits, which are short.
func (g *gateway) text(w *world) string {
	out := fmt.Sprintf(configText, g.public, g.admin, g.public, g.dir+"/data", w.tg.Token(), w.tg.URL(), w.vb.Token(), w.vb.URL(),
		w.gr.PhoneID(), w.gr.Token(), w.gr.AppSecret(), w.gr.VerifyToken(), w.gr.URL(), w.sm.URL(), w.sm.Token())
	for _, c := range cascades {
		out += fmt.Sprintf("[cascades.%s]\ndeadline = \"1h\"\nquiet_hours = { from = \"00:00\", to = \"00:00\" }\nsteps = [\n", c.name)
		for _, channel := range c.channels {
			switch channel {
			case smsChannel:
				out += "  { channel = \"sms\", wait = \"1s\", until = \"delivered\" },\n"
			default:
				out += fmt.Sprintf("  { channel = %q, wait = \"2s\", until = \"read\" },\n", channel)
			}
		}
		out += "]\n"
	}
	if g.sealed {
		out += fmt.Sprintf("[encryption]\nkey_file = %q\nkeys_copy = %q\nindex_dir = %q\n", g.dir+"/master.key", g.dir+"/people.keys", g.dir+"/index")
	}
	return out
}

// sealed says whether the store of a seed is sealed: every other one, and not by the dice, or each seed would be another plan than before.
func sealed(seed uint64) bool { return seed%2 == 1 }

const configText = `
[company]
name = "Крамниця"
[server]
listen = %q
admin = %q
public_url = "http://%s"
data_dir = %q
catch_up = "1s"
[telegram]
token = %q
api_url = %q
rate = 1000
[viber]
token = %q
name = "Крамниця"
api_url = %q
price = { amount = "0.84", currency = "UAH" }
rate = 1000
[whatsapp_cloud]
phone_number_id = %q
token = %q
app_secret = %q
verify_token = %q
api_url = "%s/v23.0"
price = { amount = "0.50", currency = "UAH" }
rate = 1000
[[sms]]
name = "main"
api_url = %q
token = %q
sender = "Shop"
price = { amount = "0.92", currency = "UAH" }
rate = 1000
[sms.request]
method = "POST"
path = "/send"
headers = { Authorization = "Bearer {{.token}}" }
json = { to = "{{.to}}", from = "{{.sender}}", text = "{{.text}}", ref = "{{.id}}", callback = "{{.report_url}}" }
[sms.accept]
status = [200]
ok = '.status == "ok"'
id = ".message_id"
error = ".error"
code = ".code"
[sms.faults]
"49" = "misconfigured"
"51" = "unreachable"
"404" = "refused"
"http:429" = "temporary"
[sms.report]
id = ".message_id"
ref = ".ref"
status = ".status"
states = { delivered = "delivered", undelivered = "failed", expired = "failed" }
answer = "OK"
[frequency]
marketing = { per_day = 0, per_week = 0 }
same_message = "1s"
[spend]
per_day = { amount = "1000000", currency = "UAH" }
[dialogue]
menu = false
ask_consent = false
[webhooks]
networks = ["127.0.0.0/8"]
`

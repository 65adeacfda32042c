package sms

import (
	"os"
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"

	"kaskad/bots"
)

// configOf reads the first [[sms]] of a TOML text as the program does: unknown keys are errors.
func configOf(t *testing.T, text string) Config {
	t.Helper()
	var file struct {
		SMS []Config `toml:"sms"`
	}
	d := toml.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file.SMS[0]
}

// own is the description of the contract, word for word.
func own(t *testing.T) Config {
	t.Helper()
	text, err := os.ReadFile("testdata/own.toml")
	if err != nil {
		t.Fatal(err)
	}
	return configOf(t, string(text))
}

func TestContractIsValid(t *testing.T) {
	cfg := own(t)
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	p, err := New(cfg, nil)
	if err != nil || p.Name() != "sms/own" || p.Hook().Path != "sms/own" {
		t.Errorf("New = %v, %v", p, err)
	}
}

func TestValidate(t *testing.T) {
	cases := map[string]struct {
		change func(*Config)
		want   []string
	}{
		"a preset of no name": {func(c *Config) { c.Preset = "turbo" }, []string{`preset: "turbo" is not there; there are alphasms, decision, infobip, kannel, smsc, smsru, turbosms, twilio`}},
		"a preset of no name, and more": {func(c *Config) {
			c.Preset, c.Name, c.Price.Amount, c.Faults, c.APIURL, c.Request = "turbo", "A B", "x", map[string]string{"44": "broken"}, "", Request{}
		}, []string{"preset: ", "name: ", "price: ", "faults.44: "}},
		"an unverified nothing": {func(c *Config) { c.Unverified = []string{"reports"} }, []string{`unverified: "reports" is no part`}},
		"no name":               {func(c *Config) { c.Name = "" }, []string{"name: "}},
		"a name with a slash":   {func(c *Config) { c.Name = "a/b" }, []string{"name: "}},
		"no address":            {func(c *Config) { c.APIURL = "" }, []string{"api_url: "}},
		"a login in the address": {func(c *Config) { c.APIURL = "https://me:hush@x.example" },
			[]string{"api_url: "}},
		"a query in the address":     {func(c *Config) { c.APIURL = "https://x.example?a=b" }, []string{"api_url: "}},
		"no price":                   {func(c *Config) { c.Price = bots.Price{} }, []string{"price: "}},
		"a price that is none":       {func(c *Config) { c.Price.Amount = "1,5" }, []string{"price: "}},
		"a long sender":              {func(c *Config) { c.Sender = "ShopShopShop" }, []string{"sender: a name has at most 11"}},
		"a Cyrillic sender":          {func(c *Config) { c.Sender = "Крамниця" }, []string{"sender: phones show only"}},
		"a long number as sender":    {func(c *Config) { c.Sender = "3805011122334455" }, []string{"sender: a number"}},
		"no sender, but asked for":   {func(c *Config) { c.Sender = "" }, []string{"sender: the request needs it"}},
		"no token, but asked for":    {func(c *Config) { c.Token = "" }, []string{"token: the request needs it"}},
		"a token with a line break":  {func(c *Config) { c.Token = "a\n" }, []string{"token: "}},
		"too many parts":             {func(c *Config) { c.MaxParts = 256 }, []string{"max_parts: "}},
		"a rate below nothing":       {func(c *Config) { c.Rate = -1 }, []string{"rate: "}},
		"a method":                   {func(c *Config) { c.Request.Method = "FETCH" }, []string{"request.method: "}},
		"GET with a body":            {func(c *Config) { c.Request.Method = "GET" }, []string{"request.method: GET has no body"}},
		"json and form":              {func(c *Config) { c.Request.Form = map[string]any{"a": "b"} }, []string{"request: json, form and body"}},
		"nothing to send":            {func(c *Config) { c.Request.JSON = nil }, []string{"request: nothing of the message"}},
		"no text in it":              {func(c *Config) { c.Request.JSON = map[string]any{"to": "{{.to}}"} }, []string{"{{.text}} is nowhere"}},
		"a path without a slash":     {func(c *Config) { c.Request.Path = "send" }, []string{"request.path: "}},
		"a path with a query":        {func(c *Config) { c.Request.Path = "/send?a={{.text}}" }, []string{"request.path: "}},
		"a header that is none":      {func(c *Config) { c.Request.Headers = map[string]string{"A b": "c"} }, []string{"request.headers: "}},
		"an unknown placeholder":     {jsonField("{{.phone}}"), []string{"request.json.x: .phone is no placeholder; there are .to .text"}},
		"an unknown filter":          {jsonField("{{.to | plus}}"), []string{`request.json.x: `, `"plus" not defined`}},
		"a brace too few":            {jsonField("{{.to}"), []string{"request.json.x: "}},
		"everything at once":         {jsonField("{{.}}"), []string{"request.json.x: . cannot be used"}},
		"everything behind a filter": {jsonField(`{{index . "token"}}`), []string{"request.json.x: . cannot be used"}},
		"the root variable":          {jsonField("{{$.token}}"), []string{"request.json.x: $.token cannot be used"}},
		"a loop":                     {jsonField("{{range .to}}x{{end}}"), []string{"request.json.x: "}},
		"a variable":                 {jsonField("{{$a := .to}}{{.to}}"), []string{"request.json.x: variables"}},
		"a template in a template":   {jsonField(`{{define "a"}}{{template "a"}}{{end}}{{template "a"}}`), []string{"request.json.x: "}},
		"a placeholder in an if":     {jsonField("{{if .phone}}x{{end}}"), []string{"request.json.x: .phone"}},
		"a placeholder in an else":   {jsonField("{{if .to}}x{{else}}{{.phone}}{{end}}"), []string{"request.json.x: .phone"}},
		"a body of unknown kind": {func(c *Config) { c.Request.JSON = nil; c.Request.Body = "{{.to}} {{.text}}" },
			[]string{"request.body: write headers.Content-Type"}},
		"a list in a list of a form": {func(c *Config) {
			c.Request.JSON = nil
			c.Request.Form = map[string]any{"a": []any{[]any{"{{.to}}{{.text}}"}}}
		}, []string{"request.form.a: a field is a string"}},
		"an answer format":            {func(c *Config) { c.Accept.Format = "xml" }, []string{"accept.format: "}},
		"a status that is none":       {func(c *Config) { c.Accept.Status = []int{20} }, []string{"accept.status: "}},
		"a broken expression":         {func(c *Config) { c.Accept.OK = ".status ==" }, []string{"accept.ok: ", "write a jq expression"}},
		"an unknown function":         {func(c *Config) { c.Accept.Code = "code(.)" }, []string{"accept.code: ", "write a jq expression"}},
		"no id expression":            {func(c *Config) { c.Accept.ID = "" }, []string{"accept.id: there is no id expression"}},
		"neither ok nor id":           {func(c *Config) { c.Accept.ID, c.Accept.OK = "", "" }, []string{"accept: nothing tells a yes"}},
		"an unknown fault":            {func(c *Config) { c.Faults = map[string]string{"44": "broken"} }, []string{`faults.44: "broken" is no fault`}},
		"a fault without a code":      {func(c *Config) { c.Accept.Code = "" }, []string{"faults.44: no answer has a code"}},
		"a fault of no status":        {func(c *Config) { c.Faults = map[string]string{"http:slow": "temporary"} }, []string{"faults.http:slow: "}},
		"an unknown state":            {func(c *Config) { c.Report.States = map[string]string{"seen": "read"} }, []string{`report.states.seen: "read" is no state`}},
		"states without a status":     {func(c *Config) { c.Report.Status = "" }, []string{"report: status and states"}},
		"a report of nothing":         {func(c *Config) { c.Report.ID = "" }, []string{"report.id: nothing names the message"}},
		"a broken report expression":  {func(c *Config) { c.Report.Each = ".[" }, []string{"report.each: "}},
		"who wrote, but not what":     {func(c *Config) { c.Inbound.Text = "" }, []string{"inbound: from and text"}},
		"several things at once":      {func(c *Config) { c.Name, c.Accept.OK, c.Inbound.ID = "", "((", ")" }, []string{"name: ", "accept.ok: ", "inbound.id: "}},
		"without a sender, knowingly": {func(c *Config) { c.Sender, c.Request.OmitEmpty = "", true }, nil},
		"a number as sender":          {func(c *Config) { c.Sender = "+380441234567" }, nil},
		"free of charge":              {func(c *Config) { c.Price.Amount = "0" }, nil},
		"our id instead of theirs": {func(c *Config) {
			c.Accept.ID, c.Report.ID, c.Report.Ref = "", "", ".ref"
		}, nil},
		"our id in the report address": {func(c *Config) {
			c.Accept.ID, c.Report.ID, c.ReportURL = "", "", "https://x.example/in/sms/own/s"
			jsonField("{{.report_url}}")(c)
		}, nil},
		"only status faults": {func(c *Config) { c.Accept.Code, c.Faults = "", map[string]string{"http:429": "temporary"} }, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := own(t)
			tc.change(&cfg)
			err := cfg.Validate()
			if (err == nil) != (len(tc.want) == 0) {
				t.Fatalf("Validate = %v, want %q", err, tc.want)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Validate = %v; want %q in it", err, want)
				}
			}
			if err != nil && (strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "tok-123")) {
				t.Errorf("the error holds a secret: %v", err)
			}
			if _, newErr := New(cfg, nil); (newErr == nil) != (err == nil) {
				t.Errorf("New = %v, Validate = %v", newErr, err)
			}
		})
	}
}

func jsonField(value string) func(*Config) {
	return func(c *Config) { c.Request.JSON.(map[string]any)["x"] = value }
}

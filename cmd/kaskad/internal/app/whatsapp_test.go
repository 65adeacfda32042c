package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/bots/whatsapp"
	"kaskad/cmd/kaskad/internal/demo"
	"kaskad/fallback"
)

const cloudText = `
[server]
public_url = "https://bots.example.com"
[whatsapp_cloud]
phone_number_id = "106540352242922"
token = "EAAJB0LUHZC1ABO4Yo9x"
app_secret = "5f4dcc3b5aa765d61d8327deb882cf99"
verify_token = "a-word-of-ours"
price = { amount = "1.10", currency = "UAH" }
`

func lineless(text, line string) string {
	i := strings.Index(text, line)
	return text[:i] + text[i+strings.Index(text[i:], "\n")+1:]
}

// Each way to WhatsApp says at its own key what is missing, and what a paired phone risks.
func TestWhatIsWrongWithWhatsApp(t *testing.T) {
	for name, c := range map[string]struct{ text, key, says string }{
		"nothing of the Cloud":           {cloudText, "", ""},
		"no address for Meta's calls":    {lineless(cloudText, "public_url"), "whatsapp_cloud.token", "public_url"},
		"no price":                       {lineless(cloudText, "price"), "whatsapp_cloud", "price: write what it costs"},
		"no secret of the app":           {lineless(cloudText, "app_secret"), "whatsapp_cloud", "app_secret is empty"},
		"the number in place of its id":  {strings.Replace(cloudText, "106540352242922", "+380501112233", 1), "whatsapp_cloud.phone_number_id", "not the number"},
		"a rate of 0":                    {cloudText + "rate = 0\n", "whatsapp_cloud.rate", "pause whatsapp_cloud"},
		"money of two kinds":             {cloudText + "[whatsapp]\nenabled = true\nprice = { amount = \"1\", currency = \"EUR\" }\n", "whatsapp_cloud.price.currency", "one currency"},
		"nothing of a phone":             {"[whatsapp]\nenabled = true\n", "", ""},
		"a version that is none":         {"[whatsapp]\nenabled = true\nclient_version = \"2.3\"\n", "whatsapp.client_version", "2.3000."},
		"a phone's price that is none":   {"[whatsapp]\nenabled = true\nprice = { amount = \"dear\", currency = \"UAH\" }\n", "whatsapp.price", ""},
		"fewer in the end than at first": {"[whatsapp]\nenabled = true\ndaily = { first = 50, growth = 1.3, most = 10 }\n", "whatsapp.daily.most", "less than"},
	} {
		_, faults := load(t, c.text)
		if c.key == "" {
			if faults.Errors() {
				t.Errorf("%s: %v; want no fault", name, faults)
			}
			continue
		}
		if !slices.ContainsFunc(faults, func(f Fault) bool { return !f.Warning && f.Key == c.key && strings.Contains(f.Problem, c.says) }) {
			t.Errorf("%s: %+v; want %s at %s", name, faults, c.says, c.key)
		}
	}
}

// Whoever checks a configuration with a paired phone reads once that the number can be banned; with none, not at all.
func TestAPairedPhoneIsWarnedOfOnce(t *testing.T) {
	for text, want := range map[string][]string{
		"[whatsapp]\nenabled = true\n":              {"whatsapp.enabled"},
		"[whatsapp]\nenabled = true\ncold = true\n": {"whatsapp.enabled", "whatsapp.cold"},
		"[whatsapp]\ncold = true\n":                 nil,
		cloudText:                                   nil,
	} {
		_, faults := load(t, text)
		var warned []string
		for _, f := range faults {
			if f.Warning && strings.HasPrefix(f.Key, "whatsapp.") && strings.Contains(f.Problem, "ban") {
				warned = append(warned, f.Key)
			}
		}
		slices.Sort(want)
		slices.Sort(warned)
		if !slices.Equal(warned, want) {
			t.Errorf("%q is warned of at %q; want %q", text, warned, want)
		}
	}
}

// The three secrets of the Cloud come from files and from the environment as well, and what cannot be read is told for each.
func TestSecretsOfTheCloudComeThreeWays(t *testing.T) {
	t.Setenv("KASKAD_TEST_META", "5f4dcc3b5aa765d61d8327deb882cf99")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "meta.token"), []byte("EAAJB0LUHZC1ABO4Yo9x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`token = "EAAJB0LUHZC1ABO4Yo9x"`, `token_file = "meta.token"`, `"5f4dcc3b5aa765d61d8327deb882cf99"`, `"env:KASKAD_TEST_META"`).Replace(cloudText)
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, faults := Load(path)
	if c := cfg.WhatsAppCloud; faults.Errors() || c.Token.Reveal() != "EAAJB0LUHZC1ABO4Yo9x" || c.AppSecret.Reveal() != "5f4dcc3b5aa765d61d8327deb882cf99" || c.VerifyToken.Reveal() != "a-word-of-ours" {
		t.Errorf("%v, %v", cfg.WhatsAppCloud, faults)
	}
	if strings.Contains(faults.Error()+cfg.WhatsAppCloud.Token.String(), "EAAJ") {
		t.Error("a secret is shown")
	}
	_, faults = load(t, strings.NewReplacer(`"EAAJB0LUHZC1ABO4Yo9x"`, `"env:KASKAD_TEST_NOWHERE"`, `"a-word-of-ours"`, `"env:KASKAD_TEST_NOWHERE"`).Replace(cloudText))
	var keys []string
	for _, f := range faults {
		if !f.Warning {
			keys = append(keys, f.Key)
		}
	}
	if slices.Sort(keys); !slices.Equal(keys, []string{"whatsapp_cloud.token", "whatsapp_cloud.verify_token"}) {
		t.Errorf("faults at %q; want those of the two that are nowhere", keys)
	}
}

// check shows where Meta calls and where that is entered, and never a secret of the operator's.
func TestCheckShowsWhereMetaCalls(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte(strings.Replace(cloudText, "[server]", "[server]\ndata_dir = \"data\"", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	said := func() string {
		found, err := Check(t.Context(), Place(path), CheckOptions{})
		if err != nil || found.Status(false) != nil {
			t.Fatal(err, found.Status(false), found.Faults)
		}
		return strings.Join(found.Lines, "\n")
	}
	if got := said(); !strings.Contains(got, "Meta calls https://bots.example.com/in/whatsapp_cloud\n") || !strings.Contains(got, "verify_token as Verify token") {
		t.Errorf("before the first start check says\n%s", got)
	}
	gate, err := Connect(t.Context(), Place(path), RunningOrNew)
	if err != nil {
		t.Fatal(err)
	}
	if err := gate.Close(); err != nil {
		t.Fatal(err)
	}
	got := said()
	if i := strings.Index(got, "/in/whatsapp_cloud/"); i < 0 || len(got[i:]) < len("/in/whatsapp_cloud/")+32 {
		t.Errorf("after it check says\n%s", got)
	}
	if strings.Contains(got, "a-word-of-ours") || strings.Contains(got, "EAAJ") {
		t.Errorf("check shows a secret:\n%s", got)
	}
}

// Test keys have no paired phone: a gateway that spoke to a simulated WhatsApp would have to trust it for the real one, too.
func TestTestKeysHaveNoPairedPhone(t *testing.T) {
	cfg, faults := load(t, cloudText+"[whatsapp]\nenabled = true\n")
	if faults.Errors() {
		t.Fatal(faults)
	}
	world, err := demo.StartTestWorld()
	if err != nil {
		t.Fatal(err)
	}
	defer world.Close()
	side := testConfig(cfg, world, "http://127.0.0.1:1")
	if side.WhatsApp != (whatsapp.Config{}) {
		t.Errorf("the test side has the phone %+v", side.WhatsApp)
	}
	if c := side.WhatsAppCloud; !c.On() || c.Token == cfg.WhatsAppCloud.Token || c.AppSecret == cfg.WhatsAppCloud.AppSecret || !strings.HasPrefix(c.APIURL, "http://127.0.0.1:") || c.Price.Amount != "0" {
		t.Errorf("the test side has the number %+v", c)
	}
	channels, err := openChannels(side, deps{})
	if err != nil || channels[bots.WhatsApp] != nil || channels[bots.WhatsAppCloud] == nil {
		t.Errorf("the test side has %v, %v", channels, err)
	}
}

// A command that has nothing to do with the phone leaves its session alone, and one that has opens it once.
func TestOnlyWhoNeedsThePhoneOpensItsSession(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("[server]\ndata_dir = \"data\"\n[whatsapp]\nenabled = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gate, err := Connect(t.Context(), Place(path), RunningOrNew)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	if err := gate.Call(t.Context(), "GET", "/v1/keys", nil, nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "data", "whatsapp.db")
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("a list of keys opened the session: %v", err)
	}
	for range 2 {
		if s, err := gate.WhatsApp(t.Context()); err != nil || s.State != "unpaired" || s.Account != nil || s.Advice == "" {
			t.Errorf("the session stands as %+v, %v", s, err)
		}
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("whatsapp.db is %v, %v; want its owner's alone", info, err)
	}
}

func TestASessionSaysItsStateFirst(t *testing.T) {
	until := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	for want, s := range map[string]bots.Standing{
		"outdated: update":                         {State: "outdated", Advice: "update"},
		"banned until 2026-12-01T10:00:00Z":        {State: "banned", Until: until},
		"limited until 2026-12-01T10:00:00Z: wait": {State: "limited", Until: until, Advice: "wait"},
	} {
		if got := stoodSo(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Another number begins its warm-up anew; the same one, paired again, goes on where it was.
func TestAnotherNumberIsYoungAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("[server]\ndata_dir = \"data\"\n[whatsapp]\nenabled = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gate, err := Connect(t.Context(), Place(path), RunningOrNew)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	p := phoneSession{app: gate.app}
	old := fallback.Written{Day: "2026-11-22", Count: 7}
	for _, c := range []struct {
		phone string
		want  fallback.Written
		anew  bool // to the people of the number before
	}{
		{"+380441112233", fallback.Written{}, false},
		{"+380441112233", old, false},
		{"+380441112244", fallback.Written{}, true},
		{"+380441112233", fallback.Written{}, true},
	} {
		if err := gate.app.db.SetWritten(t.Context(), bots.WhatsApp, old); err != nil {
			t.Fatal(err)
		}
		if err := p.warmUp(t.Context(), c.phone); err != nil {
			t.Fatal(err)
		}
		got, err := gate.app.db.Written(t.Context(), bots.WhatsApp)
		if anew := !got.Since.IsZero(); anew != c.anew {
			t.Errorf("after %s was paired: a stranger to everybody: %t, want %t", c.phone, anew, c.anew)
		}
		if got.Since = (time.Time{}); err != nil || got != c.want {
			t.Errorf("after %s was paired: %+v, %v; want %+v", c.phone, got, err, c.want)
		}
	}
}

// A session whose file is broken shuts its channel and nothing else: the gateway starts, and says what to do.
func TestABrokenSessionShutsItsChannelAlone(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "whatsapp.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, faults := load(t, cloudText+"[whatsapp]\nenabled = true\n")
	if faults.Errors() {
		t.Fatal(faults)
	}
	open := func() (*whatsapp.Bot, error) {
		return whatsapp.Open(t.Context(), cfg.WhatsApp, whatsapp.Options{Dir: dir})
	}
	channels, err := openChannels(cfg, deps{log: slog.New(slog.DiscardHandler), phone: open})
	if err != nil || channels[bots.WhatsAppCloud] == nil || channels[bots.WhatsApp] == nil {
		t.Fatalf("%v, %v; want both channels", channels, err)
	}
	phone := channels[bots.WhatsApp].senders[bots.WhatsApp]
	if s := phone.(bots.Stander).Standing(); !s.Shut || s.State != "store_failed" || s.Advice == "" {
		t.Errorf("it stands as %+v", s)
	}
	if _, err := phone.Send(t.Context(), bots.Outgoing{}); bots.FaultOf(err).Fault != bots.Rejected {
		t.Errorf("a send = %v; want rejected, so that the next channel is taken", err)
	}
	if _, err := phone.Check(t.Context()); bots.FaultOf(err).Fault != bots.Misconfigured || !strings.Contains(err.Error(), "whatsapp.db") {
		t.Errorf("Check = %v", err)
	}
}

// Whoever asks about a session that cannot be opened is told which file it is, and what to do.
func TestABrokenSessionSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "whatsapp.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.toml")
	if err := os.WriteFile(path, []byte("[server]\ndata_dir = \".\"\n[whatsapp]\nenabled = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gate, err := Connect(t.Context(), Place(path), RunningOrNew)
	if err != nil {
		t.Fatal(err)
	}
	defer gate.Close()
	s, err := gate.WhatsApp(t.Context())
	if err != nil || s.State != "store_failed" || s.Account != nil || !strings.Contains(s.Advice, "whatsapp.db cannot be opened") || !strings.Contains(s.Advice, brokenAdvice) {
		t.Errorf("the session stands as %+v, %v", s, err)
	}
	for name, err := range map[string]error{
		"pairing": gate.PairWhatsApp(t.Context(), "", func(WhatsAppStep) error { return nil }),
		"logout":  gate.LogoutWhatsApp(t.Context()),
	} {
		if err == nil || !strings.Contains(err.Error(), brokenAdvice) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

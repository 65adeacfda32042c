package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// locked is a writer for many.
type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// pair writes a certificate and its key, as a tool beside us would.
func (a *authority) pair(dir string, serial int64, life time.Duration) (cert, key string) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf := a.issue(big.NewInt(serial), time.Now().Add(-time.Hour), time.Now().Add(life), &private.PublicKey)
	cert, key = filepath.Join(dir, "fullchain.pem"), filepath.Join(dir, "key.pem")
	a.write(cert, append(pemOf("CERTIFICATE", leaf.Raw), pemOf("CERTIFICATE", a.root.Raw)...))
	a.write(key, pemOf("PRIVATE KEY", der))
	return cert, key
}

func (a *authority) write(path string, text []byte) {
	a.t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func TestCertificateFilesAreReadAgain(t *testing.T) {
	a := newAuthority(t)
	dir := t.TempDir()
	cert, key := a.pair(dir, 1, 24*time.Hour)
	var words strings.Builder
	log := slog.New(slog.NewTextHandler(&locked{w: &words}, nil))
	f, err := openFiles(cert, key, log)
	if err != nil {
		t.Fatal(err)
	}
	e := &encryption{f, false}
	address := served(t, e, log)
	serves := func(want int64, when string) {
		t.Helper()
		if serial, err := handshake(address, a.trust()); err != nil || serial.Int64() != want {
			t.Errorf("%s: certificate %v, %v; want %d", when, serial, err, want)
		}
	}
	serves(1, "at first")
	touched := 0
	look := func() {
		t.Helper()
		touched++ // file times can be coarse
		at := time.Now().Add(time.Duration(touched) * time.Second)
		for _, file := range []string{cert, key} {
			if err := os.Chtimes(file, at, at); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		f.look(time.Now())
	}
	a.pair(dir, 2, 24*time.Hour)
	look()
	serves(2, "after a renewal")
	a.write(cert, []byte("half a certif"))
	look()
	serves(2, "while a file is half written")
	if todo := e.todo(); !strings.Contains(todo, "stays in use") {
		t.Errorf("todo %q", todo)
	}
	lines := strings.Count(words.String(), "the one before stays")
	f.look(time.Now())
	if again := strings.Count(words.String(), "the one before stays"); lines != 1 || again != 1 {
		t.Errorf("the bad file was logged %d times, then %d", lines, again)
	}
	a.pair(dir, 3, -time.Minute)
	look()
	serves(2, "after one that has expired")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	look()
	serves(2, "without a key")
	a.pair(dir, 4, 12*time.Minute)
	look()
	serves(4, "after it was mended")
	if todo := e.todo(); !strings.Contains(todo, "expires at") {
		t.Errorf("todo of one that runs out: %q", todo)
	}
	if strings.Contains(words.String(), "PRIVATE") {
		t.Error("the log holds a key")
	}
}

func TestTLSInTheConfiguration(t *testing.T) {
	a := newAuthority(t)
	dir := t.TempDir()
	cert, key := a.pair(dir, 1, 24*time.Hour)
	lone := filepath.Join(dir, "lone.pem")
	raw, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.SplitAfter(string(raw), "-----END CERTIFICATE-----\n")[0]
	a.write(lone, []byte(first))
	open := filepath.Join(dir, "open.pem")
	private, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open, private, 0o644); err != nil {
		t.Fatal(err)
	}
	const public = "public_url = \"https://bots.example.com\"\n"
	pair := func(cert, key string) string {
		return fmt.Sprintf("tls = { cert_file = %q, key_file = %q }", cert, key)
	}
	for name, c := range map[string]struct {
		server string // its lines, from the second of the file on
		line   int
		want   string // of the fault; empty: none
		warns  bool
	}{
		"off":                                   {`tls = "off"`, 0, "", false},
		"not written":                           {``, 0, "", false},
		"another word":                          {public + `tls = "on"`, 3, `"on"`, false},
		"a number":                              {`tls = 1`, 2, `write "off"`, false},
		"auto without public_url":               {`tls = "auto"`, 2, "public_url", false},
		"auto with plain http":                  {"public_url = \"http://127.0.0.1\"\ntls = \"auto\"", 3, "public_url", false},
		"auto for an address":                   {"public_url = \"https://203.0.113.7\"\ntls = \"auto\"", 3, "no authority", false},
		"auto for a name without a dot":         {"public_url = \"https://bots\"\ntls = \"auto\"", 3, "no authority", false},
		"auto on 443":                           {public + "listen = \":443\"\ntls = \"auto\"", 0, "", false},
		"auto on another port":                  {public + "listen = \":8443\"\ntls = \"auto\"", 3, "port 443", true},
		"auto where the world cannot come":      {public + "listen = \"127.0.0.1:443\"\ntls = \"auto\"", 3, "this machine only", true},
		"files":                                 {public + pair(cert, key), 0, "", false},
		"files in a table of their own":         {public + fmt.Sprintf("[server.tls]\ncert_file = %q\nkey_file = %q", cert, key), 0, "", false},
		"a file that is missing":                {public + pair(cert+"x", key), 3, "no such file", false},
		"one file alone":                        {public + fmt.Sprintf("tls = { cert_file = %q }", cert), 3, "key_file is missing", false},
		"an unknown key":                        {public + fmt.Sprintf("tls = { cert_file = %q, key_file = %q, ca = 1 }", cert, key), 3, "unknown key", false},
		"an unknown key in a table of its own":  {public + fmt.Sprintf("[server.tls]\ncert_file = %q\nkey_file = %q\nca = 1", cert, key), 6, "unknown key", false},
		"a key that is no text":                 {public + "tls = { cert_file = 1, key_file = \"k\" }", 3, "name a file", false},
		"a key for another certificate":         {public + pair(cert, cert), 3, "cannot be used together", false},
		"a certificate for another name":        {"public_url = \"https://shop.example.com\"\n" + pair(cert, key), 3, "not for shop.example.com", true},
		"a certificate without its issuers":     {public + pair(lone, key), 3, "fullchain", true},
		"a key that everyone can read":          {public + pair(cert, open), 3, "chmod 600", true},
		"Telegram calls without public_url":     {"[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\nupdates = \"webhook\"", 4, "needs [server] public_url", false},
		"Telegram calls with plain http":        {"public_url = \"http://bots.example.com\"\n[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\nupdates = \"webhook\"", 2, "https", false},
		"Telegram calls a port it does not":     {"public_url = \"https://bots.example.com:9443\"\n[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\nupdates = \"webhook\"", 5, "8443", false},
		"Telegram calls where it can":           {public + "[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\nupdates = \"webhook\"", 0, "", false},
		"Telegram is asked, nothing is needed":  {"[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\n", 0, "", false},
		"a relative name starts at this folder": {public + "tls = { cert_file = \"nowhere.pem\", key_file = \"nowhere.key\" }", 3, "no such file", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := load(t, "[server]\n"+c.server+"\n")
			var about Faults
			for _, f := range faults {
				if strings.HasPrefix(f.Key, "server.") || f.Key == "telegram.updates" {
					about = append(about, f)
				}
			}
			if c.want == "" {
				if len(about) != 0 {
					t.Errorf("faults %v", about)
				}
				return
			}
			if len(about) != 1 || about[0].Line != c.line || about[0].Warning != c.warns || !strings.Contains(about[0].Problem, c.want) {
				t.Errorf("faults %+v, want line %d with %q, warning %v", about, c.line, c.want, c.warns)
			}
		})
	}
}

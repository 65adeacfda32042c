package bots_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots"
)

func TestPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"93.184.215.14":          true,
		"2606:2800:21f:cb07::1":  true,
		"::ffff:93.184.215.14":   true,
		"64:ff9b::93.184.215.14": true, // the same through NAT64
		"127.0.0.1":              false,
		"::1":                    false,
		"::ffff:127.0.0.1":       false,
		"0.0.0.0":                false,
		"::":                     false,
		"10.1.2.3":               false,
		"172.16.0.1":             false,
		"192.168.1.1":            false,
		"::ffff:192.168.1.1":     false,
		"64:ff9b::192.168.1.1":   false,
		"64:ff9b::127.0.0.1":     false,
		"64:ff9b:1::1":           false,
		"::192.168.1.1":          false,
		"169.254.169.254":        false, // where clouds hand out secrets
		"fe80::1":                false,
		"fe80::1%eth0":           false,
		"fd00::1":                false,
		"fec0::1":                false,
		"fd00:ec2::254":          false,
		"100.64.0.1":             false,
		"192.0.0.170":            false,
		"198.18.0.1":             false,
		"224.0.0.1":              false,
		"239.1.1.1":              false,
		"ff02::1":                false,
		"240.0.0.1":              false,
		"255.255.255.255":        false,
		"2002:7f00:1::1":         false,
		"2001:0:4136:e378::1":    false,
		"2001:db8::1":            false,
	} {
		if got := bots.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("Public(%s) = %t, want %t", address, got, want)
		}
	}
}

// shop is a server on this machine that counts who came.
func shop(t *testing.T, handler http.HandlerFunc) (*httptest.Server, *x509.CertPool, *atomic.Int64) {
	t.Helper()
	visits := new(atomic.Int64)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits.Add(1)
		handler(w, r)
	}))
	s.StartTLS()
	t.Cleanup(s.Close)
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return s, pool, visits
}

func picture(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "image/png; x=y")
	fmt.Fprint(w, "a picture")
}

func TestVisitorFetches(t *testing.T) {
	s, pool, _ := shop(t, picture)
	got, err := bots.NewVisitor(bots.VisitorOptions{RootCAs: pool, Loopback: true}).Get(t.Context(), s.URL+"/p/tea%20cups.png?v=2")
	if err != nil || string(got.Body) != "a picture" || got.Type != "image/png" || got.Name != "tea cups.png" {
		t.Errorf("Get = %q of type %q named %q, %v", got.Body, got.Type, got.Name, err)
	}
}

// The listener is there and would answer: only the check of the dialled address keeps us from it.
// Whoever writes an address must not make a name of it that is read as another.
func TestVisitorNamesFilesAsTheyAre(t *testing.T) {
	s, pool, _ := shop(t, picture)
	for path, want := range map[string]string{
		"/invoice%E2%80%AEfdp.exe": "invoicefdp.exe", "/a%0Ab%00.pdf": "ab.pdf", "/a%FF.pdf": "a\ufffd.pdf", "/%D0%BA%D0%B0%D0%B2%D0%B0.pdf": "кава.pdf", "/": "", "/%E2%80%AE": "",
	} {
		got, err := bots.NewVisitor(bots.VisitorOptions{RootCAs: pool, Loopback: true}).Get(t.Context(), s.URL+path)
		if err != nil || got.Name != want {
			t.Errorf("%s is named %q, %v; want %q", path, got.Name, err, want)
		}
	}
}

func TestVisitorKeepsOut(t *testing.T) {
	s, pool, visits := shop(t, picture)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	v := bots.NewVisitor(bots.VisitorOptions{RootCAs: pool})
	for name, address := range map[string]string{
		"an address of this machine":       s.URL + "/",
		"a name that leads to it":          "https://localhost:" + port + "/",
		"the same in six":                  "https://[::ffff:127.0.0.1]:" + port + "/",
		"as a number":                      "https://2130706433:" + port + "/",
		"nowhere in particular":            "https://0.0.0.0:" + port + "/",
		"where clouds hand out secrets":    "https://169.254.169.254/latest/meta-data/",
		"plain http":                       "http://127.0.0.1:" + port + "/",
		"plain http to a public name":      "http://example.com/",
		"a file":                           "file:///etc/passwd",
		"no scheme":                        "//example.com/a.png",
		"no host":                          "https:///a.png",
		"somebody's name and password":     "https://user:word@example.com/",
		"no address":                       "::not an address::",
		"an address with a line end":       "https://example.com/\r\nX: y",
		"nothing":                          "",
		"another protocol behind the port": "gopher://127.0.0.1:" + port + "/",
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, err := v.Get(ctx, address); err == nil {
				t.Error("it was fetched")
			}
		})
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("the server was visited %d times", n)
	}
}

func TestVisitorSaysWhyItKeptOut(t *testing.T) {
	s, pool, _ := shop(t, picture)
	_, err := bots.NewVisitor(bots.VisitorOptions{RootCAs: pool}).Get(t.Context(), s.URL+"/secret-path?key=1")
	if e := bots.FaultOf(err); e.Fault != bots.Rejected || !errors.Is(err, bots.ErrForbiddenAddress) || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("Get = %v", err)
	}
}

// Redirects are followed, but not to where the address itself could not lead.
func TestVisitorRedirects(t *testing.T) {
	var (
		mu       sync.Mutex
		to       string
		referers []string
	)
	s, pool, _ := shop(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		referers = append(referers, r.Header.Get("Referer"))
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		picture(w, r)
	})
	v := bots.NewVisitor(bots.VisitorOptions{RootCAs: pool, Loopback: true})
	for name, c := range map[string]struct {
		to string
		ok bool
	}{
		"to another page":            {s.URL + "/here", true},
		"within the host":            {"/here", true},
		"to itself, for ever":        {"/moved", false},
		"to plain http":              {"http://example.com/", false},
		"to a file":                  {"file:///etc/passwd", false},
		"to a private network":       {"https://10.255.255.1/", false},
		"to where secrets are":       {"https://169.254.169.254/", false},
		"with a name and a password": {strings.Replace(s.URL, "https://", "https://user:word@", 1) + "/here", false},
	} {
		t.Run(name, func(t *testing.T) {
			mu.Lock()
			to = c.to
			mu.Unlock()
			got, err := v.Get(t.Context(), s.URL+"/moved?secret=1")
			if (err == nil) != c.ok {
				t.Errorf("Get = %q, %v", got.Body, err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows the address: %v", err)
			}
		})
	}
	mu.Lock()
	defer mu.Unlock()
	for _, r := range referers {
		if r != "" {
			t.Errorf("a host was told where we came from: %q", r)
		}
	}
}

func TestVisitorBounds(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	s, pool, _ := shop(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/declared":
			w.Header().Set("Content-Length", "1000000")
			io.WriteString(w, strings.Repeat("x", 1000000))
		case "/undeclared":
			for range 100 {
				io.WriteString(w, strings.Repeat("x", 10000))
				w.(http.Flusher).Flush()
			}
		case "/slow":
			w.(http.Flusher).Flush()
			select {
			case <-never:
			case <-r.Context().Done():
			}
		case "/gone":
			http.NotFound(w, r)
		case "/broken":
			http.Error(w, "later", http.StatusServiceUnavailable)
		case "/packed":
			if r.Header.Get("Accept-Encoding") != "" {
				t.Errorf("we take %q, which may unfold", r.Header.Get("Accept-Encoding"))
			}
		}
	})
	v := bots.NewVisitor(bots.VisitorOptions{RootCAs: pool, Loopback: true, Max: 100000, Wait: time.Minute})
	hasty := bots.NewVisitor(bots.VisitorOptions{RootCAs: pool, Loopback: true, Max: 100000, Wait: 500 * time.Millisecond})
	for path, want := range map[string]bots.Fault{
		"/declared": bots.Rejected, "/undeclared": bots.Rejected, "/slow": bots.Temporary, "/gone": bots.Rejected, "/broken": bots.Temporary,
	} {
		by := v
		if path == "/slow" {
			by = hasty
		}
		got, err := by.Get(t.Context(), s.URL+path)
		if e := bots.FaultOf(err); err == nil || e.Fault != want {
			t.Errorf("Get(%s) = %d bytes, %v; want %v", path, len(got.Body), err, want)
		}
	}
	if _, err := v.Get(t.Context(), s.URL+"/packed"); err != nil {
		t.Error(err)
	}
}

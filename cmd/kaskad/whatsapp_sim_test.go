package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// asWhatsApp tells the program, when it is this test binary, where the simulated WhatsApp is and which key signs for it. Only tests can
// do so: the program itself knows no other WhatsApp than the real one.
const asWhatsApp = "KASKAD_TEST_WHATSAPP"

// whatsAppAt leads what this process asks of WhatsApp to the simulator that the environment names, if it names one.
func whatsAppAt(where string) error {
	address, root, ok := strings.Cut(where, " ")
	if !ok {
		return nil
	}
	raw, err := hex.DecodeString(root)
	if err != nil || len(raw) != 32 {
		return fmt.Errorf("%s: no key in %q", asWhatsApp, where)
	}
	dial := func(ctx context.Context, network, to string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(to)
		if err != nil || host != "web.whatsapp.com" && !strings.HasSuffix(host, ".whatsapp.net") {
			return nil, errors.New("a test calls nobody outside")
		}
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}
	t := http.DefaultTransport.(*http.Transport)
	t.DialContext, t.DialTLSContext = dial, dial // what DialTLSContext gives counts as encrypted
	return simwhatsapp.TrustKey([32]byte(raw))
}

// newWhatsApp starts a simulated WhatsApp with one account, the shop's.
func newWhatsApp(t testing.TB) *simwhatsapp.Server {
	t.Helper()
	if racing {
		t.Skip("the library's own races when it reconnects would be told as ours")
	}
	mustAll(t, simwhatsapp.Trust())
	s, err := simwhatsapp.New(simwhatsapp.Options{})
	mustAll(t, err)
	t.Cleanup(func() { mustAll(t, s.Close()) })
	mustAll(t, s.AddAccount(shopPhone, "900001"), s.Alter(shopPhone, func(a *simwhatsapp.Traits) { a.Name, a.FewKeys = "Крамниця", true }))
	return s
}

const shopPhone = "+380441112233"

// whatsAppEnv is what a child has to have in its environment to speak to a simulator.
func whatsAppEnv(t testing.TB, s *simwhatsapp.Server) string {
	t.Helper()
	conn, err := s.Client().Transport.(*http.Transport).DialContext(t.Context(), "tcp", "")
	mustAll(t, err)
	defer conn.Close()
	key := simwhatsapp.RootKey()
	return asWhatsApp + "=" + conn.RemoteAddr().String() + " " + hex.EncodeToString(key[:])
}

// The root key that the program believes is WhatsApp's own, always: with another one anybody could play WhatsApp to it.
func TestTheProgramNeverTouchesWhatsAppsRootKey(t *testing.T) {
	t.Parallel()
	allowed := 0
	eachSource(t, func(path, text string) {
		switch {
		case !strings.Contains(text, "WACert"+"PubKey"):
		case strings.HasPrefix(path, "bots/simulator/"):
			allowed++
		default:
			t.Errorf("%s names the root key of WhatsApp's certificates: nobody but the simulator may", path)
		}
		testWorld := strings.Contains(path, "/demo/testworld") || strings.Contains(path, "/demo/endings") // of a real gateway
		demo := strings.HasPrefix(path, "cmd/kaskad/internal/demo/") && !testWorld || path == "cmd/kaskad/internal/app/demo.go"
		if strings.Contains(text, "simulator/whatsapp\"") && !strings.HasSuffix(path, "_test.go") && !demo {
			t.Errorf("%s imports the simulated WhatsApp: a gateway that trusted its key would trust it for the real one, too", path)
		}
	})
	if allowed == 0 {
		t.Error("not even the simulator names it: this test looks for the wrong word")
	}
}

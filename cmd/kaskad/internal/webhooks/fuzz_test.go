package webhooks_test

import (
	"net/netip"
	"net/url"
	"testing"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/webhooks"
)

// FuzzAcceptable reads addresses that somebody wrote: what is taken can be called, has no user in it, and names no address of a network that is not
// public.
func FuzzAcceptable(f *testing.F) {
	for _, a := range []string{"https://shop.example/hook", "http://127.0.0.1:8080/x", "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://u:p@shop.example", "https://[fe80::1%25eth0]/", "https://10.0.0.1", "https://shop.example:99999/", "https://2130706433/"} {
		f.Add(a)
	}
	w := webhooks.New(webhooks.Options{Networks: []netip.Prefix{netip.MustParsePrefix("192.168.7.0/24")}})
	f.Fuzz(func(t *testing.T, address string) {
		if w.Acceptable(address) != nil {
			return
		}
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.Hostname() == "" {
			t.Fatalf("%q is taken: %+v, %v", address, u, err)
		}
		ip, err := netip.ParseAddr(u.Hostname())
		own := err == nil && netip.MustParsePrefix("192.168.7.0/24").Contains(ip.Unmap())
		if err == nil && !bots.Public(ip) && !own || u.Scheme == "http" && !own {
			t.Errorf("%q is taken", address)
		}
	})
}

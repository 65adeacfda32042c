package inbox

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"kaskad/bots"
)

// hosts are the names under which the pages are reached, besides addresses.
type hosts []string

// ours reports whether a call was meant for us: a page of a stranger whose name leads here (DNS rebinding) comes with that name.
func (i *Inbox) ours(r *http.Request) bool {
	name := r.Host
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if _, err := netip.ParseAddr(name); err == nil {
		return true // an address is nobody's name
	}
	return name == "localhost" || slices.Contains(i.hosts, name)
}

// The cookies.
const (
	sessionCookie = "kaskad-session"
	formCookie    = "kaskad-form"  // of a browser in which nobody is signed in: its forms are held to it
	halfCookie    = "kaskad-half"  // of a browser in which the password was right, and a code is owed
	awayCookie    = "kaskad-away"  // of a browser whose person signs in at the provider now
	knownCookie   = "kaskad-known" // of a browser in which somebody has signed in: its tries are counted by themselves
)

// name is what a cookie is called: over TLS so that no other host, path or plain connection can set it.
func (i *Inbox) name(r *http.Request, name string) string {
	if i.tls(r) {
		return "__Host-" + name
	}
	return name
}

func (i *Inbox) tls(r *http.Request) bool { return r.TLS != nil || i.secure }

func (i *Inbox) cookie(r *http.Request, name string) bots.Secret {
	most := 200
	if name == awayCookie {
		most = maxAway
	}
	c, err := r.Cookie(i.name(r, name))
	if err != nil || len(c.Value) > most {
		return ""
	}
	return bots.Secret(c.Value)
}

// put sets a cookie until the browser is closed, or for some seconds; less than zero takes it away.
func (i *Inbox) put(v *visit, name string, value bots.Secret, seconds int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: i.name(v.r, name), Value: value.Reveal(), Path: "/", MaxAge: seconds, HttpOnly: true, Secure: i.tls(v.r),
		// Not Strict: whoever comes back from another site's sign-in, or follows a link in a message, would look signed out.
		SameSite: http.SameSiteLaxMode,
	})
}

// from is the address that a call came from. It is that of a proxy where one stands before us: nothing that a caller says is believed.
func from(r *http.Request) string {
	if at, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return at.Addr().Unmap().WithZone("").String()
	}
	return ""
}

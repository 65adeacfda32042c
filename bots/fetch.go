package bots

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"
)

// Visitor fetches what the addresses of other people name: pictures and documents that operators and callers of the API link to.
//
// Whoever writes an address must not make us reach where only we can: it is https only, and every connection is checked by the
// address that is really dialled, on redirects too, so that no name can lead into a private network, whatever it says the second
// time. No proxy is used, because a proxy would dial for us. What comes back is bounded in size and time. Its errors name
// hosts at most.
type Visitor struct {
	client *http.Client
	opt    VisitorOptions
}

// VisitorOptions are what may differ between uses. The zero value is fit for all but tests.
type VisitorOptions struct {
	Max     int64          // bytes; 0: 16 MiB
	Wait    time.Duration  // for the whole of it; 0: 20 s
	RootCAs *x509.CertPool // nil: those of the machine
	// Loopback lets addresses lead to this machine too, there without TLS if they say so: for tests and the demo.
	Loopback bool
}

// Fetched is what an address named.
type Fetched struct {
	Body []byte
	Type string // media type without parameters, as the other side says; empty: it does not
	Name string // last part of the path, as people may be shown it
}

// ErrForbiddenAddress is an address that leads where nobody outside may send us.
var ErrForbiddenAddress = errors.New("the address leads into a network that is not public")

const (
	maxFetched   = 16 << 20
	fetchTime    = 20 * time.Second
	maxRedirects = 5
)

// NewVisitor returns a visitor. It keeps no connections.
func NewVisitor(o VisitorOptions) *Visitor {
	if o.Max <= 0 {
		o.Max = maxFetched
	}
	if o.Wait <= 0 {
		o.Wait = fetchTime
	}
	v := &Visitor{opt: o}
	dialer := &net.Dialer{Timeout: dialTimeout, Control: v.dialled}
	v.client = &http.Client{CheckRedirect: v.redirected, Transport: &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  o.Wait,
		MaxResponseHeaderBytes: 64 << 10,
		DisableKeepAlives:      true,
		DisableCompression:     true, // a small answer must not become a big one
	}}
	return v
}

// Get fetches what the address names. Errors are *SendError: Temporary when another try may help, Rejected when none will.
func (v *Visitor) Get(ctx context.Context, address string) (Fetched, error) {
	u, err := url.Parse(address)
	if err != nil || !v.acceptable(u) {
		return Fetched{}, notFetched(Rejected, "the address is not fetched: it has to be a plain https:// one")
	}
	ctx, cancel := context.WithTimeout(ctx, v.opt.Wait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return Fetched{}, notFetched(Rejected, "the address is not fetched: it has to be a plain https:// one")
	}
	res, err := v.client.Do(req)
	if err != nil {
		return Fetched{}, unfetched(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return Fetched{}, refusedBy(res)
	}
	return v.read(res, u)
}

func (v *Visitor) read(res *http.Response, u *url.URL) (Fetched, error) {
	tooLarge := &SendError{Fault: Rejected, Code: "too_large", Err: fmt.Errorf("%s: the file is larger than %d bytes", u.Hostname(), v.opt.Max)}
	if res.ContentLength > v.opt.Max {
		return Fetched{}, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, v.opt.Max+1))
	if err == nil {
		err = res.Request.Context().Err() // with HTTP/2 a body that is broken off by the deadline may seem to be at its end
	}
	if err != nil {
		return Fetched{}, &SendError{Fault: Temporary, Err: quieten(err)}
	}
	if int64(len(body)) > v.opt.Max {
		return Fetched{}, tooLarge
	}
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil {
		kind = "" // it says nothing that can be read
	}
	return Fetched{Body: body, Type: kind, Name: lastPart(u.Path)}, nil
}

// lastPart is the name of a file as its address has it.
func lastPart(p string) string {
	if name := path.Base(p); name != "." && name != "/" {
		return FileName(name)
	}
	return ""
}

// acceptable reports whether an address may be asked at all. User and password in it would be sent to wherever it leads.
func (v *Visitor) acceptable(u *url.URL) bool {
	if u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && v.opt.Loopback && here(u.Hostname())
}

func here(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func (v *Visitor) redirected(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return notFetched(Rejected, "the address leads on too often")
	}
	if !v.acceptable(req.URL) {
		return notFetched(Rejected, "the address leads on to one that is no plain https:// one")
	}
	req.Header.Del("Referer") // addresses may hold what only their host should know
	return nil
}

// dialled looks at the address of every connection just before it is made, when its name has long been resolved.
func (v *Visitor) dialled(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !v.allows(to.Addr()) {
		return ErrForbiddenAddress
	}
	return nil
}

func (v *Visitor) allows(ip netip.Addr) bool {
	return Public(ip) || v.opt.Loopback && ip.Unmap().IsLoopback()
}

// nat64 is where networks without IPv4 show the rest of the internet: its last 32 bits are an IPv4 address (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

// special are networks that are not the public internet, beyond those that netip knows by name:
// https://www.iana.org/assignments/iana-ipv4-special-registry/ and https://www.iana.org/assignments/iana-ipv6-special-registry/
var special = [...]netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by customers of one provider
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), // 6to4 relays
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"), // and the broadcast address
	netip.MustParsePrefix("2001::/23"),   // Teredo and others that hold an IPv4 address
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4: holds an IPv4 address
	netip.MustParsePrefix("3fff::/20"),
}

// global is all of IPv6 that is given to anybody.
var global = netip.MustParsePrefix("2000::/3")

// Public reports whether an address is one of the public internet.
func Public(ip netip.Addr) bool {
	ip = ip.WithZone("").Unmap()
	if nat64.Contains(ip) {
		b := ip.As16()
		ip = netip.AddrFrom4([4]byte(b[12:]))
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, n := range special {
		if n.Contains(ip) {
			return false
		}
	}
	return true
}

func notFetched(f Fault, why string) error { return &SendError{Fault: f, Err: errors.New(why)} }

// unfetched says what an error of the HTTP client means, without the address that it quotes.
func unfetched(err error) error {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e // ours, of a redirect
	}
	if errors.Is(err, ErrForbiddenAddress) {
		return &SendError{Fault: Rejected, Code: "forbidden_address", Err: ErrForbiddenAddress}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return &SendError{Fault: Rejected, Err: quieten(err)}
	}
	return &SendError{Fault: Temporary, Err: quieten(err)}
}

// refusedBy says what a status means: what is gone stays gone.
func refusedBy(res *http.Response) error {
	e := &SendError{Fault: Rejected, Code: fmt.Sprint(res.StatusCode), Err: fmt.Errorf("%s answered with status %d", strings.ToLower(res.Request.URL.Hostname()), res.StatusCode)}
	if res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusRequestTimeout {
		e.Fault, e.RetryAfter = Temporary, RetryAfter(res.Header, time.Now())
	}
	return e
}

package whatsapp

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"testing"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/types/events"
)

// through is an HTTP client as another process has it: a proxy and a certificate to trust, nothing else.
func through(t *testing.T, s *Server) *http.Client {
	t.Helper()
	at, err := s.ProxyURL()
	must(t, err)
	address, err := url.Parse(at)
	must(t, err)
	ca, err := s.CA()
	must(t, err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("the CA is no PEM")
	}
	return &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(address), TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

func TestAClientBehindTheProxy(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1)
	web := through(t, s)
	bot.SetWebsocketHTTPClient(web)
	bot.SetMediaHTTPClient(web)
	bot.login()
	c := person(t, s, Person{})
	id, err := c.SendFile(soon(t), shop, File{Kind: Image, Data: []byte("jpeg")})
	must(t, err)
	m := wait[*events.Message](bot, 1, func(m *events.Message) bool { return m.Info.ID == id })
	//lint:ignore SA1019 a message of any kind is looked at here, as a phone does
	if data, err := bot.DownloadAny(soon(t), m.Message); err != nil || string(data) != "jpeg" {
		t.Errorf("got %q, %v", data, err)
	}
	must(t, second(bot.Upload(soon(t), []byte("pdf"), whatsmeow.MediaDocument)))
	bot.write(number(boris), "through the proxy")
	must(t, second(c.WaitText(soon(t), "through the proxy")))
}

func TestTheProxyLeadsNowhereElse(t *testing.T) {
	s := start(t, Options{})
	if resp, err := through(t, s).Get("https://example.com/"); err == nil {
		t.Errorf("got %s", resp.Status)
	}
	must(t, s.stage.Wait(soon(t), func() bool { return len(s.oddities) == 1 })) // written down after it is refused
}

func TestASecondRootKeyIsRefused(t *testing.T) {
	must(t, Trust())
	must(t, TrustKey(RootKey()))
	if err := TrustKey([32]byte{1}); err == nil || whatsmeow.WACertPubKey != RootKey() {
		t.Error("clients were taken away from the servers of this process")
	}
}

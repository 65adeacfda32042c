package viber

import (
	"net/url"
	"path"
	"strings"

	"kaskad/bots/simulator/internal/stage"
)

// isWeb tells whether Viber's servers could fetch an address.
func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// isAddress tells whether a phone could open it: web pages, but also viber:, tel: and the like.
func isAddress(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "")
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

func extensionOf(name string) string { return strings.ToLower(path.Ext(name)) }

// isLoopback tells whether an address never leaves this machine.
func isLoopback(address string) bool {
	u, err := url.Parse(address)
	return err == nil && stage.Local(u.Hostname())
}

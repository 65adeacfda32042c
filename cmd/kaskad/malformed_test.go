package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// TestWhatIsNoCallIsAProblem asks wherever the API is with a path that net/http refuses by itself.
func TestWhatIsNoCallIsAProblem(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	for network, address := range map[string]string{"tcp": p.admin, "unix": filepath.Join(p.dir, "data", "kaskad.sock")} {
		c, err := net.Dial(network, address)
		mustAll(t, err)
		_, err = io.WriteString(c, "GET /v1/contacts/ext:%zz HTTP/1.1\r\nHost: kaskad\r\n\r\n")
		mustAll(t, err)
		w, err := http.ReadResponse(bufio.NewReader(c), nil)
		mustAll(t, err)
		body, err := io.ReadAll(w.Body)
		mustAll(t, err, c.Close())
		if w.StatusCode != 400 || w.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(string(body), `"code":"malformed_call"`) {
			t.Errorf("%s %s answers %d %s", network, address, w.StatusCode, body)
		}
	}
}

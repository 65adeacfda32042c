package torture

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// receiver is a program that is told the changes, and now and then fails.
type receiver struct {
	server *http.Server
	url    string

	mu     sync.Mutex
	secret []byte
	dice   *rand.Rand
	calm   bool
	told   []Telling
	broken map[string]bool // ids whose first call failed
}

func newReceiver(seed uint64) (*receiver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + l.Addr().String() + "/changes", dice: rand.New(rand.NewPCG(seed, 1<<40)), broken: map[string]bool{}}
	r.server = &http.Server{Handler: http.HandlerFunc(r.take), ReadHeaderTimeout: 10 * time.Second}
	go r.server.Serve(l) //nolint:errcheck // it ends when it is closed
	return r, nil
}

func (r *receiver) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.server.Shutdown(ctx); err != nil {
		return r.server.Close()
	}
	return nil
}

// listen asks the gateway to tell it everything.
func (r *receiver) listen(ctx context.Context, g *gateway) error {
	var made struct{ Secret string }
	if err := g.call(ctx, "POST", "/v1/webhooks", map[string]any{"url": r.url, "name": "torture"}, &made); err != nil {
		return err
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_"))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = secret
	return err
}

// failures is one call in so many that fails, once; more would only make the gateway wait.
const failures = 150

func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 1<<20))
	if err != nil {
		return
	}
	id := req.Header.Get("webhook-id")
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.calm && !r.broken[id] && r.dice.IntN(failures) == 0 {
		r.broken[id] = true
		if r.dice.IntN(2) == 0 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		panic(http.ErrAbortHandler) // the connection is cut
	}
	t := Telling{ID: id, Genuine: r.genuine(req.Header, body)}
	var said struct {
		Type string
		Data struct{ Change, Contact string }
	}
	if err := json.Unmarshal(body, &said); err != nil {
		t.Genuine = false
	}
	sum := sha256.Sum256(body)
	t.Type, t.Contact, t.Sum = said.Type, said.Data.Contact, hex.EncodeToString(sum[:])
	if t.Change, err = strconv.ParseUint(said.Data.Change, 10, 64); err != nil {
		t.Genuine = false
	}
	r.told = append(r.told, t)
	w.WriteHeader(http.StatusNoContent)
}

// genuine verifies as the page of Standard Webhooks says; it shares no code with the gateway.
func (r *receiver) genuine(h http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, r.secret)
	mac.Write([]byte(h.Get("webhook-id") + "." + h.Get("webhook-timestamp") + "."))
	mac.Write(body)
	for _, one := range strings.Fields(h.Get("webhook-signature")) {
		if sig, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one, "v1,")); err == nil && hmac.Equal(sig, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// all is what was told so far.
func (r *receiver) all() []Telling {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Telling(nil), r.told...)
}

// rest lets it fail no more.
func (r *receiver) rest() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calm = true
}

package links

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kaskad/bots"
)

// FilePrefix is where files are that staff send to people of a messenger which takes files by their address only, or see there themselves.
const FilePrefix = "/m/"

// Files serves what staff have sent to somebody, or a customer to staff, under addresses that nobody can guess and that end. Each stands for one message.
type Files struct {
	PublicURL string
	Secret    bots.Secret
	Life      time.Duration
	// Open opens the file that a delivery has brought to its person; bots.ErrNoFile: it has not, or the person was erased.
	Open func(ctx context.Context, delivery bots.ID) (bots.Carried, error)
	Log  *slog.Logger
}

const fileBytes = idBytes + 8 + macBytes // delivery, end, proof

// URL is the address of a delivery's file, for a while. The name at its end is for whoever looks at endings; empty: there is no public
// address.
func (f *Files) URL(delivery bots.ID, name string, now time.Time) string {
	if f.PublicURL == "" {
		return ""
	}
	raw := binary.BigEndian.AppendUint64(delivery.Bytes(), uint64(now.Add(f.Life).Unix()))
	return strings.TrimRight(f.PublicURL, "/") + FilePrefix + letters.EncodeToString(append(raw, f.mac(raw)...)) + "/" + url.PathEscape(name)
}

func (f *Files) mac(raw []byte) []byte {
	m := hmac.New(sha256.New, []byte(f.Secret.Reveal()))
	m.Write([]byte("file\x00"))
	m.Write(raw)
	return m.Sum(nil)[:macBytes]
}

// fileTime is how long a file may take on its way.
const fileTime = 10 * time.Minute

// ServeHTTP hands one out. What is wrong, old or of somebody who was erased is not there, without a word why. Nothing of it runs in a
// browser: a picture is shown, all else is a download.
func (f *Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	delivery, ok := f.delivery(r.URL.Path, time.Now())
	if !ok {
		http.NotFound(w, r)
		return
	}
	file, err := f.Open(r.Context(), delivery)
	if err != nil {
		f.missing(w, r, err)
		return
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", shown(file.Kind))
	h.Set("Content-Disposition", disposition(&file))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Referrer-Policy", "no-referrer")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(fileTime)) // one without deadlines has none to set
	http.ServeContent(w, r, "", time.Time{}, file)
}

func (f *Files) missing(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, bots.ErrNoFile) || errors.Is(err, bots.ErrGone) || errors.Is(err, bots.ErrTooLarge) {
		http.NotFound(w, r)
		return
	}
	if r.Context().Err() == nil {
		f.Log.Error("a file could not be opened for its person", "err", err)
	}
	http.Error(w, "try again later", http.StatusServiceUnavailable)
}

// delivery is the one that the code in a path stands for.
func (f *Files) delivery(path string, now time.Time) (bots.ID, bool) {
	code, _, _ := strings.Cut(strings.TrimPrefix(path, FilePrefix), "/")
	raw, err := letters.DecodeString(code)
	if err != nil || len(raw) != fileBytes || letters.EncodeToString(raw) != code {
		return 0, false
	}
	told, proof := raw[:idBytes+8], raw[idBytes+8:]
	if !hmac.Equal(proof, f.mac(told)) || now.Unix() >= int64(binary.BigEndian.Uint64(told[idBytes:])) {
		return 0, false
	}
	return bots.IDFromBytes(told), true
}

// shown is a type that does nothing in a browser.
func shown(kind string) string {
	for _, family := range []string{"image/", "audio/", "video/", "application/"} {
		if strings.HasPrefix(kind, family) && !strings.Contains(kind, "xml") && !strings.Contains(kind, "script") {
			return kind
		}
	}
	return "application/octet-stream"
}

func disposition(file *bots.Carried) string {
	how := "attachment"
	switch file.Kind {
	case "image/jpeg", "image/png", "image/gif":
		how = "inline"
	}
	if said := mime.FormatMediaType(how, map[string]string{"filename": file.Name}); said != "" {
		return said
	}
	return how
}

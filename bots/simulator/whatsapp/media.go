package whatsapp

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strings"

	"go.mau.fi/whatsmeow/binary"
)

const (
	mediaHost = "mmg.whatsapp.net"
	maxMedia  = 100 << 20
)

// mediaConn tells a client where media is.
func (s *Server) mediaConn(n *binary.Node) answer {
	return reply(result(n, binary.Node{
		Tag: "media_conn", Attrs: binary.Attrs{"auth": "simulated", "ttl": "300", "auth_ttl": "21600", "max_buckets": "12"},
		Content: []binary.Node{{Tag: "host", Attrs: binary.Attrs{"hostname": mediaHost}}},
	}))
}

// serveMedia takes an encrypted file (POST /mms/image/<token>) or gives it back. What is inside, only clients know.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodPost:
		s.upload(w, r)
	case http.MethodGet:
		s.mu.Lock()
		data, ok := s.media[r.URL.Path]
		s.mu.Unlock()
		if !ok {
			http.Error(w, "Not Found", http.StatusNotFound)
			return
		}
		_, _ = w.Write(data) // the client may be gone
	default:
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
	}
}

func (s *Server) upload(w http.ResponseWriter, r *http.Request) {
	kind, token := path.Split(strings.TrimPrefix(r.URL.Path, "/mms/"))
	if kind == "" || token == "" || r.URL.Query().Get("auth") != "simulated" {
		http.Error(w, "Forbidden", http.StatusForbidden)
		return
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxMedia+1))
	if err != nil {
		panic(http.ErrAbortHandler) // the client hung up
	}
	if len(data) > maxMedia {
		http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	}
	at := "/v/" + kind + token
	s.mu.Lock()
	if _, again := s.media[at]; !again {
		s.files = append(s.files, at)
	}
	s.media[at] = data
	for s.opt.Keep > 0 && len(s.files) > s.opt.Keep {
		delete(s.media, s.files[0])
		s.files = s.files[1:]
	}
	s.stage.Notify()
	s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{ // the client may be gone
		"url": "https://" + mediaHost + at, "direct_path": at + "?ccb=1", "handle": token,
	})
}

// Media is how many files are kept, and how many bytes they have.
func (s *Server) Media() (files, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, data := range s.media {
		size += len(data)
	}
	return len(s.media), size
}

package whatsapp

import (
	"bytes"
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"go.mau.fi/whatsmeow/binary"
	"go.mau.fi/whatsmeow/socket"
)

// link is one connection of one client.
type link struct {
	s    *Server
	conn *websocket.Conn
	in   cipher.AEAD // keys of the two directions, once the handshake is over
	out  cipher.AEAD
	read uint32 // frames that came

	unread []byte // what came of the next frame
	begun  bool   // WAConnHeader was there

	device  *device  // whose; nil while it pairs; guarded by s.mu
	pairing *pairing // nil once it is paired; guarded by s.mu

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	frames  [][]byte // to be written, in order
	closing bool     // the connection ends when they are written
	deaf    bool     // hangs: reads and writes nothing any more
	wake    chan struct{}
}

// connect serves a client's websocket until it ends.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(socket.FrameMaxSize)
	l := &link{s: s, conn: conn, wake: make(chan struct{}, 1)}
	l.ctx, l.cancel = context.WithCancel(s.stage.Context())
	defer l.cancel()
	defer func() { _ = conn.CloseNow() }() // it is closed already when the client hung up
	who, err := l.greet()
	if err != nil {
		s.oddity("handshake", err)
		return
	}
	var writing sync.WaitGroup
	writing.Go(l.write)
	defer writing.Wait()
	defer l.cancel()
	if s.enroll(l, who) {
		l.listen()
	} else {
		l.drain()
	}
	s.leave(l)
}

func (l *link) greet() (greeting, error) {
	who, in, out, err := l.s.shake(l.frame, func(data []byte) error {
		return l.conn.Write(l.ctx, websocket.MessageBinary, framed(data))
	})
	l.in, l.out = in, out
	return who, err
}

// framed puts the length in front. A message to a client must hold whole frames: it puts split ones together wrongly.
func framed(data []byte) []byte {
	n := len(data)
	return append([]byte{byte(n >> 16), byte(n >> 8), byte(n)}, data...)
}

// frame is the client's next frame.
func (l *link) frame() ([]byte, error) {
	for {
		if !l.begun && len(l.unread) >= len(socket.WAConnHeader) {
			if !bytes.HasPrefix(l.unread, socket.WAConnHeader) {
				return nil, errors.New("the connection does not begin with the header of this version")
			}
			l.unread, l.begun = l.unread[len(socket.WAConnHeader):], true
		}
		if l.begun && len(l.unread) >= 3 {
			n := int(l.unread[0])<<16 | int(l.unread[1])<<8 | int(l.unread[2])
			if len(l.unread) >= 3+n {
				data := l.unread[3 : 3+n]
				l.unread = l.unread[3+n:]
				return data, nil
			}
		}
		kind, data, err := l.conn.Read(l.ctx)
		if err != nil {
			return nil, err
		}
		if kind == websocket.MessageBinary {
			l.unread = append(l.unread, data...)
		}
	}
}

// node reads the client's next stanza.
func (l *link) node() (*binary.Node, error) {
	sealed, err := l.frame()
	if err != nil {
		return nil, err
	}
	plain, err := l.in.Open(nil, nonce(l.read), sealed, nil)
	if err != nil {
		return nil, fmt.Errorf("frame %d: %w", l.read, err)
	}
	l.read++
	if len(plain) == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	plain, err = binary.Unpack(plain)
	if err != nil {
		return nil, err
	}
	return binary.Unmarshal(plain)
}

// listen carries out what the client sends, until the connection ends.
func (l *link) listen() {
	for {
		n, err := l.node()
		if err != nil {
			return
		}
		if l.isDeaf() {
			continue
		}
		l.s.arrive(l, n)
	}
}

// drain waits for the client to hang up after a refusal.
func (l *link) drain() {
	for {
		if _, err := l.frame(); err != nil {
			return
		}
	}
}

// send queues a stanza for the client. It never blocks.
func (l *link) send(n binary.Node) {
	data, err := binary.Marshal(n)
	if err != nil {
		panic(fmt.Sprintf("whatsapp simulator: a stanza of ours cannot be written: %v", err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing || l.deaf {
		return
	}
	l.frames = append(l.frames, data)
	l.rouse()
}

// lastWords is how long a client has to hang up by itself after an error. It loses an error that the end of the connection overtakes.
const lastWords = 250 * time.Millisecond

// hangUp ends the connection when everything queued is written and the client has had time to read it.
func (l *link) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closing = true
	l.rouse()
}

// cut ends the connection at once; what is queued is lost.
func (l *link) cut() { l.cancel() }

// hang keeps the connection open and dead.
func (l *link) hang() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deaf, l.frames = true, nil
}

func (l *link) isDeaf() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.deaf
}

func (l *link) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// write writes what is queued, until the connection ends.
func (l *link) write() {
	defer l.cancel()
	for count := uint32(0); ; {
		l.mu.Lock()
		frames, closing := l.frames, l.closing
		l.frames = nil
		l.mu.Unlock()
		for _, data := range frames {
			sealed := l.out.Seal(nil, nonce(count), data, nil)
			count++
			if l.conn.Write(l.ctx, websocket.MessageBinary, framed(sealed)) != nil {
				return
			}
		}
		if closing {
			select {
			case <-time.After(lastWords):
			case <-l.ctx.Done():
			}
			_ = l.conn.Close(websocket.StatusNormalClosure, "") // the client may be gone
			return
		}
		select {
		case <-l.wake:
		case <-l.ctx.Done():
			return
		}
	}
}

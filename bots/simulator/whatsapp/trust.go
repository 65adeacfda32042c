package whatsapp

import (
	"errors"
	"sync"

	"go.mau.fi/libsignal/logger"
	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/util/keys"
)

// The root key belongs to the process, because whatsmeow.WACertPubKey does: all servers of a process share it.
var (
	root    = sync.OnceValue(keys.NewKeyPair)
	trusted struct {
		sync.Mutex
		key [32]byte // zero = the library's own
	}
)

// RootKey is the public key that certificates of this process's servers come from, for TrustKey in another process.
func RootKey() [32]byte { return *root().Pub }

// Trust lets whatsmeow clients of this process accept the servers of this process, and WhatsApp no more. It must come before any
// client connects. Only tests and `kaskad demo` call it.
func Trust() error { return TrustKey(RootKey()) }

// TrustKey lets whatsmeow clients of this process accept the servers of the process with this RootKey. To trust a second key is an
// error: connected clients may be reading the first.
func TrustKey(key [32]byte) error {
	trusted.Lock()
	defer trusted.Unlock()
	if trusted.key == key {
		return nil
	}
	if trusted.key != [32]byte{} {
		return errors.New("whatsapp simulator: another root key is trusted already; a process can trust one")
	}
	trusted.key = key
	whatsmeow.WACertPubKey = key
	if logger.Logger == nil {
		quiet := logger.Loggable(noLog{})
		logger.Setup(&quiet) // without one, libsignal prints to stdout, with message details, and makes its logger under no lock
	}
	return nil
}

type noLog struct{}

func (noLog) Debug(string, string)   {}
func (noLog) Info(string, string)    {}
func (noLog) Warning(string, string) {}
func (noLog) Error(string, string)   {}
func (noLog) Configure(string)       {}

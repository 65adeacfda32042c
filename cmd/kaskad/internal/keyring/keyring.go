// Package keyring keeps one key for each person, so that what is written of the person can be made unreadable everywhere at once: in the
// store, and in every copy of it that lies somewhere.
//
// It keeps a file of slots. A slot has a random key of 32 bytes, sealed with the master key (AES-256-GCM, the number of the slot and the id
// of the file as additional data); the first slot is of the file itself, for what is of nobody. A slot is on disk before its number is
// given away, and its number is never given away again: neither after a crash, nor after it was forgotten. Forgetting writes over the slot
// that it was, sealed with the master key: a hole in the file is damage, and nobody's erase.
//
// It never holds whose a slot is: that stands where the sealed data is. It never writes a key in clear, and is no part of the copies of the
// store: a copy with the keys beside it would keep what was forgotten.
package keyring

import (
	"bufio"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Master is the key that seals the keys. It is kept apart from both files.
type Master [32]byte

// NewMaster draws one.
func NewMaster() (m Master) {
	rand.Read(m[:])
	return m
}

// String is the key as it is written in a file or a variable.
func (m Master) String() string { return base64.StdEncoding.EncodeToString(m[:]) }

// ParseMaster reads what String wrote.
func ParseMaster(text string) (m Master, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil || len(raw) != len(m) {
		return m, errors.New("a master key is 32 bytes in base64: kaskad encryption key makes one")
	}
	return Master(raw), nil
}

// Slot is the number of a key. The zero one is the file's own.
type Slot uint64

// Own is the slot of the file itself: of what is of nobody. It is never forgotten.
const Own Slot = 0

const (
	magic    = "kaskad keys 1\n\x00\x00"
	idSize   = 16
	slotSize = 64 // nonce, sealed key with its tag, four zeros; of a key that was forgotten "gone"
	sealSize = 12 + 32 + 16
	headSize = 64 // magic, id, nonce and tag that tell a wrong master key, how many keys were forgotten
	countAt  = 60
	chunk    = 256
	cached   = 16 << 10
)

// Errors of a ring.
var (
	ErrForgotten = errors.New("the key was forgotten")
	ErrMaster    = errors.New("the master key is not the one of this file: write the one it was made with")
	ErrInUse     = errors.New("the file of people's keys is another store's, which has it open: each store needs its own")
	errDamaged   = errors.New("the file of keys is damaged: put its newest copy back")
	errNotOurs   = errors.New("what is there is another file of keys, or has more people, or more who were erased: put it back in place of these keys, or, if no store needs it any more, move it away by hand")
	errOneFile   = errors.New("it is the file of keys itself, by another name: name a place on another disk")
)

// Ring is an open file of keys. Its methods may be called from any goroutine.
type Ring struct {
	file   *os.File
	master cipher.AEAD
	id     [idSize]byte
	own    Key

	copying sync.Mutex // its file has one name

	mu     sync.RWMutex
	ready  map[Slot]cipher.AEAD // some of those that were used lately
	next   Slot                 // to be given away
	made   Slot                 // the first one that is not on disk
	lost   uint32               // how many were forgotten
	failed error                // of a write: nobody knows what is on disk
}

// Make writes a new file of keys. One that is there is not touched: os.ErrExist.
func Make(path string, master Master) error {
	head := make([]byte, headSize)
	copy(head, magic)
	rand.Read(head[16:32])
	sealer := aead(master[:])
	rand.Read(head[32:44])
	sealer.Seal(head[44:44], head[32:44], nil, head[:32])
	r := &Ring{master: sealer, id: [idSize]byte(head[16:32])}
	f, err := os.CreateTemp(filepath.Dir(path), ".keys-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(head, r.fresh(0, 1)...))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil { // does not replace another one
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Open opens a file of keys. What a crash left of another one that was to take its place is removed.
func Open(path string, master Master) (*Ring, error) {
	if err := os.Remove(path + unfinished); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	r := &Ring{file: f, master: aead(master[:]), ready: map[Slot]cipher.AEAD{}}
	if err := r.begin(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return r, nil
}

// Rewrap seals the keys of a file with another master key: the keys stay, and so does what they seal. The file is replaced in one step, by one
// that has all its slots; nobody may have it open. One that has the other master key already is left as it is.
func Rewrap(path string, old, other Master) error {
	if r, err := Open(path, other); err == nil {
		return r.Close()
	}
	r, err := Open(path, old)
	if err != nil {
		return err
	}
	return errors.Join(r.rewrap(path, aead(other[:])), r.Close())
}

func (r *Ring) rewrap(path string, other cipher.AEAD) error {
	head := make([]byte, 32, headSize)
	copy(head, magic)
	copy(head[16:], r.id[:])
	head = head[:44]
	rand.Read(head[32:])
	head = binary.BigEndian.AppendUint32(other.Seal(head, head[32:44], nil, head[:32]), r.lost)
	f, err := beside(path)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	out := bufio.NewWriter(f)
	_, err = out.Write(head)
	for s := Own; s < r.made && err == nil; s++ {
		var slot []byte
		switch key, broke := r.key(s); {
		case broke == nil:
			slot = r.slot(other, s, key)
		case errors.Is(broke, ErrForgotten):
			slot = r.forgotten(other, s)
		default:
			err = broke
			continue
		}
		_, err = out.Write(slot)
	}
	if err = errors.Join(err, out.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func (r *Ring) begin() error {
	head := make([]byte, headSize)
	if _, err := r.file.ReadAt(head, 0); err != nil || string(head[:16]) != magic {
		return errDamaged
	}
	if _, err := r.master.Open(nil, head[32:44], head[44:60], head[:32]); err != nil {
		return ErrMaster
	}
	r.id, r.lost = [idSize]byte(head[16:32]), binary.BigEndian.Uint32(head[countAt:])
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	// What a crash left of a slot is overwritten by the next ones; what was made before may have been given away.
	r.made = Slot((info.Size() - headSize) / slotSize)
	r.next = r.made
	r.own, err = r.Key(Own)
	return err
}

// Close closes the file.
func (r *Ring) Close() error { return r.file.Close() }

// Next is a slot that nobody has had. It is on disk.
func (r *Ring) Next() (Slot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		return 0, r.failed
	}
	if r.next == r.made {
		if _, err := r.file.WriteAt(r.fresh(r.made, chunk), at(r.made)); err != nil {
			return 0, err // a full disk: the same place is written again
		}
		if err := r.file.Sync(); err != nil {
			r.failed = fmt.Errorf("the file of keys could not be made durable: %w", err)
			return 0, r.failed
		}
		r.made += chunk
	}
	r.next++
	return r.next - 1, nil
}

// Made is the first slot that the file does not have: all that were given away are below it.
func (r *Ring) Made() Slot {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.made
}

// fresh are new slots.
func (r *Ring) fresh(from Slot, n int) []byte {
	all := make([]byte, 0, n*slotSize)
	var key [32]byte
	for i := range n {
		rand.Read(key[:])
		all = append(all, r.slot(r.master, from+Slot(i), key[:])...)
	}
	return all
}

// slot is a key as it is written.
func (r *Ring) slot(by cipher.AEAD, s Slot, key []byte) []byte {
	nonce := make([]byte, 12, slotSize)
	rand.Read(nonce)
	return append(by.Seal(nonce, nonce, key, r.about(s)), 0, 0, 0, 0)
}

// gone ends a slot whose key was forgotten, and is sealed with it.
const gone = "gone"

// forgotten is the slot of a key that was forgotten: without the master key nobody can make one, and so erase somebody.
func (r *Ring) forgotten(by cipher.AEAD, s Slot) []byte {
	nonce := make([]byte, 12, slotSize)
	rand.Read(nonce)
	return append(by.Seal(nonce, nonce, make([]byte, 32), append(r.about(s), gone...)), gone...)
}

func (r *Ring) about(s Slot) []byte {
	return binary.BigEndian.AppendUint64(r.id[:len(r.id):len(r.id)], uint64(s))
}

func at(s Slot) int64 { return headSize + int64(s)*slotSize }

// key reads a slot; ErrForgotten.
func (r *Ring) key(s Slot) ([]byte, error) {
	var raw [slotSize]byte
	if s > 1<<48 {
		return nil, errDamaged
	}
	if _, err := r.file.ReadAt(raw[:], at(s)); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: it has no key %d", errDamaged, s)
	} else if err != nil {
		return nil, err
	}
	return r.read(s, raw[:])
}

// read opens a slot; ErrForgotten.
func (r *Ring) read(s Slot, raw []byte) ([]byte, error) {
	about := r.about(s)
	forgotten := string(raw[sealSize:]) == gone
	if forgotten {
		about = append(about, gone...)
	}
	key, err := r.master.Open(nil, raw[:12], raw[12:sealSize], about)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: key %d", errDamaged, s)
	case forgotten:
		return nil, ErrForgotten
	}
	return key, nil
}

// of is what seals with a slot's key.
func (r *Ring) of(s Slot) (cipher.AEAD, error) {
	r.mu.RLock()
	known := r.ready[s]
	r.mu.RUnlock()
	if known != nil {
		return known, nil
	}
	r.mu.Lock() // so that nothing is remembered that is being forgotten
	defer r.mu.Unlock()
	key, err := r.key(s)
	if err != nil {
		return nil, err
	}
	if len(r.ready) >= cached {
		for any := range r.ready {
			delete(r.ready, any)
			break
		}
	}
	r.ready[s] = aead(key)
	return r.ready[s], nil
}

// Overhead is how much longer sealed bytes are.
const Overhead = 12 + 16

// Key is one of a ring. What was sealed with it after it was forgotten is lost.
type Key struct {
	Slot Slot
	by   cipher.AEAD
}

// Key is the one of a slot; ErrForgotten.
func (r *Ring) Key(s Slot) (Key, error) {
	by, err := r.of(s)
	return Key{s, by}, err
}

// Own is the file's own key.
func (r *Ring) Own() Key { return r.own }

// Seal appends bytes sealed with the key. What they are of (about) has to be said again to open them.
func (k Key) Seal(to, about, plain []byte) []byte {
	var nonce [12]byte
	rand.Read(nonce[:])
	return k.by.Seal(append(to, nonce[:]...), nonce[:], plain, about)
}

// Open is what was sealed; ErrForgotten.
func (r *Ring) Open(s Slot, about, sealed []byte) ([]byte, error) {
	by, err := r.of(s)
	if err != nil {
		return nil, err
	}
	if len(sealed) < Overhead {
		return nil, errors.New("too short to be sealed")
	}
	return by.Open(nil, sealed[:12], sealed[12:], about)
}

// Forgotten reports whether a slot was forgotten.
func (r *Ring) Forgotten(s Slot) (bool, error) {
	_, err := r.of(s)
	if errors.Is(err, ErrForgotten) {
		return true, nil
	}
	return false, err
}

// Forget makes whatever was sealed with slots unreadable for ever. It has happened when it returns; it may be said again.
func (r *Ring) Forget(slots ...Slot) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range slots {
		if s == Own || s >= r.made {
			return fmt.Errorf("key %d is of nobody", s)
		}
		delete(r.ready, s)
		if _, err := r.key(s); errors.Is(err, ErrForgotten) {
			continue // it is said again
		}
		r.lost++
		if _, err := r.file.WriteAt(r.forgotten(r.master, s), at(s)); err != nil {
			return err
		}
	}
	if _, err := r.file.WriteAt(binary.BigEndian.AppendUint32(nil, r.lost), countAt); err != nil {
		return err
	}
	return r.file.Sync()
}

// Lost is how many keys were forgotten: an older copy of the file has fewer, and would open again what is gone.
func (r *Ring) Lost() uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return uint64(r.lost)
}

// Secret is a key of the file's own for a purpose.
func (r *Ring) Secret(purpose string) ([]byte, error) {
	key, err := r.key(Own)
	if err != nil {
		return nil, err
	}
	return hkdf.Expand(sha256.New, key, "kaskad "+purpose, 32)
}

// beside makes the file that takes another one's place when it is whole. It has one name: what a crash leaves of it goes with the next one, and
// does not keep keys that are forgotten later.
func beside(path string) (*os.File, error) {
	if err := os.Remove(path + unfinished); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path+unfinished, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

const unfinished = ".new"

// Copy writes the file as it is now, in place of an older copy: a copy that stays would keep what is forgotten later. It is the only one, so that
// nothing takes its place but a whole file of the same keys.
func (r *Ring) Copy(path string) error {
	r.copying.Lock()
	defer r.copying.Unlock()
	if err := r.mayReplace(path); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f, err := beside(path)
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	out := bufio.NewWriter(f)
	err = r.whole(out)
	if err = errors.Join(err, out.Flush()); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// whole writes all of the file, if all of it can be read.
func (r *Ring) whole(to io.Writer) error {
	head := make([]byte, headSize)
	if _, err := r.file.ReadAt(head, 0); err != nil {
		return err
	}
	if _, err := r.master.Open(nil, head[32:44], head[44:60], head[:32]); err != nil {
		return errDamaged
	}
	if _, err := to.Write(head); err != nil {
		return err
	}
	var raw [slotSize]byte
	for s, made := Own, r.Made(); s < made; s++ {
		r.mu.RLock() // no half of a slot
		_, err := r.file.ReadAt(raw[:], at(s))
		r.mu.RUnlock()
		if err != nil {
			return fmt.Errorf("%w: key %d: %w", errDamaged, s, err)
		}
		if _, err := r.read(s, raw[:]); err != nil && !errors.Is(err, ErrForgotten) {
			return err
		}
		if _, err := to.Write(raw[:]); err != nil {
			return err
		}
	}
	return nil
}

// mayReplace refuses to write over keys that are not these: of another store, of one that was begun anew where the disk was lost, or with more
// people than there are here, or more of them forgotten.
func (r *Ring) mayReplace(path string) error {
	there, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer there.Close()
	info, err1 := there.Stat()
	mine, err2 := r.file.Stat()
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if os.SameFile(info, mine) {
		return errOneFile
	}
	head := make([]byte, headSize)
	if _, err := there.ReadAt(head, 0); err != nil || string(head[:16]) != magic {
		return nil // half a file, or none of ours: nobody can open it
	}
	if [idSize]byte(head[16:32]) != r.id || info.Size() > at(r.Made()) || uint64(binary.BigEndian.Uint32(head[countAt:])) > r.Lost() {
		return errNotOurs
	}
	return nil
}

func aead(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // 32 bytes
	}
	sealer, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return sealer
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ID names the file.
func (r *Ring) ID() []byte { return r.id[:len(r.id):len(r.id)] }

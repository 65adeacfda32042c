package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"go.mau.fi/whatsmeow"

	"kaskad/bots"
)

var _ bots.Fetcher = (*Bot)(nil)

// ErrGone is a file that WhatsApp's servers do not keep any more. The person's phone may have it still.
var ErrGone = fmt.Errorf("whatsapp keeps files for some weeks: %w", bots.ErrGone)

// overhead is by how much an encrypted file is longer: a block of padding and a checksum.
const overhead = 16 + 10

// Fetch opens a file that a person sent. It is fetched from WhatsApp's own servers whatever its message said, checked against the hashes in
// its reference, and decrypted on disk; Close removes it.
func (b *Bot) Fetch(ctx context.Context, m bots.Media, most int64) (io.ReadCloser, error) {
	kind, ref, err := dereferenced(m.ID)
	if err != nil {
		return nil, fmt.Errorf("whatsapp: %w", err)
	}
	size := ref.GetFileLength()
	if size > uint64(max(most, 0)) {
		return nil, fmt.Errorf("whatsapp: %w: it has %d bytes, %d are allowed", errTooLarge, size, most)
	}
	cli, err := b.online()
	if err != nil {
		return nil, err
	}
	file, err := newTempFile(int64(size) + overhead)
	if err != nil {
		return nil, fmt.Errorf("whatsapp: the file cannot be written here: %w", err)
	}
	err = cli.DownloadMediaWithPathToFile(ctx, ref.GetDirectPath(), ref.GetFileEncSHA256(), ref.GetFileSHA256(), ref.GetMediaKey(), int(size), kind, "", file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(downloadFault(err), file.Close())
	}
	return file, nil
}

// downloadFault says why there is no file. Errors of the library hold addresses that are as good as keys.
func downloadFault(err error) error {
	why := errors.New("it could not be fetched from WhatsApp's servers")
	for _, gone := range []error{whatsmeow.ErrMediaDownloadFailedWith403, whatsmeow.ErrMediaDownloadFailedWith404, whatsmeow.ErrMediaDownloadFailedWith410} {
		if errors.Is(err, gone) {
			why = ErrGone
		}
	}
	for _, known := range []error{
		errTooLarge, context.Canceled, context.DeadlineExceeded,
		whatsmeow.ErrFileLengthMismatch, whatsmeow.ErrInvalidMediaSHA256, whatsmeow.ErrInvalidMediaEncSHA256, whatsmeow.ErrInvalidMediaHMAC,
	} {
		if errors.Is(err, known) {
			why = known
		}
	}
	return fmt.Errorf("whatsapp: %w", why)
}

// online is the client of the connection, for what touches no chat's keys: files go up and down beside everything else.
func (b *Bot) online() (*whatsmeow.Client, error) {
	s := b.current.Load()
	if s == nil || !s.sendable() {
		return nil, b.unable()
	}
	return s.cli, nil
}

var errTooLarge = fmt.Errorf("the file is too large: %w", bots.ErrTooLarge)

// tempFile is a file that goes with its last reader, and takes so many bytes and no more: a server could send anything.
type tempFile struct {
	f    *os.File
	most int64
}

func newTempFile(most int64) (*tempFile, error) {
	f, err := os.CreateTemp("", "kaskad-file-*")
	if err != nil {
		return nil, err
	}
	return &tempFile{f: f, most: most}, nil
}

func (t *tempFile) Write(p []byte) (int, error) {
	at, err := t.f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	if at+int64(len(p)) > t.most {
		return 0, errTooLarge
	}
	return t.f.Write(p)
}

func (t *tempFile) WriteAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > t.most {
		return 0, errTooLarge
	}
	return t.f.WriteAt(p, at)
}

func (t *tempFile) Read(p []byte) (int, error)             { return t.f.Read(p) }
func (t *tempFile) ReadAt(p []byte, at int64) (int, error) { return t.f.ReadAt(p, at) }
func (t *tempFile) Seek(at int64, from int) (int64, error) { return t.f.Seek(at, from) }
func (t *tempFile) Truncate(size int64) error              { return t.f.Truncate(size) }
func (t *tempFile) Stat() (os.FileInfo, error)             { return t.f.Stat() }

// Close removes the file.
func (t *tempFile) Close() error { return errors.Join(t.f.Close(), os.Remove(t.f.Name())) }

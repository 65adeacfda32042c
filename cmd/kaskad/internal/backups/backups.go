// Package backups makes copies of what the gateway keeps, on a schedule's word, and knows which of them are old enough to go.
//
// A backup is a folder of its own, kaskad-TIME, with the store, the journal, people's files if they are wanted, and a manifest with the
// sums of all of them. It has its name only when it is whole and was looked through.
//
// It never holds whatsapp.db: a session that is put back is a session that went wrong. It never removes what it did not make, nor the
// newest good one.
package backups

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	prefix   = "kaskad-"
	stamp    = "20060102T150405Z"
	making   = ".making-"
	manifest = "manifest.json"
	version  = 1
)

// Manifest is what a backup says of itself.
type Manifest struct {
	Version int       `json:"version"`
	At      time.Time `json:"at"`
	Schema  int       `json:"schema"` // of the store
	Files   []File    `json:"files"`
}

// File is one file of a backup, by its path in it.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Sum  string `json:"sha256"`
}

// Size is how many bytes a backup has.
func (m *Manifest) Size() (n int64) {
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// Options is what a backup is made of.
type Options struct {
	Dir    string // where backups are
	Schema int
	// Fill writes the store and the journal into a folder, and looks through the copy: an error is that of a copy that is no good.
	Fill  func(ctx context.Context, folder string) error
	Media string // the folder of people's files; empty: they are left out
}

// Made is a backup that is whole.
type Made struct {
	Path     string
	Manifest Manifest
}

// Make makes a backup: whole, on disk and under its name when it returns, or not at all.
func Make(ctx context.Context, o Options, now time.Time) (made Made, err error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return made, err
	}
	if err := dropHalf(o.Dir); err != nil {
		return made, err
	}
	for ; ; now = now.Add(time.Second) { // of two in one second the later has the next one's name
		made.Path = filepath.Join(o.Dir, prefix+now.UTC().Format(stamp))
		if _, err := os.Lstat(made.Path); errors.Is(err, fs.ErrNotExist) {
			break
		} else if err != nil {
			return made, err
		}
	}
	folder, err := os.MkdirTemp(o.Dir, making) // 0700
	if err != nil {
		return made, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	if err := o.Fill(ctx, folder); err != nil {
		return made, err
	}
	made.Manifest = Manifest{Version: version, At: now.UTC().Truncate(time.Second), Schema: o.Schema}
	if made.Manifest.Files, err = sums(ctx, folder); err != nil {
		return made, err
	}
	if o.Media != "" {
		files, err := copyMedia(ctx, o, folder)
		if err != nil {
			return made, err
		}
		made.Manifest.Files = append(made.Manifest.Files, files...)
	}
	if err := seal(folder, &made.Manifest); err != nil {
		return made, err
	}
	if err := os.Rename(folder, made.Path); err != nil {
		return made, err
	}
	return made, syncDir(o.Dir)
}

// dropHalf removes what a backup left that was killed.
func dropHalf(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), making) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// sums makes the files of a folder durable and takes their sums.
func sums(ctx context.Context, folder string) (all []File, err error) {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if err == nil {
			var f File
			f, err = sumOf(ctx, folder, e.Name())
			all = append(all, f)
		}
	}
	return all, err
}

func sumOf(ctx context.Context, folder, name string) (File, error) {
	f, err := os.Open(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, reader{ctx, f})
	return File{name, n, hex.EncodeToString(sum.Sum(nil))}, err
}

// reader gives up when its context has ended.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

const mediaFolder = "media"

// copyMedia puts people's files into a backup. One that the newest backup has is the same file under two names: what is kept of a
// message never changes. One that goes meanwhile, because it is too old, is left out.
func copyMedia(ctx context.Context, o Options, folder string) (all []File, err error) {
	known, from := map[string]File{}, ""
	if list, err := List(o.Dir); err == nil && len(list) > 0 {
		from = list[0].Path
		for _, f := range list[0].Manifest.Files {
			known[f.Name] = f
		}
	}
	to := filepath.Join(folder, mediaFolder)
	if err := os.Mkdir(to, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(o.Media)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && (!info.Mode().IsRegular() || strings.HasPrefix(e.Name(), "part-")) {
			continue
		}
		if err != nil {
			return nil, err
		}
		name := mediaFolder + "/" + e.Name()
		if f, ok := known[name]; ok && f.Size == info.Size() && os.Link(filepath.Join(from, mediaFolder, e.Name()), filepath.Join(to, e.Name())) == nil {
			all = append(all, f)
			continue
		}
		err = Copy(ctx, filepath.Join(o.Media, e.Name()), filepath.Join(to, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f, err := sumOf(ctx, folder, name)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, syncDir(to)
}

// Copy copies a file that is not there yet, and makes it durable. It is as old as the one that it is a copy of: a person's file goes when
// it is too old, wherever it was meanwhile.
func Copy(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, reader{ctx, in})
	info, unknown := in.Stat()
	if err = errors.Join(err, unknown); err == nil {
		err = os.Chtimes(to, info.ModTime(), info.ModTime())
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// seal writes the manifest and makes the folder durable.
func seal(folder string, m *Manifest) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(folder, manifest), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	return errors.Join(err, f.Sync(), f.Close(), syncDir(folder))
}

// syncDir makes the names in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// List are the backups of a folder, the newest first. What has another name is none.
func List(dir string) (all []Made, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		at, ok := named(e.Name())
		if !ok || !e.IsDir() {
			continue
		}
		made := Made{Path: filepath.Join(dir, e.Name())}
		if made.Manifest, err = read(made.Path); err != nil {
			made.Manifest = Manifest{At: at} // somebody's hand was in it: Verify says so
			err = nil
		}
		made.Manifest.At = at
		all = append(all, made)
	}
	slices.SortFunc(all, func(a, b Made) int { return b.Manifest.At.Compare(a.Manifest.At) })
	return all, err
}

// named is when a backup of that name was made.
func named(name string) (time.Time, bool) {
	text, ok := strings.CutPrefix(name, prefix)
	at, err := time.Parse(stamp, text)
	return at, ok && err == nil
}

func read(folder string) (m Manifest, err error) {
	raw, err := os.ReadFile(filepath.Join(folder, manifest))
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("%s: %w", manifest, err)
	}
	if m.Version != version {
		return m, fmt.Errorf("%s: version %d is not known here: a newer kaskad made it", manifest, m.Version)
	}
	return m, nil
}

// Verify compares a backup with the sums that it was sealed with.
func Verify(ctx context.Context, folder string) (Manifest, error) {
	m, err := read(folder)
	if err != nil {
		return m, err
	}
	if len(m.Files) == 0 {
		return m, fmt.Errorf("%s names no file", manifest)
	}
	for _, f := range m.Files {
		if !filepath.IsLocal(f.Name) {
			return m, fmt.Errorf("%s names %q, which is no file of this backup", manifest, f.Name)
		}
		got, err := sumOf(ctx, folder, f.Name)
		switch {
		case err != nil:
			return m, err
		case got != f:
			return m, fmt.Errorf("%s is not what was saved: it has %d bytes with another sum, and had %d; take another backup", f.Name, got.Size, f.Size)
		}
	}
	return m, nil
}

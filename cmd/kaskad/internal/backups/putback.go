package backups

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// FolderOf is the backup that a path means: its folder, or a file in it. False: it is a file without a manifest.
func FolderOf(name string) (folder string, ok bool) {
	info, err := os.Stat(name)
	if err != nil {
		return "", false
	}
	if folder = name; !info.IsDir() {
		folder = filepath.Dir(name)
	}
	_, err = os.Lstat(filepath.Join(folder, manifest))
	return folder, err == nil || info.IsDir()
}

// PutMedia puts people's files of a backup that was verified into a folder, and says how many were not there. One that is there stays:
// what is kept of a message never changes. They are on disk when it returns, each whole or not there; own makes them somebody's.
func PutMedia(ctx context.Context, folder string, m Manifest, to string, own func(path string) error) (n int, err error) {
	for _, f := range m.Files {
		in, name := path.Split(f.Name)
		if in != mediaFolder+"/" {
			continue
		}
		if !filepath.IsLocal(name) || strings.HasPrefix(name, "part-") {
			return n, fmt.Errorf("%s names %q, which is no file of a person", manifest, f.Name)
		}
		put, err := putFile(ctx, filepath.Join(folder, filepath.FromSlash(f.Name)), filepath.Join(to, name), own)
		if err != nil {
			return n, err
		}
		if put {
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	return n, syncDir(to)
}

// putFile copies a file under another name first: one that begins so is removed after a crash by who sweeps the folder.
func putFile(ctx context.Context, from, to string, own func(path string) error) (put bool, err error) {
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	half := filepath.Join(filepath.Dir(to), "part-"+filepath.Base(to))
	if err := removed(half); err != nil {
		return false, err
	}
	if err = Copy(ctx, from, half); err == nil {
		err = own(half)
	}
	if err == nil {
		err = os.Rename(half, to)
	}
	if err != nil {
		return false, errors.Join(err, removed(half))
	}
	return true, nil
}

func removed(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

//go:build !linux

package bench

import (
	"errors"
	"os"
	"time"
)

// Run refuses before any of these is called.

func reserve(*os.File, int64) error              { return errors.ErrUnsupported }
func syncData(*os.File) error                    { return errors.ErrUnsupported }
func evict(string) error                         { return errors.ErrUnsupported }
func cpuOf(int) (time.Duration, error)           { return 0, errors.ErrUnsupported }
func machineCPU() (time.Duration, error)         { return 0, errors.ErrUnsupported }
func memoryOf(int) (own, files int64, err error) { return 0, 0, errors.ErrUnsupported }

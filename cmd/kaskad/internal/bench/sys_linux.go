package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// reserve gives a file room, so that a write changes nothing but its data.
func reserve(f *os.File, size int64) error { return syscall.Fallocate(int(f.Fd()), 0, 0, size) }

// syncData makes the data of a file durable.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// evict takes a file that is on disk out of the system's memory.
func evict(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED), f.Close())
}

// tick is the unit of processor time in /proc.
const tick = 10 * time.Millisecond

// cpuOf is the processor time that a process has used.
func cpuOf(pid int) (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc has another form here")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// machineCPU is the processor time that all processes have used.
func machineCPU() (all time.Duration, err error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(raw), "\n")
	for i, field := range strings.Fields(first) {
		if n, err := strconv.Atoi(field); err == nil && i != 4 && i != 5 && i < 9 { // without idle, waiting for a disk, guests
			all += time.Duration(n) * tick
		}
	}
	return all, nil
}

// memoryOf is what a process has in memory: of its own, and pages of files, which the system may take back. In bytes.
func memoryOf(pid int) (own, files int64, err error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64) // lines that are no sizes are not looked at
		switch name {
		case "RssAnon":
			own = kb << 10
		case "RssFile", "RssShmem":
			files += kb << 10
		}
	}
	return own, files, nil
}

package fallback

import (
	"fmt"
	"strconv"
	"time"
)

// Duration is a length of time written "90s", "15m", "2h" or "3d".
//
// It is a struct, so that a bare number is refused: nobody who writes wait = 900 means nanoseconds.
type Duration struct{ time.Duration }

// Lasting is a duration as configuration would write it.
func Lasting(d time.Duration) Duration { return Duration{d} }

// UnmarshalText reads a duration for TOML and JSON.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := ParseDuration(string(b))
	d.Duration = v
	return err
}

// MarshalText prints a duration as it is written.
func (d Duration) MarshalText() ([]byte, error) { return []byte(FormatDuration(d.Duration)), nil }

// ParseDuration reads "90s", "15m", "2h", "3d".
func ParseDuration(s string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}
	if len(s) > 1 {
		if unit, ok := units[s[len(s)-1]]; ok {
			n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
			if err == nil && n <= uint64(10*366*24*time.Hour/unit) {
				return time.Duration(n) * unit, nil
			}
		}
	}
	return 0, &BadDuration{Text: s}
}

// BadDuration is a value that is no duration: a bare number, or a unit that is not ours.
type BadDuration struct{ Text string }

func (e *BadDuration) Error() string {
	return fmt.Sprintf("%q is no duration: write 90s, 15m, 2h or 3d", e.Text)
}

// FormatDuration prints a duration in its largest whole unit.
func FormatDuration(d time.Duration) string {
	for _, u := range []struct {
		name string
		d    time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if d != 0 && d%u.d == 0 {
			return strconv.FormatInt(int64(d/u.d), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}

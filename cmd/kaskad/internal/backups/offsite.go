package backups

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	offSiteTime = 6 * time.Hour
	tailMost    = 2 << 10
)

// Placeholder stands for the path of the backup in the command that takes it elsewhere.
const Placeholder = "{file}"

// OffSite runs the operator's command with the path of a backup in it: no shell reads it, and of our environment it gets what finds
// programs and their own configuration, none of our secrets. An error has the end of what the command said.
func OffSite(ctx context.Context, command []string, path string) error {
	ctx, cancel := context.WithTimeout(ctx, offSiteTime)
	defer cancel()
	args := make([]string, len(command))
	for i, word := range command {
		args[i] = strings.ReplaceAll(word, Placeholder, path)
	}
	run := exec.CommandContext(ctx, args[0], args[1:]...)
	for _, name := range []string{"PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK"} {
		if value, ok := os.LookupEnv(name); ok {
			run.Env = append(run.Env, name+"="+value)
		}
	}
	said := &tail{}
	run.Stdout, run.Stderr, run.WaitDelay = said, said, 5*time.Second
	err := run.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(ctx.Err(), err)
	}
	text := strings.TrimSpace(string(said.b))
	if text == "" {
		text = "it said nothing"
	}
	return fmt.Errorf("off_site %s: %w: %s", args[0], err, text)
}

// tail keeps the end of what is written.
type tail struct{ b []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b...)
	if len(t.b) > tailMost {
		t.b = append([]byte{}, t.b[len(t.b)-tailMost:]...)
	}
	return len(b), nil
}

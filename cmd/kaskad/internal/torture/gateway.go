package torture

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = 30 * time.Second
	stopTime  = time.Minute
	callTime  = 15 * time.Second
	maxAnswer = 64 << 20
)

// gateway is the program under torture.
type gateway struct {
	program, dir, config string
	env                  []string
	public, admin        string
	marks                []net.PacketConn // of its ports; see freeAddress
	sealed               bool
	key                  string
	log                  *os.File
	process              *exec.Cmd
	ended                chan error // of the process
	http                 *http.Client
}

func newGateway(ctx context.Context, o Options, dir string, w *world, sealed bool) (*gateway, error) {
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		return nil, err
	}
	g := &gateway{program: o.Program, dir: dir, sealed: sealed, config: filepath.Join(dir, "config.toml"), env: append(os.Environ(), o.Env...),
		http: &http.Client{Timeout: callTime, Transport: &http.Transport{DisableKeepAlives: true}}} // a call is never repeated behind our back
	if err := g.makeMaster(ctx); err != nil {
		return nil, err
	}
	var err error
	if g.public, err = g.freeAddress(); err != nil {
		return nil, errors.Join(err, g.unmark())
	}
	if g.admin, err = g.freeAddress(); err != nil {
		return nil, errors.Join(err, g.unmark())
	}
	if err := os.WriteFile(g.config, []byte(g.text(w)), 0o600); err != nil {
		return nil, errors.Join(err, g.unmark())
	}
	if g.log, err = os.Create(filepath.Join(dir, "gateway.log")); err != nil {
		return nil, errors.Join(err, g.unmark())
	}
	return g, nil
}

// freeAddress is a port that nobody uses, below those that the kernel gives out by itself. So that nobody takes it between two lives of the gateway,
// another torture or a journey beside this one, the port of the same number that is not TCP is kept: who looks for one tries that first.
func (g *gateway) freeAddress() (string, error) {
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 15000+rand.IntN(15000))
		mark, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			g.marks = append(g.marks, mark)
			return address, l.Close()
		}
		mark.Close()
	}
	return "", errors.New("no port between 15000 and 30000 is free on 127.0.0.1")
}

// command runs a command of the program to its end.
func (g *gateway) command(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, g.program, append([]string{"-c", g.config}, args...)...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = g.env, &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("kaskad %s: %w: %s%s", strings.Join(args, " "), err, out.String(), errs.String())
	}
	return out.String(), nil
}

// makeMaster makes what a sealed store needs beside its configuration.
func (g *gateway) makeMaster(ctx context.Context) error {
	if !g.sealed {
		return nil
	}
	key, err := g.command(ctx, "encryption", "key")
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(g.dir, "master.key"), []byte(key), 0o600), os.Mkdir(filepath.Join(g.dir, "index"), 0o700))
}

// clear are words of what was said that stand in the folder of a sealed store, with the file that has them; empty: none do.
func (g *gateway) clear() (found string, err error) {
	if !g.sealed {
		return "", nil
	}
	return found, filepath.WalkDir(filepath.Join(g.dir, "data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, words := range []string{textBegins, greets} {
			if bytes.Contains(raw, []byte(words)) {
				found = fmt.Sprintf("%s has %q", path, words)
			}
		}
		return err
	})
}

// makeKey makes the key of the retailer's system, before the first start.
func (g *gateway) makeKey(ctx context.Context) error {
	out, err := g.command(ctx, "key", "new", "--name", "torture", "--scopes", "admin", "--json")
	if err != nil {
		return err
	}
	var made struct{ Key string }
	err = json.Unmarshal([]byte(out), &made)
	g.key = made.Key
	return err
}

// start runs the gateway until it answers.
func (g *gateway) start(ctx context.Context) error {
	g.process = exec.Command(g.program, "-c", g.config, "serve")
	g.process.Env, g.process.Stderr = g.env, g.log
	if err := g.process.Start(); err != nil {
		return err
	}
	process, ended := g.process, make(chan error, 1)
	g.ended = ended
	go func() { ended <- process.Wait() }()
	late := time.After(startTime)
	for {
		if answer, err := g.http.Get("http://" + g.public + "/healthz"); err == nil {
			return answer.Body.Close()
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("the gateway ended at its start: %w; see %s", err, g.log.Name())
		case <-late:
			return fmt.Errorf("the gateway did not answer within %s; see %s", startTime, g.log.Name())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// kill ends the process as the end of the machine would, but that the disk keeps what the kernel has.
func (g *gateway) kill() error {
	if g.process == nil {
		return nil
	}
	err := g.process.Process.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("the gateway ended by itself: %w; see %s", <-g.ended, g.log.Name())
	}
	<-g.ended
	g.process = nil
	return err
}

// stop asks the process to end.
func (g *gateway) stop() error {
	if err := g.process.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("the gateway ended by itself: %w; see %s", err, g.log.Name())
	}
	select {
	case err := <-g.ended:
		g.process = nil
		if err != nil {
			return fmt.Errorf("the gateway, asked to stop, ended with %w; see %s", err, g.log.Name())
		}
		return nil
	case <-time.After(stopTime):
		return errors.Join(fmt.Errorf("the gateway did not stop within %s; see %s", stopTime, g.log.Name()), g.kill())
	}
}

// close leaves no process behind.
func (g *gateway) close() error {
	return errors.Join(g.kill(), g.log.Close(), g.unmark())
}

// unmark gives the ports back.
func (g *gateway) unmark() (err error) {
	for _, mark := range g.marks {
		err = errors.Join(err, mark.Close())
	}
	return err
}

// problem is what the API refused.
type problem struct {
	Status int
	Code   string
	Detail string
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.Status, p.Code, p.Detail) }

// call makes one call of the API. What was refused is a *problem; any other error leaves open whether the call was carried out.
func (g *gateway) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+g.admin+path, body)
	if err != nil {
		return err
	}
	r.GetBody = nil
	r.Header.Set("Authorization", "Bearer "+g.key)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := g.http.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		p := &problem{Status: resp.StatusCode, Detail: string(raw)}
		_ = json.Unmarshal(raw, p) // what is no JSON is the detail as it stands
		p.Status = resp.StatusCode
		return p
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

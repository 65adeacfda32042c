package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
	"kaskad/cmd/kaskad/internal/store"
)

// gateway is the program as a process of its own, between simulators of this one.
type gateway struct {
	dir, config   string
	public, admin string
	program       string
	env           []string
	key           string
	tg            *telegram.Server
	vb            *viber.Server
	log           *os.File
	process       *exec.Cmd
	ended         chan error
	started       time.Duration // from its start to its first answer
}

const (
	startTime = time.Minute
	stopTime  = time.Minute
	restTime  = 30 * time.Minute
)

// The names of the account on the Business Platform.
const (
	cloudNumber = "106540352242922"
	cloudSecret = "kaskad_bench_app_secret"
)

// newGateway is one that was not started, with a key; on a copy of the grown file, where one is given.
func (b *bench) newGateway(ctx context.Context, name string, from *grown) (g *gateway, err error) {
	g = &gateway{dir: filepath.Join(b.work, name), program: b.Program, env: append(os.Environ(), b.Env...)}
	g.config = filepath.Join(g.dir, "config.toml")
	if err := os.MkdirAll(g.data(), 0o700); err != nil {
		return nil, err
	}
	if from != nil {
		if err := from.copyTo(g.data()); err != nil {
			return nil, err
		}
	}
	if g.tg, err = telegram.New(telegram.Options{Rate: -1, ChatRate: -1}); err != nil {
		return nil, err
	}
	if g.vb, err = viber.New(viber.Options{}); err != nil {
		return nil, errors.Join(err, g.tg.Close())
	}
	var err1, err2 error
	g.public, err1 = freeAddress()
	g.admin, err2 = freeAddress()
	text := fmt.Sprintf(configText, g.public, g.admin, g.public, g.data(), g.tg.Token(), g.tg.URL(), g.vb.Token(), g.vb.URL(), cloudNumber, cloudSecret)
	err = errors.Join(err1, err2, os.WriteFile(g.config, []byte(text), 0o600))
	if err == nil {
		g.log, err = os.Create(filepath.Join(g.dir, "gateway.log"))
	}
	if err == nil {
		err = g.makeKey(ctx, "bench-"+name)
	}
	if err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

// paused is one that runs on a copy of the grown file, sends nothing, and has nothing to do.
func (b *bench) paused(ctx context.Context, name string, from *grown) (*gateway, error) {
	g, err := b.newGateway(ctx, name, from)
	if err != nil {
		return nil, err
	}
	if err = g.start(ctx); err == nil {
		_, err = g.command(ctx, "pause")
	}
	if err == nil {
		err = g.rest(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

func (g *gateway) data() string { return filepath.Join(g.dir, "data") }

func (g *gateway) file() string { return filepath.Join(g.data(), store.FileName) }

// freeAddress is a port that nobody uses now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
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

func (g *gateway) makeKey(ctx context.Context, name string) error {
	out, err := g.command(ctx, "key", "new", "--name", name, "--scopes", "admin", "--json")
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
	process := exec.Command(g.program, "-c", g.config, "serve")
	process.Env, process.Stderr = g.env, g.log
	begun := time.Now()
	if err := process.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	g.process, g.ended = process, ended
	go func() { ended <- process.Wait() }()
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		if ready(g.admin) {
			g.started = time.Since(begun)
			return nil
		}
		select {
		case err := <-ended:
			ended <- err
			return fmt.Errorf("the gateway ended at its start (%w): %s", err, g.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("the gateway did not answer within %s: %s", startTime, g.lastWords())
		case <-time.After(time.Millisecond):
		}
	}
}

// ready reports whether the API takes calls: it knows who calls, and so has read the store.
func ready(admin string) bool {
	answer, err := http.Get("http://" + admin + "/v1/status")
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusUnauthorized
}

// lastWords are the end of its log.
func (g *gateway) lastWords() string {
	raw, err := os.ReadFile(g.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-1000):])
}

// rest waits until the gateway has read what the file tells those who follow it: search, above all, of which a million messages are minutes.
func (g *gateway) rest(ctx context.Context) error {
	const look = 400 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, restTime)
	defer cancel()
	for quiet := 0; quiet < 2; quiet++ {
		before, err := cpuOf(g.pid())
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), fmt.Errorf("the gateway did not come to rest within %s", restTime))
		case <-time.After(look):
		}
		after, err := cpuOf(g.pid())
		if err != nil {
			return err
		}
		if after-before > look/20 {
			quiet = -1
		}
	}
	return nil
}

func (g *gateway) pid() int { return g.process.Process.Pid }

// stop asks the process to end.
func (g *gateway) stop() error {
	if g.process == nil {
		return nil
	}
	err := g.process.Process.Signal(syscall.SIGTERM)
	select {
	case ended := <-g.ended:
		g.process = nil
		return errors.Join(err, ended)
	case <-time.After(stopTime):
		err = errors.Join(fmt.Errorf("the gateway did not stop within %s", stopTime), g.process.Process.Kill())
		<-g.ended
		g.process = nil
		return err
	}
}

// close leaves neither a process nor a file behind.
func (g *gateway) close() error {
	err := g.stop()
	if g.log != nil {
		err = errors.Join(err, g.log.Close())
	}
	return errors.Join(err, g.tg.Close(), g.vb.Close(), os.RemoveAll(g.dir))
}

// checked stops the gateway and looks through its store: what was measured has to be true.
func (g *gateway) checked(ctx context.Context) error {
	if err := g.stop(); err != nil {
		return err
	}
	_, err := g.command(ctx, "check", "--store")
	return err
}

// metric is a number of /metrics.
func (g *gateway) metric(name string) (float64, error) {
	answer, err := http.Get("http://" + g.admin + "/metrics")
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(answer.Body); err != nil {
		return 0, err
	}
	for l := range strings.Lines(page.String()) {
		if rest, ok := strings.CutPrefix(l, name+" "); ok {
			var n float64
			_, err := fmt.Sscan(rest, &n)
			return n, err
		}
	}
	return 0, nil // what has not happened yet is not there
}

const configText = `
[company]
name = "Крамниця"
[server]
listen = %q
admin = %q
public_url = "http://%s"
data_dir = %q
[telegram]
token = %q
api_url = %q
updates = "webhook"
[viber]
token = %q
name = "Крамниця"
api_url = %q
price = { amount = "0.84", currency = "UAH" }
[whatsapp_cloud]
phone_number_id = %q
token = "EAAkaskadbench"
app_secret = %q
verify_token = "kaskad-bench-word"
api_url = "http://127.0.0.1:9/v23.0"
price = { amount = "0.50", currency = "UAH" }
[[sms]]
name = "main"
api_url = "http://127.0.0.1:9"
token = "none"
sender = "Shop"
price = { amount = "0.92", currency = "UAH" }
[sms.request]
method = "POST"
path = "/send"
json = { to = "{{.to}}", text = "{{.text}}" }
[sms.accept]
status = [200]
ok = '.status == "ok"'
id = ".message_id"
[dialogue]
menu = false
ask_consent = false
[cascades.loyalty]
steps = [
  { channel = "telegram", wait = "10m", until = "read" },
  { channel = "sms" },
]
`

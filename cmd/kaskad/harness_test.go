package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// The test binary is the program too: with this variable it runs as kaskad, so that a test can kill it.
const asProgram = "KASKAD_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asNobody) != "":
		nobody()
		return
	case os.Getenv(asProgram) != "":
		if err := whatsAppAt(os.Getenv(asWhatsApp)); err != nil {
			panic(err)
		}
		program()
		return
	}
	flag.Parse()
	if n := flag.Lookup("test.parallel"); n != nil && n.Value.String() == strconv.Itoa(runtime.GOMAXPROCS(0)) {
		at := journeysAtOnce
		if os.Getenv("KASKAD_FULL") != "" {
			at = max(1, at/2) // all draws of the slow properties are made beside them
		}
		if err := n.Value.Set(strconv.Itoa(at * runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	hasty()
	os.Exit(m.Run())
}

// hasty lets this process and the gateways that it starts collect garbage seldom: they live for seconds, and start again and again.
// What is measured is measured as operators run it.
func hasty() {
	if flag.Lookup("test.bench").Value.String() == "" && os.Getenv("GOGC") == "" {
		os.Setenv("GOGC", strconv.Itoa(seldom))
		debug.SetGCPercent(seldom)
	}
}

const seldom = 400

// plant is a gateway as a process of its own, with simulated channels around it.
type plant struct {
	t       testing.TB
	dir     string
	config  string
	public  string
	admin   string
	key     string
	tg      *simtelegram.Server
	sms     *simsms.Server
	process *exec.Cmd
	log     *bytes.Buffer
	started time.Duration // from the start of the process to its first answer
	idle    int           // bytes of memory before the first call
	env     []string      // of the process, besides our own
	sealed  bool          // its store is: only the program can look through it
}

// newPlant starts the simulators and writes a configuration; extra is appended to it.
func newPlant(t testing.TB, tg simtelegram.Options, provider simsms.Options, extra string) *plant {
	t.Helper()
	p := &plant{t: t, dir: t.TempDir(), public: freeAddress(t), admin: freeAddress(t)}
	var err error
	if p.tg, err = simtelegram.New(tg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.tg.Close() })
	if p.sms, err = simsms.New(provider); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.sms.Close() })
	p.config = filepath.Join(p.dir, "config.toml")
	text := fmt.Sprintf(configText, p.public, p.admin, p.public, p.data(), p.tg.Token(), p.tg.URL(), p.sms.URL(), p.sms.Token()) + extra
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p.sow()
	return p
}

const configText = `
[company]
name = "Крамниця"
[server]
listen = %q
admin = %q
public_url = "http://%s"
data_dir = %q
catch_up = "1s"
[telegram]
token = %q
api_url = %q
rate = 1000
[[sms]]
name = "main"
api_url = %q
token = %q
sender = "Shop"
price = { amount = "0.92", currency = "UAH" }
rate = 1000
[sms.request]
method = "POST"
path = "/send"
headers = { Authorization = "Bearer {{.token}}" }
json = { to = "{{.to}}", from = "{{.sender}}", text = "{{.text}}", ref = "{{.id}}", callback = "{{.report_url}}" }
[sms.accept]
status = [200]
ok = '.status == "ok"'
id = ".message_id"
error = ".error"
code = ".code"
[sms.faults]
"49" = "misconfigured"
"51" = "unreachable"
"404" = "refused"
"http:429" = "temporary"
[sms.report]
id = ".message_id"
ref = ".ref"
status = ".status"
states = { delivered = "delivered", undelivered = "failed", expired = "failed" }
answer = "OK"
[sms.inbound]
from = ".from"
text = ".text"
id = ".id"
[frequency]
marketing = { per_day = 0, per_week = 0 }
same_message = "1s"
[spend]
per_day = { amount = "1000000", currency = "UAH" }
` + taciturn

// taciturn keeps the bot to its welcome: whoever counts messages wants no menu and no question among them.
const taciturn = `
[dialogue]
menu = false
ask_consent = false
`

// ports makes every test of this process ask for other ones.
var ports atomic.Int64

func freeAddress(t testing.TB) string {
	t.Helper()
	// Below the ports that the kernel gives out by itself, so that nobody takes it before the gateway does. Whoever asks keeps the port of the same number
	// that is not TCP until the test has ended: a gateway that was killed leaves its own free, and another run of these tests would take it.
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 15000+(os.Getpid()*97+int(ports.Add(1)))%15000)
		mark, err := net.ListenPacket("udp", address)
		if err != nil {
			continue
		}
		if l, err := net.Listen("tcp", address); err == nil {
			l.Close()
			t.Cleanup(func() { mark.Close() })
			return address
		}
		mark.Close()
	}
	t.Fatal("no free port")
	return ""
}

// load puts a loaded file under the gateway.
func (p *plant) load(dir string) {
	p.t.Helper()
	raw, err := os.Open(filepath.Join(dir, "kaskad.db"))
	if err != nil {
		p.t.Fatal(err)
	}
	defer raw.Close()
	to, err := os.Create(filepath.Join(p.dir, "data", "kaskad.db"))
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := io.Copy(to, raw); err != nil {
		p.t.Fatal(err)
	}
	if err := errors.Join(to.Sync(), to.Close()); err != nil { // or the kernel would write it during the measurement
		p.t.Fatal(err)
	}
	var made madeKey
	if err := json.Unmarshal([]byte(p.run("key", "new", "--name", "bench", "--scopes", "admin", "--json")), &made); err != nil {
		p.t.Fatal(err)
	}
	p.key = made.Key
}

// run runs a command in this process and returns what it printed; it must succeed.
func (p *plant) run(args ...string) string {
	p.t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"-c", p.config}, args...)
	if code := run(p.t.Context(), args, app.Streams{Out: &out, Err: &errs}); code != exitDone {
		p.t.Fatalf("kaskad %s: exit %d\n%s%s", strings.Join(args, " "), code, out.String(), errs.String())
	}
	return out.String()
}

// start runs the gateway as a process and waits until it answers.
func (p *plant) start() {
	p.t.Helper()
	p.log = &bytes.Buffer{}
	p.process = exec.Command(os.Args[0], "-c", p.config, "serve")
	p.process.Env = append(append(os.Environ(), asProgram+"=1"), p.env...)
	p.process.Stderr = p.log
	begun := time.Now()
	if err := p.process.Start(); err != nil {
		p.t.Fatal(err)
	}
	process := p.process
	p.t.Cleanup(func() { process.Process.Kill() })
	for time.Since(begun) < patience {
		answer, err := http.Get("http://" + p.public + "/healthz")
		if err == nil {
			answer.Body.Close()
			p.started = time.Since(begun)
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	p.t.Fatalf("the gateway does not answer:\n%s", p.log)
}

// patience is how long something is waited for that has to come by itself: how fast a machine is, and what else runs on it, is no fault.
const patience = time.Minute

// kill ends the process as a power cut would.
func (p *plant) kill() {
	p.t.Helper()
	if err := p.process.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	p.process.Wait()
}

// stop asks the process to end and says how.
func (p *plant) stop() {
	p.t.Helper()
	if err := p.process.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() { p.process.Process.Signal(syscall.SIGQUIT) }) // it then logs where it hangs
	defer stuck.Stop()
	if err := p.process.Wait(); err != nil {
		p.t.Errorf("the gateway ended with %v:\n%s", err, p.log)
	}
}

// mustAgree wants an answer of /readyz not to contradict itself: what is degraded has advice, and a session that does not send everything is
// degraded.
func mustAgree(t testing.TB, raw []byte) {
	t.Helper()
	var ready struct {
		Degraded []string
		Advice   map[string]string
		Sessions map[string]struct{ Sends string }
	}
	if err := json.Unmarshal(raw, &ready); err != nil {
		t.Errorf("/readyz: %v in %s", err, raw)
	}
	for _, name := range ready.Degraded {
		if ready.Advice[name] == "" {
			t.Errorf("/readyz: %s is degraded without advice: %s", name, raw)
		}
	}
	for channel, s := range ready.Sessions {
		if s.Sends != "all" && !slices.Contains(ready.Degraded, channel) {
			t.Errorf("/readyz: %s sends %s and is not degraded: %s", channel, s.Sends, raw)
		}
	}
}

// call makes one call of the API.
func (p *plant) call(method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+p.admin+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %d %s", method, path, answer.StatusCode, raw)
	}
	if path == "/readyz" {
		mustAgree(p.t, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

type state struct {
	ID, State, Reason string
	ReachedBy         string `json:"reached_by"`
	Proof             string
	Steps             []struct{ Channel, State, Reason string }
}

// send asks for a delivery and returns its id.
func (p *plant) send(body map[string]any) (string, error) {
	var made state
	err := p.call("POST", "/v1/deliveries", body, &made)
	return made.ID, err
}

// mustSend asks for a delivery that must be accepted.
func (p *plant) mustSend(body map[string]any) string {
	p.t.Helper()
	id, err := p.send(body)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// finish stops the gateway and looks at what it leaves behind.
func (p *plant) finish() {
	p.t.Helper()
	p.stop()
	p.check()
}

// await waits until a delivery is in one of the states.
func (p *plant) await(id string, states ...string) state {
	p.t.Helper()
	var now state
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(50 * time.Millisecond) {
		if err := p.call("GET", "/v1/deliveries/"+id, nil, &now); err != nil {
			p.t.Fatal(err)
		}
		for _, s := range states {
			if now.State == s {
				return now
			}
		}
	}
	p.t.Fatalf("delivery %s is %s (%s), want %v; steps %v\n%s", id, now.State, now.Reason, states, now.Steps, p.log)
	return now
}

// person adds a customer with a phone and an open chat, known to the gateway under the card.
func (p *plant) person(card string, chat int64, phone string, habits simtelegram.Habits) {
	p.t.Helper()
	if err := p.tg.AddPerson(simtelegram.Person{ID: chat, FirstName: card, Phone: phone, Habits: habits, Started: true}); err != nil {
		p.t.Fatal(err)
	}
	contact := map[string]any{"phone": phone, "addresses": []map[string]string{{"channel": "telegram", "id": fmt.Sprint(chat)}}}
	if err := p.call("PUT", "/v1/contacts/ext:"+card, contact, nil); err != nil {
		p.t.Fatal(err)
	}
}

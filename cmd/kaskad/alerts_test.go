package main

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kaskad/bots"
	simsms "kaskad/bots/simulator/sms"
	simsmtp "kaskad/bots/simulator/smtp"
	simtelegram "kaskad/bots/simulator/telegram"
	simviber "kaskad/bots/simulator/viber"
	"kaskad/cmd/kaskad/internal/store"
)

// pager is an address that alerts are told to, and that is pinged.
type pager struct {
	*httptest.Server
	pings atomic.Int64
	mu    sync.Mutex
	told  []string // "raised backup"
}

func newPager(t *testing.T) *pager {
	g := &pager{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			g.pings.Add(1)
			return
		}
		raw, err := io.ReadAll(r.Body)
		var call struct {
			Alerts []struct{ State, Key string }
		}
		if err != nil || json.Unmarshal(raw, &call) != nil || !strings.HasPrefix(r.Header.Get("webhook-signature"), "v1,") || r.Header.Get("webhook-id") == "" {
			http.Error(w, "no alert", http.StatusBadRequest)
			return
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, a := range call.Alerts {
			g.told = append(g.told, a.State+" "+a.Key)
		}
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *pager) count(line string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, t := range g.told {
		if t == line {
			n++
		}
	}
	return n
}

// config is a section that tells this pager.
func (g *pager) config(more string) string {
	return "[webhooks]\nnetworks = [\"127.0.0.0/8\"]\n[alerts]\nhold = \"0s\"\nwebhook = \"" + g.URL + "\"\nwebhook_secret = \"whsec_c2l4dGVlbi1sZXR0ZXJzLW9yLW1vcmU=\"\n" + more
}

// A failed backup is told once, not again after a restart, and as over after a good one.
func TestAFailedBackupWakesSomebodyOnce(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, g.config("ping = \""+g.URL+"\"\nping_every = \"1s\"\n")+
		"[backup]\nevery = \"1h\"\noff_site = [\"sh\", \"-c\", \"test -e $0/../../open\", \"{file}\"]\n")
	p.start()
	waitFor(t, "the alert", func() bool { return g.count("raised backup") > 0 })
	waitFor(t, "a ping", func() bool { return g.pings.Load() > 0 })
	p.stop()
	p.start()
	mustAll(t, os.WriteFile(filepath.Join(p.dir, "open"), nil, 0o600))
	p.run("backup", "now")
	waitFor(t, "its end", func() bool { return g.count("resolved backup") > 0 })
	if n, m := g.count("raised backup"), g.count("resolved backup"); n != 1 || m != 1 {
		t.Errorf("it was told %d times, and %d times as over; want once each", n, m)
	}
	p.finish()
}

// A disk without the room that was asked for is told, and as over when enough is.
func TestAFullDiskWakesSomebody(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, g.config("disk_free = 1000000000\n"))
	p.start()
	waitFor(t, "the alert", func() bool { return g.count("raised disk") > 0 })
	p.stop()
	raw, err := os.ReadFile(p.config)
	mustAll(t, err, os.WriteFile(p.config, []byte(strings.Replace(string(raw), "disk_free = 1000000000", "disk_free = 0", 1)), 0o600))
	p.start()
	waitFor(t, "its end, which came while nothing ran", func() bool { return g.count("resolved disk") > 0 })
	if n := g.count("raised disk"); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	p.finish()
}

// What cannot be taken, and a provider that refuses our token, are told in the group of staff as they come, and as over.
func TestTheGroupOfStaffIsToldOfTroubleAndItsEnd(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 50 * time.Millisecond})}, quick+"[alerts]\nstaff = true\nhold = \"0s\"\n")
	p.start()
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}), p.tg.AddGroup(simtelegram.Group{ID: staffGroup, Title: "Support", Members: []int64{agent}}))
	p.bind(staffGroup, agent)
	told := func(want string) func() bool {
		return func() bool {
			for _, m := range p.tg.Messages(staffGroup) {
				if strings.Contains(m.Text, want) {
					return true
				}
			}
			return false
		}
	}
	p.poison("[" + strings.Repeat("{},", 100_000) + "{}]") // more reports than a call may hold
	waitFor(t, "word of the quarantine", told("Потребує уваги: quarantine"))
	var list []struct{ ID string }
	mustAll(t, json.Unmarshal([]byte(p.run("quarantine", "list", "--json")), &list))
	p.run("quarantine", "drop", list[0].ID)
	waitFor(t, "word of its end", told("Минулося: quarantine"))

	p.sms.Fail(simsms.Fault{Kind: simsms.Refuse, Code: "49", Times: -1})
	p.mustSend(map[string]any{"to": "phone:+380501110009", "template": "bonus", "data": map[string]any{"points": 1}, "cascade": "quick"})
	waitFor(t, "the refused token to show", func() bool { return len(p.readiness().Degraded) > 0 })
	waitFor(t, "word of the refused token", told("Потребує уваги: held:sms"))
	p.sms.ClearFaults()
	waitFor(t, "word of its end", told("Минулося: held:sms"))
	p.finish()
}

// A mail wakes, too, through an encrypted connection, and a mail server that is gone holds up nobody: when it is back it is told what is open.
func TestAMailWakesSomebody(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	post, err := simsmtp.New(simsmtp.Options{TLS: simsmtp.StartTLS, User: "kaskad", Password: "mail-secret-that-nobody-may-see"})
	mustAll(t, err)
	t.Cleanup(post.Close)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, g.config("disk_free = 1000000000\n")+fmt.Sprintf(`[alerts.mail]
host = %q
port = %d
user = "kaskad"
password_file = "mail.secret"
from = "Kaskad <kaskad@example.com>"
to = ["owner@example.com", "gone@example.com"]
`, post.Host(), post.Port()))
	roots := filepath.Join(p.dir, "roots.pem")
	mustAll(t, os.WriteFile(roots, post.Authority(), 0o600), os.WriteFile(filepath.Join(p.dir, "mail.secret"), []byte("mail-secret-that-nobody-may-see\n"), 0o600))
	p.env = []string{"SSL_CERT_FILE=" + roots}
	post.Refuse("gone@example.com", 550)
	p.start()
	waitFor(t, "the call", func() bool { return g.count("raised disk") > 0 })
	waitFor(t, "the mail", func() bool { return len(post.Mails()) > 0 })
	m := post.Mails()[0]
	read, err := mail.ReadMessage(strings.NewReader(m.Data))
	mustAll(t, err)
	subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
	mustAll(t, err)
	if !m.Encrypted || m.User != "kaskad" || len(m.To) != 1 || m.To[0] != "owner@example.com" || !strings.HasPrefix(subject, "Крамниця: 🔴 Потребує уваги: disk") {
		t.Errorf("mail %q: %+v", subject, m)
	}
	p.stop()
	if strings.Contains(p.log.String(), "mail-secret") || strings.Contains(p.log.String(), "owner@example.com") {
		t.Error("the log has the password, or an address")
	}
	post.Refuse("owner@example.com", 450)
	raw, err := os.ReadFile(p.config)
	mustAll(t, err, os.WriteFile(p.config, []byte(strings.Replace(string(raw), "disk_free = 1000000000", "disk_free = 0", 1)), 0o600))
	p.start()
	waitFor(t, "the end by the call", func() bool { return g.count("resolved disk") > 0 })
	waitFor(t, "word that mail is not taken", func() bool { return g.count("raised alerts:mail") > 0 })
	p.stop()
	post.Refuse("owner@example.com", 0)
	p.start()
	waitFor(t, "the end by mail", func() bool { return len(post.Mails()) > 1 })
	waitFor(t, "word that mail is taken", func() bool { return g.count("resolved alerts:mail") > 0 })
	if n := len(post.Mails()); n != 2 {
		t.Errorf("%d mails, want the beginning and the end", n)
	}
	p.finish()
}

// The owner is told in a chat of their own, and only what is critical. Where the bot may not write there check --live says what to do, and the
// other target hears of it; once the owner has pressed Start they hear what is open.
func TestTheOwnerIsToldInTheirOwnChat(t *testing.T) {
	t.Parallel()
	const owner = 777
	g := newPager(t)
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, g.config("disk_free = 1000000000\nowner = \"telegram:777\"\n[alerts.hears.owner]\nfrom = \"critical\"\n"))
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: owner, FirstName: "Власниця"}))
	if code, said := p.tries("check", "--live"); code == 0 || !strings.Contains(said, "alerts: owner: the bot may not write there: the owner has to open the bot and press Start") {
		t.Errorf("check --live: %d\n%s", code, said)
	}
	p.start()
	waitFor(t, "word that the owner is not reached", func() bool { return g.count("raised alerts:owner") > 0 })
	p.poison("[" + strings.Repeat("{},", 100_000) + "{}]")
	waitFor(t, "word of the quarantine", func() bool { return g.count("raised quarantine") > 0 })
	p.stop()
	_, err := p.tg.Say(owner, "/start")
	mustAll(t, err)
	p.start()
	told := func(want string) func() bool {
		return func() bool {
			for _, m := range p.tg.Messages(owner) {
				if strings.Contains(m.Text, want) {
					return true
				}
			}
			return false
		}
	}
	waitFor(t, "word of the disk", told("🔴 Потребує уваги: disk"))
	waitFor(t, "word that the owner is reached", func() bool { return g.count("resolved alerts:owner") > 0 })
	if told("quarantine")() {
		t.Error("the owner was told what is not critical")
	}
	if code, said := p.tries("check", "--live"); !strings.Contains(said, "alerts: owner: the bot may write there") {
		t.Errorf("check --live: %d\n%s", code, said)
	}
	p.finish()
}

// Who was told is listed, everybody is tried, and one thing is silenced, also over a restart; then it is told again.
func TestAlertsAreListedTriedAndSilenced(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, g.config("disk_free = 1000000000\nowner = \"telegram:777\"\n"))
	mustAll(t, p.tg.AddPerson(simtelegram.Person{ID: 777, FirstName: "Власниця"}))
	p.start()
	waitFor(t, "the alert", func() bool { return g.count("raised disk") > 0 && g.count("raised alerts:owner") > 0 })
	list := func() (all struct {
		Items []struct {
			Key, Severity, State string
			Told                 []struct{ Target string }
		}
		Silenced []struct{ Key string }
	}) {
		mustAll(t, json.Unmarshal([]byte(p.run("alerts", "--json")), &all))
		return all
	}
	waitFor(t, "who was told", func() bool {
		all := list()
		return len(all.Items) == 2 && all.Items[0].Key == "disk" && all.Items[0].Severity == "critical" && all.Items[0].State == "open" && len(all.Items[0].Told) == 1 && all.Items[0].Told[0].Target == "webhook"
	})
	if out := p.run("alerts"); !strings.Contains(out, "disk") || !strings.Contains(out, "webhook 20") {
		t.Errorf("alerts:\n%s", out)
	}
	if code, said := p.tries("alerts", "test"); code != exitFailed || !strings.Contains(said, "webhook: took it\n") || !strings.Contains(said, "owner: the bot may not write there") || !strings.Contains(said, "1 of 2 took nothing") {
		t.Errorf("alerts test: %d\n%s", code, said)
	}
	waitFor(t, "the figures", func() bool {
		m := p.metrics()
		return strings.Contains(m, `kaskad_alerts_open{severity="critical"} 1`) && strings.Contains(m, `kaskad_alert_failures_total{target="owner"} `) && !strings.Contains(m, `kaskad_alert_failures_total{target="owner"} 0`)
	})
	if out := p.run("alerts", "silence", "disk", "2h"); !strings.HasPrefix(out, "silenced: disk until 20") {
		t.Error(out)
	}
	p.stop()
	raw, err := os.ReadFile(p.config)
	mustAll(t, err, os.WriteFile(p.config, []byte(strings.Replace(string(raw), "disk_free = 1000000000", "disk_free = 0", 1)), 0o600))
	_, err = p.tg.Say(777, "/start")
	mustAll(t, err)
	p.start()
	if code, said := p.tries("alerts", "test"); code != exitDone {
		t.Errorf("alerts test: %d\n%s", code, said)
	}
	waitFor(t, "that it is gone", func() bool { return len(list().Items) == 0 })
	if all := list(); len(all.Silenced) != 1 || all.Silenced[0].Key != "disk" {
		t.Errorf("after a restart %+v is silenced", all.Silenced)
	}
	if g.count("resolved disk") != 0 {
		t.Error("its end was told though it is silenced")
	}
	p.run("alerts", "unsilence", "disk")
	waitFor(t, "its end", func() bool { return g.count("resolved disk") == 1 })
	for _, c := range []struct{ args, says string }{{"silence disk 31d", "within the next 30 days"}, {"silence disk soon", "write 90m, 2h or 3d"}, {"silence the|disk 0h", "write 90m"}} {
		if code, said := p.tries(strings.Fields("alerts " + c.args)...); code == exitDone || !strings.Contains(said, c.says) {
			t.Errorf("alerts %s: %d %s", c.args, code, said)
		}
	}
	p.finish()
	if code, said := p.tries("alerts"); code != exitFailed || !strings.Contains(said, "kaskad serve") {
		t.Errorf("alerts without a gateway: %d\n%s", code, said)
	}
}

// The day's money is told when most of it is spent, and once more, as critical, when it is gone; what a fault keeps from going out is told as late.
func TestTheEndOfMoneyAndOfPatienceWakesSomebody(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: 10 * time.Millisecond})}, quick+g.config("queue_age = \"1s\"\n"))
	p.configure(func(text string) string {
		return strings.Replace(text, "[spend]\nper_day = { amount = \"1000000\"", "[spend]\nper_day = { amount = \"2\"", 1)
	})
	p.start()
	n := 0
	send := func() string {
		n++
		return p.mustSend(map[string]any{"to": fmt.Sprintf("phone:+38050111%04d", n), "template": "bonus", "data": map[string]any{"points": 1}, "cascade": "quick"})
	}
	p.await(send(), "done")
	if g.count("raised spend") != 0 {
		t.Error("it was told before most is spent")
	}
	p.await(send(), "done")
	waitFor(t, "that most is spent", func() bool { return g.count("raised spend") == 1 })
	held := send()
	waitFor(t, "that it is all gone", func() bool { return g.count("raised spend") == 2 })
	p.await(held, "held")
	p.stop()
	p.configure(func(text string) string { return strings.Replace(text, "amount = \"2\"", "amount = \"1000000\"", 1) })
	p.start()
	waitFor(t, "that there is money", func() bool { return g.count("resolved spend") == 1 })
	if g.count("raised queue:sms") != 0 {
		t.Error("what the day's money kept counts as late")
	}
	p.sms.Fail(simsms.Fault{Kind: simsms.Refuse, Code: "49", Times: -1})
	send()
	waitFor(t, "that it waits too long", func() bool { return g.count("raised queue:sms") == 1 })
	p.finish()
}

// Changes that a program did not take for a day are told, and as over once they were told again and taken.
func TestDeadLettersWakeSomebody(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	var taken atomic.Int64
	program := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { taken.Add(1) }))
	t.Cleanup(program.Close)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, g.config(""))
	p.start()
	var hook struct{ ID string }
	mustAll(t, p.call("POST", "/v1/webhooks", map[string]any{"url": program.URL, "types": []string{"message.*"}}, &hook))
	p.stop()
	db, err := store.Open(p.data(), store.Options{}) // a day is too long for a test
	mustAll(t, err)
	letter := fmt.Sprintf(`{"change":1,"at":%q,"why":"status 500","tries":9,"what":{"type":"message.received","at":%[1]q,"contact":%[2]q}}`, time.Now().UTC().Format(time.RFC3339), bots.ID(1).String())
	mustAll(t, db.Records("webhook_dead").Put(t.Context(), hook.ID+"/00000000000000000001", []byte(letter)), db.Close())
	p.start()
	waitFor(t, "the alert", func() bool { return g.count("raised dead_letters:"+hook.ID) == 1 })
	if out := p.run("alerts"); !strings.Contains(out, "it did not take 1 changes for a day") {
		t.Errorf("alerts:\n%s", out)
	}
	p.run("webhooks", "replay", hook.ID, "--dead")
	waitFor(t, "its end", func() bool { return g.count("resolved dead_letters:"+hook.ID) == 1 })
	if n := taken.Load(); n != 1 {
		t.Errorf("it was told %d times", n)
	}
	p.finish()
}

// A program that is told nothing any more, because it has said that it is gone, is told of, and as over once somebody has enabled it; one that somebody
// has disabled is not.
func TestAWebhookThatIsOffWakesSomebody(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	var gone atomic.Bool
	gone.Store(true)
	program := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if gone.Load() {
			w.WriteHeader(http.StatusGone)
		}
	}))
	t.Cleanup(program.Close)
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, g.config(""))
	p.start()
	var hook, other struct{ ID string }
	mustAll(t, p.call("POST", "/v1/webhooks", map[string]any{"url": program.URL}, &hook), p.call("POST", "/v1/webhooks", map[string]any{"url": program.URL, "types": []string{"nothing.*"}}, &other))
	p.run("webhooks", "disable", other.ID)
	p.person("C-1", 501, "+380501112201", nil)
	waitFor(t, "the alert", func() bool { return g.count("raised webhook_off:"+hook.ID) == 1 })
	gone.Store(false)
	p.run("webhooks", "enable", hook.ID)
	waitFor(t, "its end", func() bool { return g.count("resolved webhook_off:"+hook.ID) == 1 })
	gone.Store(true)
	p.person("C-2", 502, "+380501112202", nil)
	waitFor(t, "the alert once more", func() bool { return g.count("raised webhook_off:"+hook.ID) == 2 })
	p.run("webhooks", "disable", hook.ID)
	waitFor(t, "its end when somebody leaves it so", func() bool { return g.count("resolved webhook_off:"+hook.ID) == 2 })
	if g.count("raised webhook_off:"+other.ID) != 0 {
		t.Error("what somebody has disabled is told")
	}
	p.finish()
}

// A watch elsewhere is pinged while all is well, and not while a messenger is not heard, although somebody is told of that; and then again.
func TestThePingStopsWhileAMessengerIsNotHeard(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	vb, err := simviber.New(simviber.Options{})
	mustAll(t, err)
	t.Cleanup(func() { vb.Close() })
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, g.config("ping = \""+g.URL+"\"\nping_every = \"1s\"\n")+fmt.Sprintf("[viber]\ntoken = %q\nname = \"Крамниця\"\napi_url = %q\nprice = { amount = \"0.84\", currency = \"UAH\" }\n", vb.Token(), vb.URL()))
	p.start()
	waitFor(t, "pings while all is well", func() bool { return g.pings.Load() > 1 })
	p.stop()
	before := g.pings.Load()
	vb.Fail(simviber.Fault{Method: "set_webhook", Kind: simviber.InternalError, Times: -1})
	tried := len(vb.CallsOf("set_webhook"))
	p.start()
	_, err = vb.WaitCall(t.Context(), "set_webhook", tried+3) // at once, after a second, after two more: the ping had its turns meanwhile
	mustAll(t, err)
	waitFor(t, "word that Viber is not heard", func() bool { return g.count("raised channel:viber") > 0 })
	if n := g.pings.Load() - before; n != 0 {
		t.Errorf("%d pings while Viber is not heard", n)
	}
	vb.ClearFaults()
	waitFor(t, "pings again", func() bool { return g.pings.Load() > before })
	if log := p.finished(); !strings.Contains(log, "no ping, so that the watch elsewhere notices") || !regexp.MustCompile(`not well: [a-z, ]*viber`).MatchString(log) || strings.Contains(log, g.URL) {
		t.Errorf("the log does not say why there was no ping, or has the address of it:\n%s", log)
	}
}

// finished ends the gateway, and returns what it logged.
func (p *plant) finished() string {
	p.t.Helper()
	p.finish()
	return p.log.String()
}

// Certificates of others are looked after: one that ends soon is told, one that callers refuse too, and one that cannot be asked for is not.
func TestCertificatesOfOthersWakeSomebody(t *testing.T) {
	t.Parallel()
	g := newPager(t)
	var servers []string
	var known []byte
	for range 2 {
		s, err := simsmtp.New(simsmtp.Options{TLS: simsmtp.TLS}) // whose certificate lasts a day
		mustAll(t, err)
		t.Cleanup(s.Close)
		servers = append(servers, fmt.Sprintf("%s:%d", s.Host(), s.Port()))
		if known == nil {
			known = s.Authority()
		}
	}
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, g.config(fmt.Sprintf("certificates = [%q, %q, \"127.0.0.1:1\"]\n", servers[0], servers[1])))
	roots := filepath.Join(p.dir, "roots.pem")
	mustAll(t, os.WriteFile(roots, known, 0o600))
	p.env = []string{"SSL_CERT_FILE=" + roots}
	p.start()
	waitFor(t, "the alerts", func() bool {
		return g.count("raised certificate:"+servers[0]) == 1 && g.count("raised certificate:"+servers[1]) == 1
	})
	if out := p.run("alerts"); !strings.Contains(out, "expires on 20") || !strings.Contains(out, "callers refuse it: x509") || strings.Contains(out, "certificate:127.0.0.1:1 ") {
		t.Errorf("alerts:\n%s", out)
	}
	p.finish()
}

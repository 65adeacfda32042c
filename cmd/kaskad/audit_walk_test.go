package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"kaskad/cmd/kaskad/internal/app"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// onlyLook are the commands that change nothing, or nothing of the gateway's: a file that a restore puts in place of the store has its own audit, in
// which the journal writes.
var onlyLook = strings.Fields(`demo serve check alerts-list contacts-find contacts-evidence contacts-duplicates hold-list links-list links-show links-qr links-sheet links-funnel
	links-recruits key-list backup-list backup-verify restore audit search-status encryption-key encryption-rotate quarantine-list quarantine-show preview sms-presets whatsapp-status people-list
	webhooks-list webhooks-show webhooks-dead staff-groups staff-list staff-audit bench-all bench-torture version completion __complete send`)

// lookedAtElsewhere are commands whose lines other tests look at: they need what the plant has not.
var lookedAtElsewhere = map[string]string{
	"alerts-test": "TestEveryChangeIsInTheAudit of package api", "alerts-silence": "TestEveryChangeIsInTheAudit of package api", "alerts-unsilence": "TestEveryChangeIsInTheAudit of package api",
	"quarantine-replay": "TestEveryChangeIsInTheAudit of package api", "quarantine-drop": "TestEveryChangeIsInTheAudit of package api",
	"whatsapp-pair": "no phone is paired here", "whatsapp-logout": "no phone is paired here",
	"webhooks-replay": "TestEveryChangeIsInTheAudit of package api", "webhooks-test": "nobody answers there", "staff-limit": "no [[staff.groups]] is here",
}

// TestEveryCommandIsInTheAudit makes every command that changes something, and looks for its line: who is local, from here.
func TestEveryCommandIsInTheAudit(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, "")
	p.start()
	p.person("C-1", 501, "+380501112201", nil)
	p.person("C-2", 502, "+380501112202", nil)
	list := p.dir + "/people.csv"
	mustAll(t, os.WriteFile(list, []byte("phone,ext\n+380501112203,C-3\n"), 0o600))
	id := func(pattern, text string) string {
		t.Helper()
		found := regexp.MustCompile(pattern).FindString(text)
		if found == "" {
			t.Fatalf("no %s in:\n%s", pattern, text)
		}
		return found
	}
	hold, key, hook := "", "", ""
	done := map[string]bool{}
	for _, c := range []struct {
		command, line string // the line behind who and from
		args          []string
		learn         func(string)
	}{
		{"contacts-import", `put-contacts`, []string{"contacts", "import", list}, nil},
		{"contacts-export", `export .*001`, []string{"contacts", "export", "ext:C-1"}, nil},
		{"contacts-merge", `merge`, []string{"contacts", "merge", "ext:C-1", "ext:C-2", "--yes"}, nil},
		{"contacts-unmerge", `unmerge`, []string{"contacts", "unmerge", "ext:C-1", "ext:C-2"}, nil},
		{"contacts-erase", `erase`, []string{"contacts", "erase", "ext:C-2", "--yes"}, nil},
		{"pause", `pause +sending marketing`, []string{"pause", "marketing"}, nil},
		{"resume", `resume +sending marketing`, []string{"resume", "marketing"}, nil},
		{"hold-begin", `begin-hold +hold 0\w+`, []string{"hold", "begin", "UA", "--for", "3h", "--json"}, func(s string) { hold = id(`0[0-9a-z]{12}`, s) }},
		{"hold-end", `end-hold +hold 0\w+`, nil, nil},
		{"links-new", `make-source +source till7`, []string{"links", "new", "--code", "till7", "--name", "Каса"}, nil},
		{"links-change", `change-source +source till7`, []string{"links", "change", "till7", "--name", "Каса 1"}, nil},
		{"links-retire", `change-source +source till7`, []string{"links", "retire", "till7"}, nil},
		{"key-new", `make-key +key \w+ send`, []string{"key", "new", "--name", "crm", "--scopes", "send", "--json"}, func(s string) { key = id(`ka_[a-z2-7]{8}`, s)[3:] }},
		{"key-revoke", `revoke-key +key \w+`, nil, nil},
		{"backup-to", `backup`, []string{"backup", p.dir + "/copy.db"}, nil},
		{"compact", `compact`, []string{"compact"}, nil},
		{"search-rebuild", `rebuild-search +search index`, []string{"search", "rebuild"}, nil},
		{"sms-test", `sms-test +sms/main`, []string{"sms", "test", "--to", "+380501112201", "--yes", "--wait", "1s"}, nil},
		{"people-setup", `setup-code`, []string{"people", "setup"}, nil},
		{"people-add", `add-person +person \w+ agent`, []string{"people", "add", "iryna@shop.example", "--name", "Ірина", "--role", "agent"}, nil},
		{"people-invite", `invite-person +person \w+`, []string{"people", "invite", "iryna@shop.example"}, nil},
		{"people-reset", `reset-person +person \w+`, []string{"people", "reset", "iryna@shop.example"}, nil},
		{"people-role", `change-role +person \w+ marketer`, []string{"people", "role", "iryna@shop.example", "marketer"}, nil},
		{"people-disable", `disable-person +person \w+`, []string{"people", "disable", "iryna@shop.example"}, nil},
		{"people-enable", `enable-person +person \w+`, []string{"people", "enable", "iryna@shop.example"}, nil},
		{"webhooks-add", `make-webhook +webhook wh_\w+`, []string{"webhooks", "add", "https://shop.example/hook", "--json"}, func(s string) { hook = id(`wh_[a-z2-7]+`, s) }},
		{"webhooks-rotate", `rotate-webhook-secret +webhook wh_\w+`, nil, nil},
		{"webhooks-disable", `change-webhook +webhook wh_\w+`, nil, nil},
		{"webhooks-enable", `change-webhook +webhook wh_\w+`, nil, nil},
		{"webhooks-remove", `drop-webhook +webhook wh_\w+`, nil, nil},
		{"staff-code", `make-staff-code +group main`, []string{"staff", "code"}, nil},
		{"staff-add", `add-member +member Олена`, []string{"staff", "add", "telegram:777", "--name", "Олена"}, nil},
		{"staff-role", `change-member +member Олена`, []string{"staff", "role", "Олена", "lead"}, nil},
		{"staff-sign", `change-member +member Олена`, []string{"staff", "sign", "Олена", "Олена, підтримка"}, nil},
		{"staff-invite", `make-member-code +member Олена`, []string{"staff", "invite", "Олена"}, nil},
		{"staff-remove", `remove-member +member Олена`, []string{"staff", "remove", "Олена"}, nil},
	} {
		args := c.args
		if args == nil {
			args = append(strings.Split(c.command, "-"), map[string]string{"hold": hold, "key": key, "webhooks": hook}[strings.Split(c.command, "-")[0]])
		}
		before := strings.Count(p.run("audit", "--limit", "500"), "\n")
		out := ""
		if c.command == "sms-test" { // nobody reports what became of it
			run(t.Context(), append([]string{"-c", p.config}, args...), app.Streams{Out: io.Discard, Err: io.Discard})
		} else {
			out = p.run(args...)
		}
		if c.learn != nil {
			c.learn(out)
		}
		done[c.command] = true
		lines := strings.Split(strings.TrimSuffix(p.run("audit", "--limit", "500"), "\n"), "\n")
		left := lines[1:max(1, len(lines)-before+1)]
		if fresh := strings.Join(left, "\n"); !regexp.MustCompile(`\s+local\s+here\s+` + c.line).MatchString(fresh) {
			t.Errorf("kaskad %s leaves no line like %q, but:\n%s", strings.Join(args, " "), c.line, fresh)
		}
	}
	for _, secret := range []string{"380501112", "iryna@", "shop.example", "whsec_", "ka_", "code=", "підтримка"} {
		if strings.Contains(p.run("audit", "--limit", "500", "--json"), secret) {
			t.Errorf("the audit has %q", secret)
		}
	}
	parser, err := kong.New(&commands{}, kong.Vars{"version": "x"})
	mustAll(t, err)
	for _, leaf := range parser.Model.Leaves(false) {
		name := strings.Join(strings.Fields(leaf.Path()), "-")
		looks := strings.Contains(" "+strings.Join(onlyLook, " ")+" ", " "+name+" ")
		if !done[name] && !looks && lookedAtElsewhere[name] == "" && name != "backup-now" { // that one needs [backup]: TestBackups… looks at its line
			t.Errorf("kaskad %s: does it change something? No test looks for its line of the audit", leaf.Path())
		}
	}
	p.finish()
}

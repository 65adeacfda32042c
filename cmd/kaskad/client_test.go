package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
)

// The secrets are in the environment of the gateway alone: commands in another terminal do not ask for them.
func TestCommandsOfARunningGatewayNeedNoSecrets(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always()}, "")
	p.start()
	p.person("C-1", 42, phone, nil)
	whole := ""
	p.configure(func(text string) string {
		whole = text
		return regexp.MustCompile(`(?m)^token = ".*"$`).ReplaceAllString(text, `token = "env:KASKAD_TEST_NOWHERE"`)
	})
	list := filepath.Join(p.dir, "people.csv")
	p.put(list, "ext,points\nC-1,5\n")
	for _, args := range []string{
		"key new --name crm --scopes send",
		"key list",
		"pause marketing",
		"resume",
		"quarantine list",
		"backup " + filepath.Join(p.dir, "copy.db"),
		"preview bonus",
		"send --to ext:C-1 --template bonus --var points=5 --dry-run",
		"send --to ext:C-1 --template bonus --var points=5",
		"send --to-file " + list + " --template bonus --yes",
	} {
		p.run(strings.Fields(args)...)
	}
	code, out, errs := p.try(nil, "check")
	if code != exitUsage || !strings.Contains(errs, "KASKAD_TEST_NOWHERE") {
		t.Errorf("check without the secrets: exit %d\n%s%s", code, out, errs)
	}
	p.stop()
	for _, args := range []string{"serve", "key list"} { // now they are the ones who open the store
		if code, _, errs := p.try(nil, strings.Fields(args)...); code != exitUsage || !strings.Contains(errs, "KASKAD_TEST_NOWHERE") {
			t.Errorf("%s without the secrets: exit %d\n%s", args, code, errs)
		}
	}
	p.configure(func(string) string { return whole })
	p.check()
}

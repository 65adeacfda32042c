package main

import (
	"strings"
	"testing"
)

// Pause and resume say what stands still afterwards, and never that something was resumed that had not been paused.
func TestResumeSaysWhatWasPaused(t *testing.T) {
	t.Parallel()
	config, _ := aFolder(t, "[telegram]\ntoken = \"123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0\"\n")
	makeStore(t, config)
	for _, c := range []struct{ args, says string }{
		{"resume", "nothing to resume: nothing was paused\n"},
		{"resume --json", `{"done":"resumed","scope":"everything","was_paused":false,"paused":[]}` + "\n"},
		{"resume telegram", "nothing to resume: telegram was not paused\n"},
		{"resume gap", "resumed: gap; deliveries that go on: 0\n"},
		{"pause telegram", "paused: telegram\n"},
		{"pause", "paused: everything\n"},
		{"resume marketing", "nothing to resume: marketing was not paused\nstill paused: telegram, everything\n"},
		{"resume telegram", "resumed: telegram\nstill paused: everything\n"},
		{"pause marketing", "paused: marketing\n"},
		{"resume", "resumed: everything\n"}, // also what was paused under a name
		{"pause marketing", "paused: marketing\n"},
		{"resume", "resumed: marketing\n"},
		{"pause telegram", "paused: telegram\n"},
		{"pause marketing", "paused: marketing\n"},
		{"resume", "resumed: telegram, marketing\n"},
		{"pause marketing --json", `{"done":"paused","scope":"marketing","was_paused":false,"paused":["marketing"]}` + "\n"},
		{"resume --json", `{"done":"resumed","scope":"everything","was_paused":true,"paused":[]}` + "\n"},
		{"resume", "nothing to resume: nothing was paused\n"},
	} {
		out, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(c.args)...)...)
		if code != exitDone || out != c.says {
			t.Errorf("kaskad %s: exit %d, %q, want %q\n%s", c.args, code, out, c.says, errs)
		}
	}
}

// A phone that is none is said first: whoever mends the command is not sent round twice.
func TestSMSTestReadsThePhoneFirst(t *testing.T) {
	t.Parallel()
	config, dir := aFolder(t, "")
	for _, args := range []string{"sms test --to abc", "sms test --to abc -y"} {
		_, errs, code := kaskad(t, append([]string{"-c", config}, strings.Fields(args)...)...)
		if code != exitUsage || !strings.Contains(errs, "--to: phone: ") || strings.Contains(errs, dir) || strings.Contains(errs, "terminal") {
			t.Errorf("kaskad %s: exit %d\n%s", args, code, errs)
		}
	}
}

// Only a provider that calls has an address for reports.
func TestCheckPromisesAddressesToThoseWhoCall(t *testing.T) {
	t.Parallel()
	const provider = "public_url = \"https://bots.example.com\"\n[spend]\nper_day = { amount = \"5\", currency = \"UAH\" }\n[[sms]]\nname = \"a\"\napi_url = \"https://sms.example.com\"\nprice = { amount = \"1\", currency = \"UAH\" }\n" +
		"[sms.request]\nform = { to = \"{{.to}}\", text = \"{{.text}}\" }\n[sms.accept]\nid = \".id\"\n"
	for name, c := range map[string]struct {
		more     string
		promised bool
	}{
		"none that calls": {"", false},
		"one that calls":  {"[sms.report]\nid = \".id\"\nstatus = \".status\"\nstates = { ok = \"delivered\" }\n", true},
	} {
		config, _ := aFolder(t, provider+c.more)
		out, errs, code := kaskad(t, "-c", config, "check")
		if code != exitDone || strings.Contains(out, "at the first start") != c.promised {
			t.Errorf("%s: exit %d\n%s%s", name, code, out, errs)
		}
	}
}

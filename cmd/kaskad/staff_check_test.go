package main

import (
	"bytes"
	"strings"
	"testing"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// live runs the check of what is really there, and returns what it printed and its exit status.
func (p *plant) live() (string, int) {
	p.t.Helper()
	var out, errs bytes.Buffer
	code := run(p.t.Context(), []string{"-c", p.config, "check", "--live"}, app.Streams{Out: &out, Err: &errs})
	return out.String(), code
}

// TestCheckSaysWhatTheRoomLacks: the group is known to the gateway alone, and to its store when it does not run.
func TestCheckSaysWhatTheRoomLacks(t *testing.T) {
	t.Parallel()
	p := withStaff(t)
	for _, c := range []struct {
		name   string
		before func() error
		want   string
		code   int
	}{
		{"a plain group", func() error { return nil }, "staff: warning: the group has no topics", exitDone},
		{"topics, and a bot that administers nothing", func() error { return p.tg.SetForum(staffGroup, true) }, "staff: warning: the bot is no administrator", exitDone},
		{"an administrator without a right", func() error {
			return p.tg.SetRights(staffGroup, simtelegram.Rights{ManageTopics: true, PinMessages: true})
		}, "give it the right Delete Messages", exitDone},
		{"all that is needed", func() error { return p.tg.SetRights(staffGroup, simtelegram.AllRights()) }, `staff: the group "Support" (-500) has topics`, exitDone},
		{"the gateway does not run", func() error { p.stop(); return nil }, `staff: the group "Support" (-500) has topics`, exitDone},
		{"the bot was put out", func() error { return p.tg.Expel(staffGroup, agent) }, "staff: warning: the bot is not in the group: add it there", exitFailed},
	} {
		mustAll(t, c.before())
		got, code := p.live()
		if !strings.Contains(got, c.want) || code != c.code {
			t.Errorf("%s: exit %d, want %d with %q:\n%s", c.name, code, c.code, c.want, got)
		}
	}
	p.check()
}

// TestCheckBeforeAGroupIsBound says how to bind one.
func TestCheckBeforeAGroupIsBound(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, quick)
	if got, code := p.live(); code != exitDone || !strings.Contains(got, "staff: no group is bound") || !strings.Contains(got, "kaskad staff code") {
		t.Errorf("exit %d:\n%s", code, got)
	}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// TestScripts calls the program as a shell does: testdata/script has a script for each command. Besides the commands of testscript a
// script has these:
//
//	kaskad ARG…          must end with 0
//	fails N ARG…         kaskad must end with N, nothing on stdout, and say why on stderr
//	ends N ARG…          kaskad must end with N
//	gateway [FILE]       a gateway with simulated channels, its configuration ending with FILE; commands find it
//	person CARD CHAT PHONE [presses]    somebody with an open chat, known to the gateway
//	call METHOD PATH [BODY]             the API
//	lines stdout|stderr N               how many lines the last command wrote
//	whatsapp                            a simulated WhatsApp with the shop's phone, for what is called from here on
//	pairs ARG…                          kaskad whatsapp pair --yes --json ARG…, with the shop's phone scanning and typing
//	[!] linked                          until the shop's phone has the gateway as a connected device, or no other device
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireUniqueNames: true,
		Condition: func(cond string) (bool, error) {
			if cond != "race" {
				return false, fmt.Errorf("no condition %q", cond)
			}
			return racing, nil
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv(asProgram, "1")
			e.Setenv("KASKAD_CONFIG", e.WorkDir+"/config.toml")
			e.Setenv("TZ", "UTC")
			e.Setenv("KASKAD", os.Args[0])
			e.Values[scripted{}] = &scripted{t: t}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"kaskad": func(ts *testscript.TestScript, neg bool, args []string) { here(ts).ends(ts, 0, args) },
			"fails": func(ts *testscript.TestScript, _ bool, args []string) {
				here(ts).ends(ts, number(ts, args), args[1:])
				if ts.ReadFile("stdout") != "" || ts.ReadFile("stderr") == "" {
					ts.Fatalf("a failure belongs on stderr, and nothing on stdout")
				}
			},
			"ends":     func(ts *testscript.TestScript, _ bool, args []string) { here(ts).ends(ts, number(ts, args), args[1:]) },
			"gateway":  func(ts *testscript.TestScript, _ bool, args []string) { here(ts).gateway(ts, args) },
			"person":   func(ts *testscript.TestScript, _ bool, args []string) { here(ts).person(ts, args) },
			"call":     func(ts *testscript.TestScript, _ bool, args []string) { here(ts).call(ts, args) },
			"whatsapp": func(ts *testscript.TestScript, _ bool, _ []string) { here(ts).whatsapp(ts) },
			"pairs":    func(ts *testscript.TestScript, _ bool, args []string) { here(ts).pairs(ts, args) },
			"linked":   func(ts *testscript.TestScript, neg bool, _ []string) { here(ts).linked(ts, !neg) },
			"lines": func(ts *testscript.TestScript, _ bool, args []string) {
				if got := strings.Count(ts.ReadFile(args[0]), "\n"); got != number(ts, args[1:]) {
					ts.Fatalf("%d lines, want %s", got, args[1])
				}
			},
		},
	})
}

// scripted is what a script has started.
type scripted struct {
	t     *testing.T
	plant *plant
	wa    *simwhatsapp.Server
	env   string // of the gateway, besides our own
}

func here(ts *testscript.TestScript) *scripted { return ts.Value(scripted{}).(*scripted) }

func number(ts *testscript.TestScript, args []string) int {
	if len(args) == 0 {
		ts.Fatalf("a number is missing")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	return n
}

func (s *scripted) ends(ts *testscript.TestScript, want int, args []string) {
	err := ts.Exec(os.Args[0], args...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("kaskad %s: exit status %d, want %d", strings.Join(args, " "), got, want)
	}
}

func (s *scripted) gateway(ts *testscript.TestScript, args []string) {
	extra := ""
	for _, file := range args {
		extra += ts.ReadFile(file)
	}
	// The messenger's people press at once, if they press at all, and every SMS arrives.
	s.plant = newPlant(s.t, simtelegram.Options{}, simsms.Options{Habits: simsms.Always(simsms.Act{Do: simsms.Deliver, After: time.Millisecond})}, extra)
	if s.env != "" {
		s.plant.env = []string{s.env}
	}
	s.plant.start()
	ts.Defer(s.plant.kill)
	ts.Setenv("KASKAD_CONFIG", s.plant.config)
	ts.Setenv("PLANT", s.plant.dir)
}

func (s *scripted) person(ts *testscript.TestScript, args []string) {
	chat, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	var habits simtelegram.Habits
	if len(args) > 3 {
		habits = simtelegram.Always(simtelegram.Act{Do: simtelegram.PressButton, After: time.Millisecond})
	}
	s.plant.person(args[0], chat, args[2], habits)
}

func (s *scripted) call(ts *testscript.TestScript, args []string) {
	var in, out any
	if len(args) > 2 {
		ts.Check(json.Unmarshal([]byte(args[2]), &in))
	}
	ts.Check(s.plant.call(args[0], args[1], in, &out))
	fmt.Fprintln(ts.Stdout(), out)
}

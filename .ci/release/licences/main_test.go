package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const mit = "Copyright (c) 2020 Somebody\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this software and associated documentation files (the \"Software\")"

func TestLicencesAreKnownByTheirWords(t *testing.T) {
	for name, c := range map[string]struct{ body, want string }{
		"MIT, however its lines are broken": {mit, "MIT"},
		"Apache":                            {"   Apache License\n   Version 2.0, January 2004\n   http://www.apache.org/licenses/", "Apache-2.0"},
		"BSD":                               {"Redistribution and use in source and binary forms, with or without\nmodification, are permitted provided that the following conditions are\nmet:", "BSD"},
		"MPL":                               {"Mozilla Public License Version 2.0\n==================================\n … the GNU General Public License, Version 2.0, …", "MPL-2.0"},
		"two in one file":                   {mit + "\nRedistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met", "MIT,BSD"},
		"the GPL is none of them":           {"GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007", ""},
		"nor is MIT with the GPL behind it": {mit + "\nor the GNU General Public License version 2", ""},
		"nor with a clause against sellers": {mit + "\n“Commons Clause” License Condition v1.0", ""},
		"nor a text that says nothing":      {"All rights reserved.", ""},
		"nor an empty one":                  {"", ""},
	} {
		got, err := recognise(c.body)
		if strings.Join(got, ",") != c.want || (c.want == "") != errors.Is(err, errUnknown) {
			t.Errorf("%s: %v, %v; want %q", name, got, err, c.want)
		}
	}
}

func TestAModuleIsRefusedWithoutALicence(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string // files that are passed on
		fault string
	}{
		"its own":                             {map[string]string{"LICENSE": mit}, "LICENSE", ""},
		"a notice is passed on too":           {map[string]string{"LICENSE.md": mit, "NOTICE": "by us"}, "LICENSE.md NOTICE", ""},
		"a package inside has another":        {map[string]string{"LICENSE": mit, "in/side/COPYING": mit}, "LICENSE in/side/COPYING", ""},
		"a folder that is not linked has one": {map[string]string{"LICENSE": mit, "else/LICENSE": "GNU General Public License version 3"}, "LICENSE", ""},
		"none":                                {map[string]string{"README": "MIT"}, "", "has no licence file"},
		"a notice alone":                      {map[string]string{"NOTICE": "by us"}, "", "has no licence file"},
		"only a package inside":               {map[string]string{"in/LICENSE": mit}, "", "has no licence file"},
		"a program about licences":            {map[string]string{"license.go": "package x"}, "", "has no licence file"},
		"one that is not on the list":         {map[string]string{"LICENSE": "you owe us a beer"}, "", "not on the list"},
		"a bad one beside a good one":         {map[string]string{"LICENSE": mit, "LICENSE.GPL": "GNU General Public License version 2"}, "", "not on the list"},
	} {
		m := &module{Path: "example.com/m", Version: "v1.0.0", Dir: t.TempDir()}
		m.folders = []string{filepath.Join(m.Dir, "in", "side"), m.Dir}
		if err := os.MkdirAll(m.folders[0], 0o700); err != nil {
			t.Fatal(err)
		}
		for file, body := range c.files {
			path := filepath.Join(m.Dir, filepath.FromSlash(file))
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(body), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		texts, err := m.licences()
		var names []string
		for _, one := range texts {
			names = append(names, one.name)
		}
		if got := strings.Join(names, " "); got != c.want || (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %q, %v; want %q, %q", name, got, err, c.want, c.fault)
		}
	}
}

// The GPL is taken from the one module that needs it, and said above everything; a second one of that licence, or another text of that
// one, is looked at by somebody first.
func TestTheGPLIsTakenFromOneModuleAlone(t *testing.T) {
	const gpl = "GNU GENERAL PUBLIC LICENSE\n  Version 3, 29 June 2007\n"
	for name, c := range map[string]struct {
		module, file, body string
		taken              bool
	}{
		"libsignal":                              {signal, "LICENSE", gpl, true},
		"another module":                         {"example.com/m", "LICENSE", gpl, false},
		"another file of it":                     {signal, "LICENSE.other", gpl, false},
		"a package inside it":                    {signal, "in/LICENSE", gpl, false},
		"it, under the Affero licence one day":   {signal, "LICENSE", "GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007", false},
		"its name as the beginning of another's": {signal + "/v2", "LICENSE", gpl, false},
	} {
		one := text{name: c.file, body: c.body}
		err := one.judge(c.module)
		if (err == nil) != c.taken || one.whole != c.taken || c.taken != slices.Equal(one.kinds, []string{"GPL-3.0"}) {
			t.Errorf("%s: %v, whole %v, %v; want taken %v", name, one.kinds, one.whole, err, c.taken)
		}
	}
}

// A program that links the Signal protocol carries the whole text of its licence, and says where the source of everything is.
func TestAProgramWithSignalSaysWhatItIs(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, "linux", "amd64", false, []string{signal + "/ecc"}); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{"links go.mau.fi/libsignal", "version 3: the program as a whole", "_source.tar.gz", "15. Disclaimer of Warranty.", "https://proxy.golang.org/go.mau.fi/libsignal/@v/"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("%q is not said", words)
		}
	}
	out.Reset()
	if err := run(&out, "linux", "amd64", false, []string{"go.etcd.io/bbolt"}); err != nil || strings.Contains(out.String(), "as a whole") {
		t.Errorf("a program without it: %v, %.80s", err, &out)
	}
}

// Every module that WhatsApp brings may be passed on, on every target of a release.
func TestWhatWhatsAppBringsMayBePassedOn(t *testing.T) {
	for _, target := range [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}} {
		var out bytes.Buffer
		if err := run(&out, target[0], target[1], true, []string{"go.mau.fi/whatsmeow", "go.mau.fi/whatsmeow/store/sqlstore", "modernc.org/sqlite", "github.com/mdp/qrterminal/v3"}); err != nil {
			t.Errorf("%v: %v", target, err)
		}
	}
}

// The whole of it on the one target this machine is sure to have the modules of: its own.
func TestThisProgramMayBePassedOn(t *testing.T) {
	var out bytes.Buffer
	if err := run(&out, "linux", "amd64", true, []string{"../../../cmd/kaskad"}); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"go.etcd.io/bbolt v", "github.com/alecthomas/kong v", "The Go standard library go"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q is not among\n%s", line, &out)
		}
	}
	if strings.Contains(out.String(), "pgregory.net/rapid") {
		t.Error("rapid is for tests: it is not linked, and not passed on")
	}
}

package main

import "strings"

// exception is a licence file that is taken from one module alone.
type exception struct {
	module, file string
	kind         string // what its licence is called; empty: it is about something that is not linked
	words        string // what stands in the file: another text is looked at anew
	whole        bool   // what links the module is, as a whole, under this licence
}

// excepted are the exceptions. Each has its reason, and none is for a second module.
var excepted = []exception{
	// The Signal protocol, without which nobody writes to WhatsApp through a paired phone: whatsmeow needs it, and there is no other
	// in Go. Kaskad's own source stays under MIT, which the GPL takes in; the program that links both may be passed on under the GPL
	// alone, with the source of all of it. write says so above all texts.
	{module: signal, file: "LICENSE", kind: "GPL-3.0", words: "gnu general public license version 3, 29 june 2007", whole: true},
	// Where the picture in its README comes from; no program has it.
	{module: "modernc.org/memory", file: "LICENSE-LOGO", words: "commons.wikimedia.org/wiki/file:"},
}

const signal = "go.mau.fi/libsignal"

// exceptionOf is the exception that a file of a module falls under; nil: there is none, or the file says something else than it did
// when somebody read it.
func exceptionOf(module, file, body string) *exception {
	for i := range excepted {
		e := &excepted[i]
		if e.module == module && e.file == file && strings.Contains(flat(body), e.words) {
			return e
		}
	}
	return nil
}

// flat is a text without its lines and capitals.
func flat(body string) string { return strings.Join(strings.Fields(strings.ToLower(body)), " ") }

// wholeUnder stands above all licences when the program as a whole is under one of them; %s is the module that brings it.
const wholeUnder = `Kaskad's own source is under the MIT licence, in the file LICENSE. This program links %[1]s, which is under the
GNU General Public License, version 3: the program as a whole may be passed on under the terms of that licence, whose text stands below
at %[1]s. It comes without any warranty.

Its complete source is Kaskad's own, the archive kaskad_VERSION_source.tar.gz that lies beside every release where the program is
offered (VERSION, and the commit of the repository, are what "kaskad version" prints), and that of every module below, at the address
above its licence. The files go.mod and go.sum of the archive name and prove each of them; "make release" builds the same program from
them. Whoever passes the program on has to offer the same.
`

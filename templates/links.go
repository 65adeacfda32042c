package templates

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

const (
	maxTracked = 8    // tracked links of one message
	maxTarget  = 4096 // bytes of the address that a tracked link leads to
)

// frontLinks is [links]: what becomes of the links of a text.
type frontLinks struct {
	Track bool              `toml:"track"`
	UTM   map[string]string `toml:"utm"` // nil: nothing was written
}

// tracking is [links] with track = true, compiled. Nil: links are what was written.
type tracking struct{ utm []param }

// trackable tells whether the address of a link is one of a page: mail, telephones and apps are not tracked.
func trackable(address string) bool {
	scheme, _, ok := strings.Cut(address, "://")
	scheme = strings.ToLower(scheme)
	return isPlaceholder(address) || ok && (scheme == "http" || scheme == "https")
}

// trackedLinks are the tracked links of one message while it is written.
type trackedLinks struct {
	*tracking
	mint    func(n int) string
	channel string
	plain   []string // the addresses as they were written
	ours    []string // those that are sent in their place
	targets []string // where these lead: with the utm parameters
}

// follow gives the address for a tracked link: one of ours, or the plain one where there is none.
func (v *values) follow(target []op) (string, error) {
	plain, _, err := program{plainMarks(), target}.run(v)
	if err != nil || v.links == nil {
		return plain, err
	}
	return v.links.address(plain, v)
}

// address gives the same address of ours for the same link, wherever in the message it stands.
func (l *trackedLinks) address(plain string, v *values) (string, error) {
	if n := slices.Index(l.plain, plain); n >= 0 {
		return l.ours[n], nil
	}
	address, ok := webPage(plain)
	if len(l.plain) == maxTracked || !ok {
		return plain, nil
	}
	ours := l.mint(len(l.plain))
	if ours == "" {
		return plain, nil
	}
	target, err := l.withUTM(address, v)
	if err != nil {
		return "", err
	}
	if len(target) > maxTarget {
		return "", &TooLong{v.template, len(target), maxTarget, "bytes of one link"}
	}
	l.plain, l.ours, l.targets = append(l.plain, plain), append(l.ours, ours), append(l.targets, target)
	return ours, nil
}

// webPage is an address as a browser is sent to it: http or https, and the host in the letters of the network. It is not ok for what
// is no page, or could end a header line.
func webPage(address string) (ascii string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", false
	}
	_, rest, _ := strings.Cut(address, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host, rest := rest[:end], rest[end:]
	if !isASCII(host) {
		name, port, _ := strings.Cut(host, ":")
		if host, err = idna.Lookup.ToASCII(name); err != nil {
			return "", false
		}
		if port != "" {
			host += ":" + port
		}
	}
	return u.Scheme + "://" + host + rest, isPrintableASCII(host+rest) && !strings.Contains(rest, " ")
}

// tracks lists the addresses, with placeholders, that are tracked in a form's message on a channel.
func (f *form) tracks(channel string) []string {
	list := slices.Clone(f.links)
	for i := range f.buttons {
		b := &f.buttons[i]
		if b.tracked && b.shows(channel) && !slices.Contains(list, b.rawAddress) {
			list = append(list, b.rawAddress)
		}
	}
	return list
}

// tooMany finds the link with which a message has more than can be tracked.
func (f *form) tooMany() (address string, found bool) {
	for _, channel := range channelNames() {
		if list := f.tracks(channel); len(list) > maxTracked {
			return list[maxTracked], true
		}
	}
	return "", false
}

// compileTracking reads [links]; the fields of utm become slots of b.
func compileTracking(f frontLinks, matter string, b *body) (*tracking, []Fault) {
	utm, faults := compileUTM(f.UTM, matter, b)
	if !f.Track {
		if f.UTM != nil {
			faults = append(faults, Fault{Line: lineOf(matter, "utm") + 1, Problem: "front matter: utm, and links are not tracked", Fix: "write track = true beside it"})
		}
		return nil, faults
	}
	return &tracking{utm}, faults
}

// neverTracks is a fault of a text that has nothing to track.
func (v *variant) neverTracks() []Fault {
	if v.tracking == nil {
		return nil
	}
	for i := range v.forms {
		for _, channel := range channelNames() {
			if len(v.forms[i].tracks(channel)) > 0 {
				return nil
			}
		}
	}
	return []Fault{{Line: lineOf(v.matter, "track") + 1, Problem: "front matter: links are to be tracked, and there is none", Fix: "write a link to a page, or take track away"}}
}

// Tracks tells whether whoever gets a template with this data on a channel gets a tracked link with it, in whatever language.
func (s *Set) Tracks(name, channel string, data map[string]any) bool {
	return s.tracksIn(name, channel, func(v *variant) []form { return v.forms[v.answers(Input{Data: data}):][:1] })
}

// CanTrack tells whether some data makes it so for some template.
func (s *Set) CanTrack(channel string) bool {
	return slices.ContainsFunc(s.Names(), func(name string) bool {
		return s.tracksIn(name, channel, func(v *variant) []form { return v.forms })
	})
}

// tracksIn asks whether every variant that the channel can get has a tracked link, in one of the forms that are looked at.
func (s *Set) tracksIn(name, channel string, look func(*variant) []form) bool {
	t, err := s.template(name)
	if err != nil {
		return false
	}
	found := false
	for _, v := range t.variants {
		if v.key.channel != "" && v.key.channel != channel || t.find(v.locale(s.locale), channel, s.locale) != v {
			continue
		}
		found = v.tracking != nil && slices.ContainsFunc(look(v), func(f form) bool { return len(f.tracks(channel)) > 0 })
		if !found {
			return false
		}
	}
	return found
}

// Untracked lists the files whose links were to be tracked, for a program that has no public address: their links are sent as they
// are written.
func (s *Set) Untracked() []Fault {
	var list []Fault
	for _, name := range s.Names() {
		for _, v := range s.templates[name].sorted() {
			if v.tracking != nil {
				list = append(list, Fault{v.file, v.frontLine("track"), "links cannot be tracked without a public address, and are sent as they are written", "set [server] public_url, or take track away"})
			}
		}
	}
	return list
}

package whatsapp

import (
	"strconv"
	"time"

	"go.mau.fi/whatsmeow/binary"
)

// Outage is a refusal of logins, as `<failure reason="…">` says it.
type Outage struct {
	Reason int           // 401 logged out, 402 temporary ban, 403 account locked, 405 client outdated, 406 banned, 500, 503
	Code   int           // of a temporary ban: 101 to many people, 102 blocked by users, 103 created too many groups, …
	Expire time.Duration // of a temporary ban
	Times  int           // 0 = once, negative = until Restore
}

// FailLogins refuses the next logins of an account, or with "" of everybody, those who pair too. Whoever is connected stays.
func (s *Server) FailLogins(phone string, o Outage) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if phone == "" {
		s.outages.Add(o, 0, o.Times)
		return nil
	}
	a, err := s.find(phone)
	if err == nil {
		a.outages.Add(o, 0, o.Times)
	}
	return err
}

// Restore takes back all that FailLogins said for an account, or with "" for everybody.
func (s *Server) Restore(phone string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if phone == "" {
		s.outages.Clear()
		return nil
	}
	a, err := s.find(phone)
	if err == nil {
		a.outages.Clear()
	}
	return err
}

// enroll decides who a new connection is. It is false when it was refused.
func (s *Server) enroll(l *link, who greeting) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.stage.Notify()
	s.totals.Connections++
	if o, ok := s.outages.Next(always); ok {
		l.refuse(o)
		return false
	}
	if who.payload.Username == nil {
		return s.beginPairing(l, who)
	}
	a := s.accounts[strconv.FormatUint(who.payload.GetUsername(), 10)]
	if a == nil {
		l.refuse(Outage{Reason: 401})
		return false
	}
	d := a.devices[uint16(who.payload.GetDevice())]
	if d == nil || d.noise != who.noise {
		l.refuse(Outage{Reason: 401}) // the device was removed, or is another one
		return false
	}
	if o, ok := a.outages.Next(always); ok {
		l.refuse(o)
		return false
	}
	s.admit(l, d)
	return true
}

func always(Outage) bool { return true }

func (l *link) refuse(o Outage) {
	attrs := binary.Attrs{"reason": strconv.Itoa(o.Reason), "location": "odn"}
	if o.Code != 0 {
		attrs["code"] = strconv.Itoa(o.Code)
	}
	if o.Expire != 0 {
		attrs["expire"] = strconv.Itoa(int(o.Expire / time.Second))
	}
	l.send(binary.Node{Tag: "failure", Attrs: attrs})
	l.hangUp()
}

// admit logs a device in. A connection that it has already is replaced. The caller holds s.mu.
func (s *Server) admit(l *link, d *device) {
	d.dismiss(Replaced)
	d.link, d.active, l.device = l, false, d
	l.send(binary.Node{Tag: "success", Attrs: binary.Attrs{
		"t": s.now(), "lid": d.of.hidden(d.id), "display_name": d.of.Name, "location": "odn", "props": "27",
	}})
}

// leave forgets a connection that ended.
func (s *Server) leave(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.device != nil && l.device.link == l {
		l.device.link, l.device.active, l.device.present = nil, false, false
	}
	if l.pairing != nil {
		s.endPairing(l.pairing)
	}
	s.stage.Notify()
}

func (s *Server) now() string { return strconv.FormatInt(s.opt.Now().Unix(), 10) }

// StreamError is what a server says before it ends a connection.
type StreamError string

const (
	DeviceRemoved StreamError = "device_removed" // 401: the phone removed the device; it is gone for good
	Replaced      StreamError = "replaced"       // the same device connected elsewhere
	Restart       StreamError = "515"            // reconnect at once
	Unavailable   StreamError = "503"            // the server restarts
)

// Kick ends the connection of a device with a stream error. DeviceRemoved forgets the device, too. It is false when there is none.
func (s *Server) Kick(phone string, id uint16, why StreamError) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil || a.devices[id] == nil {
		return false
	}
	d := a.devices[id]
	there := d.link != nil
	d.dismiss(why)
	if why == DeviceRemoved {
		s.remove(d)
	}
	s.stage.Notify()
	return there
}

// dismiss ends a device's connection, if there is one. The caller holds s.mu.
func (d *device) dismiss(why StreamError) {
	if d.link == nil {
		return
	}
	d.link.end(why.node())
	d.link, d.active, d.present = nil, false, false
}

func (e StreamError) node() binary.Node {
	switch e {
	case DeviceRemoved:
		return streamError("401", "device_removed")
	case Replaced:
		return streamError("", "replaced")
	}
	return streamError(string(e), "")
}

func streamError(code, conflict string) binary.Node {
	n := binary.Node{Tag: "stream:error", Attrs: binary.Attrs{}}
	if code != "" {
		n.Attrs["code"] = code
	}
	if conflict != "" {
		n.Content = []binary.Node{{Tag: "conflict", Attrs: binary.Attrs{"type": conflict}}}
	}
	return n
}

// end says a last word.
func (l *link) end(n binary.Node) {
	l.send(n)
	l.hangUp()
}

// remove takes a device off its account. The caller holds s.mu.
func (s *Server) remove(d *device) {
	d.dismiss(DeviceRemoved)
	if d.id == 0 { // the phone stays, without anybody who could log in as it
		d.noise, d.waiting = [32]byte{}, nil
		return
	}
	delete(d.of.devices, d.id)
	s.announce(d)
}

// Cut ends the connection of a device without a word, as a network does. It is false when there is none.
func (s *Server) Cut(phone string, id uint16) bool { return s.onLink(phone, id, (*link).cut) }

// Hang leaves the connection of a device open and dead: nothing is read or written any more. It is false when there is none.
func (s *Server) Hang(phone string, id uint16) bool { return s.onLink(phone, id, (*link).hang) }

func (s *Server) onLink(phone string, id uint16, do func(*link)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, err := s.find(phone)
	if err != nil || a.devices[id] == nil || a.devices[id].link == nil {
		return false
	}
	do(a.devices[id].link)
	return true
}

// SetDown lets every connection break and none begin, until it is called with false.
func (s *Server) SetDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
	if !down {
		return
	}
	for _, a := range s.accounts {
		for _, d := range a.devices {
			if d.link != nil {
				d.link.cut()
			}
		}
	}
	for _, p := range s.refs {
		p.link.cut()
	}
}

// Connected tells whether a device is logged in and takes messages.
func (s *Server) Connected(phone string, id uint16) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connected(phone, id)
}

func (s *Server) connected(phone string, id uint16) bool {
	a, err := s.find(phone)
	return err == nil && a.devices[id] != nil && a.devices[id].active
}

package app

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strings"
	"time"
)

// supervisor is the datagram socket at which systemd hears from a service of Type=notify; empty: nobody asked to be told. See
// sd_notify(3). Nothing is asked of it and nothing waits for it: systemd acts on what it hears.
type supervisor string

// The states that systemd knows.
const (
	isReady     = "READY=1"
	isReloading = "RELOADING=1"
	isStopping  = "STOPPING=1"
	statusIs    = "STATUS=" // what `systemctl status` shows
)

const tellTime = time.Second

// tell sends states together. A leading @ is the abstract namespace, which package net understands too.
func (s supervisor) tell(states ...string) error {
	if s == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: string(s), Net: "unixgram"})
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetWriteDeadline(time.Now().Add(tellTime)); err != nil {
		return err
	}
	_, err = conn.Write([]byte(strings.Join(states, "\n")))
	return err
}

// tell lets systemd know. One that cannot be told takes a start for a failed one and ends us, so the log must say why.
func (a *App) tell(states ...string) {
	if err := a.supervisor.tell(states...); err != nil {
		a.log.Error("systemd cannot be told of the state", "socket", string(a.supervisor), "err", err)
	}
}

// standing is the line of `systemctl status`: what runs, and whether the last reload was refused.
func (a *App) standing(reload Faults) string {
	line := statusIs + "kaskad " + Version() + " on " + a.channelNames()
	if reload.Errors() {
		line += "; the last reload was refused: see the log"
	}
	return line
}

func (a *App) channelNames() string {
	return cmp.Or(strings.Join(slices.Sorted(maps.Keys(a.channels)), ","), "no channel")
}

package app

import (
	"fmt"
	"net"
	"strings"
)

// zeros refuses a 0 where it would silently mean "as if not written": who writes it means something else.
func (l *loader) zeros(cfg *Config) {
	zero := func(key string, is bool, instead string) {
		if is && l.lines[key] > 0 {
			l.add(key, "0 cannot be: leave it out for %s", instead)
		}
	}
	zero("telegram.rate", cfg.Telegram.Rate == 0, "our own limit; kaskad pause telegram stops all of it")
	zero("viber.rate", cfg.Viber.Rate == 0, "our own limit; kaskad pause viber stops all of it")
	zero("whatsapp_cloud.rate", cfg.WhatsAppCloud.Rate == 0, "our own limit; kaskad pause whatsapp_cloud stops all of it")
	for i := range cfg.SMS {
		zero(fmt.Sprintf("sms[%d].rate", i), cfg.SMS[i].Rate == 0, "our own limit; kaskad pause sms stops all SMS")
		zero(fmt.Sprintf("sms[%d].max_parts", i), cfg.SMS[i].MaxParts == 0, "our own limit")
	}
	for name, c := range cfg.Cascades {
		zero("cascades."+name+".deadline", c.Deadline.Duration == 0, "24h")
		if c.QuietHours != nil {
			zero("cascades."+name+".quiet_hours.ramp", c.QuietHours.Ramp.Duration == 0, "60m, or write 1s")
		}
	}
}

// opened warns of a way in for the operator's calls that stands open to the world.
func (l *loader) opened(s *Server) {
	at := s.Admin
	if at == "" {
		at = s.Listen
	}
	host, _, err := net.SplitHostPort(at)
	if err != nil || !worldly(host) {
		return // an address that is none is told elsewhere
	}
	l.warn("server.admin", "can be reached from other machines on every address of this one: unless a firewall or container keeps it in, write 127.0.0.1:8081; the API and /metrics do not belong on the internet")
}

// worldly reports whether a listener on this host may be reached from the internet.
func worldly(host string) bool {
	if host == "" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && (ip.IsUnspecified() || !ip.IsLoopback() && !ip.IsPrivate() && !ip.IsLinkLocalUnicast())
}

package whatsapp

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.mau.fi/whatsmeow/types/events"
)

// The library hands stanzas over a queue that it drops when the connection ends. WhatsApp says why it ends a connection and ends it: the
// last word is lost at times, and a session that was taken over would come back as from a broken network and fight. So it is read from
// what the library logs of every stanza as it comes, and counts where the library itself knows only that the connection ended.

var attribute = regexp.MustCompile(`\b(reason|code|expire|type)="([^"]*)"`)

// lastWord reads a logged stanza that ends a connection, as the event that the library makes of it; nil: it is another one, or one that
// says no more than the end itself.
func lastWord(format string, args []any) any {
	if format != "%s" || len(args) != 1 {
		return nil
	}
	xml, _ := args[0].(string)
	failure := strings.HasPrefix(xml, "<failure ")
	if !failure && !strings.HasPrefix(xml, "<stream:error") {
		return nil
	}
	said := map[string]string{}
	for _, a := range attribute.FindAllStringSubmatch(xml, -1) {
		said[a[1]] = a[2]
	}
	if failure {
		return failureSaid(said)
	}
	switch {
	case said["type"] == "replaced":
		return &events.StreamReplaced{}
	case said["type"] == "device_removed":
		return &events.LoggedOut{Reason: events.ConnectFailureLoggedOut}
	case said["code"] == "515":
		return &events.ManualLoginReconnect{}
	}
	return nil
}

func failureSaid(said map[string]string) any {
	number := func(name string) int { n, _ := strconv.Atoi(said[name]); return n } // none is 0, as in the library
	switch reason := events.ConnectFailureReason(number("reason")); {
	case reason.IsLoggedOut():
		return &events.LoggedOut{OnConnect: true, Reason: reason}
	case reason == events.ConnectFailureTempBanned:
		return &events.TemporaryBan{Code: events.TempBanReason(number("code")), Expire: time.Duration(number("expire")) * time.Second}
	case reason == events.ConnectFailureClientOutdated:
		return &events.ClientOutdated{}
	case reason == events.ConnectFailureServiceUnavailable, reason == events.ConnectFailureInternalServerError:
		return nil
	default:
		return &events.ConnectFailure{Reason: reason}
	}
}

package fallback

import (
	"strconv"
	"strings"
)

// Lane is the queue that a due entry stands in: one per channel and priority for steps to send, one per awaited channel for
// waits (of whoever waits for its proof, and of steps that may not go before it is heard), and one each for deliveries that have not started, attempts in flight, and deliveries held by a gap, by the hold of a region or by a conversation.
type Lane string

// The lanes that are not of one channel.
const (
	LaneStart Lane = "start"
	LaneLease Lane = "lease"
	LaneGap   Lane = "gap"
	LaneHold  Lane = "hold" // steps and waits that the hold of a region, or of a conversation, keeps
)

// SendLane is where steps of a channel and priority wait for their token.
func SendLane(channel string, p Priority) Lane {
	return Lane("send/" + channel + "/" + strconv.Itoa(int(p)))
}

// WaitLane is where deliveries wait for proof from a channel: while the channel is deaf, those of the lower priorities stay.
func WaitLane(channel string, p Priority) Lane {
	return Lane("wait/" + channel + "/" + strconv.Itoa(int(p)))
}

// Channel is the channel of a send or wait lane; empty for the others.
func (l Lane) Channel() string {
	parts := strings.Split(string(l), "/")
	if len(parts) < 2 {
		return ""
	}
	return parts[1]
}

// lane is where the entry of a delivery in this state stands; empty for final ones.
func (d *Delivery) lane() Lane {
	if d.aside() {
		return LaneHold
	}
	if channel := d.CatchingUp(); channel != "" {
		return WaitLane(channel, d.Purpose.Priority())
	}
	switch d.State {
	case Scheduled:
		return LaneStart
	case Sending:
		return LaneLease
	case Waiting:
		return WaitLane(d.leg().Channel, d.Purpose.Priority())
	case Held:
		if d.Reason == ReasonGap {
			return LaneGap
		}
		return SendLane(d.leg().Channel, d.Purpose.Priority())
	case Queued:
		return SendLane(d.leg().Channel, d.Purpose.Priority())
	}
	return ""
}

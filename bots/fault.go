package bots

import (
	"errors"
	"fmt"
	"time"
)

// Fault is what a failed attempt means for what to do next. The zero value is the careful one.
type Fault uint8

// The faults.
const (
	Uncertain     Fault = iota // it may have arrived: wait for proof, never send it twice
	Temporary                  // it did not go: try again later
	Unreachable                // this address cannot be reached: next channel now
	Refused                    // the person said no: ends marketing
	Rejected                   // this text was not taken: next channel now
	Misconfigured              // our account or token: hold the lane, tell the operator
)

var faultNames = [...]string{"uncertain", "temporary", "unreachable", "refused", "rejected", "misconfigured"}

func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return fmt.Sprintf("fault(%d)", uint8(f))
}

// ParseFault reads a fault's name as configuration writes it.
func ParseFault(s string) (Fault, error) {
	for i, name := range faultNames {
		if s == name {
			return Fault(i), nil
		}
	}
	return Uncertain, fmt.Errorf("%q is no fault; one of %v", s, faultNames)
}

// Codes that a room of staff refuses with: words of ours, so that whoever reads them need not know the messenger's.
const (
	NoTopic     = "no_topic"     // the topic is gone
	TopicShut   = "topic_closed" // the topic is closed, and we may not write there all the same
	NoForum     = "no_forum"     // the group has no topics
	NoRights    = "no_rights"    // an administrator has to give us a right
	GeneralShut = "general_shut" // the group itself, beside its topics, is closed or hidden
)

// SendError is why a send did not succeed. Its text never holds a token.
type SendError struct {
	Fault      Fault
	RetryAfter time.Duration // Temporary: not before; the whole lane waits
	ChatOnly   bool          // RetryAfter is about this one person: the lane goes on, only what is for the same chat waits
	AdsOnly    bool          // Refused: of marketing alone, by a choice in the messenger; the address stays as it is
	Code       string        // the channel's own code, for people
	Err        error
}

func (e *SendError) Error() string {
	s := e.Fault.String()
	if e.Code != "" {
		s += " (" + e.Code + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *SendError) Unwrap() error { return e.Err }

// FaultOf says what an error of Send means. An error that is no SendError is uncertain.
func FaultOf(err error) *SendError {
	if e, ok := errors.AsType[*SendError](err); ok {
		return e
	}
	return &SendError{Fault: Uncertain, Err: err}
}

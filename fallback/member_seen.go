package fallback

import (
	"slices"
	"time"

	"kaskad/bots"
)

// SeenAccount is somebody who did something in the staff's group, or came in, and is not of the team by name: whoever adds people need not
// know their ids.
type SeenAccount struct {
	Account  bots.Address `json:"account"`
	Name     string       `json:"name,omitempty"`
	Username string       `json:"username,omitempty"` // without its @
	At       time.Time    `json:"at"`                 // by the day
}

// maxSeen is how many of them are kept, the latest.
const maxSeen = 200

// see notes who does something in the group: once a day, as the whole room is written for it.
func (team *Team) see(tx Tx, e *bots.Event) error {
	if e.By == "" || e.ByUs {
		return nil
	}
	account := bots.Address{Channel: bots.Telegram, ID: e.By}
	if e.Kind == bots.WentOut {
		return team.unsee(tx, account)
	}
	if m := team.Member(account); m != nil {
		named := e.Username == "" || m.Username == cutBytes(e.Username, maxSeenName)
		if named && sameDay(m.LastSeen, tx.Now()) {
			return nil
		}
		m.LastSeen = tx.Now()
		if !named {
			m.Username = cutBytes(e.Username, maxSeenName)
		}
		return team.put(tx)
	}
	i := slices.IndexFunc(team.Seen, func(s SeenAccount) bool { return s.Account == account })
	if i >= 0 && sameDay(team.Seen[i].At, tx.Now()) {
		return nil
	}
	team.forgetSeen(account)
	team.Seen = append(team.Seen, SeenAccount{account, cutBytes(e.Name, maxSeenName), cutBytes(e.Username, maxSeenName), tx.Now()})
	team.Seen = team.Seen[max(0, len(team.Seen)-maxSeen):]
	return team.put(tx)
}

// maxSeenName bounds what an account calls itself, in bytes.
const maxSeenName = 128

func sameDay(a, b time.Time) bool {
	return a.UTC().Truncate(24 * time.Hour).Equal(b.UTC().Truncate(24 * time.Hour))
}

// unsee forgets who left the group.
func (team *Team) unsee(tx Tx, account bots.Address) error {
	if !team.forgetSeen(account) {
		return nil
	}
	return team.put(tx)
}

func (team *Team) forgetSeen(account bots.Address) bool {
	n := len(team.Seen)
	team.Seen = slices.DeleteFunc(team.Seen, func(s SeenAccount) bool { return s.Account == account })
	return len(team.Seen) < n
}

package tickets

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// acted takes what somebody of the team did, wherever: a member in their own chat reads what came of it, and those who have the ticket, too,
// who answers it now.
func (k *keeper) acted(v fallback.View, id bots.ID) {
	a, ok := v.Audited(id)
	if !ok {
		return
	}
	if fallback.AnswersAt(a.Account.Channel) && k.tells(&a) {
		k.Says = append(k.Says, saying{Why: sayAct, Audit: a.ID, Contact: a.Contact})
	}
	if a.Refused != "" || a.Contact == 0 {
		return
	}
	switch a.Act {
	case fallback.ActTake, fallback.ActAssign, fallback.ActRelease, fallback.ActReply, fallback.ActCopy, fallback.ActTemplate, fallback.ActSend, fallback.ActOpenTopic:
		k.Says = append(k.Says, saying{Why: sayLeads, Contact: a.Contact, By: a.By, Act: a.Act})
	}
}

// tells reports whether there is something to say of an act to whoever did it: what became of an answer is told when it is known.
func (k *keeper) tells(a *fallback.Audited) bool {
	switch {
	case a.Refused != "":
		return true
	case a.Act == fallback.ActTake && a.Detail == fallback.ActReply:
		return false // it came with the answer
	}
	return !answers(a.Act) || slices.ContainsFunc([]string{"also:", "assigned:"}, func(mark string) bool {
		return len(a.Detail) > len(mark) && a.Detail[:len(mark)] == mark
	})
}

// answers reports whether an act sends something to the customer.
func answers(act string) bool {
	switch act {
	case fallback.ActReply, fallback.ActCopy, fallback.ActTemplate, fallback.ActSend, fallback.ActSMS, fallback.ActEdit:
		return true
	}
	return false
}

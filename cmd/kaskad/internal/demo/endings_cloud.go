package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"

	"kaskad/bots/simulator/graph"
)

// settleCloud puts somebody behind a phone or a user id of the WhatsApp Business Platform, who has just written.
func (w *TestWorld) settleCloud(id string, does ending) {
	who := graph.Person{Phone: id, Name: "Test", Wrote: true, NoWhatsApp: does == unreachable, Habits: w.cloudHabits(does)}
	if !strings.HasPrefix(id, "+") {
		who.Phone, who.UserID, who.HidesPhone = hiddenPhone(id), id, true
	}
	if w.Cloud.AddPerson(who) != nil {
		return // the id of no person, which Meta says
	}
	switch does {
	case blocked:
		w.Cloud.Fail(graph.Fault{To: plainID(id), Kind: graph.AnswerError, Code: 131050, Times: -1})
	case rejects:
		w.Cloud.Fail(graph.Fault{To: plainID(id), Kind: graph.AnswerError, Code: 131051, Times: -1})
	case cuts:
		w.Cloud.Fail(graph.Fault{To: plainID(id), Kind: graph.CutBefore, Times: -1})
	}
}

// plainID is an address as the Graph API has it in a request: phones without their plus.
func plainID(id string) string { return strings.TrimPrefix(id, "+") }

// hiddenPhone is the number of somebody who shows none: one that nobody can have, the same for the same id.
func hiddenPhone(id string) string {
	h := fnv.New64a()
	h.Write([]byte(id))
	return "+999" + strconv.FormatUint(1_000_000_000+h.Sum64()%9_000_000_000, 10)
}

func (w *TestWorld) cloudHabits(does ending) graph.Habits {
	switch does {
	case replies:
		may := rarely()
		return func(graph.Message, *rand.Rand) []graph.Act {
			if !may() {
				return nil
			}
			return []graph.Act{{Do: graph.WriteText, After: soon, Text: testReply}}
		}
	case reacts:
		return graph.Always(graph.Act{Do: graph.PutEmoji, After: soon, Text: "👍"})
	case ignores, rejects, cuts, undelivered:
		return nil
	}
	reads := graph.Act{Do: graph.ReadAll, After: soon}
	if does == opens {
		return graph.Always(reads, graph.Act{Do: graph.CallFunc, After: opensAfter, Func: func(m graph.Message) { w.Open(m.Text) }})
	}
	return graph.Always(reads)
}

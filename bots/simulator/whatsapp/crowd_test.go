package whatsapp

import (
	"testing"

	"go.mau.fi/whatsmeow/types"
	"go.mau.fi/whatsmeow/types/events"
)

func TestGroupsStatusesChannelsAndHistoryReachAClient(t *testing.T) {
	s := start(t, Options{})
	bot := provisioned(t, s, shop, 1).login()
	c := person(t, s, Person{Name: "Boris"})
	group, err := s.AddGroup(shop, anna, boris)
	must(t, err)
	id, err := c.Say(soon(t), group, "to all of you")
	must(t, err)
	if m := bot.heard("to all of you"); !m.Info.IsGroup || m.Info.Chat.String() != group || m.Info.Sender.User != digits(boris) || m.Info.PushName != "Boris" {
		t.Errorf("from a group: %+v", m.Info)
	}
	must(t, second(s.WaitMessage(soon(t), id, func(m Message) bool { return m.Inactive == 1 })))

	must(t, second(c.PostStatus(soon(t), "my day")))
	if m := bot.heard("my day"); m.Info.Chat != types.StatusBroadcastJID || m.Info.Sender.User != digits(boris) {
		t.Errorf("a status: %+v", m.Info)
	}

	must(t, s.Newsletter(shop, "news"))
	if m := bot.heard("news"); m.Info.Chat.Server != types.NewsletterServer {
		t.Errorf("a channel: %+v", m.Info)
	}

	owner, err := s.Owner(soon(t), shop)
	must(t, err)
	must(t, owner.ShareHistory(soon(t), boris, "old", "older"))
	h := wait[*events.HistorySync](bot, 1, nil)
	if got := h.Data.GetConversations(); len(got) != 1 || len(got[0].GetMessages()) != 2 {
		t.Errorf("history: %v", got)
	}
	must(t, s.WaitTaken(soon(t), shop, 1))
	if odd := s.Oddities(); len(odd) > 0 {
		t.Error(odd)
	}
}

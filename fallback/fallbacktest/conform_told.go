package fallbacktest

import (
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// toldStories are about statuses that name a message twice: by the channel's id, and by our own, which a channel keeps for us and
// hands back.
var toldStories = map[string]func(*script){
	"an id that is another message's says nothing of the step beside it": func(s *script) {
		s.whatsapp()
		hers := s.ask(s.person(cloudHers), fallback.Service, "whatsapp_cloud 15m read, sms")
		his := s.ask(s.person(cloudHis), fallback.Service, "whatsapp_cloud 15m read, sms")
		s.settleDown()
		s.hear(statusOf(s.sends[0].ProviderID, s.sends[1].Message, cloudHers, bots.Read))
		s.is(his, "waiting")
		s.is(hers, "done") // whose id it is
	},
	"a step that has an id is not proven under another": func(s *script) {
		s.whatsapp()
		d := s.ask(s.person(cloudHers), fallback.Service, "whatsapp_cloud 15m read, sms")
		s.settleDown()
		s.hear(statusOf("wamid.FOREIGN", s.sends[0].Message, cloudHers, bots.Read))
		s.is(d, "waiting")
		s.status(s.sends[0].Message, "accepted")
		s.hear(statusOf(s.sends[0].ProviderID, s.sends[0].Message, cloudHers, bots.Read))
		s.is(d, "done")
	},
	"nor is it failed": func(s *script) {
		s.whatsapp()
		hers := s.ask(s.person(cloudHers, "sms:+380501112233"), fallback.Service, "whatsapp_cloud 15m read, sms")
		s.ask(s.person(cloudHis), fallback.Service, "whatsapp_cloud 15m read, sms")
		s.settleDown()
		for _, id := range []string{"wamid.FOREIGN", s.sends[1].ProviderID} {
			s.hear(failureOf(id, s.sends[0].Message, cloudHis))
			s.is(hers, "waiting")
		}
	},
	"a step of unknown outcome is found by our own id, wherever its person may be meant": func(s *script) {
		s.whatsapp()
		for told, at := range map[string]string{
			"whatsapp_cloud:+380501112201":  "whatsapp_cloud:+380501112201",
			"whatsapp_cloud:+5215512345678": "whatsapp_cloud:+525512345678", // as Meta writes Mexico's
			"whatsapp_cloud:+551187654321":  "whatsapp_cloud:+5511987654321",
			"whatsapp_cloud:UA.111":         "whatsapp_cloud:+380501112202", // an id that nobody here was told of
			"whatsapp_cloud:":               "whatsapp_cloud:+380501112203",
		} {
			s.fail("whatsapp_cloud", bots.Uncertain)
			d := s.ask(s.person(at), fallback.Service, "whatsapp_cloud 15m read, sms")
			s.settleDown()
			last := s.sends[len(s.sends)-1]
			s.hear(statusOf("wamid."+at, last.Message, told, bots.Delivered))
			s.status(last.Message, "delivered")
			s.hear(statusOf("wamid."+at, 0, told, bots.Read)) // by its id: that one is known now
			s.is(d, "done")
		}
	},
	"not when somebody else is meant": func(s *script) {
		s.whatsapp()
		s.says("whatsapp_cloud:UA.222", "hello")
		who := s.person(cloudHers, "sms:+380501112233")
		s.update(func(tx fallback.Tx) {
			c := tx.Contact(who)
			c.Address(address(cloudHers)).Also = "UA.111"
			c.Set(address("whatsapp_cloud:UA.111"), bots.Active, tx.Now())
			c.Address(address("whatsapp_cloud:UA.111")).Also = address(cloudHers).ID
			tx.PutContact(c)
		})
		s.fail("whatsapp_cloud", bots.Uncertain)
		d := s.ask(who, fallback.Service, "whatsapp_cloud 15m read, sms")
		s.settleDown()
		for _, told := range []string{cloudHis, "whatsapp_cloud:UA.222", "whatsapp_cloud:UA.333", "whatsapp_cloud:+3805011122"} {
			s.hear(statusOf("wamid."+told, s.sends[0].Message, told, bots.Read))
			s.hear(failureOf("wamid."+told, s.sends[0].Message, told))
			s.status(s.sends[0].Message, "uncertain")
			s.is(d, "waiting")
		}
		s.hear(statusOf("wamid.HERS", s.sends[0].Message, "whatsapp_cloud:UA.111", bots.Read))
		s.is(d, "done")
	},
	"her other address is not somebody else's, though nothing has paired the two": func(s *script) {
		s.whatsapp()
		who := s.person(cloudHers, "whatsapp_cloud:UA.111", "sms:+380501112233")
		s.fail("whatsapp_cloud", bots.Uncertain)
		d := s.ask(who, fallback.Service, "whatsapp_cloud 15m read, sms")
		s.settleDown()
		for _, told := range []string{cloudHers, "whatsapp_cloud:UA.111"} {
			s.hear(statusOf("wamid.HERS", s.sends[0].Message, told, bots.Read))
			s.is(d, "done")
		}
	},
	"a report of a provider names its message by the address that we gave it": func(s *script) {
		first := s.ask(s.person("sms:+380501112233"), fallback.Service, "sms 15m delivered")
		second := s.ask(s.person("sms:+380671112233"), fallback.Service, "sms 15m delivered")
		s.settleDown()
		told := func(id string) {
			s.hear(bots.Event{Kind: bots.Reported, Channel: bots.SMS, Receipt: &bots.Receipt{Sender: s.sends[0].Sender, ID: id, Step: s.sends[0].Message, Level: bots.Delivered, At: time.Now()}})
		}
		told(s.sends[1].ProviderID) // which the provider gave to both of them
		s.is(second, "waiting")
		s.is(first, "done")
		told("of its second part")
		s.is(first, "done")
	},
}

// Two people of the stories, on Meta's WhatsApp.
const (
	cloudHers = "whatsapp_cloud:+380501112233"
	cloudHis  = "whatsapp_cloud:+380671112233"
)

// statusOf is what Meta says of a message: its own id, ours, and who it went to.
func statusOf(id string, step bots.ID, to string, level bots.Level) bots.Event {
	return bots.Event{Kind: bots.Reported, Channel: bots.WhatsAppCloud, Chat: address(to), Receipt: &bots.Receipt{Sender: bots.WhatsAppCloud, ID: id, Step: step, Level: level, At: time.Now()}}
}

func failureOf(id string, step bots.ID, to string) bots.Event {
	e := statusOf(id, step, to, bots.None)
	e.Receipt.Failed, e.Receipt.Fault = true, bots.Unreachable
	return e
}

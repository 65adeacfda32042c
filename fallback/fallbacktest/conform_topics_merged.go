package fallbacktest

import (
	"slices"

	"kaskad/bots"
	"kaskad/fallback"
)

// topicMergedStories are about two contacts that both have a topic, and are one person, and perhaps two again.
var topicMergedStories = map[string]func(*script){
	"who absorbed another is erased with both topics": func(s *script) {
		for i, pair := range [][2]string{{"telegram:42", "viber:v43"}, {"telegram:44", "viber:v45"}} {
			if i == 0 {
				s.forum()
			}
			kept, gone := s.topicFor(pair[0], "Where is my order?"), s.topicFor(pair[1], "And mine?")
			first, second := s.inTopic(kept, "Where is my order?"), s.inTopic(gone, "And mine?")
			mine, theirs := s.topicIs(kept, fallback.TopicOpen).Thread, s.topicIs(gone, fallback.TopicOpen).Thread
			s.merge(kept, gone)
			e := s.erase([]bots.ID{kept, gone}[i]) // whoever of them is named
			for _, id := range e.Same {
				s.goOn(id)
			}
			s.settleDown()
			s.deleted(mine, true)
			s.deleted(theirs, true)
			for _, post := range []bots.ID{first, second} {
				if d := s.delivery(post); d.Text != "" {
					s.t.Errorf("of a post %q is left", d.Text)
				}
			}
			for _, id := range []bots.ID{kept, gone} {
				s.nothingOf(id)
				s.update(func(tx fallback.Tx) {
					if t := tx.Topic(id); t.Contact != 0 {
						s.t.Errorf("what is left is %+v", t)
					}
				})
			}
		}
	},
	"one of two who are two again is erased with the own topic alone": func(s *script) {
		s.forum()
		kept, gone := s.topicFor("telegram:42", "Where is my order?"), s.topicFor("viber:v43", "And mine?")
		mine, theirs := s.topicIs(kept, fallback.TopicOpen).Thread, s.topicIs(gone, fallback.TopicOpen).Thread
		s.merge(kept, gone)
		s.unmerge(kept, gone)
		s.forget(gone)
		s.settleDown()
		s.deleted(mine, false)
		s.deleted(theirs, true)
		n := len(s.sends)
		s.writes(mine, "500", "still here")
		s.run(s.rules.Staff.Hold)
		if d := s.lastOf(kept); d.Text != "still here" || len(s.sends) != n+1 {
			s.t.Errorf("the reply is %+v, sent %v", d.Plan, s.log[n:])
		}
	},
	"what one wrote while two were one goes with them from the topic of the other": func(s *script) {
		s.forum()
		kept, gone := s.topicFor("telegram:42", "Where is my order?"), s.topicFor("viber:v43", "And mine?")
		s.merge(kept, gone)
		line := s.says("viber:v43", "I am Petro").Message.ID
		own := s.says("telegram:42", "I am Olena").Message.ID
		t := s.topicIs(kept, fallback.TopicOpen)
		theirs := s.posted(fallback.Post{Contact: kept, Lines: []bots.ID{line}, Group: t.Group, Thread: t.Thread}, "I am Petro")
		mine := s.posted(fallback.Post{Contact: kept, Lines: []bots.ID{own}, Group: t.Group, Thread: t.Thread}, "I am Olena")
		both := s.posted(fallback.Post{Contact: kept, Lines: []bots.ID{own, line}, Group: t.Group, Thread: t.Thread}, "I am Olena, and I am Petro")
		s.unmerge(kept, gone)
		s.forget(gone)
		s.settleDown()
		s.noted(fallback.StaffDigest, 1) // the other's words are to be shown again
		if d := s.delivery(theirs.Delivery); d.Text != "" {
			s.t.Errorf("of the post there is still %q", d.Text)
		}
		if d := s.delivery(mine.Delivery); d.Text != "I am Olena" {
			s.t.Errorf("the post about the other reads %q", d.Text)
		}
		taken := func(post *sent) bool {
			return slices.ContainsFunc(s.sends, func(x *sent) bool { return x.Out.Act == bots.DeleteAct && x.Out.On == post.ProviderID })
		}
		if !taken(theirs) || !taken(both) || taken(mine) {
			s.t.Errorf("taken back: theirs %t, of both %t, the other's %t", taken(theirs), taken(both), taken(mine))
		}
	},
	"an answer to what the other wrote while two were one goes to the other, whosever topic it stands in": func(s *script) {
		s.forum()
		kept, gone := s.topicFor("telegram:42", "Where is my order?"), s.topicFor("viber:v43", "And mine?")
		s.merge(kept, gone)
		line := s.says("viber:v43", "I am Petro").Message.ID
		t := s.topicIs(kept, fallback.TopicOpen)
		post := s.posted(fallback.Post{Contact: kept, Lines: []bots.ID{line}, Group: t.Group, Thread: t.Thread}, "I am Petro")
		answer := func(e *bots.Event) { e.On, e.Step = post.ProviderID, post.Message }
		s.writes(t.Thread, "500", "to both", answer)
		s.run(s.rules.Staff.Hold)
		if d := s.lastOf(kept); d.Text != "to both" || d.Contact != kept {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
		s.unmerge(kept, gone)
		s.writes(t.Thread, "501", "to Petro", answer)
		s.run(s.rules.Staff.Hold)
		if d := s.lastOf(gone); d.Text != "to Petro" || d.Contact != gone {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
		s.writes(t.Thread, "502", "to Olena")
		s.run(s.rules.Staff.Hold)
		if d := s.lastOf(kept); d.Text != "to Olena" {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
	},
	"whoever has no topic gets one of their own when they absorb somebody, and what is written in either goes to them": func(s *script) {
		s.forum()
		kept := s.says("telegram:42", "Where is my order?").Contact.ID
		gone := s.topicFor("viber:v43", "And mine?")
		theirs := s.topicIs(gone, fallback.TopicOpen).Thread
		s.merge(kept, gone)
		s.opensTopic(kept, "Olena")
		s.settleDown()
		mine := s.topicIs(kept, fallback.TopicOpen).Thread
		for i, thread := range []string{mine, theirs} {
			s.writes(thread, []string{"500", "501"}[i], "in "+thread)
			s.run(s.rules.Staff.Hold)
			if d := s.lastOf(kept); d.Text != "in "+thread || d.Contact != kept {
				s.t.Errorf("the reply is %+v", d.Plan)
			}
		}
		s.unmerge(kept, gone)
		s.writes(theirs, "502", "to the other")
		s.run(s.rules.Staff.Hold)
		if d := s.lastOf(gone); d.Text != "to the other" || d.Contact != gone {
			s.t.Errorf("the reply is %+v", d.Plan)
		}
	},
}

// deleted checks whether the group was asked to delete a topic, and whether it leads nowhere.
func (s *script) deleted(thread string, want bool) {
	s.t.Helper()
	asked := slices.ContainsFunc(s.sends, func(x *sent) bool {
		p, _ := fallback.PostOf(s.delivery(x.Delivery))
		return p.Act == bots.DeleteTopicAct && p.Thread == thread
	})
	leads := false
	s.update(func(tx fallback.Tx) { leads = tx.TopicAt("-100500", thread) != 0 })
	if asked != want || leads == want {
		s.t.Errorf("topic %s: deleted %t, leads to somebody %t; want deleted %t", thread, asked, leads, want)
	}
}

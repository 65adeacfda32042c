package fallbacktest

import (
	"strings"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
)

// postStories are about posts in the room of staff: what proves them, what holds them, and whose they are.
var postStories = map[string]func(*script){
	"a reply proves a post whose outcome nobody told, and reaches its customer": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.fail("staff", bots.Uncertain)
		post := s.post(who, "Where is my order?", line)
		s.settleDown()
		s.is(post.Delivery, "waiting")
		s.replies(post, "On its way", func(e *bots.Event) { e.OnSentAt = time.Now() })
		s.is(post.Delivery, "done")
		s.sentSoFar("0s staff d1/0", "0s telegram d0/0")
	},
	"a reply to a post whose call has not ended reaches its customer": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.next("staff", func(x *sent) { x.Lost = true })
		post := s.post(who, "Where is my order?", line)
		s.is(post.Delivery, "sending")
		s.replies(post, "On its way", func(e *bots.Event) { e.OnSentAt = time.Now() })
		s.sentSoFar("0s staff d1/0", "0s telegram d0/0")
		s.settle(post)
		s.is(post.Delivery, "done")
	},
	"of two posts that a reply could mean it is neither, and the room hears so": func(s *script) {
		s.bound()
		first, line := s.lineOf("telegram:42", "Where is my order?")
		second, other := s.lineOf("telegram:43", "And mine?")
		s.next("staff", func(x *sent) { x.Lost = true })
		s.next("staff", func(x *sent) { x.Lost = true })
		s.post(first, "Where is my order?", line)
		post := s.post(second, "And mine?", other)
		s.replies(post, "On its way", func(e *bots.Event) { e.OnSentAt = time.Now() })
		s.noted(fallback.StaffNote+" 500 nobody", 1)
		s.sentSoFar("0s staff d1/0", "0s staff d2/0")
	},
	"a post whose outcome nobody told and nobody answered is unconfirmed, never sent again": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.fail("staff", bots.Uncertain)
		post := s.post(who, "Where is my order?", line)
		s.run(time.Hour)
		s.is(post.Delivery, "unconfirmed")
		s.sentSoFar("0s staff d1/0")
	},
	"a pause holds posts, and they keep their place": func(s *script) {
		s.bound()
		who, line := s.lineOf("telegram:42", "Where is my order?")
		s.must(s.Pause(s.ctx(), bots.Staff, false))
		post := s.put(fallback.Post{Contact: who, Lines: []bots.ID{line}}, "Where is my order?")
		s.run(time.Minute)
		s.sentSoFar()
		s.must(s.Resume(s.ctx(), bots.Staff))
		s.run(time.Minute)
		s.is(post, "done")
	},
	"a post names the room, and nobody from outside can": func(s *script) {
		s.bound()
		for _, ref := range []string{"staff:room", "staff:-100500"} {
			if got, err := bots.ParseRef(ref, "UA"); err == nil {
				s.t.Errorf("%q is read as %v", ref, got)
			}
		}
		s.update(func(tx fallback.Tx) {
			room, err := fallback.ReadStaffRoom(tx, "")
			s.must(err)
			if c := tx.Contact(room.Contact); !fallback.ForStaff(c) || strings.Contains(string(c.Attributes), "7k3m") {
				s.t.Errorf("the room's contact is %+v", c)
			}
		})
	},
}

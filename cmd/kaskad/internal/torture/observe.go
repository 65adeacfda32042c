package torture

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"

	"kaskad/bots/simulator/sms"
	"kaskad/bots/simulator/telegram"
	"kaskad/bots/simulator/viber"
)

// stop is the keyword that leavers write; the oracle knows the text by it.
const stopWord = "стоп"

var mark = regexp.MustCompile(`#(\d+)#`)

// number is the one that stands in a text of ours; 0: none.
func number(text string) int {
	found := mark.FindStringSubmatch(text)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1]) // digits
	return n
}

// observe writes down what the outside saw so far.
func (w *world) observe(people []person) (calls []Call, signs []Sign) {
	byChat, byViber, byPhone := map[string]string{}, map[string]string{}, map[string]string{}
	for _, p := range people {
		byChat[strconv.FormatInt(p.chat, 10)], byViber[p.viber], byPhone[p.phone] = p.name, p.name, p.name
	}
	t, v := telegramView{w.tg, byChat, map[string]int{}}, viberView{w.vb, byViber, map[uint64]int{}}
	calls = slices.Concat(t.calls(people), v.calls(people), cloudCalls(w.gr, people, byPhone), smsCalls(w.sm, byPhone))
	signs = slices.Concat(t.signs(), v.signs(), cloudSigns(w.gr, byPhone), reports(w.sm, byPhone))
	return calls, signs
}

type telegramView struct {
	tg      *telegram.Server
	people  map[string]string
	numbers map[string]int // by chat and message
}

// calls joins what was asked of Telegram with what came of it.
func (v *telegramView) calls(people []person) []Call {
	carried := map[string]int{}
	for _, p := range people {
		for _, m := range v.tg.Messages(p.chat) {
			n := number(m.Text)
			v.numbers[fmt.Sprint(p.chat, " ", m.ID)] = n
			if n != 0 {
				carried[fmt.Sprint(p.chat, " ", n)]++
			}
		}
	}
	var out []Call
	for _, c := range v.tg.CallsOf("sendMessage") {
		n := number(c.Params["text"])
		if n == 0 {
			continue
		}
		key := c.Params["chat_id"] + " " + strconv.Itoa(n)
		refused := c.Status >= 400 && c.Status < 500
		call := Call{Channel: telegramChannel, Person: v.people[c.Params["chat_id"]], Number: n, At: c.At, Refused: refused, Answer: fmt.Sprintf("HTTP %d %s %s", c.Status, c.Error, c.Fault)}
		if !refused && carried[key] > 0 {
			carried[key]--
			call.Carried = true
		}
		out = append(out, call)
	}
	return append(out, left(telegramChannel, carried, v.people)...)
}

// left are messages that came without a call that was seen: there are none, unless the book is wrong.
func left(channel string, carried map[string]int, people map[string]string) []Call {
	var out []Call
	for key, n := range carried {
		for range n {
			var chat string
			var num int
			if _, err := fmt.Sscan(key, &chat, &num); err == nil {
				out = append(out, Call{Channel: channel, Person: people[chat], Number: num, Carried: true})
			}
		}
	}
	return out
}

// signs are what people did on Telegram.
func (v *telegramView) signs() []Sign {
	answered := map[string]time.Time{}
	for _, c := range v.tg.CallsOf("answerCallbackQuery") {
		if id := c.Params["callback_query_id"]; c.Status == http.StatusOK && answered[id].IsZero() {
			answered[id] = c.At
		}
	}
	var out []Sign
	for _, u := range v.tg.Updates() {
		var said struct {
			Message *struct {
				Text    string
				ReplyTo *struct {
					ID int `json:"message_id"`
				} `json:"reply_to_message"`
			}
			Callback *struct {
				ID      string
				Message struct {
					ID int `json:"message_id"`
				}
			} `json:"callback_query"`
			Reaction *struct {
				ID  int               `json:"message_id"`
				New []json.RawMessage `json:"new_reaction"`
			} `json:"message_reaction"`
			Member *struct {
				New struct{ Status string } `json:"new_chat_member"`
			} `json:"my_chat_member"`
		}
		chat := strconv.FormatInt(u.Who, 10)
		s := Sign{Channel: telegramChannel, Person: v.people[chat], Begun: u.At, Acked: u.Taken, Name: "update " + strconv.Itoa(u.ID)}
		if json.Unmarshal(u.Body, &said) != nil || s.Person == "" {
			continue
		}
		on := 0
		switch {
		case said.Callback != nil:
			s.Kind, on = Pressed, said.Callback.Message.ID
			if at := answered[said.Callback.ID]; !at.IsZero() && (s.Acked.IsZero() || at.Before(s.Acked)) {
				s.Acked = at
			}
		case said.Reaction != nil && len(said.Reaction.New) > 0:
			s.Kind, on = Reacted, said.Reaction.ID
		case said.Member != nil && said.Member.New.Status == "kicked":
			s.Kind = Blocked
		case said.Message != nil && said.Message.Text == stopWord:
			s.Kind, s.Text = SaidStop, stopWord
		case said.Message != nil && said.Message.ReplyTo != nil:
			s.Kind, s.Text, on = Replied, said.Message.Text, said.Message.ReplyTo.ID
		case said.Message != nil:
			s.Kind, s.Text = Wrote, said.Message.Text
		default:
			continue
		}
		if on != 0 {
			s.Number, s.ProviderID = v.numbers[fmt.Sprint(chat, " ", on)], strconv.Itoa(on)
		}
		out = append(out, s)
	}
	return out
}

type viberView struct {
	vb      *viber.Server
	people  map[string]string
	numbers map[uint64]int // by token
}

func (v *viberView) calls(people []person) []Call {
	carried := map[string]int{}
	for _, p := range people {
		for _, m := range v.vb.Accepted(p.viber) {
			n := number(m.Text)
			v.numbers[m.Token] = n
			if n != 0 && m.Failed == "" {
				carried[p.viber+" "+strconv.Itoa(n)]++
			}
		}
	}
	var out []Call
	for _, c := range v.vb.CallsOf("send_message") {
		n := number(c.Text("text"))
		if n == 0 {
			continue
		}
		key := c.Text("receiver") + " " + strconv.Itoa(n)
		// What Viber answers with a status did not happen; what it does not answer, or with an error of a server, may have.
		refused := c.HTTP == http.StatusOK && c.Status != 0 && c.Fault != viber.Garbage
		call := Call{Channel: viberChannel, Person: v.people[c.Text("receiver")], Number: n, At: c.At, Refused: refused, Answer: fmt.Sprintf("HTTP %d, status %d %s", c.HTTP, c.Status, c.Fault)}
		if !refused && carried[key] > 0 {
			carried[key]--
			call.Carried = true
		}
		out = append(out, call)
	}
	return append(out, left(viberChannel, carried, v.people)...)
}

// signs are what people did on Viber, and what their phones told.
func (v *viberView) signs() []Sign {
	var out []Sign
	for _, c := range v.vb.Callbacks() {
		s := Sign{Channel: viberChannel, Person: v.people[c.User], Begun: c.At, Name: fmt.Sprintf("token %d", c.Token)}
		for _, try := range c.Tries {
			if try.HTTP == http.StatusOK && s.Acked.IsZero() {
				s.Acked = try.End
			}
		}
		switch c.Event {
		case "seen":
			s.Kind, s.Number, s.ProviderID = Saw, v.numbers[c.Token], strconv.FormatUint(c.Token, 10)
		case "delivered":
			s.Kind, s.Number, s.ProviderID = Got, v.numbers[c.Token], strconv.FormatUint(c.Token, 10)
		case "unsubscribed":
			s.Kind = Blocked
		case "message":
			var said struct{ Message struct{ Text string } }
			if json.Unmarshal(c.Body, &said) != nil {
				continue
			}
			s.Kind, s.Text = Wrote, said.Message.Text
			if s.Text == stopWord {
				s.Kind = SaidStop
			}
		default:
			continue
		}
		if s.Person != "" {
			out = append(out, s)
		}
	}
	return out
}

func smsCalls(sm *sms.Server, people map[string]string) []Call {
	carried := map[string]int{}
	for _, m := range sm.Messages("") {
		carried[m.To+" "+strconv.Itoa(number(m.Text))]++
	}
	var out []Call
	for _, c := range sm.Calls() {
		n := number(c.Params["text"])
		if n == 0 || c.Path != "/send" {
			continue
		}
		key := c.Params["to"] + " " + strconv.Itoa(n)
		refused := c.Status == http.StatusTooManyRequests || c.Status == http.StatusOK && c.Code != ""
		call := Call{Channel: smsChannel, Person: people[c.Params["to"]], Number: n, At: c.At, Refused: refused, Answer: fmt.Sprintf("HTTP %d, code %q %s", c.Status, c.Code, c.Fault)}
		if !refused && carried[key] > 0 {
			carried[key]--
			call.Carried = true
		}
		out = append(out, call)
	}
	return append(out, left(smsChannel, carried, people)...)
}

// reports are what the provider told.
func reports(sm *sms.Server, people map[string]string) []Sign {
	about := map[string]sms.Message{}
	for _, m := range sm.Messages("") {
		about[m.ID] = m
	}
	var out []Sign
	for i, r := range sm.Reports() {
		m, kind := about[r.MessageID], Arrived
		if r.Status != sms.Delivered {
			kind = NotArrived
		}
		out = append(out, Sign{Channel: smsChannel, Person: people[m.To], Kind: kind, Number: number(m.Text), ProviderID: r.MessageID, Acked: r.TakenAt, Name: fmt.Sprintf("report %d of %s", i, r.MessageID)})
	}
	return out
}

package torture

import (
	"fmt"
	"net/http"
	"strconv"

	"kaskad/bots/simulator/graph"
)

// cloudCalls joins what was asked of Meta with what came of it.
func cloudCalls(gr *graph.Server, people []person, byPhone map[string]string) []Call {
	carried := map[string]int{}
	for _, p := range people {
		for _, m := range gr.Accepted(p.phone) {
			if n := number(m.Text); n != 0 && m.Failed == 0 {
				carried[p.phone+" "+strconv.Itoa(n)]++
			}
		}
	}
	var out []Call
	for _, c := range gr.CallsOf(graph.Messages) {
		n := number(string(c.Body))
		if n == 0 {
			continue // a mark of what was read
		}
		to := "+" + c.To()
		key := to + " " + strconv.Itoa(n)
		refused := c.HTTP >= 400 && c.HTTP < 500
		call := Call{Channel: cloudChannel, Person: byPhone[to], Number: n, At: c.At, Refused: refused, Answer: fmt.Sprintf("HTTP %d, code %d %s", c.HTTP, c.Code, c.Fault)}
		if !refused && carried[key] > 0 {
			carried[key]--
			call.Carried = true
		}
		out = append(out, call)
	}
	return append(out, left(cloudChannel, carried, byPhone)...)
}

// cloudSigns are what people did on WhatsApp, and what their phones told, each once, however often Meta tells it.
func cloudSigns(gr *graph.Server, byPhone map[string]string) []Sign {
	all := map[string]*Sign{}
	var row []string
	for _, p := range gr.Posts() {
		for _, n := range p.Notices {
			key := n.Kind + " " + n.ID
			s := all[key]
			if s == nil {
				if s = cloudSign(gr, n); s == nil {
					continue
				}
				s.Person, s.Begun, s.Name = byPhone["+"+n.User], p.At, "notice "+key
				all[key], row = s, append(row, key)
			}
			if p.At.Before(s.Begun) {
				s.Begun = p.At
			}
			for _, try := range p.Tries {
				if end := try.End; try.HTTP == http.StatusOK && (s.Acked.IsZero() || end.Before(s.Acked)) {
					s.Acked = end
				}
			}
		}
	}
	var out []Sign
	for _, key := range row {
		if all[key].Person != "" {
			out = append(out, *all[key])
		}
	}
	return out
}

// cloudSign is what a notice tells; nil: nothing that anybody has to know of.
func cloudSign(gr *graph.Server, n graph.Notice) *Sign {
	s := &Sign{Channel: cloudChannel}
	about := func(id string) {
		if m, found := gr.Message(id); found {
			s.Number, s.ProviderID = number(m.Text), id
		}
	}
	m, found := gr.Message(n.ID)
	switch {
	case n.Kind == "read":
		s.Kind = Saw
		about(n.ID)
	case n.Kind == "delivered":
		s.Kind = Got
		about(n.ID)
	case n.Kind == "failed":
		s.Kind = NotArrived
		if about(n.ID); s.Number == 0 {
			return nil // the answer to a stop, or a menu
		}
	case n.Kind == "reaction" && found && m.Emoji != "":
		s.Kind = Reacted
		about(m.On)
	case n.Kind == "text" && found:
		s.Kind, s.Text = Wrote, m.Text
		if m.Text == stopWord {
			s.Kind = SaidStop
		}
		if m.Quotes != "" {
			s.Kind = Replied
			about(m.Quotes)
		}
	default:
		return nil
	}
	return s
}

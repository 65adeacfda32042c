package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kaskad/bots"
	"kaskad/cmd/kaskad/internal/api"
	"kaskad/cmd/kaskad/internal/people"
)

// index finds, in the fake's records, whatever has the words in it as they stand.
type index struct {
	*fake
	err     error
	rebuilt int
	lag     time.Duration // 0: it is being built
	has     int           // so many people it knows, the oldest; 0: all
	asked   []string      // for people
	next    string        // what it says of people: there are more
	during  func()        // nil: nothing; what happens while it searches
}

// searching is what happens meanwhile.
func (x *index) searching() {
	if x.during != nil {
		x.during()
	}
}

func (x *index) People(_ context.Context, q string, since time.Time, _ string, _ int) (found []*bots.Contact, _ string, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.searching()
	x.asked = append(x.asked, q)
	if len([]rune(q)) < 3 {
		return nil, "", &api.Unsearchable{Detail: "write at least 3 letters"}
	}
	for _, c := range x.contacts {
		if strings.Contains(c.Name, q) && !c.Created.Before(since) && (x.has == 0 || int(c.ID) <= x.has) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *bots.Contact) int { return int(b.ID) - int(a.ID) })
	return found, x.next, x.err
}

func (x *index) Talks(_ context.Context, q string, _ api.ConversationFilter, _ string, _ int) (found []api.Found, _ string, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.searching()
	for i := range x.said {
		if m := &x.said[i].Message; strings.Contains(m.Text, q) {
			found = append(found, api.Found{Talk: x.talks[0], Message: m, Snippet: m.Text})
		}
	}
	return found, "", x.err
}

func (x *index) Status(context.Context) api.SearchStatus {
	if x.lag > 0 {
		return api.SearchStatus{State: "behind", Built: 1, Lag: x.lag.Seconds(), Detail: "the index is 40s behind"}
	}
	return api.SearchStatus{State: "building", Built: 0.43, Lag: 1.5, Bytes: 8192, Since: noon, Detail: "the index is being built, about 43 % is done"}
}

func (x *index) Rebuild() { x.rebuilt++ }

// What cannot be searched now is a 503 that says why, and asks to come again.
func TestAnIndexThatCannotAnswerIsToldAsSuch(t *testing.T) {
	d := newDesk(t)
	d.index.err = &api.SearchNotReady{Detail: "the index is 40s behind"}
	for _, path := range []string{"/v1/contacts?q=abc", "/v1/conversations?q=abc"} {
		answer := d.call(people.Admin, "GET", path, "")
		if answer.Code != http.StatusServiceUnavailable || !strings.Contains(answer.Body.String(), `"search_not_ready"`) ||
			!strings.Contains(answer.Body.String(), "40s behind") || answer.Header().Get("Retry-After") == "" {
			t.Errorf("%s: %d %v %s", path, answer.Code, answer.Header(), answer.Body)
		}
	}
}

// One that is behind answers with what it has, says so, and knows by phone and external id whom it has not met.
func TestAnIndexThatIsBehindAnswersWithWhatItHas(t *testing.T) {
	d := newDesk(t)
	for id, c := range map[bots.ID]bots.Contact{
		1: {Name: "Олена перша"}, 2: {Name: "Олена друга", Phone: "+380501112233"}, 3: {Name: "Олена нова", Phone: "+380501112244", ExternalID: "N-3"},
	} {
		c.ID = id
		d.contacts[id] = &c
	}
	d.index.has = 2
	names := func(query string) (status int, found []string, why string) {
		answer := d.call(people.Admin, "GET", "/v1/contacts?q="+url.QueryEscape(query), "")
		var page struct {
			Items      []struct{ Name string }
			Incomplete string
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, p := range page.Items {
			found = append(found, p.Name)
		}
		return answer.Code, found, page.Incomplete
	}
	for name, c := range map[string]struct {
		lag   time.Duration
		err   error
		query string
		code  int
		want  string
		why   string
	}{
		"what it has":                         {40 * time.Second, nil, "Олена", 200, "[Олена друга Олена перша]", "40s behind"},
		"an exact phone that it has not":      {40 * time.Second, nil, "050 111 22 44", 200, "[Олена нова]", "40s behind"},
		"an exact external id":                {40 * time.Second, nil, "N-3", 200, "[Олена нова]", "40s behind"},
		"nobody":                              {40 * time.Second, nil, "Іван", 200, "[]", "40s behind"},
		"while it is built, an exact phone":   {0, &api.SearchNotReady{Detail: "the index is being built"}, "+380501112244", 200, "[Олена нова]", "only who has exactly this phone"},
		"while it is built, an exact card":    {0, &api.SearchNotReady{Detail: "the index is being built"}, "N-3", 200, "[Олена нова]", "being built"},
		"while it is built, any other":        {0, &api.SearchNotReady{Detail: "the index is being built"}, "N-4", 503, "[]", ""},
		"up to date, nothing is looked up":    {0, nil, "N-3", 200, "[]", ""},
		"up to date, it says nothing of that": {0, nil, "перша", 200, "[Олена перша]", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d.index.lag, d.index.err = c.lag, c.err
			code, found, why := names(c.query)
			if code != c.code || fmt.Sprint(found) != c.want || !strings.Contains(why, c.why) || c.why == "" && why != "" {
				t.Errorf("%d %v, %q; want %d %s, %q", code, found, why, c.code, c.want, c.why)
			}
		})
	}
	d.index.lag, d.index.err = 40*time.Second, nil
	if answer := d.call(people.Admin, "GET", "/v1/conversations?q=abc", ""); answer.Code != 200 || !strings.Contains(answer.Body.String(), `"incomplete":"the index is 40s behind`) {
		t.Errorf("conversations: %d %s", answer.Code, answer.Body)
	}
	if answer := d.call(people.Admin, "GET", "/v1/duplicates", ""); answer.Code != 200 || !strings.Contains(answer.Body.String(), `"searched":false`) {
		t.Errorf("duplicates: %d %s", answer.Code, answer.Body)
	}
}

// An index that falls behind while it is asked, or is level again when it answers, may lack something: the answer says so, on each page.
func TestAnIndexThatIsBehindForAMomentSaysSo(t *testing.T) {
	for name, c := range map[string]struct {
		before, after time.Duration
		behind        bool
	}{
		"level before and after":  {0, 0, false},
		"behind before":           {40 * time.Second, 0, true},
		"behind when it answered": {0, 40 * time.Second, true},
		"behind before and after": {40 * time.Second, 40 * time.Second, true},
	} {
		for _, path := range []string{"/v1/contacts?q=abc", "/v1/contacts?q=abc&cursor=AGXw", "/v1/conversations?q=abc", "/v1/conversations?q=abc&cursor=AGXw"} {
			d := newDesk(t)
			d.index.lag, d.index.during = c.before, func() { d.index.lag = c.after }
			answer := d.call(people.Admin, "GET", path, "")
			if said := strings.Contains(answer.Body.String(), `"incomplete":"the index is 40s behind`); answer.Code != 200 || said != c.behind {
				t.Errorf("%s: %s: %d %s; want it told: %v", name, path, answer.Code, answer.Body, c.behind)
			}
		}
	}
}

// Who is in front because of an exact phone is so on the first page alone, and not twice on it.
func TestWhoIsInFrontIsSoOnce(t *testing.T) {
	d := newDesk(t)
	d.contacts[1] = &bots.Contact{ID: 1, Name: "N-3 the first", ExternalID: "N-3"}
	d.contacts[2] = &bots.Contact{ID: 2, Name: "N-3 the second"}
	d.index.lag, d.index.next = 40*time.Second, "AGXw"
	for cursor, want := range map[string]string{"": "[N-3 the first N-3 the second]", "AGXw": "[N-3 the second N-3 the first]"} {
		answer := d.call(people.Admin, "GET", "/v1/contacts?q=N-3&cursor="+cursor, "")
		var page struct{ Items []struct{ Name string } }
		if err := json.Unmarshal(answer.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, p := range page.Items {
			names = append(names, p.Name)
		}
		if got := fmt.Sprint(names); got != want {
			t.Errorf("with cursor %q: %s; want %s", cursor, got, want)
		}
	}
}

func TestOneRebuildIsAskedFor(t *testing.T) {
	d := newDesk(t)
	if answer := d.call(people.Admin, "POST", "/v1/search/rebuild", ""); answer.Code != http.StatusAccepted || d.index.rebuilt != 1 {
		t.Errorf("%d %s, rebuilt %d times", answer.Code, answer.Body, d.index.rebuilt)
	}
}

package api_test

import (
	"context"
	"net/http"
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
}

func (x *index) People(_ context.Context, q string, since time.Time, _ string, _ int) (found []*bots.Contact, _ string, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len([]rune(q)) < 3 {
		return nil, "", &api.Unsearchable{Detail: "write at least 3 letters"}
	}
	for _, c := range x.contacts {
		if strings.Contains(c.Name, q) && !c.Created.Before(since) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *bots.Contact) int { return int(b.ID) - int(a.ID) })
	return found, "", x.err
}

func (x *index) Talks(_ context.Context, q string, _ api.ConversationFilter, _ string, _ int) (found []api.Found, _ string, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i := range x.said {
		if m := &x.said[i].Message; strings.Contains(m.Text, q) {
			found = append(found, api.Found{Talk: x.talks[0], Message: m, Snippet: m.Text})
		}
	}
	return found, "", x.err
}

func (x *index) Status(context.Context) api.SearchStatus {
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

func TestOneRebuildIsAskedFor(t *testing.T) {
	d := newDesk(t)
	if answer := d.call(people.Admin, "POST", "/v1/search/rebuild", ""); answer.Code != http.StatusAccepted || d.index.rebuilt != 1 {
		t.Errorf("%d %s, rebuilt %d times", answer.Code, answer.Body, d.index.rebuilt)
	}
}

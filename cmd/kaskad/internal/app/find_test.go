package app

import (
	"fmt"
	"net/http"
	"testing"

	"kaskad/cmd/kaskad/internal/control"
)

// findsIn is what is found in pages that a gateway answers, by the cursor that they are asked with.
func findsIn(t *testing.T, limit int, people, talks map[string]string) *FoundPeople {
	t.Helper()
	mux := http.NewServeMux()
	for path, pages := range map[string]map[string]string{"/v1/contacts": people, "/v1/conversations": talks} {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			page, ok := pages[r.URL.Query().Get("cursor")]
			if !ok || r.URL.Query().Get("q") != "abc" {
				t.Errorf("it asks for %s", r.URL)
			}
			fmt.Fprint(w, page)
		})
	}
	gate, found := &Gate{client: control.Direct(mux)}, &FoundPeople{}
	if err := gate.findPeople(t.Context(), "q=abc", limit, found); err != nil {
		t.Fatal(err)
	}
	if err := gate.findMessages(t.Context(), "q=abc", limit, found); err != nil {
		t.Fatal(err)
	}
	return found
}

// shown is who was found, in order.
func (f *FoundPeople) shown() string {
	people, talks := []string{}, []string{}
	for _, p := range f.People {
		people = append(people, string(p))
	}
	for _, m := range f.Messages {
		talks = append(talks, m.Contact+" "+m.Message)
	}
	return fmt.Sprint(people, talks)
}

// TestWhatIsFoundOverPages: nobody stands twice, however often the pages have them; so many are shown as were asked for; and what one page
// may lack, all of it may lack.
func TestWhatIsFoundOverPages(t *testing.T) {
	none := map[string]string{"": `{"items":[]}`}
	for name, c := range map[string]struct {
		limit         int
		people, talks map[string]string
		want, why     string
	}{
		"who was in front comes again on the next page": {9, map[string]string{
			"": `{"items":[{"id":"3"},{"id":"1"}],"next":"a"}`, "a": `{"items":[{"id":"2"},{"id":"3"}],"next":"b"}`, "b": `{"items":[{"id":"3"},{"id":"0"}]}`,
		}, none, `[{"id":"3"} {"id":"1"} {"id":"2"} {"id":"0"}] []`, ""},
		"and was changed meanwhile": {9, map[string]string{
			"": `{"items":[{"id":"3","name":"A"}],"next":"a"}`, "a": `{"items":[{"id":"3","name":"B"}]}`,
		}, none, `[{"id":"3","name":"A"}] []`, ""},
		"who comes again takes nobody's place": {2, map[string]string{
			"": `{"items":[{"id":"3"}],"next":"a"}`, "a": `{"items":[{"id":"3"},{"id":"2"},{"id":"1"}],"next":"b"}`,
		}, none, `[{"id":"3"} {"id":"2"}] []`, ""},
		"a page may be empty and have a next one": {9, map[string]string{
			"": `{"items":[],"next":"a"}`, "a": `{"items":[{"id":"1"}]}`,
		}, none, `[{"id":"1"}] []`, ""},
		"a long conversation comes again": {9, none, map[string]string{
			"": `{"items":[{"contact":"7","match":{"message":"m9"}}],"next":"a"}`, "a": `{"items":[{"contact":"7","match":{"message":"m2"}},{"contact":"8","match":{"message":"m1"}}]}`,
		}, `[] [7 m9 8 m1]`, ""},
		"the first page may lack somebody": {9, map[string]string{
			"": `{"items":[],"next":"a","incomplete":"40s behind"}`, "a": `{"items":[{"id":"1"}]}`,
		}, none, `[{"id":"1"}] []`, "40s behind"},
		"a later page may": {9, map[string]string{
			"": `{"items":[{"id":"1"}],"next":"a"}`, "a": `{"items":[],"incomplete":"40s behind"}`,
		}, none, `[{"id":"1"}] []`, "40s behind"},
		"only the messages may lack something": {9, map[string]string{"": `{"items":[{"id":"1"}]}`}, map[string]string{
			"": `{"items":[],"next":"a","incomplete":"12s behind"}`, "a": `{"items":[]}`,
		}, `[{"id":"1"}] []`, "12s behind"},
		"people and messages may": {9, map[string]string{"": `{"items":[],"incomplete":"40s behind"}`}, map[string]string{
			"": `{"items":[],"incomplete":"12s behind"}`,
		}, `[] []`, "40s behind"},
	} {
		t.Run(name, func(t *testing.T) {
			found := findsIn(t, c.limit, c.people, c.talks)
			if got := found.shown(); got != c.want || found.Incomplete != c.why {
				t.Errorf("%s, incomplete %q; want %s, %q", got, found.Incomplete, c.want, c.why)
			}
		})
	}
}

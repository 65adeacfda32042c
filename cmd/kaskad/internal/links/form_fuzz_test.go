package links

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzForm throws bodies at the form that anybody with a link may post: whatever comes, it is read or refused, and a no is heard.
func FuzzForm(f *testing.F) {
	const plain = "application/x-www-form-urlencoded"
	for _, body := range []string{
		"stop=yes", "List-Unsubscribe=One-Click", "silence=yes", "unsilent=yes&of=1", "allow=yes&of=0", "", "%", "stop=yes&%zz", "stop=yes;x",
		"save=yes&of=0&hours=only&from=8&to=20&first=telegram&shown=telegram&shown=sms&not=sms", "save=yes&hours=any&from=24&to=-1",
	} {
		f.Add(plain, body)
	}
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n")
	f.Add("multipart/form-data", "--x")
	f.Add("application/json", `{"stop":"yes"}`)
	f.Fuzz(func(t *testing.T, kind, body string) {
		r := httptest.NewRequest("POST", "/u/x", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		s, status := read(httptest.NewRecorder(), r)
		if status != 400 && status != 408 && status != 413 || s == nil && status == 0 {
			t.Fatalf("%q is read with %d", body, status)
		}
		if form, err := url.ParseQuery(body); kind == plain && err == nil && len(body) <= maxBody && form.Get("stop") == "yes" && (s == nil || !s.stop) {
			t.Errorf("%q is a no that is not heard", body)
		}
		if kind == plain && len(body) > maxBody && (s != nil || status != 413) {
			t.Errorf("%d bytes are read, with %d", len(body), status)
		}
		if s == nil {
			return
		}
		if s.from < 0 || s.from > 23 || s.to < 0 || s.to > 23 {
			t.Errorf("%q gives the hours %d to %d", body, s.from, s.to)
		}
		if len(s.not) > len(s.shown) {
			t.Errorf("%q says no to %d of %d", body, len(s.not), len(s.shown))
		}
	})
}

package links

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"

	"kaskad/bots"
)

// saying is what a person posted: one of stop, allow and save.
type saying struct {
	stop, allow bool   // neither, nor what follows: wishes
	oneClick    bool   // stop: by a mail program, in the person's name
	silence     bool   // nothing at all any more
	unsilent    bool   // service messages again
	of          string // allow, wishes: what the page showed when it was opened
	shown, not  []option
	first       *option // nil: no matter
	limited     bool
	from, to    int
	narrow      bool // the hours leave too little of the day
}

const maxBody = 4 << 10

// read reads a call; nil with the status of the refusal when it says nothing that the page offers. The stop alone, which is also a mail program's one click in
// either form that RFC 8058 §3.2 names, is heard whatever else is said: a no must not fail for a field too many.
func read(w http.ResponseWriter, r *http.Request) (*saying, int) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	plain := r.ParseForm() // ParseMultipartForm keeps to itself what was wrong with a form of the other kind
	err := r.ParseMultipartForm(maxBody)
	if _, large := errors.AsType[*http.MaxBytesError](errors.Join(plain, err)); large {
		return nil, http.StatusRequestEntityTooLarge
	}
	if errors.Is(errors.Join(plain, err), os.ErrDeadlineExceeded) {
		return nil, http.StatusRequestTimeout
	}
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, http.StatusBadRequest
	}
	if r.MultipartForm != nil {
		defer r.MultipartForm.RemoveAll()
	}
	return sayingOf(r.PostForm), http.StatusBadRequest
}

func sayingOf(said url.Values) *saying {
	switch {
	case said.Get("List-Unsubscribe") == "One-Click" || said.Get("stop") == "yes":
		return &saying{stop: true, oneClick: said.Get("stop") != "yes"}
	case said.Get("silence") == "yes":
		return &saying{silence: true}
	case said.Get("unsilent") == "yes" && only(said, "unsilent", "of"):
		return &saying{unsilent: true, of: said.Get("of")}
	case said.Get("allow") == "yes" && only(said, "allow", "of"):
		return &saying{allow: true, of: said.Get("of")}
	case said.Get("save") == "yes" && only(said, "save", "of", "first", "hours", "from", "to", "shown", "not"):
		return readWishes(said)
	}
	return nil
}

// only reports whether a form has no other fields, and none twice but the lists.
func only(said url.Values, fields ...string) bool {
	for name, values := range said {
		if !slices.Contains(fields, name) || len(values) > 1 && name != "shown" && name != "not" {
			return false
		}
	}
	return true
}

func readWishes(said url.Values) *saying {
	f := &saying{of: said.Get("of"), limited: said.Get("hours") == "only"}
	shown, ok := readOptions(said["shown"], said["shown"])
	not, okNot := readOptions(said["not"], said["shown"])
	if !ok || !okNot || !f.limited && said.Get("hours") != "any" {
		return nil
	}
	f.shown, f.not = shown, not
	if name := said.Get("first"); name != "" {
		first, ok := readOptions([]string{name}, said["shown"])
		if !ok {
			return nil
		}
		f.first = &first[0]
	}
	from, okFrom := readHour(said.Get("from"))
	to, okTo := readHour(said.Get("to"))
	if !okFrom || !okTo {
		return nil
	}
	f.from, f.to = from, to
	f.narrow = f.limited && bots.Hours{From: from, To: to}.Open() < bots.LeastOpen
	return f
}

// readOptions reads the names of options, each once and among others.
func readOptions(names, among []string) (all []option, ok bool) {
	for i, name := range names {
		p, known := optionOf(name)
		if !known || slices.Contains(names[:i], name) || !slices.Contains(among, name) {
			return nil, false
		}
		all = append(all, p)
	}
	return all, true
}

func readHour(s string) (int, bool) {
	h, err := strconv.Atoi(s)
	return h, err == nil && h >= 0 && h < 24 && strconv.Itoa(h) == s
}

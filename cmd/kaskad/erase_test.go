package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/store"
)

// erasedNow is what an erase answers.
type erasedNow struct {
	Contact string
	Done    bool
	NoKept  bool `json:"no_kept"`
	Posts   int
	Until   time.Time `json:"compact_at"`
}

// holding are the words that some file of the data folder has, kaskad.db after it was compacted; nobody may have it open.
func (p *plant) holding(words ...string) (all []string) {
	p.t.Helper()
	from, err := bolt.Open(filepath.Join(p.data(), store.FileName), 0o600, &bolt.Options{ReadOnly: true})
	mustAll(p.t, err)
	compacted := filepath.Join(p.t.(*testing.T).TempDir(), "compacted.db")
	to, err := bolt.Open(compacted, 0o600, nil)
	mustAll(p.t, err, bolt.Compact(to, from, 0), to.Close(), from.Close())
	files := []string{compacted}
	mustAll(p.t, filepath.WalkDir(p.data(), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && e.Name() != store.FileName {
			files = append(files, path)
		}
		return err
	}))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		mustAll(p.t, err)
		for _, w := range words {
			if bytes.Contains(raw, []byte(w)) {
				all = append(all, filepath.Base(file)+" "+w)
			}
		}
	}
	return all
}

// readsNothing: a delivery of somebody who was erased says that it was, and nothing of whose, also in lists.
func (p *plant) readsNothing(id string) {
	p.t.Helper()
	type delivery struct {
		ID, To, Contact string
		Metadata        map[string]string
		Steps           []struct {
			Channel    string
			ProviderID string `json:"provider_id"`
		}
	}
	var one delivery
	var all struct{ Items []delivery }
	mustAll(p.t, p.call("GET", "/v1/deliveries/"+id, nil, &one), p.call("GET", "/v1/deliveries", nil, &all))
	for _, d := range append(all.Items, one) {
		if d.ID != id {
			continue
		}
		if d.To != "" || len(d.Metadata) > 0 || d.Contact == "" || len(d.Steps) == 0 || d.Steps[0].ProviderID != "" {
			p.t.Errorf("right after the erase its delivery is read as %+v", d)
		}
	}
}

// A person with messages both ways, a text, staff who read about it, and a no is erased; the process dies in it. Nothing of the person is
// in any file after that, staff's room has lost its post, and whoever comes with the phone again has the no.
func TestErase(t *testing.T) {
	t.Parallel()
	t.Run("as it is", func(t *testing.T) {
		t.Parallel()
		testErase(t, newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick))
	})
	t.Run("sealed", func(t *testing.T) {
		t.Parallel()
		p, _ := newSealed(t)
		testErase(t, p)
	})
}

func testErase(t *testing.T, p *plant) {
	p.start()
	p.person("C-100", shopper, "+380501112233", nil)
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-100", map[string]any{"name": "Olenadoomed", "email": "olena@example.com", "attributes": map[string]any{"card": "gold-olena"}}, nil))
	mustAll(t,
		p.tg.AddPerson(simtelegram.Person{ID: agent, FirstName: "Ірина"}),
		p.tg.AddGroup(simtelegram.Group{ID: staffGroup, Title: "Support", Members: []int64{agent}}),
	)
	p.bind(staffGroup, agent)
	_, err := p.tg.Say(shopper, "my secret question 4711")
	mustAll(t, err)
	p.post(staffGroup, 2)
	sent := p.mustSend(map[string]any{"to": "ext:C-100", "text": "Olenadoomed, 120 points", "purpose": "service", "cascade": "quick", "data": map[string]any{"name": "Olenadoomed"},
		"metadata": map[string]any{"who": "Olenadoomed"}})
	p.await(sent, "done", "waiting")
	_, err = p.tg.Say(shopper, "стоп")
	mustAll(t, err)
	waitFor(t, "the no", func() bool {
		var c struct {
			Consents struct{ Marketing struct{ State string } }
		}
		return p.call("GET", "/v1/contacts/ext:C-100", nil, &c) == nil && c.Consents.Marketing.State == "denied"
	})
	p.finds("olenadoomed", "C-100")
	p.run("pause") // the post is taken back when everything else is done: in a sealed store the person's key is gone then
	var e erasedNow
	mustAll(t, p.call("DELETE", "/v1/contacts/ext:C-100", nil, &e))
	if !e.NoKept || e.Contact == "" {
		t.Errorf("the erase is answered %+v", e)
	}
	p.readsNothing(sent) // the background may not have come to it
	if in := time.Until(e.Until); in < 0 || in > 7*24*time.Hour {
		t.Errorf("the bytes are said to leave the file at %s", e.Until)
	}
	p.kill()
	p.start()
	waitFor(t, "the end of the erase", func() bool {
		return p.call("GET", "/v1/erased/"+e.Contact, nil, &e) == nil && e.Done
	})
	if e.Posts == 0 {
		t.Errorf("no post was found: %+v", e)
	}
	p.run("resume")
	waitFor(t, "the post to be taken back", func() bool {
		for _, m := range p.tg.Chat(staffGroup) {
			if strings.Contains(m.Text, "4711") && !m.Deleted {
				return false
			}
		}
		return true
	})
	waitFor(t, "what became of the post to be told", func() bool {
		var told struct {
			Back    int `json:"posts_taken_back"`
			NotBack int `json:"posts_not_taken_back"` // it was, but the death cut the answer off: nobody asks a second time
		}
		return p.call("GET", "/v1/erased/"+e.Contact, nil, &told) == nil && told.Back+told.NotBack == 1
	})
	waitFor(t, "the search to forget", func() bool {
		found, err := p.cardsWith("olenadoomed")
		talks, failed := p.talksWith("4711")
		return err == nil && failed == nil && len(found)+len(talks) == 0
	})
	p.finish()
	if all := p.holding("+380501112233", "380501112233", "Olenadoomed", "olenadoomed", "olena@example.com", "gold-olena", "secret question", "C-100"); len(all) > 0 {
		t.Errorf("after the erase there is %q", all)
	}
	p.start()
	var back struct {
		Contact struct {
			Consents struct {
				Marketing struct {
					State  string
					Source string
				}
			}
		}
		Consents struct {
			Marketing struct {
				State  string
				Source string
			}
		}
	}
	mustAll(t, p.call("PUT", "/v1/contacts/phone:+380501112233", map[string]any{"consents": map[string]any{"marketing": map[string]any{"state": "given", "at": "2026-11-01T12:00:00Z", "source": "form"}}}, &back))
	if got := back.Consents.Marketing; got.State != "denied" || got.Source != "erased" {
		t.Errorf("whoever came back has %+v", got)
	}
	if id := p.mustSend(map[string]any{"to": "phone:+380501112233", "text": "Sale", "purpose": "marketing"}); p.await(id, "skipped").Reason != "opted_out" {
		t.Errorf("marketing to whoever came back was not skipped")
	}
	p.finish()
}

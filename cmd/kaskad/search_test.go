package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	simsms "kaskad/bots/simulator/sms"
	simtelegram "kaskad/bots/simulator/telegram"
	"kaskad/cmd/kaskad/internal/app"
)

// foundTalk is a conversation that was found by a message.
type foundTalk struct {
	ID    string
	Match struct{ Message, Direction, Snippet string }
}

func (p *plant) talksWith(words string) (all []foundTalk, err error) {
	var list struct{ Items []foundTalk }
	err = p.call("GET", "/v1/conversations?q="+url.QueryEscape(words), nil, &list)
	return list.Items, err
}

// cardsWith are the external ids of the people whom words find.
func (p *plant) cardsWith(words string) (all []string, err error) {
	var list struct {
		Items []struct {
			ExternalID string `json:"external_id"`
		}
	}
	err = p.call("GET", "/v1/contacts?limit=1000&q="+url.QueryEscape(words), nil, &list)
	for _, c := range list.Items {
		all = append(all, c.ExternalID)
	}
	return all, err
}

// finds waits until words find exactly one person: the index is a moment behind.
func (p *plant) finds(words, card string) {
	p.t.Helper()
	waitFor(p.t, card+" to be found by "+words, func() bool {
		found, err := p.cardsWith(words)
		return err == nil && len(found) == 1 && found[0] == card
	})
}

// People and what they wrote are found a moment later, by each side's own; the words of the staff's room are in no index.
func TestSearch(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	p.start()
	p.person("C-100", shopper, "+380501112233", nil)
	mustAll(t, p.call("PUT", "/v1/contacts/ext:C-100", map[string]any{"name": "Олена Ґалаґан"}, nil))
	_, err := p.tg.Say(shopper, "Де моє ЗАМОВЛЕННЯ 4711?")
	mustAll(t, err)
	p.finds("ґала", "C-100")
	p.finds("050 111", "C-100")
	p.finds("c-10", "C-100")
	var talks []foundTalk
	waitFor(t, "the message to be found", func() bool { talks, err = p.talksWith("замовлення"); return err == nil && len(talks) == 1 })
	if m := talks[0].Match; m.Direction != "in" || m.Snippet != "Де моє ЗАМОВЛЕННЯ 4711?" || m.Message == "" {
		t.Errorf("it is found as %+v", talks[0])
	}
	for state, want := range map[string]int{"open": 1, "closed": 0} {
		var list struct{ Items []foundTalk }
		mustAll(t, p.call("GET", "/v1/conversations?state="+state+"&q=4711", nil, &list))
		if len(list.Items) != want {
			t.Errorf("%d conversations are %s", len(list.Items), state)
		}
	}
	try := p.testKey()
	mustAll(t, try.call("PUT", "/v1/contacts/ext:T-1", map[string]any{"name": "Олена Пробна"}, nil))
	try.finds("олена", "T-1")
	p.finds("олена", "C-100")
	if talks, err := try.talksWith("замовлення"); err != nil || len(talks) != 0 {
		t.Errorf("the test side finds %v, %v", talks, err)
	}
	for _, file := range []string{"search.db", "test/search.db"} {
		if info, err := os.Stat(filepath.Join(p.data(), file)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", file, info, err)
		}
	}
	waitFor(t, "the metrics", func() bool {
		m := p.metrics()
		return strings.Contains(m, "kaskad_search_ready 1\n") && strings.Contains(m, "kaskad_search_lag_seconds 0\n")
	})
	p.finish()
}

// Whoever was told of before the gateway was killed is found after it, once, whatever it was just writing; and by an index that was lost.
func TestSearchSurvivesKills(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{}, simsms.Options{}, quick)
	var mu sync.Mutex
	var told []string
	for round := range 3 {
		p.start()
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for n := 0; ; n++ {
					card := fmt.Sprintf("R%d-%d-%d", round, w, n)
					if p.call("PUT", "/v1/contacts/ext:"+card, map[string]any{"name": "Покупець " + card}, nil) != nil {
						return // it is dead
					}
					mu.Lock()
					told = append(told, card)
					mu.Unlock()
				}
			})
		}
		waitFor(t, "somebody to be told of", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return len(told) >= 4*(round+1)
		})
		time.Sleep(time.Duration(300+200*round) * time.Millisecond) // where it is killed is chance, and nothing waits for that
		p.kill()
		writers.Wait()
	}
	p.start()
	p.allFound(told)
	p.stop()
	mustAll(t, os.Remove(filepath.Join(p.data(), "search.db")))
	p.start()
	p.allFound(told)
	p.finish()
}

// allFound waits until the index has everything, and looks whether all of some people are found by what they have in common.
func (p *plant) allFound(cards []string) {
	p.t.Helper()
	waitFor(p.t, "the index to have everything", func() bool {
		var s struct{ Search app.SearchStatus }
		return p.call("GET", "/v1/status", nil, &s) == nil && s.Search.State == "ready" && s.Search.Lag == 0
	})
	seen := map[string]int{}
	for cursor := ""; ; {
		var list struct {
			Items []struct {
				ExternalID string `json:"external_id"`
			}
			Next string
		}
		mustAll(p.t, p.call("GET", "/v1/contacts?limit=500&q="+url.QueryEscape("покупець")+pageAt(cursor), nil, &list))
		for _, c := range list.Items {
			seen[c.ExternalID]++
		}
		if cursor = list.Next; cursor == "" {
			break
		}
	}
	if len(cards) < 10 || len(seen) < len(cards) {
		p.t.Errorf("%d people are found, of %d who were told of", len(seen), len(cards))
	}
	for _, card := range cards {
		if seen[card] != 1 {
			p.t.Fatalf("%s is found %d times", card, seen[card])
		}
	}
}

func pageAt(cursor string) string {
	if cursor == "" {
		return ""
	}
	return "&cursor=" + cursor
}

// An index that cannot be written is told of, with what to do, and holds up nothing but the search.
func TestAnIndexThatDoesNotWorkHoldsUpNothingElse(t *testing.T) {
	t.Parallel()
	p := newPlant(t, simtelegram.Options{Rate: -1, ChatRate: -1}, simsms.Options{}, quick)
	file := filepath.Join(p.data(), "search.db")
	mustAll(t, os.MkdirAll(filepath.Join(file, "full"), 0o700)) // no file can be made there
	p.start()
	p.person("C-100", shopper, "+380501112233", nil)
	p.await(p.mustSend(bonusTo("ext:C-100", "telegram", "1h")), "waiting")
	waitFor(t, "the trouble to show", func() bool {
		said := p.ready()
		return strings.Contains(said, `"degraded":["search"]`) && strings.Contains(said, `"search":"search does not work: search.db cannot be written`)
	})
	if _, err := p.cardsWith("c-100"); err == nil || !strings.Contains(err.Error(), "search_not_ready") {
		t.Errorf("a search is answered %v", err)
	}
	if code, _, errs := p.try(nil, "search", "rebuild"); code != exitFailed || !strings.Contains(errs, "search.db cannot be") {
		t.Errorf("kaskad search rebuild: exit %d %s", code, errs)
	}
	mustAll(t, os.RemoveAll(file))
	p.finds("c-100", "C-100")
	waitFor(t, "the trouble to end", func() bool { return !strings.Contains(p.ready(), "search") })
	p.finish()
}

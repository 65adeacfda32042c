package fallback_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"kaskad/bots"
	"kaskad/fallback"
	"kaskad/fallback/fallbacktest"
	"kaskad/templates"
)

// reading is the memory store as an estimate reads it.
type reading struct{ *fallbacktest.Memory }

func (m reading) Read(_ context.Context, f func(fallback.View) error) (err error) {
	m.View(func(v fallback.View) { err = f(v) })
	return err
}

// dump is all that a store holds, in words.
func dump(m *fallbacktest.Memory) (text string) {
	m.View(func(fallback.View) { text = fmt.Sprintf("%+v", reflect.ValueOf(m).Elem().FieldByName("data")) })
	return text
}

// short is what an estimate says, in a line.
func short(e fallback.EstimateResult) string {
	if e.Err != nil {
		return "error: " + e.Err.Error()
	}
	line := e.State.String()
	if e.Reason != "" {
		line += " " + e.Reason
	}
	if e.Replay {
		line += " again"
	}
	if e.HasSMS {
		line += " sms=" + e.SMS.Decimal()
	}
	return fmt.Sprintf("%s %v %s..%s", line, e.Channels, e.Least.Decimal(), e.Most.Decimal())
}

// An estimate says what Accept will say, and what it costs in the end lies between its two sums; it writes nothing.
func TestAnEstimateAgreesWithWhatHappens(t *testing.T) {
	service := func(to string) fallback.Ask {
		return fallback.Ask{To: to, Template: "bonus", Data: map[string]any{"points": 120}}
	}
	press := func(r *rig) {
		r.event(bots.Event{Kind: bots.Pressed, Chat: bots.Address{Channel: "telegram", ID: "1"}, Step: r.step(0), Data: "ok"})
	}
	for name, c := range map[string]struct {
		more  func(*fallback.Options)
		asks  func(r *rig) []fallback.Ask
		says  []string
		then  func(r *rig)
		costs string // of the first delivery, in the end
	}{
		"nobody reads it: the last channel is paid": {
			asks: func(r *rig) []fallback.Ask { return []fallback.Ask{service(r.person().String())} },
			says: []string{"queued sms=0.92 [telegram sms] 0..0.92"}, costs: "0.92",
		},
		"the paid channel is not wanted": {
			asks: func(r *rig) []fallback.Ask {
				to := r.person()
				r.event(bots.Event{Kind: bots.Wished, Contact: r.of(to), Wish: &bots.Wish{Asked: []string{"telegram", "sms"}, NotOn: []string{"sms"}}})
				return []fallback.Ask{service(to.String())}
			},
			says: []string{"queued sms=0.92 [telegram] 0..0"}, costs: "0",
		},
		"the free channel is not wanted": {
			asks: func(r *rig) []fallback.Ask {
				to := r.person()
				r.event(bots.Event{Kind: bots.Wished, Contact: r.of(to), Wish: &bots.Wish{Asked: []string{"telegram", "sms"}, NotOn: []string{"telegram"}}})
				return []fallback.Ask{service(to.String())}
			},
			says: []string{"queued sms=0.92 [sms] 0.92..0.92"}, costs: "0.92",
		},
		"urgent messages go to unwanted channels": {
			asks: func(r *rig) []fallback.Ask {
				to := r.person()
				r.event(bots.Event{Kind: bots.Wished, Contact: r.of(to), Wish: &bots.Wish{Asked: []string{"telegram", "sms"}, NotOn: []string{"telegram"}}})
				urgent := service(to.String())
				urgent.Purpose, urgent.Admin = "urgent", true
				return []fallback.Ask{urgent}
			},
			says: []string{"queued sms=0.92 [telegram sms] 0..0.92"}, costs: "0.92",
		},
		"it is read at once: the first channel is free": {
			asks: func(r *rig) []fallback.Ask { return []fallback.Ask{service(r.person().String())} },
			says: []string{"queued sms=0.92 [telegram sms] 0..0.92"}, then: press, costs: "0",
		},
		"a number that nobody has makes a person": {
			asks: func(r *rig) []fallback.Ask {
				again := service("phone:+380671112233")
				again.Data = map[string]any{"points": 5}
				return []fallback.Ask{service("phone:+380671112233"), again, service("sms:+380671112233")}
			},
			says:  []string{"queued sms=0.92 [sms] 0.92..0.92", "queued sms=0.92 [sms] 0.92..0.92", "skipped same_message [] 0..0"},
			costs: "0.92",
		},
		"what is refused": {
			asks: func(r *rig) []fallback.Ask {
				return []fallback.Ask{service("ext:nobody"), {To: r.person().String(), Template: "bonus"}, {To: "phone:12", Template: "bonus"}}
			},
			says: []string{"error: ext:nobody: nobody has this name", "error: Template \"bonus\" needs \"points\", for example 120.", "error: phone: "},
		},
		"marketing to somebody who never agreed": {
			asks: func(r *rig) []fallback.Ask {
				return []fallback.Ask{{To: r.person().String(), Text: "−20 %", Purpose: "marketing"}}
			},
			says: []string{"skipped no_consent [] 0..0"},
		},
		"a key that was used before, and one that comes twice": {
			asks: func(r *rig) []fallback.Ask {
				first, second := service(r.person().String()), service(r.person().String())
				first.Key, second.Key = "a", "b"
				r.ask(first)
				return []fallback.Ask{first, second, second}
			},
			says: []string{"queued again [] 0..0", "queued sms=0.92 [telegram sms] 0..0.92", "queued again [] 0..0"},
		},
		"a key of another body": {
			asks: func(r *rig) []fallback.Ask {
				ask := service(r.person().String())
				ask.Key = "a"
				r.ask(ask)
				ask.Data = map[string]any{"points": 5}
				return []fallback.Ask{ask}
			},
			says: []string{"error: the idempotency key was used for another request"},
		},
		"at a later time": {
			asks: func(r *rig) []fallback.Ask {
				ask := service(r.person().String())
				ask.SendAt = time.Now().Add(24 * time.Hour)
				return []fallback.Ask{ask}
			},
			says: []string{"scheduled sms=0.92 [telegram sms] 0..0.92"}, costs: "0.92",
		},
		"at night": {
			asks: func(r *rig) []fallback.Ask {
				who := r.person()
				r.pass(11 * time.Hour)
				return []fallback.Ask{service(who.String())}
			},
			says: []string{"held quiet_hours sms=0.92 [telegram sms] 0..0.92"}, costs: "0.92",
		},
		"one paid step of two: the dearer one may be it": {
			more: dearTelegram,
			asks: func(r *rig) []fallback.Ask {
				ask, one := service(r.person().String()), 1
				ask.Steps = &fallback.CascadeConfig{PaidSteps: &one, Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(time.Hour)}, {Channel: "sms"}}}
				return []fallback.Ask{ask}
			},
			says: []string{"queued sms=0.92 [telegram sms] 1.20..1.20"}, costs: "1.20",
		},
		"the cheapest first": {
			more: dearTelegram,
			asks: func(r *rig) []fallback.Ask {
				ask := service(r.person().String())
				ask.Steps = &fallback.CascadeConfig{Order: "cheapest", Steps: []fallback.StepConfig{{Channel: "telegram", Wait: fallback.Lasting(time.Hour)}, {Channel: "sms", Wait: fallback.Lasting(time.Hour)}}}
				return []fallback.Ask{ask}
			},
			says: []string{"queued sms=0.92 [sms telegram] 0.92..2.12"}, costs: "2.12",
		},
		"a text of three parts": {
			more: byParts,
			asks: func(r *rig) []fallback.Ask {
				return []fallback.Ask{{To: r.person().String(), Text: strings.Repeat("бонус ", 30), Purpose: "service"}}
			},
			says: []string{"queued sms=2.76 [telegram sms] 0..2.76"}, costs: "2.76",
		},
		"a long link that goes out as a short one": {
			more: func(o *fallback.Options) {
				byParts(o)
				words, err := templates.Load(templates.Options{Locale: "uk", Link: "https://s.ua/l/abc"}, templates.Builtin(), templates.Layer{Name: "own", FS: fstest.MapFS{"shoes/uk.md": {Data: []byte(shoes)}}})
				if err != nil {
					panic(err)
				}
				o.Intake.Templates = words
				o.Link = func(d *fallback.Delivery, _ int) string {
					if d.ID>>52 != 0 {
						return "" // as the program's: a place that no code can name
					}
					return "https://s.ua/l/abc"
				}
			},
			asks: func(r *rig) []fallback.Ask {
				return []fallback.Ask{{To: r.person().String(), Template: "shoes", Steps: &fallback.CascadeConfig{Steps: []fallback.StepConfig{{Channel: "sms"}}}}}
			},
			says: []string{"queued sms=0.92 [sms] 0.92..0.92"}, costs: "0.92",
		},
		"a text of more parts than the provider takes": {
			more: func(o *fallback.Options) { byParts(o); o.Senders["sms/main"].(parts).limits.MaxParts = 2 },
			asks: func(r *rig) []fallback.Ask {
				return []fallback.Ask{{To: r.person().String(), Text: strings.Repeat("бонус ", 30), Purpose: "service"}}
			},
			says: []string{"queued sms=2.76 [telegram] 0..0"},
		},
		"a session that is shut": {
			more: func(o *fallback.Options) {
				still(func(*fallback.Channel) {})(o)
				o.Senders["telegram"].(*session).stands(shut)
			},
			asks: func(r *rig) []fallback.Ask { return []fallback.Ask{service(r.person().String())} },
			says: []string{"queued sms=0.92 [sms] 0.92..0.92"}, costs: "0.92",
		},
		"a place that is cold": {
			more: still(func(c *fallback.Channel) { c.WarmOnly = true }),
			asks: func(r *rig) []fallback.Ask {
				to := r.person()
				r.cool(to)
				return []fallback.Ask{service(to.String())}
			},
			says: []string{"queued sms=0.92 [sms] 0.92..0.92"}, costs: "0.92",
		},
		"a window that is closed": {
			more: still(func(c *fallback.Channel) { c.Window = 24 * time.Hour }),
			asks: func(r *rig) []fallback.Ask {
				to := r.person()
				r.pass(24 * time.Hour)
				return []fallback.Ask{service(to.String())}
			},
			says: []string{"queued sms=0.92 [sms] 0.92..0.92"}, costs: "0.92",
		},
		"a window that is open": {
			more: still(func(c *fallback.Channel) { c.Window = 24 * time.Hour }),
			asks: func(r *rig) []fallback.Ask { return []fallback.Ask{service(r.person().String())} },
			says: []string{"queued sms=0.92 [telegram sms] 0..0.92"}, costs: "0.92",
		},
		"more than a day's bound": {
			more: still(func(c *fallback.Channel) { c.Daily = bots.Daily{First: 2} }),
			asks: func(r *rig) (all []fallback.Ask) {
				for _, to := range r.people(3) {
					all = append(all, service(to.String()))
				}
				return all
			},
			says: []string{"queued sms=0.92 [telegram sms] 0..0.92", "queued sms=0.92 [telegram sms] 0..0.92", "queued sms=0.92 [sms] 0.92..0.92"}, costs: "0.92",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, func(o *fallback.Options) {
					o.Rules.SameMessage = time.Hour
					if c.more != nil {
						c.more(o)
					}
				})
				defer r.close()
				asks := c.asks(r)
				before := dump(r.store)
				got, err := r.engine.EstimateAll(t.Context(), reading{r.store}, asks)
				if err != nil {
					t.Fatal(err)
				}
				if after := dump(r.store); after != before {
					t.Errorf("an estimate changed the store:\n%s\n%s", before, after)
				}
				r.agrees(asks, got.Results, c.says)
				if c.then != nil {
					c.then(r)
				}
				for hours := 0; !r.over() && hours < 4*24; hours++ {
					r.pass(time.Hour)
				}
				r.costs(asks, got.Results, c.costs)
			})
		})
	}
}

// over reports whether no delivery goes on.
func (r *rig) over() bool {
	return !slices.ContainsFunc(r.store.Deliveries(), func(d *fallback.Delivery) bool { return !d.State.Final() })
}

// agrees accepts what was estimated, and compares.
func (r *rig) agrees(asks []fallback.Ask, got []fallback.EstimateResult, says []string) {
	r.t.Helper()
	r.with(func() { r.sent, r.log = nil, nil })
	for i := range asks {
		if line := short(got[i]); line != says[i] && !(got[i].Err != nil && strings.HasPrefix(line, says[i])) {
			r.t.Errorf("estimate %d is %q, want %q", i, line, says[i])
		}
		done, err := r.engine.Accept(r.t.Context(), asks[i])
		synctest.Wait()
		if (err == nil) != (got[i].Err == nil) || err != nil && err.Error() != got[i].Err.Error() {
			r.t.Errorf("accept %d says %v, the estimate %v", i, err, got[i].Err)
		} else if done.State != got[i].State || done.Reason != got[i].Reason || done.Replay != got[i].Replay {
			r.t.Errorf("accept %d says %+v, the estimate %+v", i, done, got[i].Accepted)
		}
	}
}

// costs looks what each delivery cost in the end.
func (r *rig) costs(asks []fallback.Ask, got []fallback.EstimateResult, first string) {
	r.t.Helper()
	for i := range asks {
		if got[i].Err != nil || got[i].Replay || got[i].State.Final() {
			continue
		}
		var cost bots.Money
		r.store.View(func(v fallback.View) {
			ref, err := bots.ParseRef(asks[i].To, "UA")
			if err != nil {
				r.t.Fatal(err)
			}
			v.DeliveriesOf(v.FindContact(ref), func(id bots.ID, _ uint64) bool {
				d := v.Delivery(id)
				if !d.State.Final() {
					r.t.Errorf("delivery %d is still %s", i, d.State)
				}
				cost = d.Cost()
				return true // the oldest is the first
			})
		})
		if cost.Amount < got[i].Least.Amount || cost.Amount > got[i].Most.Amount {
			r.t.Errorf("delivery %d cost %s, the estimate was %s", i, cost.Decimal(), short(got[i]))
		}
		if i == 0 && first != "" && cost.Decimal() != first {
			r.t.Errorf("it cost %s, want %s", cost.Decimal(), first)
		}
	}
}

// shoes is a template with a tracked link.
const shoes = "+++\npurpose = \"service\"\n[links]\ntrack = true\n+++\nВзуття: https://shop.example/shoes/shoes/shoes/shoes/shoes/shoes/shoes/shoes/shoes/shoes/shoes/shoes\n"

// dearTelegram makes a message on Telegram cost 1.20.
func dearTelegram(o *fallback.Options) {
	tg := o.Rules.Channels["telegram"]
	tg.Price = bots.Money{Amount: 12_000, Currency: "UAH"}
	o.Rules.Channels["telegram"] = tg
	o.Senders["telegram"].(*sender).price = tg.Price
}

// byParts makes SMS cost by the part.
func byParts(o *fallback.Options) { o.Senders["sms/main"] = parts{o.Senders["sms/main"].(*sender)} }

// The money of the day is told with the estimates.
func TestAnEstimateTellsTheDaysMoney(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(o *fallback.Options) { o.Rules.SpendPerDay = bots.Money{Amount: 1_000_000, Currency: "UAH"} })
		defer r.close()
		r.ask(fallback.Ask{To: "phone:+380671112233", Template: "bonus", Data: map[string]any{"points": 1}})
		got, err := r.engine.EstimateAll(t.Context(), reading{r.store}, nil)
		if err != nil || got.Limit.Decimal() != "100" || got.Spent.Decimal() != "0.92" {
			t.Errorf("spent %s of %s, %v; want 0.92 of 100", got.Spent, got.Limit, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.engine.EstimateAll(ctx, reading{r.store}, []fallback.Ask{{To: "ext:1", Template: "bonus"}}); err == nil {
			t.Error("an estimate that was given up is no error")
		}
	})
}

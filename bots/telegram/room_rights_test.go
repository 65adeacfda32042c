package telegram_test

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"kaskad/bots/bottest"
	sim "kaskad/bots/simulator/telegram"
	"kaskad/bots/telegram"
)

func TestWhatARoomLacks(t *testing.T) {
	all := sim.AllRights()
	but := func(take func(*sim.Rights)) *sim.Rights {
		r := all
		take(&r)
		return &r
	}
	for name, c := range map[string]struct {
		group sim.Group
		hears bool
		want  []string // the beginning of each, and something of its remedy
	}{
		"nothing":         {sim.Group{Forum: true, BotRights: &all}, false, nil},
		"it is not there": {sim.Group{Forum: true, Without: true}, false, []string{"not in the group|add it there"}},
		"no topics":       {sim.Group{Super: true}, false, []string{"has no topics|Edit, Topics"}},
		"no topics, and members may not write": {sim.Group{Super: true, Forbidden: sim.Forbidden{Write: true}}, false,
			[]string{"may not write|Permissions", "has no topics|Edit, Topics"}},
		"an administrator writes whatever members may": {sim.Group{Forum: true, BotRights: &all, Forbidden: sim.Forbidden{Write: true}}, false, nil},
		"no right to topics":                           {sim.Group{Forum: true, BotRights: but(func(r *sim.Rights) { r.ManageTopics = false })}, false, []string{"make and close topics|Manage Topics"}},
		"no right to pin":                              {sim.Group{Forum: true, BotRights: but(func(r *sim.Rights) { r.PinMessages = false })}, false, []string{"card|Pin Messages"}},
		"no right to delete":                           {sim.Group{Forum: true, BotRights: but(func(r *sim.Rights) { r.DeleteMessages = false })}, false, []string{"erased|Delete Messages"}},
		"no right at all": {sim.Group{Forum: true, BotRights: &sim.Rights{}}, false,
			[]string{"topics|Manage Topics", "card|Pin Messages", "erased|Delete Messages"}},
	} {
		t.Run(name, func(t *testing.T) {
			tg := simulator(t, sim.Options{HearsAll: c.hears})
			c.group.ID, c.group.Title, c.group.Members = -100500, "Support", []int64{42}
			must(t, tg.AddGroup(c.group))
			got, err := newBot(t, tg.URL(), telegram.Options{}).RoomRights(t.Context(), "-100500")
			must(t, err)
			wantLacks(t, got, c.want)
		})
	}
}

func wantLacks(t *testing.T, got telegram.RoomRights, want []string) {
	t.Helper()
	lacks := got.Lacks()
	if len(lacks) != len(want) {
		t.Fatalf("%+v lacks %q, want %d things", got, lacks, len(want))
	}
	for i, words := range want {
		what, remedy, _ := strings.Cut(words, "|")
		if before, after, _ := strings.Cut(lacks[i], ": "); !strings.Contains(before, what) || !strings.Contains(after, remedy) {
			t.Errorf("it lacks %q, want %q with the remedy %q", lacks[i], what, remedy)
		}
	}
}

func TestABotThatAdministersNothing(t *testing.T) {
	for hears, privacy := range map[bool]bool{true: false, false: true} {
		tg := simulator(t, sim.Options{HearsAll: hears})
		must(t, tg.AddGroup(sim.Group{ID: -100500, Forum: true, Members: []int64{42}}))
		must(t, tg.Demote(-100500))
		got, err := newBot(t, tg.URL(), telegram.Options{}).RoomRights(t.Context(), "-100500")
		must(t, err)
		wantLacks(t, got, []string{"no administrator|Manage Topics, Pin Messages and Delete Messages"})
		if says := strings.Contains(got.Lacks()[0], "privacy mode"); says != privacy {
			t.Errorf("privacy mode is told: %v, want %v", says, privacy)
		}
	}
}

// What the simulator does not show: a bot that is restricted, and one whose group has another id.
func TestHowABotStandsInAGroup(t *testing.T) {
	member, status := "", 200
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch answer := `{"ok":true,"result":{"id":-100500,"type":"supergroup","title":"Support","is_forum":true}}`; path.Base(r.URL.Path) {
		case "getChat":
			if status != 200 {
				answer = member
			}
			bottest.Answer(status, "application/json", answer)(w, r)
		case "getChatMember":
			bottest.Answer(200, "application/json", `{"ok":true,"result":`+member+`}`)(w, r)
		default:
			bottest.Answer(200, "application/json", `{"ok":true,"result":{"id":123,"is_bot":true,"username":"shop_bot"}}`)(w, r)
		}
	}))
	defer srv.Close()
	b := newBot(t, srv.URL, telegram.Options{})
	for says, want := range map[string]telegram.RoomRights{
		`{"status":"restricted","is_member":true,"can_send_messages":false}`: {Title: "Support", Forum: true, In: true},
		`{"status":"restricted","is_member":true,"can_send_messages":true}`:  {Title: "Support", Forum: true, In: true, Writes: true},
		`{"status":"left"}`: {Title: "Support", Forum: true},
	} {
		member = says
		if got, err := b.RoomRights(t.Context(), "-100500"); err != nil || got != want {
			t.Errorf("%s: RoomRights = %+v, %v, want %+v", says, got, err, want)
		}
	}
	status, member = 400, `{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-100777}}`
	if _, err := b.RoomRights(t.Context(), "-5"); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a group with another id: %v, want an error without the token", err)
	}
	status, member = 500, `{"ok":false,"error_code":500,"description":"Internal"}`
	if _, err := b.RoomRights(t.Context(), "-5"); err == nil {
		t.Error("a server that fails says nothing of the group")
	}
}

package fallback

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"kaskad/bots"
	"kaskad/templates"
)

// command is what a message of the room asks for.
type command struct {
	word string // "close"
	rest string // what stands behind it
}

// commandOf reads a message as a command: "/close", or "/close@bot". Whether it is said to another bot the adapter knows. The code that
// binds a group is none.
func commandOf(e *bots.Event) (c command, ok bool) {
	if _, binds := staffCommand(e); binds || e.Kind != bots.Wrote {
		return c, false
	}
	return commandIn(e.Text)
}

// commandIn is the command that a text is.
func commandIn(text string) (c command, ok bool) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") {
		return c, false
	}
	at := strings.IndexFunc(text, unicode.IsSpace)
	if at < 0 {
		at = len(text)
	}
	word, _, _ := strings.Cut(text[1:at], "@")
	return command{word: strings.ToLower(word), rest: strings.TrimSpace(text[at:])}, true
}

func (c *command) act() string {
	if known, ok := staffCommands()[c.word]; ok {
		return known.act
	}
	return ActHelp
}

// staffDoes is what a word does.
type staffDoes struct {
	act    string
	do     func(a *staffAnswer, rest string) error
	nobody bool // it is about no customer
	away   bool // also about somebody whose conversation another group has
}

// staffCommands are the words that the room understands.
func staffCommands() map[string]staffDoes {
	tells := func(act string) staffDoes {
		return staffDoes{act: act, do: func(a *staffAnswer, rest string) error {
			a.audit(Audited{Act: act, Detail: rest})
			return nil
		}}
	}
	return map[string]staffDoes{
		"take":       {act: ActTake, do: func(a *staffAnswer, _ string) error { return a.assign(ActTake, a.name()) }},
		"release":    {act: ActRelease, do: func(a *staffAnswer, _ string) error { return a.assign(ActRelease, "") }},
		"assign":     {act: ActAssign, do: (*staffAnswer).give},
		"transfer":   {act: ActTransfer, do: (*staffAnswer).transfer, away: true},
		"close":      {act: ActClose, do: func(a *staffAnswer, _ string) error { return a.talk(ActClose, "", TalkChange{State: bots.Closed}) }},
		"open":       {act: ActOpen, do: func(a *staffAnswer, _ string) error { return a.talk(ActOpen, "", TalkChange{State: bots.Open}) }},
		"snooze":     {act: ActSnooze, do: (*staffAnswer).snooze},
		"send":       {act: ActSend, do: (*staffAnswer).sendOn},
		"template":   {act: ActTemplate, do: (*staffAnswer).template},
		"pause":      {act: ActPause, do: (*staffAnswer).pause},
		"note":       {act: ActNote, do: (*staffAnswer).note},
		"away":       {act: ActAway, do: (*staffAnswer).away, nobody: true},
		"history":    {act: ActHistory, do: (*staffAnswer).history},
		"undo":       {act: ActUndo, do: func(a *staffAnswer, _ string) error { return a.undo("") }, away: true},
		"del":        {act: ActTakeBack, do: func(a *staffAnswer, _ string) error { return a.takeBack() }, away: true},
		"who":        tells(ActWho),
		"cascade":    tells(ActCascade),
		ActShowPhone: tells(ActShowPhone),
		"help":       {act: ActHelp, do: tells(ActHelp).do, nobody: true},
	}
}

// command does what a message, or a button, asks for.
func (a *staffAnswer) command(c *command) error {
	does, known := staffCommands()[c.word]
	switch {
	case !known:
		a.audit(Audited{Act: ActHelp, Detail: c.word})
		return nil
	case does.nobody:
		return does.do(a, c.rest)
	case a.about() == 0 && c.word != "del":
		why := RefusedNoTopic
		if a.post.Contact != 0 {
			why = RefusedNobody
		}
		return a.refuse(does.act, why, c.rest)
	}
	if !does.away && a.elsewhere() {
		return a.refuseElsewhere(does.act)
	}
	return does.do(a, c.rest)
}

// channel is the channel that a command names first, and what stands behind it.
func (c *command) channel() (channel, text string) {
	channel, text = c.rest, ""
	if at := strings.IndexFunc(c.rest, unicode.IsSpace); at > 0 {
		channel, text = c.rest[:at], c.rest[at:]
	}
	return strings.ToLower(channel), text
}

// sendOn answers on a channel by its name.
func (a *staffAnswer) sendOn(rest string) error {
	channel, text := (&command{rest: rest}).channel()
	channel = a.way(channel, a.tx.Contact(a.about()))
	switch {
	case !slices.Contains(bots.Channels(), channel):
		return a.refuse(ActSend, RefusedChannel, channel)
	case len(a.e.Media) > 0 && !a.rules.on(channel):
		return a.refuse(ActSend, RefusedOff, channel)
	case len(a.e.Media) > 0:
		return a.fileOn(channel, strings.TrimSpace(text))
	case blank(text):
		return a.refuse(ActSend, RefusedEmpty, channel)
	}
	return a.reply(ActSend, channel, text, channel)
}

// fileOn answers with a file on a channel by its name. A copy would show the customer the command that stands under it: there its words go alone.
func (a *staffAnswer) fileOn(channel, text string) error {
	a.e.Text = text
	if channel != bots.Telegram || a.of != nil {
		return a.file(channel)
	}
	if !blank(text) {
		if err := a.reply(ActSend, channel, text, channel); err != nil {
			return err
		}
	}
	return a.refuse(ActCopy, RefusedMedia, channel)
}

// way is the channel that a word means for a person: people know one WhatsApp, of which there are two ways.
func (a *staffAnswer) way(channel string, c *bots.Contact) string {
	if channel != bots.WhatsApp || c == nil {
		return channel
	}
	if place, has := c.At(bots.WhatsApp); has && place.Reachable() && a.rules.on(bots.WhatsApp) {
		return channel
	}
	if place, has := c.At(bots.WhatsAppCloud); has && place.Reachable() && a.rules.on(bots.WhatsAppCloud) {
		return bots.WhatsAppCloud
	}
	return channel
}

// template answers with a template: its name, then what it is to be filled with.
func (a *staffAnswer) template(rest string) error {
	name, fields := rest, ""
	if at := strings.IndexFunc(rest, unicode.IsSpace); at > 0 {
		name, fields = rest[:at], rest[at:]
	}
	if name == "" || a.rules.Staff.Template == nil {
		return a.refuse(ActTemplate, RefusedTemplate, name)
	}
	channel := a.lastUsed()
	if why := a.unfit(channel, name); why != "" {
		return a.refuse(ActTemplate, why, name)
	}
	ask := Ask{To: a.about().String(), Template: name, Data: fieldsOf(fields), Conversation: true, Channel: channel, Author: a.name()}
	req, err := a.rules.Staff.Template(ask, a.tx.Now())
	if unknown, ok := errors.AsType[*templates.UnknownTemplate](err); ok {
		if unknown.Nearest != "" {
			name += " → " + unknown.Nearest + "?"
		}
		return a.refuse(ActTemplate, RefusedNoTemplate, name)
	}
	if fault, ok := errors.AsType[*Invalid](err); ok {
		if field, lacks := strings.CutPrefix(fault.Field, "data."); lacks && fault.Code == "missing_field" {
			return a.refuse(ActTemplate, RefusedTemplate, name+" "+field+"=…") // as it is to be written
		}
		return a.refuse(ActTemplate, RefusedTemplate, name+": "+fault.Detail)
	}
	if err != nil {
		return a.refuse(ActTemplate, RefusedTemplate, name+": "+err.Error())
	}
	return a.put(ActTemplate, name, req, a.e.MessageID)
}

// fieldsOf reads "points=120 name="Iryna K" when=today".
func fieldsOf(s string) map[string]any {
	fields := map[string]any{}
	quoted := false
	for _, word := range strings.FieldsFunc(s, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return unicode.IsSpace(r) && !quoted
	}) {
		name, value, ok := strings.Cut(word, "=")
		value = strings.ReplaceAll(value, `"`, "")
		switch n, err := strconv.ParseFloat(value, 64); {
		case !ok || name == "":
		case err == nil && strconv.FormatFloat(n, 'f', -1, 64) == value:
			fields[name] = json.Number(value)
		default:
			fields[name] = value
		}
	}
	return fields
}

// note keeps words about a customer that stay inside.
func (a *staffAnswer) note(rest string) error {
	if blank(rest) {
		return a.refuse(ActNote, RefusedEmpty, "")
	}
	a.audit(Audited{Act: ActNote, Detail: rest})
	return nil
}

// Messages that a history shows.
const (
	fewHistory  = 10
	mostHistory = 50
)

func (a *staffAnswer) history(rest string) error {
	n, err := strconv.Atoi(rest)
	if rest == "" || err != nil || n < 1 {
		n = fewHistory
	}
	a.audit(Audited{Act: ActHistory, Detail: strconv.Itoa(min(n, mostHistory))})
	return nil
}

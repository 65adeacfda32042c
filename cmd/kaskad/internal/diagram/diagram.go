// Package diagram draws a cascade as SVG: what goes out first, what proof ends it, what comes next and when.
//
// It draws the cascade as the engine would follow it, with defaults filled in, so that a picture cannot say anything else than the
// code does. It keeps nothing.
//
// It never loads anything: the picture is one file without script, links or fonts of its own.
package diagram

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"kaskad/bots"
	"kaskad/fallback"
)

//go:embed cascade.svg.tmpl
var source string

var picture = template.Must(template.New("cascade").Funcs(template.FuncMap{"xml": escape}).Parse(source))

// box is one step, with where it stands.
type box struct {
	X, MidX, EndX int
	Channel       string
	Until         string // the proof that ends the cascade here
	After         string // how long it is waited for; empty: the last step
	Paid          bool
}

// view is what the picture is filled with.
type view struct {
	Width, Height, End, Won int
	Name                    string
	Boxes                   []box
	Rules                   []line
}

// line is one line of text.
type line struct {
	Y    int
	Text string
}

// Sizes in the picture's own units.
const (
	margin   = 20
	boxWidth = 130
	gap      = 110
	rulesY   = 204
	ruleStep = 18
)

// Cascade draws one. The channels say which steps cost money.
func Cascade(c fallback.Cascade, channels map[string]fallback.Channel) ([]byte, error) {
	v := view{Name: c.Name}
	for i, s := range c.Steps {
		x := margin + i*(boxWidth+gap)
		b := box{X: x, MidX: x + boxWidth/2, EndX: x + boxWidth, Channel: channelName(s.Channel), Until: proof(s.Until), Paid: channels[s.Channel].Price.Amount > 0}
		if s.Task != "" {
			b.Channel, b.Until = "Staff: "+s.Task, "their word"
		}
		if i < len(c.Steps)-1 {
			b.After = fallback.FormatDuration(s.Wait)
		}
		v.Boxes = append(v.Boxes, b)
		v.End = b.EndX + gap
	}
	v.Width = v.End + boxWidth + margin
	v.Won = v.Width - 2*margin
	for i, text := range rules(c) {
		v.Rules = append(v.Rules, line{rulesY + i*ruleStep, text})
	}
	v.Height = rulesY + len(v.Rules)*ruleStep
	var out bytes.Buffer
	if err := picture.Execute(&out, v); err != nil {
		return nil, fmt.Errorf("cascade %s cannot be drawn: %w", c.Name, err)
	}
	return out.Bytes(), nil
}

// rules are what holds for all steps.
func rules(c fallback.Cascade) []string {
	var all []string
	if c.Quiet.On() {
		all = append(all, fmt.Sprintf("quiet from %s to %s in the person's zone: nothing goes out, no clock runs", clock(c.Quiet.From), clock(c.Quiet.To)))
	}
	all = append(all, "nothing more is sent after "+fallback.FormatDuration(c.Deadline)+" of allowed time")
	if c.PaidSteps > 0 {
		all = append(all, fmt.Sprintf("at most %d paid %s", c.PaidSteps, plural(c.PaidSteps, "step", "steps")))
	}
	if c.Order != "listed" {
		all = append(all, "the order is settled for each person: "+c.Order)
	}
	if c.Order != "preferred" && len(c.Steps) > 1 {
		all = append(all, "a channel that the person chose comes first")
	}
	return all
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// channelName is a channel as people write it.
func channelName(channel string) string {
	switch channel {
	case bots.SMS:
		return "SMS"
	case fallback.Messengers:
		return "their messenger"
	case "whatsapp":
		return "WhatsApp"
	case "whatsapp_cloud":
		return "WhatsApp Cloud"
	}
	return strings.ToUpper(channel[:1]) + channel[1:]
}

func proof(u fallback.Until) string {
	switch u.String() {
	case "engaged":
		return "answered"
	case "replied":
		return "a reply"
	case "clicked":
		return "a click"
	}
	return u.String()
}

// escape writes text so that nothing of it becomes markup.
func escape(s string) string {
	var b bytes.Buffer
	template.HTMLEscape(&b, []byte(s))
	return b.String()
}

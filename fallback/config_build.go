package fallback

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kaskad/bots"
)

// Build checks one cascade and fills in what it leaves out.
func (c *CascadeConfig) Build(name string, marketing bool, channels map[string]Channel) (Cascade, []ConfigFault) {
	b := &builder{path: "cascades." + name, channels: channels}
	out := Cascade{Name: name, Order: c.Order, Deadline: c.Deadline.Duration, Quiet: b.quiet(c.QuietHours), Days: b.days(c.QuietHours)}
	if out.Order == "" {
		out.Order = "listed"
	}
	if !slices.Contains([]string{"listed", "preferred", "cheapest"}, out.Order) {
		b.fault("order", "%q is no order: write listed, preferred or cheapest", out.Order)
	}
	if out.Deadline == 0 {
		out.Deadline = defaultDeadline
	}
	if out.Deadline > MaxDeadline {
		b.fault("deadline", "at most %s", FormatDuration(MaxDeadline))
	}
	if marketing {
		out.PaidSteps = 1
	}
	if c.PaidSteps != nil {
		out.PaidSteps = *c.PaidSteps
		if out.PaidSteps < 1 {
			b.fault("paid_steps", "must be at least 1; leave paid channels out of the steps to pay nothing")
		}
	}
	if len(c.Steps) == 0 {
		b.fault("steps", "a cascade needs at least one step")
	}
	if len(c.Steps) > maxSteps {
		b.fault("steps", "at most %d steps", maxSteps)
	}
	b.whenDown(c.WhenDown)
	b.closed(&out)
	b.twice(c.Steps)
	for i, s := range c.Steps {
		out.Steps = append(out.Steps, b.step(i, s, i == len(c.Steps)-1, out.Order))
	}
	return out, b.faults
}

// whenDown warns of what may cost money.
func (b *builder) whenDown(p DownPolicy) {
	const key, dear = "when_down", "to the next one, %d a second, which may cost money"
	switch p {
	case "", DownHold:
	case DownWait:
		b.warn(key, "marketing, too, will not wait for a channel that takes nothing: after the step's own wait it goes on "+dear+"; \"hold\" keeps it until the channel works again or the deadline", perHeldLane)
	case DownSkip:
		b.warn(key, "nothing will wait for a channel that takes nothing for %s: it goes on "+dear+"; leave it out, or write \"hold\" or \"wait\"", FormatDuration(skipAfter), perHeldLane)
	default:
		b.fault(key, "%q is not known: write hold, wait or skip", string(p))
	}
}

// MaxDeadline bounds the deadline of a cascade, and each of its waits.
const MaxDeadline = 92 * 24 * time.Hour

// More bounds of a cascade. Whoever may send may write one, and clocks are walked night by night while everybody else waits.
const (
	maxSteps = 16
	maxNight = 21 * 60 // minutes of a day
)

// twice finds a channel that is named more than once: a person gets one message on one channel, never two.
func (b *builder) twice(steps []StepConfig) {
	seen := map[string]bool{}
	for i, s := range steps {
		if s.Channel != "" && seen[s.Channel] {
			b.fault(fmt.Sprintf("steps[%d].channel", i), "%s is named twice: a message goes out on a channel once", s.Channel)
		}
		seen[s.Channel] = true
	}
}

// builder collects what is wrong with one cascade.
type builder struct {
	path     string
	channels map[string]Channel
	faults   []ConfigFault
}

func (b *builder) fault(key, format string, args ...any) {
	b.faults = append(b.faults, ConfigFault{Path: b.path + "." + key, Problem: fmt.Sprintf(format, args...)})
}

func (b *builder) warn(key, format string, args ...any) {
	b.faults = append(b.faults, ConfigFault{Path: b.path + "." + key, Problem: fmt.Sprintf(format, args...), Warning: true})
}

// untilOn says what switches a channel on.
func untilOn(channel string) string {
	switch channel {
	case bots.Telegram, bots.Viber:
		return " until it has a token"
	case bots.SMS:
		return " until the config has a provider in [[sms]]"
	case bots.WhatsApp:
		return " until [whatsapp] has enabled = true"
	case bots.WhatsAppCloud:
		return " until [whatsapp_cloud] has a token"
	}
	return "; it is not built yet"
}

func (b *builder) step(i int, s StepConfig, last bool, order string) Step {
	key := fmt.Sprintf("steps[%d]", i)
	if s.Channel == bots.Staff {
		return b.task(key, s, last, order)
	}
	if s.Task != "" {
		b.fault(key+".task", "only a step on channel %q has one: a colleague does it", bots.Staff)
	}
	known := s.Channel == Messengers || slices.Contains(bots.Channels(), s.Channel)
	_, on := b.channels[s.Channel]
	switch {
	case !known:
		b.fault(key+".channel", "%q is no channel%s: write %s, %s, or %s with a task", s.Channel, orDidYou(s.Channel, append(bots.Channels(), Messengers, bots.Staff)), Messengers, strings.Join(bots.Channels(), ", "), bots.Staff)
	case s.Channel == Messengers && !slices.ContainsFunc(bots.Channels(), func(c string) bool { return bots.Messenger(c) && b.on(c) }):
		b.warn(key+".channel", "no messenger is switched on: the step is passed over")
	case s.Channel != Messengers && !on:
		b.warn(key+".channel", "%s is switched off: the step is passed over%s", s.Channel, untilOn(s.Channel))
	}
	until := b.until(key+".until", s)
	return Step{Channel: s.Channel, Wait: b.wait(key, s, until, last, order), Until: until}
}

// task is a step that a colleague does: the staff's room is asked.
func (b *builder) task(key string, s StepConfig, last bool, order string) Step {
	until := Until{Level: bots.Engaged}
	switch {
	case s.Task == "":
		b.fault(key+".task", "is missing: a step on channel %q asks a colleague to do something; write task = %q", bots.Staff, TaskCall)
	case !slices.Contains(Tasks(), s.Task):
		b.fault(key+".task", "%q is no task%s: write %s", s.Task, orDidYou(s.Task, Tasks()), strings.Join(Tasks(), ", "))
	case !b.on(bots.Telegram):
		b.warn(key+".channel", "staff are asked in a group of Telegram, which is switched off: the step is passed over%s", untilOn(bots.Telegram))
	}
	if s.Until != "" && s.Until != until.Level.String() {
		b.fault(key+".until", "the proof of a task is what a colleague says came of it: leave until out, or write %s", until)
	}
	return Step{Channel: s.Channel, Wait: b.wait(key, s, until, last, order), Until: until, Task: s.Task}
}

// wait is how long a step is waited for.
func (b *builder) wait(key string, s StepConfig, until Until, last bool, order string) time.Duration {
	wait := s.Wait.Duration
	if wait == 0 && until.Exact == "" && until.Level == bots.Accepted && (!last || order != "listed") {
		wait = defaultWait
	}
	if wait == 0 && (!last || order != "listed") {
		why := "every step but the last needs one, such as \"15m\""
		if last {
			why = "with order " + order + " every step needs one, such as \"15m\""
		}
		b.fault(key+".wait", "is missing: %s", why)
	}
	if wait > MaxDeadline {
		b.fault(key+".wait", "at most %s", FormatDuration(MaxDeadline))
	}
	return wait
}

func (b *builder) on(channel string) bool { _, ok := b.channels[channel]; return ok }

// until reads the proof of a step, or gives the channel's default, and refuses one that the channel can never give.
func (b *builder) until(key string, s StepConfig) Until {
	limits := b.channels[s.Channel].Limits
	messenger := s.Channel == Messengers || bots.Messenger(s.Channel)
	if s.Until == "" {
		switch {
		case messenger:
			return Until{Level: bots.Read}
		case limits.Reports >= bots.Delivered:
			return Until{Level: bots.Delivered}
		}
		return Until{Level: bots.Accepted}
	}
	until, err := ParseUntil(s.Until)
	if err != nil {
		b.fault(key, "%v", err)
		return Until{Level: bots.Accepted}
	}
	if strings.HasPrefix(until.Exact, "event:") {
		b.fault(key, "nothing can give %q: events from outside are not built yet", s.Until)
		return until
	}
	if until.Exact == "clicked" {
		return b.clicked(key, s.Channel, until)
	}
	if s.Channel == bots.Telegram && until.Exact == "" && until.Level == bots.Delivered {
		b.warn(key, "Telegram reports no delivery: acceptance counts")
	}
	if messenger || !b.on(s.Channel) {
		if s.Channel == bots.Telegram && until.Exact == "" && until.Level == bots.Read {
			b.warn(key, "Telegram reports no reads: a reply, button or reaction counts; a confirm button is added where the message offers none")
		}
		return until
	}
	switch {
	case until.Exact == "" && until.byClick(limits) && b.channels[s.Channel].Clicks:
		b.warn(key, "only a click on a tracked link gives it on %s: the text needs one, [links] track = true in its template", s.Channel)
	case until.Level >= bots.Read && limits.Reports < bots.Read && !limits.CanEngage:
		b.fault(key, "nothing on %s can give it: write delivered or accepted, describe the provider's inbound messages, or set [server] public_url, so that a tracked link can", s.Channel)
	}
	return until
}

// clicked takes the proof that only a tracked link gives, where links can be tracked.
func (b *builder) clicked(key, channel string, until Until) Until {
	for _, name := range bots.Channels() {
		if on, is := b.channels[name]; is && !on.Clicks && (channel == name || channel == Messengers && bots.Messenger(name)) {
			b.fault(key, "only a click gives \"clicked\", and links cannot be tracked without [server] public_url")
			break
		}
	}
	return until
}

func (b *builder) quiet(q *QuietConfig) Quiet {
	if q == nil {
		return DefaultQuiet()
	}
	out := Quiet{From: b.clockTime("quiet_hours.from", q.From), To: b.clockTime("quiet_hours.to", q.To), Ramp: q.Ramp.Duration}
	if q.Ramp.Duration == 0 {
		out.Ramp = DefaultQuiet().Ramp
	}
	if (out.To-out.From+24*60)%(24*60) > maxNight {
		b.fault("quiet_hours", "leave at least %d hours of the day in which something may be sent", 24-maxNight/60)
	}
	return out
}

func (b *builder) clockTime(key, s string) int {
	t, err := time.Parse("15:04", s)
	if err != nil {
		b.fault(key, "%q is no time of day: write \"21:00\"", s)
		return 0
	}
	return t.Hour()*60 + t.Minute()
}

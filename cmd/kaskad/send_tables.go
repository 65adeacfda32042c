package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"kaskad/cmd/kaskad/internal/app"
)

// printOutlook says what sending to a list would do and cost.
func printOutlook(out io.Writer, file string, o *app.Outlook) {
	fmt.Fprintf(out, "%s: %s rows\n", file, thousands(o.Rows))
	line := func(n int, format string, args ...any) {
		if n > 0 {
			fmt.Fprintf(out, "  %10s  %s\n", thousands(n), fmt.Sprintf(format, args...))
		}
	}
	line(o.Already, "were already accepted, by an earlier run; they are not sent again")
	line(o.Twice, "stand in it twice and are sent once (line%s)", lineNumbers(o.TwiceAt, o.Twice))
	line(o.Bad, "cannot be sent and are left out")
	line(sum(o.Skipped), "will be skipped: %s", counted(o.Skipped))
	carried := maps.Clone(o.First)
	delete(carried, "")
	line(o.Sending, "go, first by %s", cmp.Or(counted(carried), "no channel"))
	line(o.First[""], "of these can be carried by no channel")
	line(sum(o.Held), "of these not at once: %s", counted(o.Held))
	if o.Sending == 0 {
		fmt.Fprintln(out, "nobody is left to send to")
		return
	}
	asSMS := ""
	if o.AsSMS.Amount != "" {
		asSMS = fmt.Sprintf("; as nothing but SMS %s", o.AsSMS)
	}
	fmt.Fprintf(out, "it costs from %s to %s%s\n", o.Least.Amount, o.Most, asSMS)
	if o.SpendLeft != nil {
		fmt.Fprintf(out, "of today's [spend] %s are left", o.SpendLeft)
		if o.SpendLeft.Compare(o.Most) < 0 {
			fmt.Fprint(out, ": what costs more waits for tomorrow")
		}
		fmt.Fprintln(out)
	}
}

// printOutcome says what the gateway took.
func printOutcome(out io.Writer, o *app.Outcome) {
	line := func(name string, n int, why string) {
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%-15s %10s  %s", name, thousands(n), why), " "))
	}
	line("accepted", o.Accepted, "")
	if n := sum(o.Held); n > 0 {
		line("  held", n, counted(o.Held))
	}
	line("skipped", sum(o.Skipped), counted(o.Skipped))
	line("refused", o.Refused, "")
	if o.Left > 0 {
		line("not handed over", o.Left, "")
	}
	if o.RefusedFile != "" {
		fmt.Fprintf(out, "rows that did not go, with their problems: %s\n", o.RefusedFile)
	}
}

// printEnded says what became of the messages.
func printEnded(out io.Writer, e *app.Ended) {
	for _, r := range e.Reached {
		fmt.Fprintf(out, "reached by      %10s  %s, proof %s, cost %s\n", thousands(r.Count), r.Channel, r.Proof, r.Cost)
	}
	states := maps.Clone(e.States)
	delete(states, "done")
	for _, state := range byCount(states) {
		fmt.Fprintf(out, "%-15s %10s\n", state, thousands(states[state]))
	}
	if e.Cost.Amount != "" {
		fmt.Fprintf(out, "cost            %10s\n", e.Cost)
	}
	if e.Saved != nil {
		fmt.Fprintf(out, "as SMS          %10s, so %s saved\n", e.AsSMS, e.Saved)
	}
}

// oneLine is what one delivery would do and cost.
func oneLine(state, reason string, repeat bool, channels []string, least, most app.MailingMoney, sms *app.MailingMoney) string {
	if reason != "" {
		state += " (" + reason + ")"
	}
	switch {
	case repeat:
		return "would not be sent again: it was accepted before under this key"
	case strings.HasPrefix(state, "skipped"):
		return "would be " + state
	case len(channels) == 0:
		return "would be " + state + ", and no channel could carry it"
	}
	line := fmt.Sprintf("would be %s: %s; it costs from %s to %s", state, strings.Join(channels, ", then "), least.Amount, most)
	if sms != nil {
		line += fmt.Sprintf(", as nothing but SMS %s", sms)
	}
	return line
}

// counted lists names with their counts, most first.
func counted(all map[string]int) string {
	var parts []string
	for _, name := range byCount(all) {
		parts = append(parts, fmt.Sprintf("%s %s", name, thousands(all[name])))
	}
	return strings.Join(parts, ", ")
}

func byCount(all map[string]int) []string {
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Or(all[b]-all[a], strings.Compare(a, b)) })
}

func sum(all map[string]int) (n int) {
	for _, count := range all {
		n += count
	}
	return n
}

// lineNumbers are lines of a file, as many as are known.
func lineNumbers(lines []int, of int) string {
	text := ""
	if of > 1 {
		text = "s"
	}
	for i, n := range lines {
		if i == 5 {
			return text + ", …"
		}
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %d", n)
	}
	return text
}

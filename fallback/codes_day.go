package fallback

import "time"

// Which bound a code that was asked for has met: the person's, the number's, or that of all together, of which staff and the operator have
// to know, as it stands in everybody's way. Whoever asked reads the same of each, and staff have the conversation.
const (
	PersonSpent = "person"
	PhoneSpent  = "phone"
	CodesSpent  = "day"
)

// CodeDay is how much of the codes of a day is used.
type CodeDay struct {
	Asked int
	Limit int
	Last  time.Time // when the last one was asked for
	Ends  time.Time // when counting begins anew
}

// Spent reports whether nobody gets a code.
func (d *CodeDay) Spent() bool { return d.Limit > 0 && d.Asked >= d.Limit }

// Day reads how much of the codes of the day is used.
func (k *CodeRules) Day(v View) CodeDay {
	all := v.Codes(allCodes)
	d := CodeDay{Asked: all.counted(v.Now()), Limit: k.PerDay, Last: all.At}
	if d.Asked > 0 {
		d.Ends = all.Since.Add(codeDay)
	}
	return d
}

// complainOfCodes is how often it is logged that no codes are left.
const complainOfCodes = time.Hour

// codesAsked counts what came of asking for codes, and complains when there are none left.
func (e *Engine) codesAsked(channel, refused string, asked bool) {
	switch {
	case asked:
		e.counts.add("code", channel, "asked")
	case refused != "":
		e.counts.add("code", channel, "no_"+refused)
	}
	if refused != CodesSpent {
		return
	}
	now, last := time.Now().UnixNano(), e.codesOut.Load()
	if (last == 0 || time.Duration(now-last) >= complainOfCodes) && e.codesOut.CompareAndSwap(last, now) {
		e.Log.Error("no one-time codes are left today: phones that are shared on Viber or typed are not proven, and staff have those conversations",
			"do", "see who asks; raise [dialogue.code] per_day if it is your customers", "per_day", e.Rules.Codes.PerDay)
	}
}

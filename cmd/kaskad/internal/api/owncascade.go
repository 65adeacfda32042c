package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"kaskad/fallback"
)

// ownCascade reads a cascade that a caller wrote into a delivery. encoding/json would not say which step is wrong, and takes names in
// any case.
func ownCascade(b []byte) (*fallback.CascadeConfig, *Problem) {
	var plain any
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	if err := dec.Decode(&plain); err != nil {
		return nil, unfit("invalid_cascade", "cascade", "cascade: %s.", ownParts().what)
	}
	if p := ownParts().fault("", plain); p != nil {
		return nil, p
	}
	own := &fallback.CascadeConfig{}
	if err := json.Unmarshal(b, own); err != nil {
		return nil, unfit("invalid_cascade", "cascade", "cascade: %s.", ownParts().what)
	}
	return own, nil
}

// part is one value of a cascade: what to write there, and what it may hold.
type part struct {
	what   string
	fits   func(any) bool // nil: an object or a list
	fields map[string]part
	items  *part
}

// ownParts is what a cascade may be made of. Which values mean something is for package fallback to say.
func ownParts() part {
	text := part{what: "write a text", fits: func(v any) bool { _, ok := v.(string); return ok }}
	ramp := part{what: "write it as 90s, 15m, 2h or 3d", fits: isDuration}
	wait := part{what: ramp.what + ", at most " + fallback.FormatDuration(fallback.MaxDeadline), fits: isDuration}
	step := part{what: `write {"channel": "telegram", "wait": "15m", "until": "read"}`, fields: map[string]part{"channel": text, "wait": wait, "until": text, "task": text}}
	quiet := part{what: `write {"from": "21:00", "to": "09:00"}`, fields: map[string]part{"from": text, "to": text, "ramp": ramp}}
	return part{
		what: `write a name, or {"steps": [{"channel": "telegram", "wait": "15m", "until": "read"}, …]}`,
		fields: map[string]part{
			"steps": {what: "write a list of steps", items: &step}, "order": text, "deadline": wait,
			"paid_steps": {what: "write a whole number", fits: isWhole}, "quiet_hours": quiet,
		},
	}
}

func isDuration(v any) bool {
	s, ok := v.(string)
	if !ok {
		return false
	}
	_, err := fallback.ParseDuration(s)
	return err == nil
}

func isWhole(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	_, err := strconv.ParseInt(n.String(), 10, 32)
	return err == nil
}

// fault is the first thing that is wrong with a value at a place of the cascade; nil: nothing.
func (p part) fault(at string, v any) *Problem {
	switch v := v.(type) {
	case map[string]any:
		if p.fields != nil {
			return p.within(at, v)
		}
	case []any:
		if p.items != nil {
			return p.each(at, v)
		}
	default:
		if p.fits != nil && p.fits(v) {
			return nil
		}
	}
	if at == "" {
		at = "cascade"
	}
	return unfit("invalid_cascade", at, "%s: %s.", at, p.what)
}

func (p part) within(at string, v map[string]any) *Problem {
	if at != "" {
		at += "."
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		inner, known := p.fields[name]
		if !known {
			return unfit("invalid_cascade", fmt.Sprintf("%s%.64s", at, name), "There is no %.64q here.%s", name, didYouMean(name, slices.Sorted(maps.Keys(p.fields))))
		}
		if v[name] == nil {
			continue
		}
		if wrong := inner.fault(at+name, v[name]); wrong != nil {
			return wrong
		}
	}
	return nil
}

func (p part) each(at string, v []any) *Problem {
	for i := range v {
		if wrong := p.items.fault(fmt.Sprintf("%s[%d]", at, i), v[i]); wrong != nil {
			return wrong
		}
	}
	return nil
}

package graph

import (
	"slices"
	"strings"
)

// health is how the business number stands.
type health struct {
	Status  string // CONNECTED, FLAGGED, RESTRICTED, BANNED, DISCONNECTED
	Quality string // GREEN, YELLOW, RED, NA
}

// SetHealth changes how the business number stands; "" leaves as it is. It only shows: Fail refuses messages.
func (s *Server) SetHealth(status, quality string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if status != "" {
		s.health.Status = status
	}
	if quality != "" {
		s.health.Quality = quality
	}
}

// phone is GET /{phone}?fields=…
func (s *Server) phone(req *request) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]any{
		"id": s.opt.PhoneID, "verified_name": s.opt.Name, "display_phone_number": "+" + s.opt.Phone,
		"code_verification_status": "VERIFIED", "name_status": "APPROVED", "quality_rating": s.health.Quality,
		"platform_type": "CLOUD_API", "status": s.health.Status, "account_mode": "LIVE", "messaging_limit_tier": "TIER_2K",
		"throughput": map[string]string{"level": "STANDARD"}, "is_official_business_account": false,
		"webhook_configuration": map[string]string{"application": s.hook},
	}
	fields := []string{"verified_name", "code_verification_status", "display_phone_number", "quality_rating", "platform_type", "throughput"}
	if asked := req.http.URL.Query().Get("fields"); asked != "" {
		fields = strings.Split(asked, ",")
	}
	out := map[string]any{"id": s.opt.PhoneID}
	for _, name := range fields {
		name, _, _ = strings.Cut(strings.TrimSpace(name), "{")
		value, ok := all[name]
		if !ok {
			return nil, say(badParameter, "Tried accessing nonexisting field (%s) on node type (WhatsAppBusinessPhoneNumber)", name)
		}
		out[name] = value
	}
	return out, nil
}

// library is GET /{waba}/message_templates, all on one page; name filters.
func (s *Server) library(req *request) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []map[string]any{}
	for _, t := range s.templates {
		if name := req.http.URL.Query().Get("name"); name == "" || strings.Contains(t.Name, name) {
			list = append(list, t.wire())
		}
	}
	slices.SortFunc(list, func(a, b map[string]any) int {
		return strings.Compare(a["name"].(string)+a["language"].(string), b["name"].(string)+b["language"].(string))
	})
	return map[string]any{"data": list, "paging": map[string]any{"cursors": map[string]string{"before": "MAZDZD", "after": "MjQZD"}}}, nil
}

// wire is a template as the library lists it.
func (t *Template) wire() map[string]any {
	parts := []map[string]any{}
	if t.Header != "" {
		head := map[string]any{"type": "HEADER", "format": t.Header}
		if t.Header == "TEXT" {
			head["text"] = t.HeaderText
		}
		parts = append(parts, head)
	}
	parts = append(parts, map[string]any{"type": "BODY", "text": t.Body})
	if t.Footer != "" {
		parts = append(parts, map[string]any{"type": "FOOTER", "text": t.Footer})
	}
	if len(t.Buttons) > 0 {
		var buttons []map[string]any
		for _, b := range t.Buttons {
			one := map[string]any{"type": b.Type, "text": b.Text}
			if b.URL != "" {
				one["url"] = b.URL
			}
			buttons = append(buttons, one)
		}
		parts = append(parts, map[string]any{"type": "BUTTONS", "buttons": buttons})
	}
	form := "POSITIONAL"
	if !isNumbered(placesOf(t.Body)) {
		form = "NAMED"
	}
	return map[string]any{"name": t.Name, "language": t.Language, "status": t.Status, "category": t.Category, "parameter_format": form,
		"components": parts, "id": sixteen(uint64(len(t.Name) + len(t.Language)*1000 + len(t.Body)*100000))}
}

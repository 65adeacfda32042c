package api

import (
	"net/http"
	"slices"
)

// codes are all problems there are, with the statuses that they are answered with. docs/api.md says of each what to do; a test
// compares it with this table, and this table with what the code answers.
func codes() map[string][]int {
	const unfit = http.StatusUnprocessableEntity
	return map[string][]int{
		"malformed_call": malformed(),
		"invalid_json":   {http.StatusBadRequest},
		"unauthorized":   {http.StatusUnauthorized},
		"forbidden":      {http.StatusForbidden}, "not_for_test_keys": {http.StatusForbidden},
		"unknown_path": {http.StatusNotFound}, "unknown_contact": {http.StatusNotFound}, "unknown_delivery": {http.StatusNotFound}, "unknown_key": {http.StatusNotFound}, "unknown_member": {http.StatusNotFound}, "unknown_staff_group": {unfit},
		"unknown_webhook": {http.StatusNotFound}, "unknown_dead_letter": {http.StatusNotFound}, "too_many_webhooks": {http.StatusConflict}, "webhook_disabled": {http.StatusConflict},
		"account_taken": {http.StatusConflict}, "several_seen": {http.StatusConflict}, "too_many_members": {unfit},
		"unknown_hold": {http.StatusNotFound}, "too_many_holds": {unfit},
		"unknown_quarantined": {http.StatusNotFound}, "no_media": {http.StatusNotFound}, "media_gone": {http.StatusGone}, "cursor_gone": {http.StatusGone}, "media_too_large": {unfit},
		"media_not_ready": {http.StatusServiceUnavailable},
		"same_contact":    {unfit}, "not_merged": {unfit}, "merged_later": {http.StatusConflict}, "too_many_merged": {unfit}, "not_a_person": {unfit},
		"unknown_source": {http.StatusNotFound}, "source_taken": {http.StatusConflict}, "too_many_sources": {http.StatusConflict},
		"method_not_allowed": {http.StatusMethodNotAllowed},
		"timeout":            {http.StatusRequestTimeout},
		"taken":              {http.StatusConflict}, "shared_phone": {http.StatusConflict}, "telegram_off": {http.StatusConflict}, "not_first": {http.StatusConflict}, "email_taken": {http.StatusConflict}, "last_admin": {http.StatusConflict}, "has_come": {http.StatusConflict},
		"too_many_people": {http.StatusConflict}, "unknown_person": {http.StatusNotFound}, "not_our_page": {http.StatusForbidden}, "staff_chat_configured": {http.StatusConflict},
		"too_large":              {http.StatusRequestEntityTooLarge},
		"unsupported_media_type": {http.StatusUnsupportedMediaType},
		"invalid_ref":            {http.StatusBadRequest, unfit}, "invalid_key": {http.StatusBadRequest, unfit},
		"missing_field": {unfit}, "unknown_field": {unfit}, "invalid_field": {unfit}, "invalid_cursor": {unfit}, "key_reused": {unfit},
		"template_or_text": {unfit}, "unknown_template": {unfit}, "no_variant": {unfit}, "no_way_out": {unfit}, "data_too_large": {unfit},
		"text_empty": {unfit}, "text_too_long": {unfit},
		"purpose_missing": {unfit}, "invalid_purpose": {unfit}, "urgent_not_allowed": {unfit},
		"unknown_cascade": {unfit}, "invalid_cascade": {unfit},
		"too_much_metadata": {unfit}, "invalid_send_at": {unfit},
		"channel_off": {unfit}, "unknown_channel": {unfit}, "no_channel": {unfit}, "nobody_wrote": {unfit}, "unknown_message": {unfit},
		"channel_cannot": {unfit}, "not_ours": {unfit}, "not_theirs": {unfit}, "not_editable": {unfit}, "not_accepted": {unfit}, "taken_back": {unfit}, "too_late": {unfit},
		"unknown_scope": {unfit}, "not_replayed": {unfit},
		"too_many_streams": {http.StatusTooManyRequests}, "overloaded": {http.StatusTooManyRequests}, "too_many_tests": {http.StatusTooManyRequests},
		"internal":    {http.StatusInternalServerError},
		"unavailable": {http.StatusServiceUnavailable}, "channel_not_ready": {http.StatusServiceUnavailable},
		"search_not_ready": {http.StatusServiceUnavailable},
		"test_side_down":   {http.StatusServiceUnavailable},
	}
}

// malformed are the statuses of what is no call at all: net/http says so, and Listener.
func malformed() []int {
	return []int{http.StatusBadRequest, http.StatusRequestHeaderFieldsTooLarge, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported}
}

// asking are the problems of an ask for a delivery.
func asking() []string {
	return []string{
		"template_or_text", "unknown_template", "no_variant", "no_way_out", "data_too_large", "text_empty", "text_too_long", "purpose_missing", "invalid_purpose",
		"urgent_not_allowed", "unknown_cascade", "invalid_cascade", "too_much_metadata", "invalid_send_at", "invalid_ref", "unknown_contact",
		"invalid_key", "key_reused", "unknown_delivery",
	}
}

// acting are the problems of what is to be done to a message.
func acting() []string {
	return []string{
		"invalid_ref", "unknown_contact", "unknown_message", "no_channel", "channel_off", "channel_cannot", "not_accepted", "taken_back", "too_late",
		"invalid_key", "key_reused", "unknown_delivery",
	}
}

// own are the problems that only some operations have.
func own(operation string) []string {
	switch operation {
	case "accept-delivery":
		return asking()
	case "accept-deliveries", "estimate-deliveries":
		return []string{"invalid_key"} // those of a delivery stand in its place
	case "list-deliveries":
		return []string{"invalid_cursor", "invalid_ref", "unknown_contact"}
	case "list-contacts", "list-conversations":
		return []string{"invalid_cursor", "search_not_ready"}
	case "list-changes":
		return []string{"invalid_cursor", "cursor_gone"}
	case "rebuild-search":
		return []string{"search_not_ready"}
	case "stream-changes":
		return []string{"invalid_cursor", "cursor_gone", "too_many_streams"}
	case "get-delivery", "cancel-delivery":
		return []string{"unknown_delivery"}
	case "put-contact":
		return []string{"invalid_ref", "unknown_contact", "taken"}
	case "get-erased":
		return []string{"unknown_contact"}
	case "list-audit":
		return []string{"invalid_cursor"}
	case "erase-contact", "export-contact":
		return []string{"invalid_ref", "unknown_contact", "shared_phone"}
	case "get-contact", "get-evidence", "get-conversation":
		return []string{"invalid_ref", "unknown_contact"}
	case "merge-contacts":
		return []string{"invalid_ref", "unknown_contact", "same_contact", "too_many_merged", "not_a_person"}
	case "unmerge-contacts":
		return []string{"invalid_ref", "unknown_contact", "not_merged", "merged_later"}
	case "list-duplicates":
		return []string{"invalid_cursor", "invalid_ref", "unknown_contact"}
	case "dismiss-duplicate":
		return []string{"unknown_contact"}
	case "make-links":
		return []string{"invalid_ref", "unknown_contact", "channel_off", "unknown_channel", "channel_not_ready", "unknown_source"}
	case "make-source":
		return []string{"channel_off", "unknown_channel", "source_taken", "too_many_sources"}
	case "change-source":
		return []string{"channel_off", "unknown_channel", "unknown_source"}
	case "get-source":
		return []string{"unknown_source"}
	case "list-sources":
		return []string{"invalid_cursor"}
	case "get-funnel":
		return []string{"invalid_cursor", "unknown_source"}
	case "get-source-qr", "get-source-sheet":
		return []string{"unknown_source", "channel_off", "unknown_channel", "channel_not_ready"}
	case "list-messages":
		return []string{"invalid_cursor", "invalid_ref", "unknown_contact"}
	case "change-conversation":
		return []string{"invalid_ref", "unknown_contact", "nobody_wrote", "unknown_staff_group"}
	case "reply":
		return []string{
			"invalid_ref", "unknown_contact", "nobody_wrote", "unknown_message", "no_channel", "channel_off", "unknown_channel", "text_empty", "text_too_long",
			"invalid_key", "key_reused", "unknown_delivery", "channel_cannot",
		}
	case "get-media":
		return []string{"invalid_ref", "unknown_contact", "unknown_message", "no_media", "media_gone", "media_too_large", "media_not_ready"}
	case "edit-message":
		return append(acting(), "not_ours", "not_editable", "text_empty", "text_too_long")
	case "take-back-message":
		return append(acting(), "not_ours")
	case "react-to-message":
		return append(acting(), "not_theirs")
	case "get-quarantined", "drop-quarantined":
		return []string{"unknown_quarantined"}
	case "replay-quarantined":
		return []string{"unknown_quarantined", "not_replayed"}
	case "pause", "resume":
		return []string{"unknown_scope"}
	case "begin-hold":
		return []string{"too_many_holds"}
	case "list-holds":
		return []string{"invalid_cursor"}
	case "end-hold":
		return []string{"unknown_hold"}
	case "make-webhook":
		return []string{"too_many_webhooks"}
	case "get-webhook", "change-webhook", "drop-webhook", "rotate-webhook-secret":
		return []string{"unknown_webhook"}
	case "try-webhook":
		return []string{"unknown_webhook", "too_many_tests"}
	case "try-alerts":
		return []string{"too_many_tests"}
	case "replay-webhook":
		return []string{"unknown_webhook", "unknown_dead_letter", "webhook_disabled", "invalid_cursor", "cursor_gone"}
	case "list-dead-letters":
		return []string{"unknown_webhook", "invalid_cursor"}
	case "make-setup-code":
		return []string{"not_first"}
	case "add-person":
		return []string{"email_taken", "too_many_people"}
	case "change-person":
		return []string{"unknown_person", "last_admin"}
	case "invite-person":
		return []string{"unknown_person", "has_come"}
	case "make-staff-code":
		return []string{"telegram_off", "staff_chat_configured", "unknown_staff_group"}
	case "add-member":
		return []string{"unknown_member", "account_taken", "several_seen", "too_many_members"}
	case "change-member":
		return []string{"unknown_member", "unknown_staff_group"}
	case "remove-member":
		return []string{"unknown_member"}
	case "make-member-code":
		return []string{"too_many_members"}
	case "list-staff-audit":
		return []string{"invalid_cursor", "invalid_ref", "unknown_contact"}
	case "revoke-key":
		return []string{"unknown_key"}
	}
	return nil
}

// codesOf are all problems of an operation: its own, those of every call, and those of a body.
func codesOf(operation string, body bool) []string {
	found := append(own(operation), "malformed_call", "unauthorized", "forbidden", "unknown_field", "invalid_field", "internal", "unavailable", "test_side_down")
	if operation != "stream-changes" {
		found = append(found, "overloaded")
	}
	if realOnly(operation) != "" {
		found = append(found, "not_for_test_keys")
	}
	if body {
		found = append(found, "invalid_json", "missing_field", "timeout", "too_large", "unsupported_media_type")
	}
	slices.Sort(found)
	return slices.Compact(found)
}

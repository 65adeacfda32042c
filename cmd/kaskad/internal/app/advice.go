package app

import "strings"

// advice is what the API advises the programs that call it, and what whoever sits at a command line does instead.
var advice = []struct{ code, program, person string }{
	{"unknown_contact", "Make the contact first: PUT /v1/contacts/{REF}.", "Name a phone, as phone:+380501112233, or let another system make the contact first; docs/api.md tells how."},
	{"unknown_contact", "Look for the person: GET /v1/contacts?q=…; of whoever was erased, GET /v1/erased/{id} tells.", "Look for the person: kaskad contacts find WORDS; whoever was erased is in kaskad audit."},
	{"unknown_delivery", "Take them away, or look for the right ones: GET /v1/deliveries.", "Take them out of the list: only what was open in the copy can go out."},
	{"unknown_key", "List them: GET /v1/keys.", "List them: kaskad key list."},
	{"unknown_hold", "List them: GET /v1/holds.", "List them: kaskad hold list."},
	{"unknown_webhook", "List them: GET /v1/webhooks.", "List them: kaskad webhooks list."},
	{"unknown_source", "List them: GET /v1/sources.", "List them: kaskad links list."},
	{"unknown_quarantined", "List it: GET /v1/quarantine.", "List it: kaskad quarantine list."},
	{"unknown_staff_group", "List them: GET /v1/staff/rooms.", "List them: kaskad staff groups."},
	{"unknown_member", "List them: GET /v1/staff/members.", "List them: kaskad staff list."},
	{"unknown_member", "or make a code: POST /v1/staff/members/{name}/code.", "or make a code: kaskad staff invite NAME."},
	{"several_seen", "Write the account, as GET /v1/staff/members lists it among those seen.", "Write the account, as kaskad staff list shows it."},
	{"invalid_field", "write it as GET /v1/alerts lists it.", "write it as kaskad alerts lists it."},
	{"key_reused", "was used for another request. Use a new key, or send the same body again.", "was used for another message. Write another --key, or send the same message again."},
	{"too_many_streams", "Close some, or ask GET /v1/changes.", "Close some."},
}

// Advised is what the API says was wrong, with the advice for people at a command line.
func Advised(code, detail string) string {
	for _, a := range advice {
		if a.code == code {
			detail = strings.Replace(detail, a.program, a.person, 1)
		}
	}
	return detail
}

package whatsappcloud

import "kaskad/bots"

// meaning is what one of Meta's error codes says.
type meaning struct {
	name  string
	fault bots.Fault // in answer to a send
	hint  string     // for the operator
	word  string     // of ours, instead of the number; empty: the number
}

// late is what the code means when it comes as the status of a message that was accepted: it did not arrive, whatever is unclear
// while the answer is awaited.
func (m meaning) late() bots.Fault {
	if m.fault == bots.Uncertain {
		return bots.Temporary
	}
	return m.fault
}

// WindowClosed is the code of free text that was written more than 24 hours after the person's last message.
const WindowClosed = "window_closed"

const (
	tokenHint    = "make a token of a system user that may use the number (whatsapp_business_messaging), and write it into [whatsapp_cloud] token"
	numberHint   = "check [whatsapp_cloud] phone_number_id: it is the Phone number ID of the app's API Setup page, and the token must be of the same business"
	registerHint = "register the number with its PIN in WhatsApp Manager"
	lockedHint   = "Meta has locked the account: see Account quality in Meta Business Suite, and appeal there"
	templateHint = "compare the template with its approved form in WhatsApp Manager"
)

// meanings are Meta's codes: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
// The code decides and not the HTTP status, which differs between versions.
//
// A server that is in trouble does not say whether it passed the message on before: such codes are uncertain, and are waited for.
// Two of them are certain, because they speak of the account and are told before anything is done: 131057, maintenance of our
// number, and every limit.
var meanings = map[int64]meaning{
	0:      {"not authorised", bots.Misconfigured, tokenHint, ""},
	1:      {"unknown error of the API", bots.Uncertain, "", ""},
	2:      {"the API is down or overloaded", bots.Uncertain, "", ""},
	3:      {"the app lacks the capability", bots.Misconfigured, tokenHint, ""},
	4:      {"too many calls of the app", bots.Temporary, "", ""},
	10:     {"no permission", bots.Misconfigured, tokenHint, ""},
	17:     {"too many calls of the user", bots.Temporary, "", ""},
	33:     {"no such number", bots.Misconfigured, numberHint, ""},
	100:    {"invalid parameter", bots.Rejected, "", ""},
	104:    {"the call is not signed by the app", bots.Misconfigured, "switch off Require app secret in the app's advanced settings", ""},
	190:    {"the token is not valid any more", bots.Misconfigured, tokenHint, ""},
	368:    {"blocked for breaking the rules", bots.Misconfigured, lockedHint, ""},
	613:    {"too many calls", bots.Temporary, "", ""},
	803:    {"no such number", bots.Misconfigured, numberHint, ""},
	2500:   {"no such path", bots.Misconfigured, "check [whatsapp_cloud] api_url: it ends with the version, as in https://graph.facebook.com/v23.0", ""},
	80007:  {"too many calls of the business account", bots.Temporary, "", ""},
	130429: {"too many messages", bots.Temporary, "", ""},
	130472: {"the person is part of an experiment of Meta's", bots.Rejected, "", ""},
	131000: {"unknown error", bots.Uncertain, "", ""},
	131005: {"no permission", bots.Misconfigured, tokenHint, ""},
	131008: {"a parameter is missing", bots.Rejected, "", ""},
	131009: {"a parameter has a wrong value", bots.Rejected, "", ""},
	131016: {"the service is overloaded", bots.Uncertain, "", ""},
	131021: {"the recipient is our own number", bots.Rejected, "", ""},
	131026: {"undeliverable: not on WhatsApp, too old, or does not take our messages", bots.Unreachable, "", ""},
	131030: {"the recipient is not on the list of a test number", bots.Rejected, "add the phone to the test number's list, or use a real number", ""},
	131031: {"the account is locked", bots.Misconfigured, lockedHint, ""},
	131037: {"the display name is not approved", bots.Misconfigured, "have the number's display name approved in WhatsApp Manager", ""},
	131042: {"a problem with the payment", bots.Misconfigured, "check the payment method of the WhatsApp Business account", ""},
	131045: {"the number is not registered", bots.Misconfigured, registerHint, ""},
	131047: {"more than 24 hours since the person's last message", bots.Rejected, "only an approved template can be sent", WindowClosed},
	131048: {"too many of our messages were blocked or reported", bots.Misconfigured, "Meta restricts the number: see its quality in WhatsApp Manager, and stop marketing", ""},
	131049: {"Meta did not deliver marketing, for the person's sake", bots.Rejected, "", ""},
	131050: {"the person stopped our marketing", bots.Refused, "", ""},
	131051: {"a type of message that is not taken", bots.Rejected, "", ""},
	131052: {"a file cannot be fetched", bots.Rejected, "", ""},
	131053: {"a file cannot be taken", bots.Rejected, "Meta must reach the picture or document, and take its type and size", ""},
	131056: {"too many messages to this person", bots.Temporary, "", ""},
	131057: {"the account is in maintenance", bots.Temporary, "", ""},
	132000: {"the number of parameters differs from the template", bots.Rejected, templateHint, ""},
	132001: {"the template is not there in this language, or not approved", bots.Rejected, templateHint, ""},
	132005: {"the filled template is too long", bots.Rejected, templateHint, ""},
	132007: {"the template breaks a rule of Meta's", bots.Rejected, templateHint, ""},
	132012: {"a parameter does not have the template's form", bots.Rejected, templateHint, ""},
	132015: {"the template is paused for its quality", bots.Rejected, "use another template until Meta lifts the pause", ""},
	132016: {"the template is disabled for its quality", bots.Rejected, "use another template", ""},
	132068: {"the flow is blocked", bots.Rejected, "", ""},
	132069: {"the flow is throttled", bots.Rejected, "", ""},
	133000: {"an earlier registration is unfinished", bots.Misconfigured, registerHint, ""},
	133004: {"the server is not there for the moment", bots.Uncertain, "", ""},
	133005: {"the PIN is wrong", bots.Misconfigured, registerHint, ""},
	133006: {"the number is not verified", bots.Misconfigured, registerHint, ""},
	133008: {"too many guesses of the PIN", bots.Misconfigured, registerHint, ""},
	133009: {"the PIN was guessed too fast", bots.Misconfigured, registerHint, ""},
	133010: {"the number is not registered", bots.Misconfigured, registerHint, ""},
	133015: {"the number was deleted a moment ago", bots.Misconfigured, registerHint, ""},
	133016: {"the number was registered too often", bots.Misconfigured, registerHint, ""},
	135000: {"a parameter is wrong", bots.Rejected, "", ""},
}

// meaningOf finds what a code says. Meta gives permissions the whole hundred from 200.
func meaningOf(code int64) (m meaning, known bool) {
	if 200 <= code && code <= 299 {
		return meaning{"no permission", bots.Misconfigured, tokenHint, ""}, true
	}
	m, known = meanings[code]
	return m, known
}

package graph

import (
	"cmp"
	"fmt"
	"net/http"
)

// refusal is an answer that is an error.
type refusal struct {
	code    int
	sub     int    // error_subcode; 0 = none
	http    int    // 0 = the code's usual one
	kind    string // type; "" = OAuthException
	message string // "" = (#code) title
	details string // error_data.details; "" = no error_data
	regain  int    // minutes until calls are taken again
}

// refuse is a refusal with the usual message of its code and some details.
func refuse(code int, format string, args ...any) *refusal {
	return &refusal{code: code, details: fmt.Sprintf(format, args...)}
}

// say is a refusal whose message is told instead of the code's title.
func say(code int, format string, args ...any) *refusal {
	return &refusal{code: code, message: fmt.Sprintf("(#%d) ", code) + fmt.Sprintf(format, args...)}
}

// why tells a person who reads a test what was wrong.
func (r *refusal) why() string {
	if r.details != "" {
		return r.details
	}
	return r.text()
}

func (r *refusal) text() string {
	if r.message != "" {
		return r.message
	}
	return fmt.Sprintf("(#%d) %s", r.code, title(r.code))
}

func (r *refusal) status() int {
	if r.http != 0 {
		return r.http
	}
	return usualHTTP(r.code)
}

// graphError is the error of a Graph answer.
type graphError struct {
	Message   string     `json:"message"`
	Type      string     `json:"type"`
	Code      int        `json:"code"`
	Subcode   int        `json:"error_subcode,omitempty"`
	Transient *bool      `json:"is_transient,omitempty"`
	Data      *errorData `json:"error_data,omitempty"`
	Trace     string     `json:"fbtrace_id"`
}

type errorData struct {
	Product string `json:"messaging_product,omitempty"`
	Details string `json:"details"`
}

func (r *refusal) wire(trace string) graphError {
	out := graphError{Message: r.text(), Type: r.kind, Code: r.code, Subcode: r.sub, Trace: trace}
	out.Type = cmp.Or(out.Type, "OAuthException")
	if r.details != "" {
		out.Data = &errorData{Product: "whatsapp", Details: r.details}
	}
	switch r.code {
	case 1, 2, 4, 80007, 131000, 131016:
		transient := true
		out.Transient = &transient
	}
	return out
}

// statusError is an error inside a webhook.
type statusError struct {
	Code    int        `json:"code"`
	Title   string     `json:"title"`
	Message string     `json:"message"`
	Data    *errorData `json:"error_data,omitempty"`
	Href    string     `json:"href,omitempty"`
}

const errorPage = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

// asStatus is how a failure is told after the fact.
func asStatus(code int, details string) statusError {
	out := statusError{Code: code, Title: title(code), Message: title(code), Href: errorPage}
	details = cmp.Or(details, usualDetails(code))
	if details != "" {
		out.Data = &errorData{Details: details}
	}
	return out
}

// Codes that this package speaks of by name; the others are in the tables below.
const (
	badToken       = 190
	badParameter   = 100
	rateHit        = 130429
	experiment     = 130472
	missing        = 131008
	notValid       = 131009
	toOurselves    = 131021
	undeliverable  = 131026
	windowClosed   = 131047
	ecosystem      = 131049
	noMarketing    = 131050
	unknownType    = 131051
	mediaUpload    = 131053
	pairHit        = 131056
	noUserID       = 131062
	paramCount     = 132000
	noTemplate     = 132001
	textTooLong    = 132005
	paramFormat    = 132012
	templatePaused = 132015
	templateOff    = 132016
)

// title is the code's name on Meta's page of error codes; unknown ones are "Something went wrong".
func title(code int) string {
	titles := map[int]string{
		0: "AuthException", 1: "API Unknown", 2: "API Service", 3: "API Method", 4: "Application request limit reached",
		10: "Application does not have permission for this action", 33: "Parameter value is not valid", 100: "Invalid parameter",
		190: "Access token has expired", 200: "API Permission", 368: "Temporarily blocked for policies violations",
		80007: "Rate limit issues", 130429: "Rate limit hit", 130472: "User's number is part of an experiment",
		131000: "Something went wrong", 131005: "Access denied", 131008: "Required parameter is missing",
		131009: "Parameter value is not valid", 131016: "Service unavailable", 131021: "Recipient cannot be sender",
		131026: "Message undeliverable", 131031: "Account has been locked",
		131037: "WhatsApp provided number needs display name approval before message can be sent.",
		131042: "Business eligibility payment issue", 131045: "Incorrect certificate", 131047: "Re-engagement message",
		131048: "Spam rate limit hit", 131049: "This message was not delivered to maintain healthy ecosystem engagement.",
		131050: "User has stopped marketing messages from your business", 131051: "Message type unknown",
		131052: "Media download error", 131053: "Media upload error",
		131056: "(Business Account, Consumer Account) pair rate limit hit", 131057: "Account in maintenance mode",
		131062: "Business-scoped User ID (BSUID) recipients are not supported for this message.",
		132000: "Number of parameters does not match the expected number of params",
		132001: "Template name does not exist in the translation", 132005: "Translated text too long",
		132007: "Template format character policy violated", 132012: "Parameter format does not match format in the created template",
		132015: "Template is Paused", 132016: "Template is Disabled", 132068: "Flow is blocked", 132069: "Flow is throttled",
		133004: "Server Temporarily Unavailable", 133010: "Phone number not registered on the Whatsapp Business Platform.",
		133016: "Account register deregister rate limit exceeded", 135000: "Generic user error",
	}
	if name := titles[code]; name != "" {
		return name
	}
	return "Something went wrong"
}

// usualDetails are the details of failures that are told after the fact.
func usualDetails(code int) string {
	switch code {
	case windowClosed:
		return "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
	case undeliverable:
		return "Message Undeliverable."
	case ecosystem:
		return "In order to maintain a healthy ecosystem engagement, the message failed to be delivered."
	case noMarketing:
		return "User has chosen to stop receiving marketing messages on WhatsApp from your business."
	case experiment:
		return "Failed to send message because this user's phone number is part of an experiment."
	case mediaUpload:
		return "Unable to upload the media used in the message."
	case pairHit:
		return "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time."
	case rateHit:
		return "Cloud API message throughput has been reached."
	case unknownType:
		return "Message type is currently not supported."
	}
	return ""
}

// usualHTTP is the HTTP status that Meta's page lists beside a code; others are seen in the wild (Fault.HTTP).
func usualHTTP(code int) int {
	switch code {
	case 0, 104, badToken:
		return http.StatusUnauthorized
	case 10, 368, 131005, 131031:
		return http.StatusForbidden
	case noTemplate:
		return http.StatusNotFound
	case 3, 131000, 131016, 131045, 131057:
		return http.StatusInternalServerError
	case 2, 133004:
		return http.StatusServiceUnavailable
	}
	if code >= 200 && code <= 299 {
		return http.StatusForbidden
	}
	return http.StatusBadRequest
}

// Package sms is an HTTP SMS provider on the loopback interface, with phones behind it.
//
// It is for tests, for test keys and for `kaskad demo`. There is no standard for such providers; this one has their common
// habits, bad ones too: errors come with HTTP 200, reports are repeated until they are answered in one exact way, money runs
// out.
//
// What it keeps: everything, in memory, until Close; Options.Keep bounds that. Of calls with a wrong token only the first few are
// kept, without what was in them. What it never does: send an SMS, call anything but loopback addresses, write to a disk, or
// outlive Close.
//
// # Sending
//
//	POST /send
//	Authorization: Bearer <token>
//	Content-Type: application/json
//
//	{"to": "+380501112233", "from": "Shop", "text": "…", "ref": "our-id", "callback": "http://127.0.0.1:8080/in/sms/…"}
//
// "ref" (up to 64 bytes) and "callback" may be left out; reports of a message go to its callback, or to Options.ReportURL.
// The same fields may come as a form, or in the query of GET /send; there the token may be a field "token" instead of the
// header. Unknown or repeated fields are refused.
//
//	{"status": "ok", "message_id": "SM000001", "parts": 1, "price": "0.50", "currency": "UAH"}
//	{"status": "error", "code": "44", "error": "text is empty"}
//
// Refusals have HTTP status 200, but for 41 (401) and 29 (429); Options.ErrorStatus changes that.
//
//	code  meaning
//	29    too many requests; with a Retry-After header (only as a fault)
//	40    request not understood: body, unknown field, ref, callback
//	41    wrong token
//	42    "to" is not E.164 with a plus
//	43    "from" is neither 1-11 GSM characters nor a number
//	44    empty text
//	45    text of more than Options.MaxParts parts
//	49    no money
//	51    number unreachable
//	404   the number is on the stop list
//
// # Balance and status
//
//	GET /balance                   {"status": "ok", "balance": "99.50", "currency": "UAH"}
//	GET /status?message_id=SM…     {"status": "ok", "message_id": "SM…", "ref": "…", "state": "delivered", "at": "…"}
//
// Both want the token as GET /send does. The state is accepted, delivered, undelivered or expired; an unknown id is code 40.
//
// # Reports and answers
//
// Both are POSTed as JSON and repeated (after 5, 10, 20 … seconds, at most 5 minutes) until the answer is HTTP 200 with exactly
// the body Options.ReportAnswer, blanks around it aside:
//
//	{"message_id": "SM000001", "ref": "our-id", "status": "delivered", "at": "2026-11-22T10:00:00Z"}
//	{"type": "mo", "id": "MO000001", "from": "+380501112233", "text": "STOP"}
//
// # Real providers
//
// With Options.Provider a server speaks as a real one does (see Providers): its addresses, fields, codes and reports, as far as
// public pages and the providers' own clients show them, and strictly: what they do not have is refused in their words. Phones,
// money and faults stay as above, and Fault.Path is still /send, /balance or /status. Reports go to the address that came with
// the message (Twilio, Infobip, Kannel) or to the one that the account's owner entered, SetReportURL (TurboSMS, SMSC, SMS.ru);
// Decision Telecom and AlphaSMS bring none and are asked. Fault.Code may be a code of theirs, or one of ours, which is translated.
//
// # Time
//
// Options.Now is the clock of dates. Delays run on the machine's clock, divided by Options.Speed.
package sms

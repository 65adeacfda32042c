// Package graph is Meta's Graph API for the WhatsApp Business Platform on the loopback interface, with people in it.
//
// It is for tests, for test keys and for `kaskad demo`: one business number, and people who are told what to do (Say, Read, Press,
// …) or have Habits of their own. It speaks the real wire protocol and refuses what Meta refuses, with its codes; it shares no code
// with our adapter, because it would share the adapter's mistakes.
//
// What it keeps: everything, in memory, until Close: people, chats, media, webhook calls with their answers, and every call that
// was made. Options.Keep bounds that. Of calls with a wrong token only the first few are kept, without what was in them.
//
// What it never does: leave the machine (webhooks are loopback addresses only, links are never followed), write to a disk, or
// outlive Close.
//
// The authorities are Meta's OpenAPI file (github.com/facebook/openapi, business-messaging-api_v23.0.yaml), whose examples are in
// testdata, and Meta's pages on webhooks, error codes and business-scoped user ids.
//
// # Calls
//
// POST /{version}/{phone}/messages, POST /{version}/{phone}/media, GET and DELETE /{version}/{media}, the address that the former
// tells, GET /{version}/{phone}?fields=…, GET /{version}/{waba}/message_templates. Any version is as good as another.
//
// # Where faults of a message are found
//
//   - What breaks the shape (a missing field, another type, too long, an unknown key in an object): 100 at once.
//   - A value that makes no sense: 131009, a required one that depends on others: 131008, at once. Templates: 132xxx, at once.
//   - Unknown parameters beside the object of the type are ignored, as Graph does, and listed by Oddities.
//   - What is about the person (not on WhatsApp, window, marketing) or found on the way (a link that leads nowhere: *.invalid, a
//     medium of another type, a reaction to an unknown message): 200, then the status "failed"; see Options.Sync.
//   - A business-scoped user id in "to": 200, and nothing is ever told (seen by chatwoot/chatwoot #15150). It is an Oddity.
//
// # Time
//
// Options.Now is the clock of timestamps, the window (24 h), rate limits and media (addresses live 5 minutes). Delays (habits, faults,
// arrival, repeats of webhook calls) run on the machine's clock, divided by Options.Speed. The 20 s that a webhook has are not.
//
// # Webhook calls
//
// Each is signed over its bytes, in ASCII with \u escapes, comes in order per person (unless Options.Shuffle; of different people
// there is no order), and is repeated with the same bytes until it is answered 200 or Options.Repeats are used up. With Batch it
// holds several entries, changes and statuses. With Options.Arrival at 0 a status may overtake the answer to its message, as it may in
// the real thing. Nobody's notices wait while no webhook is set: they are lost.
//
// # Unconfirmed, and where it deviates from the real thing
//
//   - Webhooks may use plain http, but only on this machine; https needs a certificate that this machine trusts.
//   - The spacing of repeats and the patience of a call are not published.
//   - A reaction opens no window; who writes, presses or reacts reads what is unread first.
//   - Texts count UTF-16 code units. A list holds 10 rows in all sections together.
//   - Which of 100, 131008 and 131009 Meta uses for a fault is known for some cases only.
//   - from_user_id and user_id were seen in the field, recipient_user_id and contacts beside statuses are from descriptions by
//     others. Who hides the phone hides it for good, but in statuses of messages that were addressed to it; real webhooks also
//     show it within 30 days of a message. There are no parent ids (US.ENT.…).
//   - The pricing is that of October 2026: service messages are billed. "conversation" comes with "sent" only.
//   - No groups but for their notices (TellGroup), no calls, no flows beyond their message, no product catalogue, no payments:
//     what these carry in "parameters" is not looked at.
package graph

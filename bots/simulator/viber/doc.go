// Package viber is a Viber REST Bot API server on the loopback interface, with people in it.
//
// It is for tests, for test keys and for `kaskad demo`: one bot, and people who are told what to do (Open, Say, Read, Press,
// …) or have Habits of their own. It speaks the real wire protocol and is as strict as the real server, with its status codes;
// it shares no code with our adapter, because it would share the adapter's mistakes.
//
// What it keeps: everything, in memory, until Close: people, chats, callbacks with their answers, and every call that was made.
// Options.Keep bounds that. Of calls with a wrong token only the first few are kept, without what was in them.
//
// What it never does: leave the machine (webhooks are loopback addresses only, media is never fetched), write to a disk, or
// outlive Close.
//
// # Time
//
// Options.Now is the clock of timestamps, sessions (24 h), the limit of 100 messages an hour, get_user_details (12 h) and of
// messages that wait for a phone that is off (14 days). Delays (habits, faults, arrival, devices, callback repeats) run on the
// machine's clock, divided by Options.Speed. The 30 s that a webhook has for its answer are not divided.
//
// # Callbacks
//
// Each is signed over its bytes, goes out in order per person (unless Options.Shuffle), and is repeated with the same bytes and
// message_token until it is answered 200 or Options.Repeats are used up. "delivered" comes once per device, "seen" once for all
// that was unread, naming the newest message. With Options.Arrival at 0 the "delivered" of a message may overtake the answer
// to its send_message, as it may in the real thing.
//
// # Where faults of a message are found
//
//   - Wrong JSON, a body over 30 KB, a type of value that does not fit, a limit of a message type: 3. A missing field: 4. A field
//     of the keyboard that must be there: 3 with the text of a JSON schema, as people report it (bottenderjs/messaging-apis #652).
//   - A feature above the message's min_api_version: 14 (unconfirmed: the documentation also says that it just may not work).
//   - Values inside keyboards and rich media (Columns, ActionType, lengths, colours, addresses): status 0, then "failed".
//   - Unknown fields are ignored, as the real server does, and listed by Oddities.
//
// # Unconfirmed, and where it deviates from the real thing
//
//   - Webhooks may use plain http and any port, but only on a loopback address; https needs a certificate that this machine
//     trusts. When the test callback fails, the webhook of before stays.
//   - The spacing of repeats is not published, only "several times for an hour". Callbacks that wait follow a new webhook.
//   - A well-formed user id that nobody has is 5 (see Options.UnknownReceiver); anything else is 999 "Bad receiver ID", which
//     people have seen (Viber/sample-bot-isitup #7).
//   - Lengths count UTF-16 code units. 30 KB is 30·1024 bytes. A rich media message needs min_api_version 2.
//   - A session runs 24 h from the message that opens it; sources disagree (see Options.SessionFromLast).
//   - An existing subscriber's conversation_started may be answered with a welcome, too. A keyboard alone is delivered, but is
//     nothing unread. A person who writes or presses something reads what is unread first.
//   - The names of status codes are those of client tables; a refused get_user_details is 12. client_status cannot be filtered.
//   - No payments beyond the client_status callback, no inline bots, no channels (public chats), no icons or members.
package viber

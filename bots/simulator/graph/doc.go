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
package graph

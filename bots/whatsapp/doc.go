// Package whatsapp talks to people through a paired phone: the gateway is a linked device of an ordinary WhatsApp account.
//
// See https://pkg.go.dev/go.mau.fi/whatsmeow. WhatsApp reports delivery, and reading where the person lets it. A paired phone is
// no official interface: WhatsApp may refuse it, limit it or ban its number, which is why the pace is human and only people who
// wrote first are written to.
//
// # What it keeps
//
// The keys of the session and of every chat, in whatsapp.db of the data directory. Whoever has that file is the device. What
// people wrote is in it only between its decryption and the moment at which the program has it.
//
// # Write first, act after
//
// WhatsApp keeps what it sends until we acknowledge it, for 14 days. Every event is handed to a collector, which gives whole groups
// to the program and acknowledges them only when they are durable (inbox.go). A decryption changes the chat's keys, so the same
// bytes cannot be decrypted twice: the plain text stays in whatsapp.db until its group is durable (buffer.go).
//
// # One connection, one client
//
// Every connection gets a client of its own, made from the stored device, and the library's own reconnecting is off (session.go).
// So nothing of an old connection is worked on beside the new one, and each way in which WhatsApp refuses us is one state of
// Standing with what to do about it (standing.go).
//
// # What it never does
//
// It never ends because of the other side: logged out, replaced, banned and outdated are states. It never sends a message again
// whose outcome is unknown, unless told to (resend_uncertain). It never logs what people wrote, and no number in full.
package whatsapp

// Package whatsapp is a WhatsApp server on the loopback interface, with people in it: unmodified whatsmeow clients connect to it.
//
// It is for tests and for `kaskad demo`. It speaks what multi-device clients speak: Noise with a certificate chain, binary XML,
// prekeys, usync with LIDs, pairing by QR and by code, receipts, the queue of a phone that is off, groups, media. It shares no code
// with our adapter, because it would share the adapter's mistakes.
//
// What it keeps: accounts with their devices and prekeys, what waits for a device, and the newest Options.Keep of what arrived. All
// in memory, until Close. It cannot read a message: text is encrypted between the clients, and people (Customer) are whatsmeow
// clients of their own, with a store in memory.
//
// What it never does: leave the machine, write to a disk, or outlive Close.
//
// # Trust
//
// A whatsmeow client accepts only a server whose certificate comes from whatsmeow.WACertPubKey, a global of the library. Trust puts
// this process's own root key there, once. Only tests and `kaskad demo` may call it: `serve` never does, so a gateway that serves
// accepts nobody but WhatsApp. A gateway that runs as a process of its own must be told the key by its test (RootKey, TrustKey), and
// reaches the server through ProxyURL, with CA among the certificates that it trusts.
//
// # Time
//
// Options.Now is the clock of timestamps. Delays (habits, faults) run on the machine's clock, divided by Options.Speed. After an
// error a client gets a quarter of a second to hang up by itself: an end that overtakes the error hides it from the library.
//
// # A message on its way
//
// Each device of the receiver and each other device of the sender gets its own copy, and gets it again at every login until it sends
// a receipt, or an ack with an error number when it cannot use it. The ack to the sender is queued before anything that the receiver
// answers. The same id twice is routed twice: it is for the phone to show it once, and Customer.Got does.
//
// The phone of an account (device 0) is nobody until somebody plays it (AddCustomer, Owner, OwnerWrites): copies for it are counted
// and dropped.
//
// # First messages that cross
//
// When two clients write to one another for the first time within the same moment, and go on at full speed, libsignal spoils the
// session that it does not use (it changes a state before it knows whether the message belongs to it). What follows are retry
// receipts, and now and then a lost message, whatever the set-up of the clients. Between clients that know each other, a burst in
// both directions loses nothing, if they are set up as Customer is.
//
// # Unconfirmed, and where it deviates from the real thing
//
//   - It proves what a client needs and does; it cannot prove what Meta's servers do. Error numbers (463, 479), failures (401 to 503)
//     and addressing by LID are as clients have reported them.
//   - It verifies no signature: a device that lies about its keys is only found by who writes to it.
//   - What is waiting waits for ever, and media is there until Keep newer files came (14 days and more in the real thing).
//   - Who asks for a number that nobody has is answered "out" with its address (see Options.BareUnknown).
//   - No app state (push names of a freshly paired device, contacts, chat settings), no calls, no privacy tokens; a passkey is asked for and none is
//     taken; no communities; groups have members and nothing else.
package whatsapp

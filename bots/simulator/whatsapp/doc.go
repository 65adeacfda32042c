// Package whatsapp is a WhatsApp server on the loopback interface, with people in it: unmodified whatsmeow clients connect to it.
//
// It is for tests and for `kaskad demo`. It speaks what the multi-device clients speak: Noise with a certificate chain, binary XML,
// prekeys, usync with LIDs, pairing by QR and by code, receipts, the queue of a phone that is off, media. It shares no code with
// our adapter, because it would share the adapter's mistakes.
//
// What it keeps: accounts with their devices and prekeys, what waits for a device, and, of what arrived, the newest
// Options.Keep. All in memory, until Close. It cannot read a message: text is encrypted between the clients, and people (Customer)
// are whatsmeow clients of their own, with a store in memory.
//
// What it never does: leave the machine, write to a disk, or outlive Close.
//
// # Trust
//
// A whatsmeow client accepts only a server whose certificate comes from whatsmeow.WACertPubKey, a global of the library. Trust puts
// this process's own root key there, once. Only tests and `kaskad demo` may call it: `serve` never does, so a gateway that serves
// accepts nobody but WhatsApp. A gateway that runs as a process of its own is told the key (RootKey, TrustKey) and reaches the
// server through ProxyURL.
//
// # Unconfirmed
//
// It proves what a client needs and does; it cannot prove what Meta's servers do. Error numbers (463, 479), failures (401 to 503)
// and addressing by LID are as clients have reported them.
package whatsapp

//go:build race

package whatsapp

// underRace: the race detector runs. SQLite takes twenty times as long then, and the library's own races are reported (its expected
// disconnects, its socket's connection, and the device that a remote logout clears), so tests that meet those are left out.
const underRace = true

//go:build race

package whatsapp

// raced is true under -race: the library's own races (exsync.Event, FrameSocket.conn) when a connection ends would fail the test.
const raced = true

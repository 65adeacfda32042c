// Package intake brings the people of a list into the store, through the API: it finds out what the columns mean, reads dates, yes and
// no and phones as spreadsheets write them, hands the rows over in batches, and writes back those that are refused.
//
// It keeps a batch of rows at a time, however long the list is, and beside the list a small file that says how far it came: the same
// command goes on there.
//
// It never decides what may be kept of a person: that is the gateway's. It never takes a value that it had to guess.
package intake

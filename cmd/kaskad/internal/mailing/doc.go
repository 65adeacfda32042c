// Package mailing sends one message to everybody on a list, through the API of a running gateway: it reads the list, asks what the
// message would cost, hands it over in batches, and follows it to its end.
//
// It keeps for each row a byte, a hash and an id, and no row itself: memory grows with the length of a list, and not with its rows.
//
// It never sends a row twice: the key of a row is made of the message and the row, so that the same list can be sent again after a
// crash. It never decides what may be sent: that is the gateway's.
package mailing

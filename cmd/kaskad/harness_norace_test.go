//go:build !race

package main

// journeysAtOnce is how many journeys go at once for each processor: they wait more than they compute.
const journeysAtOnce = 8

// racing: whatsmeow itself races when it reconnects and when it is logged out. Its journeys are left to the tests of the adapter, which
// know where.
const racing = false

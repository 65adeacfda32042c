// Package stage is what the simulated messengers stand on.
//
// It is for the packages beside it: a loopback address that answers, work that ends with Close, delays on a faster clock, waiting
// for a change, the dice of people with habits, the row of faults, calls to the webhook of whoever is tested, and which fields of a
// call were read. What a messenger says, refuses or counts is the simulator's own.
//
// What it keeps: what runs, and the faults and calls that wait, until Close.
//
// What it never does: listen or call anywhere but on this machine, write to a disk, outlive Close, or know a messenger's words. It
// shares no code with the adapters, because it would share their mistakes.
//
// # The lock
//
// A simulator has one lock, and its Stage is made with it, as a sync.Cond is. "The caller holds the lock" means that one. After a
// change the simulator calls Notify, which wakes all who Wait.
package stage

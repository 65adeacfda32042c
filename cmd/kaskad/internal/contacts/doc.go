// Package contacts is what callers tell of people: a change of one person as the API and an import take it, checked, brought into its
// one form, and written into the record.
//
// It keeps nothing. Whom a change is about, and that a name belongs to one person alone, is the store's.
//
// It never lifts a person's own no, and never takes a consent as given that has no time and no source.
package contacts

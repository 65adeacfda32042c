package inbox

import (
	"fmt"

	"kaskad/cmd/kaskad/internal/people"
)

// message is a whole page of a title and a text.
type message struct{ Title, Text string }

// words are what the pages say in one language.
type words struct {
	Roles, RoleMay map[people.Role]string

	Home, SignOut, SkipTo string // of every page
	HomeTitle             string
	YouAre, YourRole      string // YouAre, YourRole: %s
	WhatIsThere           string
	NotYet                string // the conversations come later

	SetupTitle, SetupText, SetupDo string
	Name, Email, Password          string
	PasswordHint                   string // %d
	LoginTitle, LoginDo, NobodyYet string
	WrongLogin, Busy, Late         string // Late: %d seconds

	BadName, BadEmail, BadRole         string
	ShortPassword, LongPassword        string // %d
	GuessedPassword                    string
	WrongHost, StaleForm, NotForRole   message
	NoPage, Broken, SetupCode, BadCode message
}

// texts are the words by language.
var texts = map[string]*words{"uk": &ukrainian, "ru": &russian, "en": &english}

// invalid says what is wrong with a field.
func (w *words) invalid(e *people.Invalid) string {
	switch {
	case e.Why == people.TooShort:
		return fmt.Sprintf(w.ShortPassword, people.MinPassword)
	case e.Why == people.TooLong:
		return w.LongPassword
	case e.Why == people.Guessed:
		return w.GuessedPassword
	case e.Field == "name":
		return w.BadName
	case e.Field == "email":
		return w.BadEmail
	}
	return w.BadRole
}

// PasswordNeeds is what a password has to be.
func (w *words) PasswordNeeds() string { return fmt.Sprintf(w.PasswordHint, people.MinPassword) }

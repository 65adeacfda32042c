package inbox

import (
	"errors"
	"fmt"

	"kaskad/cmd/kaskad/internal/people"
)

// message is a whole page of a title and a text.
type message struct{ Title, Text string }

// words are what the pages say in one language.
type words struct {
	Roles, RoleMay, RoleIs map[people.Role]string // a role's name, what you may in it, what it is

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

	InvitationTitle, InvitationText, InvitationDo           string // the text: %s, %s name and e-mail
	AccountTitle, AccountIs                                 string
	PasswordTitle, PasswordEnds, PasswordDo                 string
	OldPassword, NewPassword, WrongOld                      string
	SessionsTitle, SessionFrom, SomeBrowser, ThisSession    string // from: address, begun, seen
	EndSession, EndOthers                                   string
	CodeTitle, CodeText, Code, WrongCode, OtherPerson       string
	SecondTitle, SecondText, SecondKey, SecondDo            string
	SecondOn, RecoveryLeft, SecondMust, SecondNone          string // RecoveryLeft: %d
	SecondOffTitle, SecondOffText, SecondOffDo              string
	RecoveryTitle, RecoveryText, DoneSecond, DoneSecondOff  string
	WithSecond                                              string
	ProviderDo                                              string // %s: its name
	BoundThere, NotBound, BindDo, DoneBound                 string
	BindText, BindGo                                        string
	PeopleTitle, PeopleIs, ThisIsYou, IsDisabled, IsInvited string
	SeenAt, Change, Role, SetRole                           string
	Reset, ResetHint, InviteAgain                           string
	Disable, DisableHint, Enable                            string
	InviteTitle, InviteDo, LinkTitle, LinkText              string // LinkTitle: a name; LinkText: until
	EmailTaken, LastAdmin, OutOfDate, TooManyPeople         string
	DoneInvited, DonePassword, DoneSessions                 string
	DoneRole, DoneDisabled, DoneEnabled                     string

	AuditTitle, AuditIs                  string
	AuditWho, AuditWhat                  string
	AuditSince, AuditUntil, AuditShow    string
	AuditCSV, AuditOlder, AuditNone      string
	AuditRefused, AuditCounted, AuditFar string // refused: %s; counted: %d more
	BadDay                               string

	BadName, BadEmail, BadRole         string
	ShortPassword, LongPassword        string // %d
	GuessedPassword                    string
	WrongHost, StaleForm, NotForRole   message
	NoPage, Broken, SetupCode, BadCode message

	ProviderAway, ProviderRefused, NotInvited, Unverified, HasPassword message
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

// done says what has just happened, by the word that the address of the page has for it.
func (w *words) done(what string) string {
	return map[string]string{"password": w.DonePassword, "sessions": w.DoneSessions, "role": w.DoneRole, "disabled": w.DoneDisabled, "enabled": w.DoneEnabled, "second-off": w.DoneSecondOff, "bound": w.DoneBound}[what]
}

// late says how long somebody has to wait.
func (w *words) late(err error) string {
	if e, ok := errors.AsType[*people.Late](err); ok {
		return fmt.Sprintf(w.Late, int(e.Wait.Seconds())+1)
	}
	return w.Busy
}

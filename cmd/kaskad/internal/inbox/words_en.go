package inbox

import "kaskad/cmd/kaskad/internal/people"

var english = words{
	Roles: map[people.Role]string{people.RoleAgent: "agent", people.RoleMarketer: "marketer", people.RoleAdmin: "admin"},
	RoleMay: map[people.Role]string{
		people.RoleAgent:    "You may read conversations and contacts, and answer customers.",
		people.RoleMarketer: "You may send messages, and keep contacts and templates.",
		people.RoleAdmin:    "You may do everything, with people, keys and pauses.",
	},
	Home: "Home", SignOut: "Sign out", SkipTo: "Skip to the page",
	HomeTitle: "Home", YouAre: "You are signed in as %s.", YourRole: "Your role: %s.",
	WhatIsThere: "What is here", NotYet: "The conversations with customers will be here. Until then they are answered in the staff's group on Telegram.",
	SetupTitle: "The first admin", SetupText: "Nobody can sign in yet. Whoever fills this in may do everything, and invite others.", SetupDo: "Make the account",
	Name: "Name", Email: "E-mail", Password: "Password", PasswordHint: "At least %d characters. Four words that do not belong together are easy to remember and hard to guess.",
	LoginTitle: "Sign in", LoginDo: "Sign in", NobodyYet: "Nobody can sign in yet. On the machine of the gateway, this prints the address at which the first admin is made: kaskad people setup",
	WrongLogin: "The e-mail or the password is wrong.", Busy: "Too many people are signing in at this moment. Try again in a few seconds.",
	Late:    "There were too many tries. Try again in %d s.",
	BadName: "Write a name of at most 100 characters.", BadEmail: "Write an e-mail address, such as olena@shop.example.", BadRole: "Choose a role.",
	ShortPassword: "The password is too short: write at least %d characters.", LongPassword: "The password is too long: write at most 256 characters.",
	GuessedPassword: "This password is among those that are tried first. Take another one.",
	WrongHost:       message{"Not here", "This page is not reached under this name. Open it by the address that the configuration gives: [login] url."},
	StaleForm:       message{"Nothing was done", "This form is out of date, or it was not one of our pages that sent it. Go back, reload the page and try again."},
	NotForRole:      message{"Not for your role", "This page is for admins. If you need it, ask one of them."},
	NoPage:          message{"No such page", "There is nothing at this address."},
	Broken:          message{"That went wrong", "Nothing was done, or not all of it. The log of the gateway says why. Try again in a moment."},
	SetupCode:       message{"This address cannot be used", "It was used, or is too old. On the machine of the gateway, this prints a new one: kaskad people setup"},
	BadCode:         message{"This invitation cannot be used", "It was used, or is too old. Ask an admin for a new one."},
}

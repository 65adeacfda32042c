package main

// contactsCmd is about the people themselves.
type contactsCmd struct {
	Evidence evidenceCmd `cmd:"" help:"Why did this person get these messages? One document."`
}

func (c *contactsCmd) Help() string {
	return "Example: kaskad contacts evidence ext:C-100"
}

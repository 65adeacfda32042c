package whatsapp

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"go.mau.fi/whatsmeow/types"

	"kaskad/bots"
)

// forgotten takes a person out of the tables of the library that say something of one. What it keeps of what it heard
// under ciphertexts' hashes names nobody, and has no text any more once that is durable.
//
// Sessions and identity keys are not among them: without them the next message of the person could not be read until it was asked for
// again, and what is on its way to them would be lost.
func forgotten() []string {
	return []string{
		"DELETE FROM whatsmeow_contacts WHERE their_jid = $1",
		"DELETE FROM whatsmeow_message_secrets WHERE chat_jid = $1 OR sender_jid = $1",
		"DELETE FROM whatsmeow_chat_settings WHERE chat_jid = $1",
		"DELETE FROM whatsmeow_privacy_tokens WHERE their_jid = $1",
	}
}

// forgottenLIDs forgets which phone and hidden id are one person's: WhatsApp tells it again with the next message.
const forgottenLIDs = "DELETE FROM whatsmeow_lid_map WHERE lid = $1 OR pn = $1"

// Forget takes what whatsapp.db has of people who were erased out of it, and out of its free pages and its log: the names that their
// phones told, the secrets of their messages, settings of their chats, and which phone goes with which hidden id. The keys of the chats
// stay. It works without a connection, and while there is one.
func (b *Bot) Forget(ctx context.Context, people []bots.Address) (err error) {
	var jids, users []string
	for _, a := range people {
		jid, err := jidOf(a)
		if err != nil {
			continue // no place on WhatsApp
		}
		who, err := whois(ctx, b.lids(), jid)
		if err != nil {
			return err
		}
		for _, place := range []types.JID{who.phone, who.lid} {
			if !place.IsEmpty() {
				jids, users = append(jids, place.String()), append(users, place.User)
			}
		}
	}
	if len(jids) == 0 {
		return nil
	}
	conn, err := b.db.Conn(ctx) // the only one: nothing is decrypted meanwhile
	if err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := forgetIn(ctx, conn, jids, users); err != nil {
		return fmt.Errorf("%s: %w", FileName, err)
	}
	return nil
}

func forgetIn(ctx context.Context, conn *sql.Conn, jids, users []string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // of one that was committed it does nothing
	for _, who := range jids {
		for _, delete := range forgotten() {
			if _, err := tx.ExecContext(ctx, delete, who); err != nil {
				return err
			}
		}
	}
	for _, who := range users {
		if _, err := tx.ExecContext(ctx, forgottenLIDs, who); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	return overwrite(ctx, conn)
}

// overwrite makes what was deleted unreadable: pages that are free go, the rest is packed anew, and the log begins anew.
func overwrite(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	var busy, log, moved int
	if err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("somebody reads the file: its log cannot be emptied now")
	}
	return nil
}

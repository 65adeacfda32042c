package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	simwhatsapp "kaskad/bots/simulator/whatsapp"
)

// Staff answer with a quote, change it, put an emoji on what the person wrote, and take the answer back: each reaches the message on the
// person's phone, and the conversation shows what became of it.
func TestStaffActOnWhatsApp(t *testing.T) {
	t.Parallel()
	p, wa := newPaired(t)
	const anna, talk = "+380501112233", "/v1/conversations/whatsapp:%2B380501112233"
	c, err := wa.AddCustomer(t.Context(), simwhatsapp.Person{Phone: anna, LID: "900002", Name: "Анна"})
	mustAll(t, err)
	asked, err := c.Say(t.Context(), shopPhone, "коли відчиняєтесь?")
	mustAll(t, err)
	line := p.line(talk, "коли відчиняєтесь?")
	var done struct{ ID string }
	mustAll(t, p.call("POST", talk+"/replies", map[string]any{"text": "о восьмій", "reply_to": line.ID}, &done))
	got := shown(t, c, "о восьмій")
	p.await(done.ID, "done")
	if got.Quotes != asked {
		t.Errorf("the answer quotes %q", got.Quotes)
	}
	answer := p.line(talk, "о восьмій")

	mustAll(t, p.call("PATCH", talk+"/messages/"+answer.ID, map[string]any{"text": "о дев'ятій"}, &done))
	p.await(done.ID, "done")
	p.sees(c, got.ID, "the new words", func(m simwhatsapp.Shown) bool { return m.Text == "о дев'ятій" && m.Edits == 1 })
	if now := p.line(talk, "о дев'ятій"); now.ID != answer.ID || now.FirstText != "о восьмій" || now.EditedAt.IsZero() {
		t.Errorf("the conversation shows %+v", now)
	}

	mustAll(t, p.call("PUT", talk+"/messages/"+line.ID+"/reaction", map[string]any{"emoji": "👍"}, &done))
	p.await(done.ID, "done")
	if all := wa.Messages(shopPhone); len(all) != 3 || all[2].Type != "reaction" || all[2].Times != 1 { // the simulated phone shows what came to it alone
		t.Errorf("WhatsApp was given %+v", all)
	}

	mustAll(t, p.call("DELETE", talk+"/messages/"+answer.ID, nil, &done))
	p.await(done.ID, "done")
	p.sees(c, got.ID, "that it was taken back", func(m simwhatsapp.Shown) bool { return m.Revoked })
	if now := p.line(talk, "о дев'ятій"); now.DeletedAt.IsZero() {
		t.Errorf("the conversation shows %+v", now)
	}
	if err := p.call("PATCH", talk+"/messages/"+answer.ID, map[string]any{"text": "о десятій"}, nil); err == nil {
		t.Error("what was taken back can be changed")
	}
	p.finish()
}

// A file that a person sends is kept soon, and is handed out when WhatsApp does not have it any more.
func TestAFileOfAPersonIsKept(t *testing.T) {
	t.Parallel()
	p, wa := newPaired(t)
	const anna, talk = "+380501112233", "/v1/conversations/whatsapp:%2B380501112233"
	c, err := wa.AddCustomer(t.Context(), simwhatsapp.Person{Phone: anna, LID: "900002", Name: "Анна"})
	mustAll(t, err)
	paper := []byte("%PDF-1.7 a receipt")
	_, err = c.SendFile(t.Context(), shopPhone, simwhatsapp.File{Kind: simwhatsapp.Document, Data: paper, Name: "чек.pdf", Type: "application/pdf", Caption: "мій чек"})
	mustAll(t, err)
	folder := filepath.Join(p.dir, "data", "media")
	waitFor(t, "the kept copy", func() bool {
		all, err := os.ReadDir(folder)
		return err == nil && len(all) == 1 && len(all[0].Name()) == 64
	})
	p.kill()
	p.start() // WhatsApp is not asked for it again: the session need not even stand
	line := p.line(talk, "мій чек")
	answer, body := p.file(talk, line.ID)
	if answer.StatusCode != 200 || !bytes.Equal(body, paper) || answer.Header.Get("Content-Type") != "application/pdf" || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the file is %d %v: %q", answer.StatusCode, answer.Header, body)
	}
	p.finish()
}

// said is a message as the conversation shows it.
type said struct {
	ID, Text            string
	FirstText           string `json:"first_text"`
	EditedAt, DeletedAt time.Time
}

// line waits until a conversation shows a text that is no version of another, and returns it.
func (p *plant) line(talk, text string) (found said) {
	p.t.Helper()
	waitFor(p.t, "a line of the conversation", func() bool {
		var page struct {
			Items []struct {
				said
				Kind      string
				EditedAt  time.Time `json:"edited_at"`
				DeletedAt time.Time `json:"deleted_at"`
			}
		}
		if p.call("GET", talk+"/messages", nil, &page) != nil {
			return false
		}
		for _, m := range page.Items {
			if m.Kind == "text" && m.Text == text {
				found = m.said
				found.EditedAt, found.DeletedAt = m.EditedAt, m.DeletedAt
			}
		}
		return found.ID != ""
	})
	return found
}

// sees waits until a message on the customer's phone is so.
func (p *plant) sees(c *simwhatsapp.Customer, id, what string, is func(simwhatsapp.Shown) bool) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.t.Context(), time.Minute)
	defer stop()
	for !is(c.Find(id)) {
		select {
		case <-ctx.Done():
			p.t.Fatalf("the phone never showed %s: %+v", what, c.Find(id))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

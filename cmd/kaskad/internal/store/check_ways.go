package store

import (
	"bytes"
	"fmt"
	"time"

	"kaskad/bots"
)

// records checks the records that journeys keep; those of other kinds are their owners' own.
func (c *checker) records() {
	kinds := []struct {
		prefix []byte
		check  func(id, val []byte) error
	}{
		{name(wordKind), func(_, v []byte) error { _, err := decodeWord(v); return err }},
		{name(writtenKind), func(_, v []byte) error { _, err := decodeWritten(v); return err }},
		{name(noKind), func(_, v []byte) error { _, err := decodeNo(v); return err }},
		{name(holdKind), c.hold}, {name(sourceKind), c.source}, {name(cameKind), c.came}, {name(funnelKind), c.funnel},
		{name(recruitKind), c.recruits}, {name(codesKind), c.codes}, {name(formerKind), c.former},
		{name(auditKind), func(_, v []byte) error { _, err := decodeAudited(0, v); return err }}, {name(topicKind), c.topic}, {name(threadKind), c.thread},
	}
	c.each(tRecord, func(k, v []byte) {
		for _, kind := range kinds {
			id, of := bytes.CutPrefix(k, kind.prefix)
			if !of {
				continue
			}
			if err := kind.check(id, v); err != nil {
				c.bad(tRecord, k, "%v", err)
			}
			return
		}
	})
}

func (c *checker) hold(id, val []byte) error {
	h, err := decodeHold(val)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(id, idKey(nil, h.ID)):
		c.bad(tRecord, holdKey(h.ID), "the hold is not kept under its own id")
	}
	return nil
}

func (c *checker) source(id, val []byte) error {
	s, err := decodeSource(val)
	if err != nil {
		return err
	}
	if string(id) != s.Code {
		c.bad(tRecord, sourceKey(string(id)), "the source calls itself %q", s.Code)
	} else if fault := s.Faulty(); fault != nil {
		c.bad(tRecord, sourceKey(s.Code), "the source could not be made so: %v", fault)
	}
	return nil
}

// former checks that a stranger who stood behind a chat is there, if nobody erased it.
func (c *checker) former(id, _ []byte) error {
	stranger := lastID(id)
	if _, erased := c.t.Erased(stranger); c.t.contact(stranger) == nil && !erased {
		return fmt.Errorf("contact %s, who stood behind a chat before, is not there", stranger)
	}
	return nil
}

// came checks how far somebody came: of a person who is there, by a source that is known.
func (c *checker) came(id, val []byte) error {
	key := append(name(cameKind), id...)
	if len(id) <= 8 {
		return errMalformed
	}
	contact, source := bots.IDFromBytes(id), string(id[8:])
	came := c.t.Came(contact, source) // says by a panic that it cannot be read
	switch {
	case c.t.Contact(contact) == nil:
		c.bad(tRecord, key, "contact %s, who came by %s, is not there", contact, source)
	case !c.known(source):
		c.bad(tRecord, key, "there is no source %q, by which contact %s came", source, contact)
	case came.Channel == "":
		c.bad(tRecord, key, "contact %s came by %s on no channel", contact, source)
	}
	return nil
}

func (c *checker) known(source string) bool {
	_, have := c.t.Source(source)
	return have || source == bots.SourceSMS
}

// funnel checks a day's counts. Nobody shares a phone, or consents, who was not counted as a start on some day: on the same channel, but
// not on the same day, so that only the form is checked here.
func (c *checker) funnel(id, val []byte) error {
	source, day, _ := bytes.Cut(id, []byte{0})
	_, err := decodeFunnel(val)
	if err == nil {
		err = aDay(day)
	}
	if err == nil && !c.known(string(source)) {
		c.bad(tRecord, append(name(funnelKind), id...), "there is no source %q", source)
	}
	return err
}

func (c *checker) recruits(id, val []byte) error {
	n, err := decodeRecruits(val)
	if err != nil {
		return err
	}
	if n.Saved.Amount < 0 {
		c.bad(tRecord, append(name(recruitKind), id...), "%s was saved", n.Saved)
	}
	return aDay(id)
}

// aDay checks that a key begins with a day.
func aDay(day []byte) error {
	if len(day) < len(time.DateOnly) {
		return errMalformed
	}
	if _, err := time.Parse(time.DateOnly, string(day[:len(time.DateOnly)])); err != nil {
		return errMalformed
	}
	return nil
}

func (c *checker) codes(id, val []byte) error {
	n, err := decodeCodes(val)
	if err == nil && n.Sent < 0 {
		c.bad(tRecord, append(name(codesKind), id...), "%d codes were sent", n.Sent)
	}
	return err
}

// links checks one-time links, each under its own token, and of a person who is there.
func (c *checker) links() {
	c.each(tLink, func(k, v []byte) {
		l, err := decodeLink(v)
		switch {
		case err != nil:
			c.bad(tLink, k, "%v", err)
		case !bytes.Equal(k, name(l.Token)):
			c.bad(tLink, k, "the link calls itself otherwise")
		case c.t.Contact(l.Contact) == nil && !c.goneFor(l.Contact):
			c.bad(tLink, k, "contact %s, whose link it is, is not there", l.Contact)
		case l.Source != "" && !c.known(l.Source):
			c.bad(tLink, k, "there is no source %q", l.Source)
		case !c.t.has(tLinkEnd, append(timeKey(nil, l.Expires), k...)):
			c.bad(tLink, k, "it will never be forgotten: it is not in the list by end")
		}
	})
}

// goneFor reports whether somebody was erased: what is theirs goes step by step.
func (c *checker) goneFor(contact bots.ID) bool {
	_, gone := c.t.Erased(contact)
	return gone || c.t.nameless(contact)
}

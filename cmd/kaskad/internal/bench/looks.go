package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// looking is how many look at once: colleagues, who read what they get.
const looking = 4

// looks measures what colleagues and systems ask for all day: the history of a conversation, people by a part of their phone, words that stand
// in all conversations. Everybody asked for is somebody else than the one before, so that nothing is warm by itself. The list of open
// conversations is not among it: nobody has written in the grown file.
func looks(ctx context.Context, b *bench) (err error) {
	file, err := b.file(ctx)
	if err != nil {
		return err
	}
	g, err := b.paused(ctx, "looks", file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	phone := func(i int) string { return phoneOf(int(uint64(i) * spread % uint64(file.people))) }
	n := max(1, b.Operates/20)
	return errors.Join(
		b.look(g, "the history of a person", n, func(i int) string {
			return "/v1/conversations/phone:" + url.PathEscape(phone(i)) + "/messages?limit=50"
		}),
		b.look(g, "a person by the last seven digits of a phone", n, func(i int) string { return "/v1/contacts?q=" + phone(i)[6:] }),
		b.look(g, "conversations by two words that all of them have", max(1, n/10), func(int) string {
			return "/v1/conversations?limit=50&q=" + url.QueryEscape("бонусных баллов")
		}),
	)
}

// look asks n times. An answer without anybody in it is a fault: what is measured has to find what is there.
func (b *bench) look(g *gateway, what string, n int, path func(i int) string) error {
	lines, err := dial(g.admin, looking)
	if err != nil {
		return err
	}
	m, err := begin(g.dir, g.pid())
	if err != nil {
		return errors.Join(err, hangUp(lines))
	}
	times, err := together(len(lines), n, func(c, i int) error {
		l := lines[c]
		l.request = fmt.Appendf(l.request[:0], "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", path(i), g.key)
		body, err := l.call("200")
		if err == nil && !bytes.Contains(body, []byte(`"id":`)) {
			err = fmt.Errorf("%s finds nobody: %q", path(i), body[:min(len(body), 200)])
		}
		return err
	})
	row, err2 := m.end(len(times), times)
	if err := errors.Join(err, err2, hangUp(lines)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	row.Part, row.What = "looks", what
	row.Wants = []Want{{Of: "ms of the 99th percentile", Got: float64(row.P99) / float64(time.Millisecond), Want: 20, Most: true}}
	b.add(row)
	return nil
}

package search

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What a text leaves in the index when it goes. With secure-delete, FTS5 takes its row out of the list of every three letters that it
// has, and so looks for it in lists that are as long as there are people: a phone's "+38" is everybody's. That is done while it is cheap.
// Of many texts at once (an import that changes people, retention) the rest are struck out only: nobody finds them, but their letters
// stand in the index until its parts are merged into one, which is owed then, and done in small steps while there is nothing else to do.
const (
	careful    = 500 * time.Millisecond // what one transaction may spend on the first
	outAtOnce  = 8                      // texts between two looks at the clock
	mergeApart = 24 * time.Hour         // between two merges of everything: each writes the whole index
	mergePages = 500                    // of one step
)

// removal is what a transaction took out.
type removal struct {
	texts bool // some
	owed  bool // and of some the letters stand
}

// leaving takes texts out of the index in one transaction.
type leaving struct {
	set   *set
	until time.Time // then it stops looking for letters
	texts int
	owed  bool
}

// left is called after each text that was taken out.
func (l *leaving) left(ctx context.Context) error {
	if l.texts++; l.owed || l.texts%outAtOnce != 0 {
		return nil
	}
	if err := l.end(ctx); err != nil || time.Now().Before(l.until) {
		return err
	}
	l.owed = true
	return run(ctx, step{l.set.secure, []any{0}})
}

// end has FTS5 write what it held back.
func (l *leaving) end(ctx context.Context) error {
	if l.texts == 0 {
		return nil
	}
	return run(ctx, step{l.set.flush, nil})
}

// close is end, and makes the next transaction look for letters again.
func (l *leaving) close(ctx context.Context) error {
	if err := l.end(ctx); err != nil || !l.owed {
		return err
	}
	return run(ctx, step{l.set.secure, []any{1}})
}

// debt is what is owed: how many transactions left letters, and when everything was merged last.
func (f *file) debt(ctx context.Context) (owed int64, merged time.Time, err error) {
	var at int64
	const get = "SELECT coalesce((SELECT value FROM meta WHERE name = 'owed'), 0), coalesce((SELECT value FROM meta WHERE name = 'merged'), 0)"
	if err := f.conn.QueryRowContext(ctx, get).Scan(&owed, &at); err != nil {
		return 0, merged, fmt.Errorf("search.db: %w", err)
	}
	return owed, time.Unix(at, 0), nil
}

// merging is a merge of everything under way.
type merging struct {
	owed int64 // when it began
	rest []*set
	on   bool // the first of rest was begun
}

// settle makes a step of what is owed, if anything is.
func (k *keeper) settle(ctx context.Context) error {
	if k.merging == nil {
		owed, merged, err := k.f.debt(ctx)
		if err != nil || owed == 0 || time.Since(merged).Abs() < k.x.mergeApart { // a clock may have gone back
			return err
		}
		k.merging = &merging{owed: owed, rest: []*set{&k.f.statements.people, &k.f.statements.messages}}
	}
	more, err := k.f.merge(ctx, k.merging)
	if err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	if k.dirty = true; more {
		return nil
	}
	owed := k.merging.owed
	k.merging = nil
	return k.f.settled(ctx, owed)
}

// merge makes one step; it reports whether there are more.
func (f *file) merge(ctx context.Context, m *merging) (more bool, err error) {
	pages := mergePages
	if !m.on {
		pages = -pages // all parts into one, not only those of a size
	}
	var before, after int64
	err = errors.Join(
		f.conn.QueryRowContext(ctx, "SELECT total_changes()").Scan(&before),
		run(ctx, step{m.rest[0].merge, []any{pages}}),
		f.conn.QueryRowContext(ctx, "SELECT total_changes()").Scan(&after),
	)
	if m.on = true; err != nil || after-before >= 2 { // https://sqlite.org/fts5.html#the_merge_command
		return true, err
	}
	m.rest, m.on = m.rest[1:], false
	return len(m.rest) > 0, nil
}

// settled notes that what was owed when a merge began is merged. What came meanwhile is still owed.
func (f *file) settled(ctx context.Context, owed int64) error {
	const put = `INSERT INTO meta (name, value) VALUES ('owed', 0), ('merged', ?2)
		ON CONFLICT (name) DO UPDATE SET value = CASE name WHEN 'owed' THEN value - ?1 ELSE excluded.value END`
	if _, err := f.conn.ExecContext(ctx, put, owed, time.Now().Unix()); err != nil {
		return fmt.Errorf("search.db: %w", err)
	}
	return nil
}

package search

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kaskad/bots"
)

// Whatever is written, changed and dropped in whatever batches, with letters that are looked for or left, and merged meanwhile or not: the index finds what a look through all texts finds, and is whole.
func TestTheIndexFindsWhatALookThroughAllFinds(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		f, err := openFile(context.Background(), filepath.Join(dir, fmt.Sprint(n)), origin{mark: "mark"})
		if err != nil {
			t.Fatal(err)
		}
		defer f.close()
		kept := map[bots.ID]string{}
		texts := rapid.StringOfN(rapid.SampledFrom([]rune("абв ")), 0, 12, -1)
		k := &keeper{x: New(Options{}), f: f}
		k.x.mergeApart = 0
		for range rapid.IntRange(1, 8).Draw(t, "batches") {
			b := &batch{at: 1}
			for _, id := range rapid.SliceOfNDistinct(rapid.IntRange(1, 3*outAtOnce), 1, 3*outAtOnce, rapid.ID).Draw(t, "ids") {
				words := fold(texts.Draw(t, "text"))
				b.messages = append(b.messages, text{id: bots.ID(id), contact: 1, text: words})
				kept[bots.ID(id)] = words
			}
			b.people = slices.Clone(b.messages)
			for i := range b.people {
				b.people[i].contact = 0
			}
			careful := rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "careful")
			if _, err := f.apply(context.Background(), b, careful); err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(0, 4).Draw(t, "steps of a merge") {
				if err := k.settle(context.Background()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, index := range []string{"people_index", "messages_index"} {
			if _, err := f.conn.ExecContext(context.Background(), "INSERT INTO "+index+" ("+index+", rank) VALUES ('integrity-check', 1)"); err != nil {
				t.Fatalf("%s: %v", index, err)
			}
		}
		words := rapid.StringOfN(rapid.SampledFrom([]rune("абв ")), 3, 5, -1).Draw(t, "query")
		q, err := read(words, "UA")
		if err != nil {
			return
		}
		for _, from := range []string{findPeople, findMessages} {
			if got, want := found(t, f, from, q), looked(kept, q); !slices.Equal(got, want) {
				t.Fatalf("%q finds %v, want %v, in %q", words, got, want, kept)
			}
		}
	})
}

// found are the ids that the index finds.
func found(t *rapid.T, f *file, from string, q *query) (ids []bots.ID) {
	rows, err := f.rows(context.Background(), from, q.match(), 1<<62)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if q.in(row.text) {
			ids = append(ids, row.id)
		}
	}
	return ids
}

// looked are the ids of the texts that have all words of a query, the last first.
func looked(kept map[bots.ID]string, q *query) (ids []bots.ID) {
	for id, text := range kept {
		if !slices.ContainsFunc(q.words, func(w string) bool { return !strings.Contains(text, w) }) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	slices.Reverse(ids)
	return ids
}

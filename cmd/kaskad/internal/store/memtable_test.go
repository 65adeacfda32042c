package store

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the order in which entries were put, they are walked from the highest key to the lowest, each with its newest value.
func TestAMemtableIsWalkedInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newMemtable()
		groups := []string{"ab", "ac"} // of one hash, as two groups may be
		for no := range rapid.Uint64Range(1, 8).Draw(t, "commits") {
			var list []memEntry
			for i := range rapid.IntRange(0, 6).Draw(t, "entries") {
				key := rapid.SampledFrom(groups).Draw(t, "group") + string(rune('a'+rapid.IntRange(0, 20).Draw(t, "key")))
				list = append(list, memEntry{key: []byte(key), val: fmt.Appendf(nil, "%d/%d", no, i), hash: 7})
			}
			m.add(list, no)
		}
		upTo := rapid.Uint64Range(0, 8).Draw(t, "up to")
		group := []byte(rapid.SampledFrom(groups).Draw(t, "walked"))
		want := m.group(7, group, upTo)
		slices.Reverse(want)
		most := rapid.IntRange(0, len(want)).Draw(t, "most")
		var got []entry
		m.down(7, group, upTo, func(e entry) bool {
			if len(got) < most {
				got = append(got, e)
			}
			return len(got) < most
		})
		if most == 0 {
			got = nil
		}
		if !slices.EqualFunc(got, want[:most], func(a, b entry) bool { return string(a.key) == string(b.key) && string(a.val) == string(b.val) }) {
			t.Fatalf("walked %s, want %s", got, want[:most])
		}
	})
}

// Whoever wants the newest entry of a person with very many pays for one, in memory and in a sealed generation.
func TestTheNewestOfVeryManyCostsOne(t *testing.T) {
	const many = 8192
	m := newMemtable()
	group := []byte("a person")
	var all []entry
	for i := range uint64(many) {
		key := binary.BigEndian.AppendUint64(slices.Clone(group), i^1) // nearly in order: ids are given before commits
		all = append(all, entry{key, nil})
		m.add([]memEntry{{key: key, hash: tByContact.hash(tByContact.group(key))}}, i)
	}
	slices.SortFunc(all, func(a, b entry) int { return slices.Compare(a.key, b.key) })
	b := newBlock(tByContact, all)
	h := tByContact.hash(group)
	for name, walk := range map[string]func(f func(entry) bool) bool{
		"in memory": func(f func(entry) bool) bool { return m.down(h, group, many, f) },
		"sealed":    func(f func(entry) bool) bool { return b.down(h, group, f) },
	} {
		var got uint64
		allocs := testing.AllocsPerRun(10, func() {
			walk(func(e entry) bool {
				got = keyNumber(e.key[len(group):])
				return false
			})
		})
		if got != many-1 || allocs > 4 {
			t.Errorf("%s: the newest is %d, found with %v allocations; want %d with a few", name, got, allocs, many-1)
		}
	}
}

package store

import (
	"bytes"
	"slices"
)

// generations checks that each has its record, each entry of a sealed one its bits in the filter, and that the others are in
// memory as they are in their logs.
func (c *checker) generations() {
	for t := range tables {
		if !layouts[t].generations {
			continue
		}
		list, upTo := c.t.generations(t)
		known := map[string]bool{}
		for _, g := range list.sealed {
			known[string(numberKey(g.no))] = true
			c.sealed(t, g.no)
		}
		eachKey(c.t.bucket(t), c.stop, func(k, _ []byte) {
			if !known[string(k)] {
				c.bad(t, k, "the generation is in no list")
			}
		})
		for _, m := range list.memory {
			c.log(t, &m, upTo)
		}
	}
	eachKey(c.t.snap.btx.Bucket(logBucket), c.stop, c.logOf)
}

func (c *checker) sealed(t table, no uint64) {
	b := c.t.in(t, no)
	filter := c.t.snap.btx.Bucket(filterBucket).Get(genKey(t, no))
	if len(b) == 0 || len(filter) == 0 { // all entries may have been taken out
		c.bad(t, numberKey(no), "the generation has no entries, or no filter")
		return
	}
	var last []byte
	for _, e := range b.all() {
		if !inFilter(filter, t.hash(t.group(e.key))) {
			c.bad(t, e.key, "the filter of generation %d would hide it", no)
		}
		if bytes.Compare(e.key, last) <= 0 {
			c.bad(t, e.key, "is not in order in generation %d", no)
		}
		last = e.key
	}
}

// log compares what is on disk of a generation that is not sealed with what is in memory.
func (c *checker) log(t table, g *inMemory, upTo uint64) {
	disk := newMemtable()
	if err := disk.replay(t, g.no, c.t.snap.btx); err != nil {
		c.bad(t, numberKey(g.no), "%v", err)
		return
	}
	same := func(a, b entry) bool { return bytes.Equal(a.key, b.key) && bytes.Equal(a.val, b.val) }
	if !slices.EqualFunc(disk.all(upTo), g.mem.all(upTo), same) {
		c.bad(t, numberKey(g.no), "the log and memory differ")
	}
}

// logOf checks that a log is that of a generation in memory.
func (c *checker) logOf(key, _ []byte) {
	if len(key) == 9 && key[0] < byte(tables) && layouts[key[0]].generations {
		list, _ := c.t.generations(table(key[0]))
		no := keyNumber(key[1:])
		if slices.ContainsFunc(list.memory, func(m inMemory) bool { return m.no == no }) {
			return
		}
	}
	c.add(string(logBucket), key, "the log is of no generation that needs one")
}

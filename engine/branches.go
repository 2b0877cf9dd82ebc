package engine

import "hash/maphash"

// branchIndex finds the call that has a branch, by line and channel. A map would take five times the memory: its keys
// repeat what the calls know. Here a slot holds a hash and the call, and the call, compacted or not, says whether the
// channel is its own. Places are found by linear probing; there is no order to depend on.
type branchIndex struct {
	seed   maphash.Seed
	hashes []uint32
	calls  []*call
	n      int
}

func newBranchIndex() branchIndex { return branchIndex{seed: maphash.MakeSeed()} }

func (x *branchIndex) hash(l *line, channel string) uint32 {
	h := maphash.String(x.seed, channel) + uint64(l.view.Permanent)*0x9e3779b97f4a7c15
	return uint32(h ^ h>>32)
}

// slot is the place where the search for a hash begins.
func (x *branchIndex) slot(hash uint32) int { return int(uint64(hash) * uint64(len(x.calls)) >> 32) }

// find is the place of a branch, -1 if there is none.
func (x *branchIndex) find(l *line, channel string) int {
	if x.n == 0 {
		return -1
	}
	h := x.hash(l, channel)
	for i := x.slot(h); x.calls[i] != nil; i = x.nextSlot(i) {
		if x.hashes[i] == h && x.calls[i].permanent == l.view.Permanent && x.calls[i].hasChannel(channel) {
			return i
		}
	}
	return -1
}

func (x *branchIndex) nextSlot(i int) int {
	if i++; i == len(x.calls) {
		return 0
	}
	return i
}

// get returns the call with a branch, expanded.
func (x *branchIndex) get(l *line, channel string) *call {
	i := x.find(l, channel)
	if i < 0 {
		return nil
	}
	l.compactor.expand(l, x.calls[i])
	return x.calls[i]
}

// add enters a branch that its call has already and the index has not.
func (x *branchIndex) add(l *line, channel string, k *call) {
	if x.n >= len(x.calls)-len(x.calls)/8 {
		x.grow()
	}
	x.put(x.hash(l, channel), k)
	x.n++
}

func (x *branchIndex) put(h uint32, k *call) {
	i := x.slot(h)
	for x.calls[i] != nil {
		i = x.nextSlot(i)
	}
	x.hashes[i], x.calls[i] = h, k
}

func (x *branchIndex) grow() {
	hashes, calls := x.hashes, x.calls
	size := len(calls) + len(calls)/2 + 16
	x.hashes, x.calls = make([]uint32, size), make([]*call, size)
	for i, k := range calls {
		if k != nil {
			x.put(hashes[i], k)
		}
	}
}

// remove takes a branch out, and moves those that stand behind it closer to their homes.
func (x *branchIndex) remove(l *line, channel string) {
	gap := x.find(l, channel)
	if gap < 0 {
		return
	}
	x.n--
	size := len(x.calls)
	for i := x.nextSlot(gap); x.calls[i] != nil; i = x.nextSlot(i) {
		home := x.slot(x.hashes[i])
		if (i-home+size)%size >= (i-gap+size)%size {
			x.hashes[gap], x.calls[gap] = x.hashes[i], x.calls[i]
			gap = i
		}
	}
	x.hashes[gap], x.calls[gap] = 0, nil
}

// hasChannel looks into a compacted call without expanding it.
func (k *call) hasChannel(channel string) bool {
	if k.body != nil {
		return k.branch(channel) != nil
	}
	p := compactCodec{in: k.compacted}
	var n uint64
	p.number(&n)
	for range n {
		var b branch
		if b.codecFields(&p); b.channel == channel {
			return true
		}
	}
	return false
}

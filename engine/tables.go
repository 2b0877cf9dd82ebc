package engine

import "offhook/events"

// closedChannels remembers branches that ended, so that late events of them are recognised (decision B1).
type closedChannels struct {
	until map[channelKey]events.Millis
	queue []closedChannel
}

type closedChannel struct {
	key   channelKey
	until events.Millis
}

// closedLimit bounds the memory of ended branches; the oldest go first.
const closedLimit = 1 << 16

func newClosedChannels() closedChannels {
	return closedChannels{until: map[channelKey]events.Millis{}}
}

func (x *closedChannels) add(k channelKey, now, until events.Millis) {
	x.prune(now)
	x.until[k] = until
	x.queue = append(x.queue, closedChannel{k, until})
}

func (x *closedChannels) has(k channelKey, now events.Millis) bool {
	until, ok := x.until[k]
	return ok && now <= until
}

func (x *closedChannels) drop(k channelKey) { delete(x.until, k) }

func (x *closedChannels) prune(now events.Millis) {
	n := 0
	for n < len(x.queue) && (x.queue[n].until < now || len(x.queue)-n > closedLimit) {
		if e := x.queue[n]; x.until[e.key] == e.until {
			delete(x.until, e.key)
		}
		x.queue[n] = closedChannel{}
		n++
	}
	if n == len(x.queue) {
		x.queue = x.queue[:0]
	} else {
		x.queue = x.queue[n:]
	}
}

// recentAnswers remembers which caller's call was answered when, to tell "answered elsewhere" (decision B3).
type recentAnswers struct{ queue []answer }

type answer struct {
	source string
	at     events.Millis
	line   string
	call   uint32
}

const answersLimit = 4096

func (x *recentAnswers) add(a answer, keep events.Millis) {
	n := 0
	for n < len(x.queue) && (x.queue[n].at < keep || len(x.queue)-n >= answersLimit) {
		x.queue[n] = answer{}
		n++
	}
	x.queue = append(x.queue[n:], a)
}

// elsewhere says whether another call of the same source was answered since.
func (x *recentAnswers) elsewhere(source string, since events.Millis, but *call) bool {
	if source == "" {
		return false
	}
	for i := len(x.queue) - 1; i >= 0 && x.queue[i].at >= since; i-- {
		if a := x.queue[i]; a.source == source && (a.call != but.number || a.line != but.view.Line) {
			return true
		}
	}
	return false
}

// pairKey finds the other side of an internal call (decision B12).
type pairKey struct{ source, target string }

// pairWith is the one unanswered internal call with the same parties and the opposite direction that began recently.
func (c *Core) pairWith(l *line, f *events.CallFacts) *call {
	if !f.Internal || f.Source.Number == "" || f.Target.Number == "" {
		return nil
	}
	var found *call
	for _, o := range c.pairs[pairKey{f.Source.Number, f.Target.Number}] {
		if o.line != l && o.view.Outbound != f.Outbound && c.now.Sub(o.view.Began) <= c.set.Timers.Pair {
			if found != nil {
				return nil
			}
			found = o
		}
	}
	return found
}

func (c *Core) pair(k *call) {
	v := &k.view // its text is its own; the event's would keep a stanza alive
	if v.Internal && v.Caller.Number != "" && v.Called.Number != "" {
		key := pairKey{v.Caller.Number, v.Called.Number}
		if n := len(c.pairs[key]); n < scanLimit {
			c.pairs[key], k.paired = append(c.pairs[key], k), key
		}
	}
}

func (c *Core) unpair(k *call) {
	key := k.paired
	k.paired = pairKey{}
	list := c.pairs[key]
	for i, o := range list {
		if o == k {
			if len(list) == 1 {
				delete(c.pairs, key)
				return
			}
			c.pairs[key] = append(list[:i:i], list[i+1:]...)
			return
		}
	}
}

// newNumber gives the next call number; never 0 (decision A3). The event that it is given with moves the counter (usedNumber).
func (c *Core) newNumber() uint32 { return max(1, c.nextCall+1) }

package engine

import "offhook/events"

// endedChannels remembers branches that ended, so that late events of them are recognised (decision B1).
type endedChannels struct {
	until map[channelKey]events.Millis
	queue []endedChannel
}

type endedChannel struct {
	key   channelKey
	until events.Millis
}

// endedChannelLimit bounds the memory of ended branches; the oldest go first.
const endedChannelLimit = 1 << 16

func newEndedChannels() endedChannels {
	return endedChannels{until: map[channelKey]events.Millis{}}
}

func (x *endedChannels) add(k channelKey, now, until events.Millis) {
	x.prune(now)
	x.until[k] = until
	x.queue = append(x.queue, endedChannel{k, until})
}

func (x *endedChannels) has(k channelKey, now events.Millis) bool {
	until, ok := x.until[k]
	return ok && now <= until
}

func (x *endedChannels) drop(k channelKey) { delete(x.until, k) }

func (x *endedChannels) prune(now events.Millis) {
	n := 0
	for n < len(x.queue) && (x.queue[n].until < now || len(x.queue)-n > endedChannelLimit) {
		if e := x.queue[n]; x.until[e.key] == e.until {
			delete(x.until, e.key)
		}
		x.queue[n] = endedChannel{}
		n++
	}
	if n == len(x.queue) {
		x.queue = x.queue[:0]
	} else {
		x.queue = x.queue[n:]
	}
}

package live

import (
	"sync"

	"offhook/engine"
)

// outSnapshot is an output of the loop's own: a snapshot that somebody waits for.
const outSnapshot engine.OutputKind = 200

// queued is an output on its way through the committer.
type queued struct {
	engine.Output
	at    snapshotAt
	reply chan snapshotAt
}

// queue is what waits for the journal, bounded in bytes.
type queue struct {
	mu     sync.Mutex
	room   *sync.Cond
	items  []queued
	bytes  int
	limit  int
	closed bool
	filled chan struct{} // has room for one token
}

func newQueue(limit int) *queue {
	q := &queue{limit: limit, filled: make(chan struct{}, 1)}
	q.room = sync.NewCond(&q.mu)
	return q
}

func weight(o *engine.Output) int { return 400 + len(o.Raw) + len(o.Event.Cause().Raw) }

// push adds outputs; it waits while the queue is over its limit.
func (q *queue) push(out []engine.Output) {
	if len(out) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.bytes > q.limit && !q.closed {
		q.room.Wait()
	}
	for i := range out {
		q.items = append(q.items, queued{Output: out[i]})
		q.bytes += weight(&out[i])
	}
	q.signal()
}

// ask adds a wish for what is true now; it is answered when all before it is durable.
func (q *queue) ask(c *engine.Core, w snapshotWish) {
	it := queued{Output: engine.Output{Kind: outSnapshot}, reply: w.reply}
	if w.image {
		it.at = snapshotAt{image: c.Image().Bytes(), place: c.Seq()}
	} else {
		it.at = snapshotAt{snap: c.Snapshot()}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, it)
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// crowded says that half the room is taken: new requests are refused then (decision A9).
func (q *queue) crowded() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes > q.limit/2
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.room.Broadcast()
	q.signal()
}

// take swaps out everything that waits; done says that nothing will come any more.
func (q *queue) take(spare []queued) (items []queued, done bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, spare[:0]
	q.bytes = 0
	q.room.Broadcast()
	return items, q.closed && len(items) == 0
}

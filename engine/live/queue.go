package live

import (
	"sync"

	"offhook/engine"
)

// outSnapshot is an output of the loop's own: a snapshot that somebody waits for.
const outSnapshot engine.OutputKind = 200

// queuedOutput is an output on its way through the committer.
type queuedOutput struct {
	engine.Output
	at    snapshotReply
	reply chan snapshotReply
}

// queue holds the outputs that wait for the journal, bounded in bytes.
type queue struct {
	mu       sync.Mutex
	hasRoom  *sync.Cond
	items    []queuedOutput
	bytes    int
	limit    int
	closed   bool
	notEmpty chan struct{} // has room for one token
}

func newQueue(limit int) *queue {
	q := &queue{limit: limit, notEmpty: make(chan struct{}, 1)}
	q.hasRoom = sync.NewCond(&q.mu)
	return q
}

func queuedBytes(o *engine.Output) int { return 400 + len(o.Raw) + len(o.Event.Cause().Raw) }

// push adds outputs; it waits while the queue is over its limit.
func (q *queue) push(out []engine.Output) {
	if len(out) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.bytes > q.limit && !q.closed {
		q.hasRoom.Wait()
	}
	for i := range out {
		q.items = append(q.items, queuedOutput{Output: out[i]})
		q.bytes += queuedBytes(&out[i])
	}
	q.signal()
}

// pushSnapshot adds a request for what is true now. It is served when everything before it is durable.
func (q *queue) pushSnapshot(c *engine.Core, w snapshotRequest) {
	it := queuedOutput{Output: engine.Output{Kind: outSnapshot}, reply: w.reply}
	if w.image {
		it.at = snapshotReply{image: c.Image().Bytes(), position: c.Seq()}
	} else {
		it.at = snapshotReply{snapshot: c.Snapshot()}
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items = append(q.items, it)
	q.signal()
}

func (q *queue) signal() {
	select {
	case q.notEmpty <- struct{}{}:
	default:
	}
}

// halfFull says that half of the bytes are taken: new requests are refused then (decision A9).
func (q *queue) halfFull() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.bytes > q.limit/2
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.hasRoom.Broadcast()
	q.signal()
}

// takeAll swaps out everything that waits; done says that nothing will come any more.
func (q *queue) takeAll(spare []queuedOutput) (items []queuedOutput, done bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, spare[:0]
	q.bytes = 0
	q.hasRoom.Broadcast()
	return items, q.closed && len(items) == 0
}

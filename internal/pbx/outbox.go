package pbx

import (
	"errors"
	"io"
	"sync"
)

const (
	outboxWaitBytes = 1 << 20  // Emit waits above this
	outboxMaxBytes  = 16 << 20 // the connection of a client that leaves this much unread is closed
)

var errSlowClient = errors.New("pbx: client does not read")

// outbox queues what a connection sends. Events are put while the PBX is
// locked, so put never blocks; one writer writes all queued bytes at once.
type outbox struct {
	mu       sync.Mutex
	cond     sync.Cond
	buf      []byte
	reusable []byte
	closed   bool
	abort    func() // unblocks a blocked write
	err      error
}

func newOutbox(abort func()) *outbox {
	o := &outbox{abort: abort}
	o.cond.L = &o.mu
	return o
}

func (o *outbox) put(b []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed || o.err != nil {
		return
	}
	o.buf = append(o.buf, b...)
	if len(o.buf) > outboxMaxBytes {
		o.err = errSlowClient
		o.abort()
	}
	o.cond.Broadcast()
}

// putWait waits for room first. It returns false if the connection has ended.
func (o *outbox) putWait(b []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) >= outboxWaitBytes && !o.closed && o.err == nil {
		o.cond.Wait()
	}
	if o.closed || o.err != nil {
		return false
	}
	o.buf = append(o.buf, b...)
	o.cond.Broadcast()
	return true
}

// writeTo writes the queue until an error, or until it has written the rest after close.
func (o *outbox) writeTo(w io.Writer) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		for len(o.buf) == 0 && !o.closed && o.err == nil {
			o.cond.Wait()
		}
		if o.err != nil || len(o.buf) == 0 {
			return o.err
		}
		batch := o.buf
		o.buf = o.reusable[:0]
		o.mu.Unlock()
		_, err := w.Write(batch)
		o.mu.Lock()
		if o.reusable = batch[:0]; cap(batch) > 2*outboxWaitBytes {
			o.reusable = nil
		}
		if err != nil && o.err == nil {
			o.err = err
		}
		o.cond.Broadcast()
	}
}

func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.cond.Broadcast()
}

// fail makes all waiting calls return.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.cond.Broadcast()
}

package pbx

import (
	"errors"
	"io"
	"sync"
)

const (
	outboxSoft = 1 << 20  // Emit waits above this
	outboxHard = 16 << 20 // a client that lets this much pile up is cut off
)

var errSlowClient = errors.New("pbx: client does not read")

// outbox orders what a connection sends. Events are put while the PBX is
// locked, so put never blocks; one writer takes everything waiting at once.
type outbox struct {
	mu     sync.Mutex
	cond   sync.Cond
	buf    []byte
	spare  []byte
	closed bool
	abort  func() // ends a write that blocks
	err    error
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
	if len(o.buf) > outboxHard {
		o.err = errSlowClient
		o.abort()
	}
	o.cond.Broadcast()
}

// putWait waits for room first; false means the connection is gone.
func (o *outbox) putWait(b []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) >= outboxSoft && !o.closed && o.err == nil {
		o.cond.Wait()
	}
	if o.closed || o.err != nil {
		return false
	}
	o.buf = append(o.buf, b...)
	o.cond.Broadcast()
	return true
}

// drain writes until close (after which it writes the rest) or an error.
func (o *outbox) drain(w io.Writer) error {
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
		o.buf = o.spare[:0]
		o.mu.Unlock()
		_, err := w.Write(batch)
		o.mu.Lock()
		if o.spare = batch[:0]; cap(batch) > 2*outboxSoft {
			o.spare = nil
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

// fail makes every waiter give up.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.cond.Broadcast()
}

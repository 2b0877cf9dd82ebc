package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/gofrs/flock"
	client "github.com/nats-io/nats.go"

	"offhook/events"
	"offhook/internal/pack"
)

// Journal is one journal on JetStream. It is safe for one appender and any number of readers.
type Journal struct {
	cfg           Config
	log           *slog.Logger
	id            string
	lock          *flock.Flock  // of the directory; nil with an external server
	writeToken    chan struct{} // holds one token; its taker may append and reopen the server
	done          chan struct{} // closed by Close
	retentionWake chan struct{} // wakes the retention goroutine
	imageToken    chan struct{} // full while an engine image is saved
	wg            sync.WaitGroup

	// Owned by the holder of writeToken.
	packer          pack.Packer
	positionUnknown bool      // a publish had no answer: pos may be behind the stream
	partialBatch    uint64    // first event of a batch whose first packs alone are stored; 0 for none
	mustReopen      bool      // the embedded server has to be reopened
	failedReopens   int       // tries to reopen since the last success
	nextReopen      time.Time // earliest time of the next try to reopen
	bytesSinceTrim  int64     // bytes appended since retention was last woken

	mu          sync.Mutex
	link        *link
	pos         position
	neededAfter uint64        // events after this one are needed by an engine image (see retention.go); 0: all are
	changed     chan struct{} // closed and replaced whenever link, pos or closed changes
	closed      bool
}

var _ events.Journal = (*Journal)(nil)

// position says which events the stream holds, and the sequences of the messages that hold them.
type position struct {
	first, last       uint64 // event numbers; 1 and 0 in an empty journal
	firstSeq, lastSeq uint64 // stream sequences of the oldest and the newest message
	newestFirst       uint64 // number of the newest message's first event
}

// Open opens the journal that c names and makes it if there is none. ctx bounds the opening only; a large store may need
// seconds.
// Errors: ErrConfig, ErrLocked, ErrUnavailable, and events.ErrCorrupt for a stream that holds something else.
func Open(ctx context.Context, c Config) (*Journal, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	j := &Journal{cfg: c, log: c.Log, writeToken: make(chan struct{}, 1), done: make(chan struct{}),
		retentionWake: make(chan struct{}, 1), imageToken: make(chan struct{}, 1), changed: make(chan struct{})}
	if c.Dir != "" {
		if j.lock, err = lockDir(c.Dir); err != nil {
			return nil, err
		}
	}
	if err := j.connectAndAdopt(ctx); err != nil {
		return nil, errors.Join(err, j.unlock())
	}
	j.writeToken <- struct{}{}
	j.startRetention()
	return j, nil
}

// connectAndAdopt connects to the server and takes over its stream. The caller holds writeToken or is Open.
func (j *Journal) connectAndAdopt(ctx context.Context) error {
	l, err := connect(ctx, j.cfg, func() { go j.catchUp() })
	if err != nil {
		return err
	}
	if err := j.adoptServer(ctx, l); err != nil {
		return errors.Join(err, l.close())
	}
	return nil
}

// adoptServer checks the server's stream and makes it the journal's.
func (j *Journal) adoptServer(ctx context.Context, l *link) error {
	if err := l.checkVersion(); err != nil {
		return err
	}
	id, err := ensureStream(ctx, l, j.cfg)
	if err != nil {
		return err
	}
	if j.id != "" && j.id != id {
		return fmt.Errorf("%w: stream %s is now journal %s, it was %s: another stream took its place", events.ErrConflict, j.cfg.streamName(), id, j.id)
	}
	lastBefore := j.position().last
	if err := j.subscribeAppends(l); err != nil { // before the position is read, so that no append is missed between the two
		return err
	}
	pos, err := j.readPosition(ctx, l)
	if err != nil {
		return err
	}
	if pos.last < lastBefore {
		return fmt.Errorf("%w: acknowledged events %d to %d are gone from stream %s: restore it from a copy", events.ErrCorrupt, pos.last+1, lastBefore, j.cfg.streamName())
	}
	if err := j.loadNeeded(ctx, l, pos.last); err != nil {
		return err
	}
	if j.id == "" { // written once: ID takes no lock
		j.id = id
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.link = l
	if pos.lastSeq < j.pos.lastSeq { // newer appends were announced meanwhile
		pos.last, pos.lastSeq, pos.newestFirst = j.pos.last, j.pos.lastSeq, j.pos.newestFirst
	}
	j.pos = pos
	j.notifyReaders()
	return nil
}

// subscribeAppends subscribes to other programs' appends on a shared server, so that tails see them.
func (j *Journal) subscribeAppends(l *link) error {
	if j.cfg.URL == "" {
		return nil
	}
	_, err := l.nc.Subscribe(j.cfg.storedSubject(), func(m *client.Msg) {
		if p, err := parseMessage(m); err == nil {
			j.advance(p)
		}
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// catchUp reads the position again after the connection to a shared server was lost.
func (j *Journal) catchUp() {
	ctx, cancel := context.WithTimeout(context.Background(), j.cfg.AckWait)
	defer cancel()
	if l, _, _, err := j.readerState(); err == nil {
		if pos, err := j.readPosition(ctx, l); err == nil {
			j.setPosition(pos)
		}
	}
}

// ID is the journal's id, made once together with its stream.
func (j *Journal) ID() string { return j.id }

// Last is the number of the newest acknowledged event.
func (j *Journal) Last() uint64 { return j.position().last }

// First is the number of the oldest kept event.
func (j *Journal) First() uint64 { return j.position().first }

func (j *Journal) position() position {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.pos
}

// readerState returns what a reader needs: the connection, the position, and a channel that is closed at the next change.
func (j *Journal) readerState() (*link, position, <-chan struct{}, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, position{}, nil, events.ErrClosed
	}
	return j.link, j.pos, j.changed, nil
}

// advance moves the position to a message that is newer.
func (j *Journal) advance(m message) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m.seq <= j.pos.lastSeq {
		return
	}
	if j.pos.last == 0 {
		j.pos.first, j.pos.firstSeq = m.first, m.seq
	}
	j.pos.last, j.pos.lastSeq, j.pos.newestFirst = m.last, m.seq, m.first
	j.notifyReaders()
}

// setPosition sets the position to one read from the stream, unless a newer one is known.
func (j *Journal) setPosition(p position) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if p.lastSeq < j.pos.lastSeq {
		return
	}
	j.pos = p
	j.notifyReaders()
}

// notifyReaders wakes the readers that wait. The caller holds mu.
func (j *Journal) notifyReaders() {
	close(j.changed)
	j.changed = make(chan struct{})
}

// Close closes the journal within bounded time: an append in flight may wait for its answer, the server has ten seconds to
// stop. If the embedded server has not stopped by then, Close returns an error and keeps the directory locked.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	j.notifyReaders()
	j.mu.Unlock()
	close(j.done)
	<-j.writeToken // not returned: a waiting append sees done
	j.wg.Wait()
	if err := j.link.close(); err != nil {
		return err
	}
	return j.unlock()
}

func (j *Journal) unlock() error {
	if j.lock == nil {
		return nil
	}
	return j.lock.Unlock()
}

// Addr is where an embedded server with Listen can be reached, such as "127.0.0.1:4222"; empty without Listen.
func (j *Journal) Addr() string {
	l, _, _, err := j.readerState()
	if err != nil || l.srv == nil || j.cfg.Listen == "" {
		return ""
	}
	return l.srv.Addr().String()
}

// String names the journal and its directory or servers, without secrets.
func (j *Journal) String() string {
	return "journal " + strconv.Quote(j.cfg.Name) + " at " + j.cfg.place()
}

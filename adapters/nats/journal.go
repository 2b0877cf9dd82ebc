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
	cfg    Config
	log    *slog.Logger
	id     string
	lock   *flock.Flock  // of the directory; nil with an external server
	pen    chan struct{} // holds one token: who has it may write and reopen
	done   chan struct{} // closed by Close
	trim   chan struct{} // wakes the keeper
	saving chan struct{} // holds a token while a snapshot is saved
	wg     sync.WaitGroup

	// Owned by the holder of the pen.
	packer pack.Packer
	unsure bool      // a publish was never answered: the position may be behind the stream
	half   uint64    // first number of a batch of several packs of which only some are stored; 0 for none
	sick   bool      // the embedded server has to be reopened
	tries  int       // reopenings in a row that failed
	notTil time.Time // no reopening before
	fresh  int64     // bytes appended since the keeper was last woken

	mu     sync.Mutex
	link   *link
	pos    position
	needed uint64        // events after this one are needed by a snapshot (see retain.go); 0: all are
	grown  chan struct{} // closed and replaced whenever there is something new to look at
	closed bool
}

var _ events.Journal = (*Journal)(nil)

// position says what is in the stream: event numbers and the sequences of the messages that hold them.
type position struct {
	first, last       uint64 // event numbers; 1 and 0 in an empty journal
	firstSeq, lastSeq uint64 // stream sequences of the oldest and the newest message
	newest            uint64 // number of the newest message's first event
}

// Open opens the journal that c names, or makes it. ctx bounds the opening alone; a large store may need seconds.
// Errors: ErrConfig, ErrLocked, ErrUnavailable, and events.ErrCorrupt for a stream that holds something else.
func Open(ctx context.Context, c Config) (*Journal, error) {
	c, err := c.settled()
	if err != nil {
		return nil, err
	}
	j := &Journal{cfg: c, log: c.Log, pen: make(chan struct{}, 1), done: make(chan struct{}),
		trim: make(chan struct{}, 1), saving: make(chan struct{}, 1), grown: make(chan struct{})}
	if c.Dir != "" {
		if j.lock, err = lockDir(c.Dir); err != nil {
			return nil, err
		}
	}
	if err := j.start(ctx); err != nil {
		return nil, errors.Join(err, j.unlock())
	}
	j.pen <- struct{}{}
	j.keep()
	return j, nil
}

// start connects and looks at what is there; the caller has the pen or is Open.
func (j *Journal) start(ctx context.Context) error {
	l, err := connect(ctx, j.cfg, func() { go j.lookAgain() })
	if err != nil {
		return err
	}
	if err := j.adopt(ctx, l); err != nil {
		return errors.Join(err, l.close())
	}
	return nil
}

func (j *Journal) adopt(ctx context.Context, l *link) error {
	if err := l.newEnough(); err != nil {
		return err
	}
	id, err := ensureStream(ctx, l, j.cfg)
	if err != nil {
		return err
	}
	if j.id != "" && j.id != id {
		return fmt.Errorf("%w: stream %s is now journal %s, it was %s: another stream took its place", events.ErrConflict, j.cfg.stream(), id, j.id)
	}
	had := j.position().last
	if err := j.listen(l); err != nil { // before looking, so that nothing slips through in between
		return err
	}
	pos, err := j.load(ctx, l)
	if err != nil {
		return err
	}
	if pos.last < had {
		return fmt.Errorf("%w: acknowledged events %d to %d are gone from stream %s: restore it from a copy", events.ErrCorrupt, pos.last+1, had, j.cfg.stream())
	}
	if err := j.prepareSnapshots(ctx, l, pos.last); err != nil {
		return err
	}
	if j.id == "" { // written once: ID takes no lock
		j.id = id
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.link = l
	if pos.lastSeq < j.pos.lastSeq { // heard of newer ones meanwhile
		pos.last, pos.lastSeq, pos.newest = j.pos.last, j.pos.lastSeq, j.pos.newest
	}
	j.pos = pos
	j.wake()
	return nil
}

// listen hears of other programs' appends to a shared server, so that tails see them.
func (j *Journal) listen(l *link) error {
	if j.cfg.URL == "" {
		return nil
	}
	_, err := l.nc.Subscribe(j.cfg.stored(), func(m *client.Msg) {
		if p, err := parse(m); err == nil {
			j.advance(p)
		}
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// lookAgain finds what was appended while the connection to a shared server was away.
func (j *Journal) lookAgain() {
	ctx, cancel := context.WithTimeout(context.Background(), j.cfg.AckWait)
	defer cancel()
	if l, _, _, err := j.look(); err == nil {
		if pos, err := j.load(ctx, l); err == nil {
			j.moveTo(pos)
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

// look is what a reader needs: the connection, the position, and what tells of the next change.
func (j *Journal) look() (*link, position, <-chan struct{}, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, position{}, nil, events.ErrClosed
	}
	return j.link, j.pos, j.grown, nil
}

// advance adds a message to the position if it is new there.
func (j *Journal) advance(m message) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if m.seq <= j.pos.lastSeq {
		return
	}
	if j.pos.last == 0 {
		j.pos.first, j.pos.firstSeq = m.first, m.seq
	}
	j.pos.last, j.pos.lastSeq, j.pos.newest = m.last, m.seq, m.first
	j.wake()
}

// moveTo takes over a position read from the stream unless a newer one is known.
func (j *Journal) moveTo(p position) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if p.lastSeq < j.pos.lastSeq {
		return
	}
	j.pos = p
	j.wake()
}

// wake tells all who wait; the caller holds mu.
func (j *Journal) wake() {
	close(j.grown)
	j.grown = make(chan struct{})
}

// Close ends the journal within bounded time (an append in flight gets the time of its answer, the server ten seconds).
// It does not return before the embedded server is gone; if that takes too long it says so and keeps the lock.
func (j *Journal) Close() error {
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return nil
	}
	j.closed = true
	j.wake()
	j.mu.Unlock()
	close(j.done)
	<-j.pen // for good: whoever waits for it sees done
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
	l, _, _, err := j.look()
	if err != nil || l.srv == nil || j.cfg.Listen == "" {
		return ""
	}
	return l.srv.Addr().String()
}

// String names the journal and its place, without secrets.
func (j *Journal) String() string {
	return "journal " + strconv.Quote(j.cfg.Name) + " at " + j.cfg.place()
}

package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	client "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
)

const (
	headFirst = "Offhook-First" // number of the message's first event
	headCount = "Offhook-Count" // how many events it holds
	pullFirst = 8               // messages of a read's first request: many reads want few; each next one asks for more
	pullCount = 512             // up to this many: far above 1000 the server's rate collapses
	pullBytes = 4 << 20         // and this many bytes
)

// message is one stored pack, still packed.
type message struct {
	seq         uint64 // in the stream
	first, last uint64 // numbers of its events
	data        []byte
}

// errMissing says that the server has no such message.
var errMissing = errors.New("nats: no such message")

// parse reads what the server delivers for a stored message.
func parse(m *client.Msg) (message, error) {
	seq, err := sequence(m)
	if err != nil {
		return message{}, err
	}
	return headed(seq, m.Header, m.Data)
}

// sequence is that of a delivered message in its stream, or what the server says instead of delivering one.
func sequence(m *client.Msg) (uint64, error) {
	if status := m.Header.Get("Status"); status == "404" {
		return 0, errMissing
	} else if status != "" {
		return 0, fmt.Errorf("%w: the server says %s %s", ErrUnavailable, status, m.Header.Get("Description"))
	}
	seq, err := strconv.ParseUint(m.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: the server delivered a message without a sequence", ErrUnavailable)
	}
	return seq, nil
}

// headed takes a message's own headers.
func headed(seq uint64, h client.Header, data []byte) (message, error) {
	first, err1 := strconv.ParseUint(h.Get(headFirst), 10, 64)
	count, err2 := strconv.ParseUint(h.Get(headCount), 10, 64)
	if err1 != nil || err2 != nil || first == 0 || count == 0 || count > events.PackEvents || first+count < first {
		return message{}, damaged(seq, errors.New("its headers do not name its events"))
	}
	return message{seq: seq, first: first, last: first + count - 1, data: data}, nil
}

// damaged is the error for a message that cannot be read, with the way out.
func damaged(seq uint64, why error) error {
	return fmt.Errorf("%w: stream sequence %d: %w; stop offhook and restore the journal from a copy, or put its directory (stream) aside and begin a new one", events.ErrCorrupt, seq, why)
}

// ask is the server's request to get stored messages (JetStream API, STREAM.MSG.GET and DIRECT.GET).
type ask struct {
	Seq   uint64     `json:"seq,omitempty"`
	Last  string     `json:"last_by_subj,omitempty"`
	Next  string     `json:"next_by_subj,omitempty"`
	Since *time.Time `json:"start_time,omitempty"`
	Batch int        `json:"batch,omitempty"`
	Bytes int        `json:"max_bytes,omitempty"`
}

func (a ask) bytes() []byte {
	b, _ := json.Marshal(a) // numbers, text and a time: cannot fail
	return b
}

// get fetches the one message that a asks for, from any replica.
func (l *link) get(ctx context.Context, c Config, a ask) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	m, err := l.nc.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+c.stream(), a.bytes())
	if err != nil {
		return message{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return parse(m)
}

// message is the one with the sequence or, if that is gone, the next.
func (l *link) message(ctx context.Context, c Config, seq uint64) (message, error) {
	return l.get(ctx, c, ask{Seq: seq, Next: c.subject()})
}

// since is the first message stored at t or later.
func (l *link) since(ctx context.Context, c Config, t time.Time) (message, error) {
	return l.get(ctx, c, ask{Since: &t, Next: c.subject()})
}

// newest is the last message as the stream's leader knows it; replicas may be behind.
func (l *link) newest(ctx context.Context, c Config) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	m, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+c.stream(), ask{Last: c.subject()}.bytes())
	if err != nil {
		return message{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	var answer struct {
		Error   *jetstream.APIError `json:"error"`
		Message *struct {
			Seq        uint64 `json:"seq"`
			Hdrs, Data []byte
		} `json:"message"`
	}
	if err := json.Unmarshal(m.Data, &answer); err != nil || answer.Message == nil {
		if answer.Error != nil {
			err = answer.Error
		}
		return message{}, fmt.Errorf("%w: the newest message: %w", ErrUnavailable, errors.Join(err, errMissing))
	}
	h, err := client.DecodeHeadersMsg(answer.Message.Hdrs)
	if err != nil {
		return message{}, damaged(answer.Message.Seq, err)
	}
	return headed(answer.Message.Seq, h, answer.Message.Data)
}

// locate finds the message with event number n, which must be between p.first and p.last, by halving (each probe reads
// one message).
func (l *link) locate(ctx context.Context, c Config, p position, n uint64) (uint64, error) {
	if n >= p.newest {
		return p.lastSeq, nil
	}
	low, high := p.firstSeq, p.lastSeq-1 // the message is one of these
	for low < high {
		mid := low + (high-low+1)/2
		m, err := l.message(ctx, c, mid)
		if err != nil {
			return 0, err
		}
		switch {
		case m.first > n:
			high = mid - 1
		case m.last >= n:
			return m.seq, nil
		default:
			low = max(m.seq, mid)
		}
	}
	return low, nil
}

// newEnough refuses servers that cannot deliver many messages for one request.
func (l *link) newEnough() error {
	var major, minor int
	v := l.nc.ConnectedServerVersion()
	if _, err := fmt.Sscanf(v, "%d.%d", &major, &minor); err != nil || major < 2 || major == 2 && minor < 11 {
		return fmt.Errorf("%w: nats-server %s: version 2.11 or newer is needed", ErrConfig, v)
	}
	return nil
}

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
	headerFirst       = "Offhook-First" // number of the message's first event
	headerCount       = "Offhook-Count" // how many events it holds
	firstPullMessages = 8               // messages that a read's first request asks for; each further request asks for more
	maxPullMessages   = 512             // messages that one request asks for at most; the server becomes slow far above 1000
	maxPullBytes      = 4 << 20         // bytes that one request asks for at most
)

// message is one stored pack, not decoded.
type message struct {
	seq         uint64 // in the stream
	first, last uint64 // numbers of its events
	data        []byte
}

// errMissing says that the server has no such message.
var errMissing = errors.New("nats: no such message")

// parseMessage reads what the server delivers for a stored message.
func parseMessage(m *client.Msg) (message, error) {
	seq, err := streamSequence(m)
	if err != nil {
		return message{}, err
	}
	return messageOf(seq, m.Header, m.Data)
}

// streamSequence returns the sequence of a delivered message in its stream, or what the server says instead of a message.
func streamSequence(m *client.Msg) (uint64, error) {
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

// messageOf reads a message's headers.
func messageOf(seq uint64, h client.Header, data []byte) (message, error) {
	first, err1 := strconv.ParseUint(h.Get(headerFirst), 10, 64)
	count, err2 := strconv.ParseUint(h.Get(headerCount), 10, 64)
	if err1 != nil || err2 != nil || first == 0 || count == 0 || count > events.PackEvents || first+count < first {
		return message{}, corruptError(seq, errors.New("its headers do not name its events"))
	}
	return message{seq: seq, first: first, last: first + count - 1, data: data}, nil
}

// corruptError returns the error for a message that cannot be read; it says what to do.
func corruptError(seq uint64, why error) error {
	return fmt.Errorf("%w: stream sequence %d: %w; stop offhook and restore the journal from a copy, or move its directory (stream) away and begin a new one", events.ErrCorrupt, seq, why)
}

// getRequest is the body of a request for stored messages (JetStream API, STREAM.MSG.GET and DIRECT.GET).
type getRequest struct {
	Seq   uint64     `json:"seq,omitempty"`
	Last  string     `json:"last_by_subj,omitempty"`
	Next  string     `json:"next_by_subj,omitempty"`
	Since *time.Time `json:"start_time,omitempty"`
	Batch int        `json:"batch,omitempty"`
	Bytes int        `json:"max_bytes,omitempty"`
}

func (a getRequest) encode() []byte {
	b, _ := json.Marshal(a) // numbers, text and a time cannot fail
	return b
}

// getMessage reads the one message that a asks for, from any replica.
func (l *link) getMessage(ctx context.Context, c Config, a getRequest) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	m, err := l.nc.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+c.streamName(), a.encode())
	if err != nil {
		return message{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return parseMessage(m)
}

// messageAt returns the message with that sequence, or the next one if that was removed.
func (l *link) messageAt(ctx context.Context, c Config, seq uint64) (message, error) {
	return l.getMessage(ctx, c, getRequest{Seq: seq, Next: c.subject()})
}

// messageSince returns the first message stored at t or later.
func (l *link) messageSince(ctx context.Context, c Config, t time.Time) (message, error) {
	return l.getMessage(ctx, c, getRequest{Since: &t, Next: c.subject()})
}

// newestMessage returns the last message as the stream's leader knows it; replicas may be behind.
func (l *link) newestMessage(ctx context.Context, c Config) (message, error) {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	m, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+c.streamName(), getRequest{Last: c.subject()}.encode())
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
		return message{}, corruptError(answer.Message.Seq, err)
	}
	return messageOf(answer.Message.Seq, h, answer.Message.Data)
}

// locate finds the sequence of the message with event n, which must be between p.first and p.last, by a binary search that
// reads one message at each step.
func (l *link) locate(ctx context.Context, c Config, p position, n uint64) (uint64, error) {
	if n >= p.newestFirst {
		return p.lastSeq, nil
	}
	low, high := p.firstSeq, p.lastSeq-1 // the message is one of these
	for low < high {
		mid := low + (high-low+1)/2
		m, err := l.messageAt(ctx, c, mid)
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

// checkVersion refuses servers that cannot deliver several messages for one request.
func (l *link) checkVersion() error {
	var major, minor int
	v := l.nc.ConnectedServerVersion()
	if _, err := fmt.Sscanf(v, "%d.%d", &major, &minor); err != nil || major < 2 || major == 2 && minor < 11 {
		return fmt.Errorf("%w: nats-server %s: version 2.11 or newer is needed", ErrConfig, v)
	}
	return nil
}

package nats

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
)

// Keys of the stream's metadata, and the format that this program writes.
const (
	metaID       = "offhook.journal"
	metaFormat   = "offhook.format"
	streamFormat = "1"
)

// duplicateWindow is how long the server remembers message ids. The expected last sequence already keeps copies out; the
// ids cost memory, so the server remembers them only as long as an answer can be late.
const duplicateWindow = 5 * time.Second

// ensureStream finds the journal's stream, makes it if there is none, and returns the journal's id.
func ensureStream(ctx context.Context, l *link, c Config) (string, error) {
	s, err := l.js.Stream(ctx, c.streamName())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = l.js.CreateStream(ctx, newStream(c))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another program was quicker
			s, err = l.js.Stream(ctx, c.streamName())
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: stream %s at %s: %w", ErrUnavailable, c.streamName(), c.place(), err)
	}
	have := s.CachedInfo().Config
	id := have.Metadata[metaID]
	if id == "" || len(have.Subjects) != 1 || have.Subjects[0] != c.subject() {
		return "", fmt.Errorf("%w: stream %s at %s does not hold a journal of offhook: choose another Name", events.ErrCorrupt, c.streamName(), c.place())
	}
	if f := have.Metadata[metaFormat]; f != streamFormat {
		return "", fmt.Errorf("%w: stream %s has format %q, this program knows %s: use a newer offhook", events.ErrCorrupt, c.streamName(), f, streamFormat)
	}
	return id, updateStream(ctx, l, c, have)
}

func newStream(c Config) jetstream.StreamConfig {
	sc := jetstream.StreamConfig{Name: c.streamName(), Description: "offhook call events", Subjects: []string{c.subject()},
		Storage: jetstream.FileStorage, Replicas: c.Replicas,
		Metadata: map[string]string{metaID: newID(), metaFormat: streamFormat}}
	setRequired(&sc, c)
	return sc
}

// setRequired sets what the journal relies on, in a new stream and in an existing one.
func setRequired(sc *jetstream.StreamConfig, c Config) {
	sc.Discard, sc.MaxBytes, sc.MaxAge, sc.MaxMsgs = jetstream.DiscardNew, c.MaxStore, 0, -1
	sc.Duplicates, sc.AllowDirect = duplicateWindow, true
	if c.URL != "" { // other programs may share the stream; see Journal.subscribeAppends
		sc.RePublish = &jetstream.RePublish{Source: c.subject(), Destination: c.storedSubject(), HeadersOnly: true}
	}
}

func updateStream(ctx context.Context, l *link, c Config, have jetstream.StreamConfig) error {
	want := have
	want.Metadata = maps.Clone(have.Metadata)
	setRequired(&want, c)
	same := have.Discard == want.Discard && have.MaxBytes == want.MaxBytes && have.MaxAge == want.MaxAge &&
		have.MaxMsgs == want.MaxMsgs && have.Duplicates == want.Duplicates && have.AllowDirect &&
		(want.RePublish == nil || have.RePublish != nil && *have.RePublish == *want.RePublish)
	if same {
		return nil
	}
	if _, err := l.js.UpdateStream(ctx, want); err != nil {
		return fmt.Errorf("%w: cannot set the limits of stream %s: %w", ErrUnavailable, c.streamName(), err)
	}
	return nil
}

func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// readPosition reads the position from the stream: its state, its newest and its oldest message.
func (j *Journal) readPosition(ctx context.Context, l *link) (position, error) {
	ctx, cancel := context.WithTimeout(ctx, j.cfg.AckWait)
	defer cancel()
	name := j.cfg.streamName()
	s, err := l.js.Stream(ctx, name)
	if err != nil {
		return position{}, fmt.Errorf("%w: stream %s: %w", ErrUnavailable, name, err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 && state.LastSeq == 0 {
		return position{first: 1}, nil
	}
	if state.Msgs == 0 {
		return position{}, fmt.Errorf("%w: stream %s was emptied by another program: remove it and its engine images to begin a new journal", events.ErrCorrupt, name)
	}
	last, err := l.newestMessage(ctx, j.cfg)
	if err != nil {
		return position{}, err
	}
	first, err := l.messageAt(ctx, j.cfg, state.FirstSeq)
	if err != nil {
		return position{}, err
	}
	return position{first: first.first, last: last.last, newestFirst: last.first, firstSeq: first.seq, lastSeq: max(state.LastSeq, last.seq)}, nil
}

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

// What the stream's metadata says.
const (
	metaID     = "offhook.journal"
	metaFormat = "offhook.format"
	format     = "1"
)

// duplicateWindow is how long the server remembers message ids. The expected last sequence is what keeps copies out;
// the ids cost memory, so they are kept for no longer than answers can be late.
const duplicateWindow = 5 * time.Second

// ensureStream finds the journal's stream, or makes it, and returns the journal's id.
func ensureStream(ctx context.Context, l *link, c Config) (string, error) {
	s, err := l.js.Stream(ctx, c.stream())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = l.js.CreateStream(ctx, newStream(c))
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another program was quicker
			s, err = l.js.Stream(ctx, c.stream())
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: stream %s at %s: %w", ErrUnavailable, c.stream(), c.place(), err)
	}
	have := s.CachedInfo().Config
	id := have.Metadata[metaID]
	if id == "" || len(have.Subjects) != 1 || have.Subjects[0] != c.subject() {
		return "", fmt.Errorf("%w: stream %s at %s is no journal of offhook: choose another Name", events.ErrCorrupt, c.stream(), c.place())
	}
	if f := have.Metadata[metaFormat]; f != format {
		return "", fmt.Errorf("%w: stream %s has format %q, this program knows %s: use a newer offhook", events.ErrCorrupt, c.stream(), f, format)
	}
	return id, updateStream(ctx, l, c, have)
}

func newStream(c Config) jetstream.StreamConfig {
	sc := jetstream.StreamConfig{Name: c.stream(), Description: "offhook call events", Subjects: []string{c.subject()},
		Storage: jetstream.FileStorage, Replicas: c.Replicas,
		Metadata: map[string]string{metaID: newID(), metaFormat: format}}
	ours(&sc, c)
	return sc
}

// ours sets what this program relies on, in a new stream and in one found.
func ours(sc *jetstream.StreamConfig, c Config) {
	sc.Discard, sc.MaxBytes, sc.MaxAge, sc.MaxMsgs = jetstream.DiscardNew, c.MaxStore, 0, -1
	sc.Duplicates, sc.AllowDirect = duplicateWindow, true
	if c.URL != "" { // other programs may share the stream; see Journal.listen
		sc.RePublish = &jetstream.RePublish{Source: c.subject(), Destination: c.stored(), HeadersOnly: true}
	}
}

func updateStream(ctx context.Context, l *link, c Config, have jetstream.StreamConfig) error {
	want := have
	want.Metadata = maps.Clone(have.Metadata)
	ours(&want, c)
	same := have.Discard == want.Discard && have.MaxBytes == want.MaxBytes && have.MaxAge == want.MaxAge &&
		have.MaxMsgs == want.MaxMsgs && have.Duplicates == want.Duplicates && have.AllowDirect &&
		(want.RePublish == nil || have.RePublish != nil && *have.RePublish == *want.RePublish)
	if same {
		return nil
	}
	if _, err := l.js.UpdateStream(ctx, want); err != nil {
		return fmt.Errorf("%w: cannot set the limits of stream %s: %w", ErrUnavailable, c.stream(), err)
	}
	return nil
}

func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// load reads the position from the stream: its state, its newest and its oldest message.
func (j *Journal) load(ctx context.Context, l *link) (position, error) {
	ctx, cancel := context.WithTimeout(ctx, j.cfg.AckWait)
	defer cancel()
	name := j.cfg.stream()
	s, err := l.js.Stream(ctx, name)
	if err != nil {
		return position{}, fmt.Errorf("%w: stream %s: %w", ErrUnavailable, name, err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 && state.LastSeq == 0 {
		return position{first: 1}, nil
	}
	if state.Msgs == 0 {
		return position{}, fmt.Errorf("%w: stream %s was emptied by somebody: remove it and its snapshots to begin a new journal", events.ErrCorrupt, name)
	}
	last, err := l.newest(ctx, j.cfg)
	if err != nil {
		return position{}, err
	}
	first, err := l.message(ctx, j.cfg, state.FirstSeq)
	if err != nil {
		return position{}, err
	}
	return position{first: first.first, last: last.last, newest: last.first, firstSeq: first.seq, lastSeq: max(state.LastSeq, last.seq)}, nil
}

package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
)

// run is one saved snapshot: count messages with consecutive stream sequences. All of it stands in their subjects,
// offhook.NAME.snapshots.EVENT.FIRST.COUNT.CHUNK, so the stream's list of subjects tells what is stored whole and
// what an interrupted save or removal left.
type run struct {
	event uint64 // the last event the snapshot contains
	first uint64 // stream sequence of its first chunk, which also tells two saves at one event apart
	count uint64 // of its chunks
	have  uint64 // how many of them the stream holds
}

func (r run) whole() bool { return r.have == r.count }
func (r run) end() uint64 { return r.first + r.count }

func (c Config) snapshotStream() string { return "OFFHOOK-SNAPSHOTS_" + c.Name } // never OFFHOOK_ and another name
func (c Config) snapshots() string      { return "offhook." + c.Name + ".snapshots." }

// chunks is the subject of all chunks of a run, chunk that of one.
func (c Config) chunks(r run) string { return c.ofRun(r) + "*" }
func (c Config) chunk(r run, i uint64) string {
	return c.ofRun(r) + strconv.FormatUint(i, 10)
}
func (c Config) ofRun(r run) string {
	return fmt.Sprintf("%s%d.%d.%d.", c.snapshots(), r.event, r.first, r.count)
}

// parseChunk reads a subject; have stays 0.
func (c Config) parseChunk(subject string) (run, bool) {
	rest, ok := strings.CutPrefix(subject, c.snapshots())
	words := strings.Split(rest, ".")
	if !ok || len(words) != 4 {
		return run{}, false
	}
	var v [4]uint64
	for i, w := range words {
		n, err := strconv.ParseUint(w, 10, 63) // so that sums of two stay in range
		if err != nil {
			return run{}, false
		}
		v[i] = n
	}
	r := run{event: v[0], first: v[1], count: v[2]}
	return r, r.first > 0 && v[3] < r.count && c.chunk(r, v[3]) == subject
}

// shelf is what the snapshots' stream holds at one moment.
type shelf struct {
	stream jetstream.Stream
	last   uint64 // newest stream sequence
	runs   []run  // newest event first, and of two at one event the later save first
}

// shelf makes the stream if needed and lists it, as its leader knows it.
func (l *link) shelf(ctx context.Context, c Config) (shelf, error) {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	s, err := l.snapshotStream(ctx, c)
	if err != nil {
		return shelf{}, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(c.snapshots()+">"))
	if err != nil {
		return shelf{}, fmt.Errorf("%w: snapshots in %s: %w", ErrUnavailable, c.snapshotStream(), err)
	}
	return shelf{s, info.State.LastSeq, c.runs(info.State.Subjects)}, nil
}

// runs gathers chunks; a subject with two messages is no chunk of ours.
func (c Config) runs(subjects map[string]uint64) []run {
	found := map[run]uint64{}
	for subject, n := range subjects {
		if r, ok := c.parseChunk(subject); ok {
			if n > 1 {
				n = 0
			}
			found[r] += n
		}
	}
	all := make([]run, 0, len(found))
	for r, n := range found {
		r.have = n
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b run) int {
		return cmp.Or(cmp.Compare(b.event, a.event), cmp.Compare(b.first, a.first), cmp.Compare(a.count, b.count))
	})
	return all
}

func (s shelf) holds(r run) bool { return slices.Contains(s.runs, r) }

// sort tells the two newest snapshots of a journal that ends at event last from what is to be removed.
func (s shelf) sort(last uint64) (keep, rest []run) {
	for _, r := range s.runs {
		again := len(keep) > 0 && keep[len(keep)-1].event == r.event
		if r.whole() && r.event <= last && !again && len(keep) < kept {
			keep = append(keep, r)
		} else {
			rest = append(rest, r)
		}
	}
	return keep, rest
}

// drop removes runs, by their subjects.
func (s shelf) drop(ctx context.Context, c Config, all []run) error {
	ctx, cancel := context.WithTimeout(ctx, c.AckWait)
	defer cancel()
	for _, r := range all {
		if err := s.stream.Purge(ctx, jetstream.WithPurgeSubject(c.chunks(r))); err != nil {
			return fmt.Errorf("%w: removing the snapshot at %d: %w", ErrUnavailable, r.event, err)
		}
	}
	return nil
}

// snapshotStream finds the stream, or makes it, and sets its limits.
func (l *link) snapshotStream(ctx context.Context, c Config) (jetstream.Stream, error) {
	want := jetstream.StreamConfig{Name: c.snapshotStream(), Description: "offhook snapshots", Subjects: []string{c.snapshots() + ">"},
		Storage: jetstream.FileStorage, Replicas: c.Replicas, Discard: jetstream.DiscardNew, MaxBytes: c.MaxSnapshot, AllowDirect: true}
	s, err := l.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = l.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another program was quicker
			s, err = l.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: snapshots in %s: %w", ErrUnavailable, want.Name, err)
	}
	have := s.CachedInfo().Config
	if !slices.Equal(have.Subjects, want.Subjects) {
		return nil, fmt.Errorf("%w: stream %s does not hold snapshots of offhook: choose another Name", events.ErrCorrupt, want.Name)
	}
	if have.MaxBytes == want.MaxBytes && have.Discard == want.Discard && have.AllowDirect {
		return s, nil
	}
	have.MaxBytes, have.Discard, have.AllowDirect = want.MaxBytes, want.Discard, true
	if s, err = l.js.UpdateStream(ctx, have); err != nil {
		return nil, fmt.Errorf("%w: cannot set the limits of stream %s: %w", ErrUnavailable, want.Name, err)
	}
	return s, nil
}

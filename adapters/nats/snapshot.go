package nats

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats.go/jetstream"

	"offhook/events"
)

// Snapshot is what somebody knows as of an event, so that it need not read the journal from its beginning (decision A10).
type Snapshot struct {
	Format int               // of the parts, chosen by who writes them; an engine reads its own and the one before
	Seq    uint64            // the last event it contains
	Parts  map[string][]byte // the engine's, and one per frontend that needs one
}

// kept is how many snapshots are kept: with two, one unreadable one costs only time.
const kept = 2

const (
	snapshotMagic = "OHS\x01"
	snapshotHead  = "snapshot-"
	maxDecoded    = 1 << 30
)

// SaveSnapshot stores s and removes all but the two newest. Errors: ErrTooLarge, and ErrFull when it cannot be stored now.
func (j *Journal) SaveSnapshot(ctx context.Context, s Snapshot) error {
	if last := j.Last(); s.Seq > last || s.Format < 0 {
		return fmt.Errorf("%w: a snapshot of format %d at event %d, the journal ends at %d", ErrConfig, s.Format, s.Seq, last)
	}
	b := encodeSnapshot(s)
	if int64(len(b)) > j.cfg.MaxSnapshot/(kept+1) {
		return fmt.Errorf("%w: a snapshot of %d bytes; MaxSnapshot must have room for %d of them", ErrTooLarge, len(b), kept+1)
	}
	store, err := j.snapshots(ctx)
	if err != nil {
		return full(err)
	}
	name := snapshotHead + fmt.Sprintf("%020d", s.Seq)
	if _, err := store.Put(ctx, jetstream.ObjectMeta{Name: name}, bytes.NewReader(b)); err != nil {
		return fmt.Errorf("%w: snapshot at %d: %w", events.ErrFull, s.Seq, err)
	}
	names, err := snapshotNames(ctx, store)
	if err != nil {
		return full(err)
	}
	for _, old := range names[min(kept, len(names)):] {
		if err := store.Delete(ctx, old.name); err != nil {
			return fmt.Errorf("%w: removing an old snapshot: %w", ErrUnavailable, err)
		}
	}
	j.need(names[:min(kept, len(names))])
	j.wakeKeeper()
	return nil
}

// Snapshots are those that can be read, newest first. One that cannot, or that is ahead of the journal (after a power
// cut), is removed for good and named in the log (decision A10).
func (j *Journal) Snapshots(ctx context.Context) ([]Snapshot, error) {
	store, err := j.snapshots(ctx)
	if err != nil {
		return nil, err
	}
	names, err := snapshotNames(ctx, store)
	if err != nil {
		return nil, err
	}
	var found []Snapshot
	var good []named
	for _, n := range names {
		s, err := j.readSnapshot(ctx, store, n)
		if err == nil {
			found, good = append(found, s), append(good, n)
			continue
		}
		if !errors.Is(err, events.ErrCorrupt) {
			return nil, err
		}
		j.log.Warn("nats: dropping a snapshot", "snapshot", n.name, "error", err)
		if err := store.Delete(ctx, n.name); err != nil {
			return nil, fmt.Errorf("%w: dropping snapshot %s: %w", ErrUnavailable, n.name, err)
		}
	}
	j.need(good)
	return found, nil
}

func (j *Journal) readSnapshot(ctx context.Context, store jetstream.ObjectStore, n named) (Snapshot, error) {
	if last := j.Last(); n.seq > last {
		return Snapshot{}, fmt.Errorf("%w: it is at event %d, the journal ends at %d", events.ErrCorrupt, n.seq, last)
	}
	b, err := store.GetBytes(ctx, n.name)
	if errors.Is(err, jetstream.ErrDigestMismatch) || errors.Is(err, jetstream.ErrObjectNotFound) {
		return Snapshot{}, fmt.Errorf("%w: %w", events.ErrCorrupt, err)
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("%w: snapshot %s: %w", ErrUnavailable, n.name, err)
	}
	s, err := decodeSnapshot(b)
	if err == nil && s.Seq != n.seq {
		err = fmt.Errorf("%w: it says event %d", events.ErrCorrupt, s.Seq)
	}
	return s, err
}

// named is a stored snapshot: its name and the number in it.
type named struct {
	name string
	seq  uint64
}

// snapshotNames lists the stored ones, newest first.
func snapshotNames(ctx context.Context, store jetstream.ObjectStore) ([]named, error) {
	list, err := store.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return nil, fmt.Errorf("%w: snapshots: %w", ErrUnavailable, err)
	}
	var all []named
	for _, o := range list {
		digits, ok := strings.CutPrefix(o.Name, snapshotHead)
		if seq, err := strconv.ParseUint(digits, 10, 64); ok && err == nil {
			all = append(all, named{o.Name, seq})
		}
	}
	slices.SortFunc(all, func(a, b named) int { return strings.Compare(b.name, a.name) })
	return all, nil
}

func (j *Journal) snapshots(ctx context.Context) (jetstream.ObjectStore, error) {
	l, _, _, err := j.look()
	if err != nil {
		return nil, err
	}
	return l.snapshots(ctx, j.cfg)
}

func (l *link) snapshots(ctx context.Context, c Config) (jetstream.ObjectStore, error) {
	store, err := l.js.ObjectStore(ctx, c.bucket())
	if errors.Is(err, jetstream.ErrBucketNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
		store, err = l.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{Bucket: c.bucket(),
			Description: "offhook snapshots", MaxBytes: c.MaxSnapshot, Storage: jetstream.FileStorage, Replicas: c.Replicas})
	}
	if err != nil {
		return nil, fmt.Errorf("%w: snapshots %s: %w", ErrUnavailable, c.bucket(), err)
	}
	return store, nil
}

// prepareSnapshots learns which events the stored snapshots need.
func (j *Journal) prepareSnapshots(ctx context.Context, l *link) error {
	store, err := l.snapshots(ctx, j.cfg)
	if err != nil {
		return err
	}
	names, err := snapshotNames(ctx, store)
	if err == nil {
		j.need(names[:min(kept, len(names))])
	}
	return err
}

// encodeSnapshot makes: magic and version, then one S2 block of format, number, count and the parts by name. The
// server's digest (SHA-256 of the object store) guards it.
func encodeSnapshot(s Snapshot) []byte {
	var b []byte
	for _, v := range [...]uint64{uint64(s.Format), s.Seq, uint64(len(s.Parts))} {
		b = binary.AppendUvarint(b, v)
	}
	names := make([]string, 0, len(s.Parts))
	for n := range s.Parts {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		b = append(binary.AppendUvarint(b, uint64(len(n))), n...)
		b = append(binary.AppendUvarint(b, uint64(len(s.Parts[n]))), s.Parts[n]...)
	}
	return append([]byte(snapshotMagic), s2.Encode(nil, b)...)
}

func decodeSnapshot(b []byte) (Snapshot, error) {
	bad := func(why string) (Snapshot, error) {
		return Snapshot{}, fmt.Errorf("%w: snapshot: %s", events.ErrCorrupt, why)
	}
	if len(b) < len(snapshotMagic) || string(b[:len(snapshotMagic)]) != snapshotMagic {
		return bad("not one, or from a newer version")
	}
	block := b[len(snapshotMagic):]
	if n, err := s2.DecodedLen(block); err != nil || n > maxDecoded {
		return bad("its size")
	}
	rest, err := s2.Decode(nil, block)
	if err != nil {
		return bad(err.Error())
	}
	ok := true
	number := func() uint64 {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			ok, n = false, 0
		}
		rest = rest[n:]
		return v
	}
	text := func() []byte {
		n := number()
		if n > uint64(len(rest)) {
			ok, n = false, 0
		}
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	s := Snapshot{Format: int(number() & (1<<31 - 1)), Seq: number(), Parts: map[string][]byte{}}
	for n := number(); n > 0 && ok; n-- {
		name := string(text())
		s.Parts[name] = text()
	}
	if !ok || len(rest) > 0 {
		return bad("cut off or with bytes left over")
	}
	return s, nil
}

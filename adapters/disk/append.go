package disk

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"offhook/events"
	"offhook/internal/eventid"
)

// Append stores the batch; see events.Journal. A batch that is larger than a pack becomes several packs and is still
// stored whole or not at all: readers see none of its events before the last pack is written.
func (j *Journal) Append(ctx context.Context, next uint64, batch []events.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.writeLock.Lock()
	defer j.writeLock.Unlock()
	if err := events.CheckNumbers(next, batch); err != nil {
		return err
	}
	_, last, _, err := j.readerState()
	if err != nil {
		return err
	}
	if next != last+1 || len(batch) == 0 {
		return j.checkRepeated(ctx, last, next, batch)
	}
	if err := j.rollSegment(next); err != nil {
		return err
	}
	if err := j.writeBatch(batch); err != nil {
		return err
	}
	j.removeOldSegments()
	return nil
}

// checkRepeated decides about an append that does not begin at the next number. It returns nil if the batch is what the
// journal ends with, else ErrConflict.
func (j *Journal) checkRepeated(ctx context.Context, last, next uint64, batch []events.Event) error {
	conflict := fmt.Errorf("%w: append of %d at %d, the next is %d", events.ErrConflict, len(batch), next, last+1)
	if len(batch) == 0 && next == last+1 {
		return nil
	}
	if next == 0 || next < j.First() || len(batch) == 0 || next+uint64(len(batch))-1 != last {
		return conflict
	}
	var have []events.Event
	for e, err := range j.Read(ctx, next) {
		if err != nil {
			return err
		}
		have = append(have, e)
	}
	if !events.SameEvents(have, batch) {
		return conflict
	}
	return nil
}

// writeBatch writes the batch at the end of the newest segment. If that fails it truncates the segment to its former size.
func (j *Journal) writeBatch(batch []events.Event) error {
	s := j.newest()
	if j.truncatePending {
		if err := j.truncateNewest(s.size); err != nil {
			return err
		}
	}
	size := s.size
	for rest := batch; len(rest) > 0; {
		b, n, err := j.packer.Pack(rest)
		if err == nil {
			err = j.writePack(b, size)
		}
		if err != nil {
			return errors.Join(asFull(err), j.truncateNewest(s.size))
		}
		size += lengthSize + int64(len(b))
		rest = rest[n:]
	}
	if err := j.syncIfDue(); err != nil {
		return errors.Join(asFull(err), j.truncateNewest(s.size))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s.size, j.last = size, batch[len(batch)-1].Seq()
	j.notifyReaders()
	return nil
}

// writePack writes a pack's length and the pack at an offset of the newest segment.
func (j *Journal) writePack(b []byte, at int64) error {
	j.buf = append(binary.LittleEndian.AppendUint32(j.buf[:0], uint32(len(b))), b...)
	_, err := j.newestFile.WriteAt(j.buf, at)
	return err
}

// syncIfDue flushes the newest segment to the disk, with SyncInterval only if the last flush is long enough ago.
func (j *Journal) syncIfDue() error {
	if now := time.Now(); j.cfg.Sync == SyncAlways || now.Sub(j.lastSync) >= syncEvery {
		j.lastSync = now
		return j.newestFile.Sync()
	}
	return nil
}

// truncateNewest cuts the newest segment to size, the end of its acknowledged packs. If that fails, the next append tries
// it again first.
func (j *Journal) truncateNewest(size int64) error {
	err := j.newestFile.Truncate(size)
	if j.truncatePending = err != nil; err != nil {
		return asFull(err)
	}
	return nil
}

// asFull wraps an error of the file system in ErrFull, since a later try may succeed.
func asFull(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%w: %w", events.ErrFull, err)
	}
	return err
}

// rollSegment closes the newest segment if it has its full size, and opens the next one, which begins with event next.
func (j *Journal) rollSegment(next uint64) error {
	if s := j.newest(); s.size < j.cfg.Segment || s.first == next {
		return nil
	}
	if err := j.newestFile.Sync(); err != nil {
		return asFull(err)
	}
	out, err := os.OpenFile(j.path(next, segmentExt), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return asFull(err)
	}
	if err := j.newestFile.Close(); err != nil {
		j.cfg.Log.Warn("disk: a journal segment could not be closed", eventid.Journal.Attr(), "error", err)
	}
	j.newestFile = out
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments = append(j.segments, segment{first: next})
	return nil
}

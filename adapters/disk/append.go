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

// Append stores the batch; see events.Journal. A batch beyond one pack is written as several, and stored whole or not at
// all: readers see none of it before the last is written.
func (j *Journal) Append(ctx context.Context, next uint64, batch []events.Event) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.pen.Lock()
	defer j.pen.Unlock()
	if err := events.CheckNumbers(next, batch); err != nil {
		return err
	}
	_, last, _, err := j.look()
	if err != nil {
		return err
	}
	if next != last+1 || len(batch) == 0 {
		return j.repeated(ctx, last, next, batch)
	}
	if err := j.roll(next); err != nil {
		return err
	}
	if err := j.write(batch); err != nil {
		return err
	}
	j.trim()
	return nil
}

// repeated decides on an append that does not begin at the next number: the newest events once more is success, all
// else ErrConflict.
func (j *Journal) repeated(ctx context.Context, last, next uint64, batch []events.Event) error {
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

// write puts the batch behind the newest segment, and takes back what was written of it when that fails.
func (j *Journal) write(batch []events.Event) error {
	s := j.newest()
	if j.torn {
		if err := j.takeBack(s.size); err != nil {
			return err
		}
	}
	size := s.size
	for rest := batch; len(rest) > 0; {
		b, n, err := j.packer.Pack(rest)
		if err == nil {
			err = j.put(b, size)
		}
		if err != nil {
			return errors.Join(full(err), j.takeBack(s.size))
		}
		size += lengthSize + int64(len(b))
		rest = rest[n:]
	}
	if err := j.sync(); err != nil {
		return errors.Join(full(err), j.takeBack(s.size))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	s.size, j.last = size, batch[len(batch)-1].Seq()
	j.wake()
	return nil
}

// put writes a pack behind its length.
func (j *Journal) put(b []byte, at int64) error {
	j.buf = append(binary.LittleEndian.AppendUint32(j.buf[:0], uint32(len(b))), b...)
	_, err := j.out.WriteAt(j.buf, at)
	return err
}

func (j *Journal) sync() error {
	if now := time.Now(); j.cfg.Sync == SyncAlways || now.Sub(j.synced) >= syncEvery {
		j.synced = now
		return j.out.Sync()
	}
	return nil
}

// takeBack ends the newest segment where its acknowledged packs end. If even that fails, it is tried before the next
// append.
func (j *Journal) takeBack(size int64) error {
	err := j.out.Truncate(size)
	if j.torn = err != nil; err != nil {
		return full(err)
	}
	return nil
}

// full is ErrFull for an error of the file system; it may be over later.
func full(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%w: %w", events.ErrFull, err)
	}
	return err
}

// roll closes the newest segment when it is long enough and begins the next with event number next.
func (j *Journal) roll(next uint64) error {
	if s := j.newest(); s.size < j.cfg.Segment || s.first == next {
		return nil
	}
	if err := j.out.Sync(); err != nil {
		return full(err)
	}
	out, err := os.OpenFile(j.file(next, segmentEnd), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return full(err)
	}
	if err := j.out.Close(); err != nil {
		j.cfg.Log.Warn("disk: closing a segment failed", eventid.Journal.Attr(), "error", err)
	}
	j.out = out
	j.mu.Lock()
	defer j.mu.Unlock()
	j.segments = append(j.segments, segment{first: next})
	return nil
}

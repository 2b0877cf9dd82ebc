package disk

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"offhook/events"
	"offhook/internal/eventid"
	"offhook/internal/pack"
)

const (
	segmentExt  = ".pack"
	imageExt    = ".snap"
	lengthSize  = 4
	maxPackSize = events.PackBytes + 4*pack.MaxEvent // bytes of a pack; what says more is damaged
)

// segment is one file of packs.
type segment struct {
	first uint64 // number of its first event
	size  int64  // of its whole packs
}

// path returns the name of the segment or engine image with that number.
func (j *Journal) path(number uint64, ext string) string {
	return filepath.Join(j.cfg.Dir, fmt.Sprintf("%020d%s", number, ext))
}

// fileNumbers returns the numbers of the files with that extension, ascending.
func (j *Journal) fileNumbers(ext string) ([]uint64, error) {
	all, err := os.ReadDir(j.cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	var out []uint64
	for _, f := range all {
		name, ok := strings.CutSuffix(f.Name(), ext)
		if n, err := strconv.ParseUint(name, 10, 64); ok && err == nil && len(name) == 20 && n > 0 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// packReader reads a segment's packs, one after the other. It does not read past end: those bytes are not acknowledged and
// may be cut off again.
type packReader struct {
	file     *os.File
	buffered *bufio.Reader
	nextPack int64 // where the next pack begins
	readUpTo int64 // offset up to which the file was read
	end      int64
}

// openPacks opens the segment that begins with event first.
func (j *Journal) openPacks(first uint64) (*packReader, error) {
	f, err := os.Open(j.path(first, segmentExt))
	if err != nil {
		return nil, err
	}
	p := &packReader{file: f, end: math.MaxInt64}
	p.buffered = bufio.NewReaderSize(boundedFile{p}, 64<<10)
	return p, nil
}

// boundedFile is an io.Reader of a segment's file up to end.
type boundedFile struct{ *packReader }

func (f boundedFile) Read(b []byte) (int, error) {
	if f.readUpTo >= f.end {
		return 0, io.EOF
	}
	n, err := f.file.ReadAt(b[:min(int64(len(b)), f.end-f.readUpTo)], f.readUpTo)
	if f.readUpTo += int64(n); n > 0 {
		err = nil
	}
	return n, err
}

var errTruncated = errors.New("cut off")

// next returns the next pack in a buffer of its own. The error is io.EOF at the end of the file, and errTruncated if the
// file ends within a pack.
func (p *packReader) next() ([]byte, error) {
	var head [lengthSize]byte
	if n, err := io.ReadFull(p.buffered, head[:]); err != nil {
		if n == 0 && err == io.EOF {
			return nil, io.EOF
		}
		return nil, asTruncated(err)
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == 0 || size > maxPackSize {
		return nil, fmt.Errorf("%w: a pack of %d bytes", errTruncated, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(p.buffered, b); err != nil {
		return nil, asTruncated(err)
	}
	p.nextPack += lengthSize + int64(size)
	return b, nil
}

func asTruncated(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errTruncated
	}
	return err
}

func (p *packReader) close() { p.file.Close() }

// scanNewest reads the newest segment through, returns its last event and cuts off the incomplete append that a crash may
// have left at its end.
func (j *Journal) scanNewest(s *segment) (last uint64, err error) {
	p, err := j.openPacks(s.first)
	if err != nil {
		return 0, err
	}
	defer p.close()
	next := s.first
	for {
		whole := p.nextPack
		b, err := p.next()
		if err == io.EOF {
			s.size = whole
			return next - 1, nil
		}
		var first uint64
		var count int
		if err == nil {
			first, count, err = pack.EventRange(b)
		}
		if err == nil && first != next {
			return 0, fmt.Errorf("%w: %s: event %d where %d is due", events.ErrCorrupt, j.path(s.first, segmentExt), first, next)
		}
		if err != nil {
			return next - 1, j.truncateTail(s, p, whole, err)
		}
		next += uint64(count)
	}
}

// truncateTail cuts the newest segment at its last whole pack, unless more bytes follow than one append can have left.
func (j *Journal) truncateTail(s *segment, p *packReader, at int64, cause error) error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	if info.Size()-at > maxPackSize+lengthSize {
		return fmt.Errorf("%w: %s at byte %d: %w", events.ErrCorrupt, j.path(s.first, segmentExt), at, cause)
	}
	j.cfg.Log.Warn("disk: the last append of the run before is incomplete and is cut off", eventid.Journal.Attr(), "bytes", info.Size()-at, "error", cause)
	s.size = at
	return os.Truncate(j.path(s.first, segmentExt), at)
}

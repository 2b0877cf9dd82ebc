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
	segmentEnd  = ".pack"
	snapshotEnd = ".snap"
	lengthSize  = 4
	maxPack     = events.PackBytes + 4*pack.MaxEvent // bytes of a pack; what says more is damaged
)

// segment is one file of packs.
type segment struct {
	first uint64 // number of its first event
	size  int64  // of its whole packs
}

func (j *Journal) file(number uint64, end string) string {
	return filepath.Join(j.cfg.Dir, fmt.Sprintf("%020d%s", number, end))
}

// numbered are the numbers of the files with that end, ascending.
func (j *Journal) numbered(end string) ([]uint64, error) {
	all, err := os.ReadDir(j.cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	var out []uint64
	for _, f := range all {
		name, ok := strings.CutSuffix(f.Name(), end)
		if n, err := strconv.ParseUint(name, 10, 64); ok && err == nil && len(name) == 20 && n > 0 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}

// packs reads a segment's packs, one after the other. It never looks behind end: what stands there may be taken back.
type packs struct {
	file    *os.File
	in      *bufio.Reader
	at      int64 // where the next pack begins
	fetched int64 // read ahead up to here
	end     int64
}

func (j *Journal) packs(first uint64) (*packs, error) {
	f, err := os.Open(j.file(first, segmentEnd))
	if err != nil {
		return nil, err
	}
	p := &packs{file: f, end: math.MaxInt64}
	p.in = bufio.NewReaderSize(fetcher{p}, 64<<10)
	return p, nil
}

// fetcher reads a segment's file up to end.
type fetcher struct{ *packs }

func (f fetcher) Read(b []byte) (int, error) {
	if f.fetched >= f.end {
		return 0, io.EOF
	}
	n, err := f.file.ReadAt(b[:min(int64(len(b)), f.end-f.fetched)], f.fetched)
	if f.fetched += int64(n); n > 0 {
		err = nil
	}
	return n, err
}

var errCut = errors.New("cut off")

// next is the next pack; its bytes are its own. io.EOF at the end of the file, errCut if it ends within a pack.
func (p *packs) next() ([]byte, error) {
	var head [lengthSize]byte
	if n, err := io.ReadFull(p.in, head[:]); err != nil {
		if n == 0 && err == io.EOF {
			return nil, io.EOF
		}
		return nil, cut(err)
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == 0 || size > maxPack {
		return nil, fmt.Errorf("%w: a pack of %d bytes", errCut, size)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(p.in, b); err != nil {
		return nil, cut(err)
	}
	p.at += lengthSize + int64(size)
	return b, nil
}

func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errCut
	}
	return err
}

func (p *packs) close() { p.file.Close() }

// survey finds what the newest segment holds and cuts off what a crash left of an append at its end.
func (j *Journal) survey(s *segment) (last uint64, err error) {
	p, err := j.packs(s.first)
	if err != nil {
		return 0, err
	}
	defer p.close()
	next := s.first
	for {
		whole := p.at
		b, err := p.next()
		if err == io.EOF {
			s.size = whole
			return next - 1, nil
		}
		var first uint64
		var count int
		if err == nil {
			first, count, err = pack.Span(b)
		}
		if err == nil && first != next {
			return 0, fmt.Errorf("%w: %s: event %d where %d is due", events.ErrCorrupt, j.file(s.first, segmentEnd), first, next)
		}
		if err != nil {
			return next - 1, j.cutOff(s, p, whole, err)
		}
		next += uint64(count)
	}
}

// cutOff ends the newest segment at its last whole pack, if nothing readable stands behind.
func (j *Journal) cutOff(s *segment, p *packs, at int64, why error) error {
	info, err := p.file.Stat()
	if err != nil {
		return err
	}
	if info.Size()-at > maxPack+lengthSize { // more than one append can have left
		return fmt.Errorf("%w: %s at byte %d: %w", events.ErrCorrupt, j.file(s.first, segmentEnd), at, why)
	}
	j.cfg.Log.Warn("disk: the end of the journal was half written when the last run ended, and is cut off", eventid.Journal.Attr(), "bytes", info.Size()-at, "error", why)
	s.size = at
	return os.Truncate(j.file(s.first, segmentEnd), at)
}

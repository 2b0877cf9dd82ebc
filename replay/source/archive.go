package source

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrArchive says that an archive was not made by offhook trace stop, or unpacks to more than a trace can have.
var ErrArchive = errors.New("replay: not an archive with a trace")

// ArchiveTrace and ZipLog are the names of the trace and of the debug log within an archive of offhook trace stop.
const (
	ArchiveTrace = "trace.ndjson"
	ArchiveLog   = "debug.log"
)

const zipMagic = "PK\x03\x04"

// Bounds of an archive. A trace is compressed to a tenth or a thirtieth of its size.
const (
	maxArchiveEntries = 1000
	maxArchiveStdin   = 256 << 20 // bytes of an archive from standard input, which is kept in memory
	maxUnpacked       = 2 << 30   // bytes of an unpacked entry
	uncheckedUnpacked = 16 << 20  // unpacked bytes from which on maxUnpackRatio counts
	maxUnpackRatio    = 200       // unpacked bytes per compressed byte
)

// openArchive opens the trace in an archive, or its debug log. b is the buffer of r and holds its beginning.
func openArchive(r io.Reader, b *bufio.Reader, log bool) (io.Reader, error) {
	name := ArchiveTrace
	if log {
		name = ArchiveLog
	}
	at, size, err := readerAt(r, b)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	if len(z.File) > maxArchiveEntries {
		return nil, fmt.Errorf("%w: it has %d entries", ErrArchive, len(z.File))
	}
	for _, f := range z.File {
		if f.Name == name {
			return openArchiveEntry(f)
		}
	}
	return nil, fmt.Errorf("%w: there is no %s in it; unpack it and name the file", ErrArchive, name)
}

func openArchiveEntry(f *zip.File) (io.Reader, error) {
	bound := min(max(uncheckedUnpacked, f.CompressedSize64*maxUnpackRatio), maxUnpacked)
	if f.UncompressedSize64 > bound {
		return nil, fmt.Errorf("%w: %s unpacks from %d to %d bytes, more than a trace does", ErrArchive, f.Name, f.CompressedSize64, f.UncompressedSize64)
	}
	e, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrArchive, err)
	}
	return io.LimitReader(e, int64(f.UncompressedSize64)+1), nil // archive/zip checks size and checksum
}

// readerAt returns the whole archive and its size: a file itself, or the content of a stream in memory.
func readerAt(r io.Reader, b *bufio.Reader) (io.ReaderAt, int64, error) {
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return f, info.Size(), nil
		}
	}
	all, err := io.ReadAll(io.LimitReader(b, maxArchiveStdin+1))
	if err == nil && len(all) > maxArchiveStdin {
		err = fmt.Errorf("%w: larger than %d bytes; name the file instead of piping it in", ErrArchive, maxArchiveStdin)
	}
	return bytes.NewReader(all), int64(len(all)), err
}

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

// ErrZip says that an archive is not one that offhook trace stop makes, or is built to harm.
var ErrZip = errors.New("replay: not an archive with a trace")

// ZipTrace and ZipLog are the names of the trace and of the debug log within an archive of offhook trace stop.
const (
	ZipTrace = "trace.ndjson"
	ZipLog   = "debug.log"
)

const zipHead = "PK\x03\x04"

// Bounds of an archive. A trace packs to a tenth or a thirtieth of its size.
const (
	maxZipEntries = 1000
	maxZipStdin   = 256 << 20 // from a stream, which has to be kept whole
	maxZipTrace   = 2 << 30   // unpacked
	freeZipTrace  = 16 << 20  // beyond this an entry may not unpack to more than
	maxZipRatio   = 200       // so many times its size
)

// openZip opens the trace in an archive, or the debug log; b has read the beginning of r.
func openZip(r io.Reader, b *bufio.Reader, log bool) (io.Reader, error) {
	name := ZipTrace
	if log {
		name = ZipLog
	}
	at, size, err := randomAccess(r, b)
	if err != nil {
		return nil, err
	}
	z, err := zip.NewReader(at, size)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrZip, err)
	}
	if len(z.File) > maxZipEntries {
		return nil, fmt.Errorf("%w: it has %d entries", ErrZip, len(z.File))
	}
	for _, f := range z.File {
		if f.Name == name {
			return openEntry(f)
		}
	}
	return nil, fmt.Errorf("%w: there is no %s in it; unpack it and name the file", ErrZip, name)
}

func openEntry(f *zip.File) (io.Reader, error) {
	bound := min(max(freeZipTrace, f.CompressedSize64*maxZipRatio), maxZipTrace)
	if f.UncompressedSize64 > bound {
		return nil, fmt.Errorf("%w: %s unpacks from %d to %d bytes, more than a trace does", ErrZip, f.Name, f.CompressedSize64, f.UncompressedSize64)
	}
	e, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrZip, err)
	}
	return io.LimitReader(e, int64(f.UncompressedSize64)+1), nil // archive/zip checks sizes and sums itself
}

// randomAccess is the whole archive: the file as it is, or what comes on a stream.
func randomAccess(r io.Reader, b *bufio.Reader) (io.ReaderAt, int64, error) {
	if f, ok := r.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return f, info.Size(), nil
		}
	}
	all, err := io.ReadAll(io.LimitReader(b, maxZipStdin+1))
	if err == nil && len(all) > maxZipStdin {
		err = fmt.Errorf("%w: larger than %d bytes; name the file instead of sending it", ErrZip, maxZipStdin)
	}
	return bytes.NewReader(all), int64(len(all)), err
}

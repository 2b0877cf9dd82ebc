package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"offhook/adapters/tapi/spec"
)

// LineTable is what the provider DLL says of the lines while no daemon answers: a file that the daemon keeps and the
// DLL reads (docs/integrate/wire.md, "Line table"). Lines stand in the order of the device ids.
type LineTable struct {
	Lines []TableLine
}

// TableLine is one line of it.
type TableLine struct {
	Permanent uint32
	Name      string // as applications see it, at most 255 bytes
	Address   string // the extension
	Versions  []TableVersion
}

// TableVersion are the answers at one TSPI version: LINEDEVCAPS, LINEADDRESSCAPS with dwLineDeviceID 0, and
// LINEDEVSTATUS and LINEADDRESSSTATUS of a line that is out of service and has no calls.
type TableVersion struct {
	Version spec.Version
	Images  [4]spec.Image
}

// tableStructs says which structures stand in a TableVersion.
var tableStructs = [4]spec.Struct{spec.StructLineDevCaps, spec.StructLineAddressCaps, spec.StructLineDevStatus, spec.StructLineAddressStatus}

const (
	tableMagic  = "OFHL"
	tableFormat = 1
	tableHeader = 20
	tableLines  = 10_000
	// tableBytes bounds the file: 10,000 lines with the longest names there are.
	tableBytes = 256 << 20
)

// ErrLineTable is wrapped by the errors about a line table that cannot be read.
var ErrLineTable = errors.New("bad line table")

// Append appends the file's bytes to b.
func (t *LineTable) Append(b []byte) ([]byte, error) {
	start := len(b)
	c := codec{buf: append(b, make([]byte, tableHeader)...)}
	t.fields(&c, len(t.Lines))
	if c.err != nil {
		return nil, fmt.Errorf("wire: %w: %w", ErrLineTable, c.err)
	}
	h, body := c.buf[start:start+tableHeader], c.buf[start+tableHeader:]
	copy(h, tableMagic)
	binary.LittleEndian.PutUint16(h[4:], tableFormat)
	binary.LittleEndian.PutUint32(h[8:], crc32.ChecksumIEEE(body))
	binary.LittleEndian.PutUint32(h[12:], uint32(len(t.Lines)))
	binary.LittleEndian.PutUint32(h[16:], uint32(len(body)))
	return c.buf, nil
}

// ReadLineTable reads what Append wrote; anything else gives ErrLineTable.
func ReadLineTable(r io.Reader) (*LineTable, error) {
	var h [tableHeader]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, fmt.Errorf("wire: %w: no header: %w", ErrLineTable, err)
	}
	lines, size := binary.LittleEndian.Uint32(h[12:]), binary.LittleEndian.Uint32(h[16:])
	switch {
	case string(h[:4]) != tableMagic:
		return nil, fmt.Errorf("wire: %w: it does not begin with %s", ErrLineTable, tableMagic)
	case binary.LittleEndian.Uint16(h[4:]) != tableFormat || h[6]|h[7] != 0:
		return nil, fmt.Errorf("wire: %w: format %d is not known here; use the program of the daemon's version", ErrLineTable, binary.LittleEndian.Uint16(h[4:]))
	case lines > tableLines || size > tableBytes:
		return nil, fmt.Errorf("wire: %w: %d lines in %d bytes cannot be", ErrLineTable, lines, size)
	}
	body, err := io.ReadAll(io.LimitReader(r, int64(size)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("wire: %w: %w", ErrLineTable, err)
	case uint32(len(body)) != size:
		return nil, fmt.Errorf("wire: %w: not the %d bytes its header tells", ErrLineTable, size)
	case crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(h[8:]):
		return nil, fmt.Errorf("wire: %w: the checksum differs", ErrLineTable)
	}
	t := &LineTable{}
	c := codec{decode: true, buf: body}
	if t.fields(&c, int(lines)); c.err == nil && len(c.buf) > 0 {
		c.fail("line table", "bytes behind the last line")
	}
	if c.err != nil {
		return nil, fmt.Errorf("wire: %w: %w", ErrLineTable, c.err)
	}
	return t, nil
}

func (t *LineTable) fields(c *codec, lines int) {
	if lines > tableLines {
		c.fail("line table", fmt.Sprintf("%d lines, at most %d", lines, tableLines))
	}
	for i := 0; i < lines && c.err == nil; i++ {
		if c.decode {
			t.Lines = append(t.Lines, TableLine{})
		}
		t.Lines[i].fields(c)
	}
}

func (l *TableLine) fields(c *codec) {
	c.u32("permanent line id", &l.Permanent)
	c.text("name", &l.Name, 255)
	c.text("address", &l.Address, 255)
	n := uint8(len(l.Versions))
	c.u8("versions", &n)
	if c.decode && c.err == nil {
		l.Versions = make([]TableVersion, n)
	}
	for i := range l.Versions {
		v := &l.Versions[i]
		w32(c, "version", &v.Version)
		if i > 0 && v.Version <= l.Versions[i-1].Version {
			c.fail("version", "not ascending")
		}
		for k := range v.Images {
			imageFields(c, &v.Images[k])
			if v.Images[k].Struct != tableStructs[k] {
				c.fail("image", "not the structure that stands here")
			}
		}
		if c.err != nil {
			return
		}
	}
}

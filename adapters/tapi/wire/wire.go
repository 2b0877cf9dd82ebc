package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The frame protocol between daemon and provider DLL, version 1. docs/integrate/wire.md
// is its manual, testdata/frames holds golden bytes for both sides.
const (
	// Magic is the first four bytes of every frame, "OFHK".
	Magic uint32 = 0x4B48464F
	// Version is the version written here; hello agrees on one.
	Version uint8 = 1
	// FrameHeader is the length of a frame's header, in bytes.
	FrameHeader = 16
	// MaxFrame bounds a whole frame, in bytes.
	MaxFrame = 64 << 10
	// MaxPayload bounds what follows the header.
	MaxPayload = MaxFrame - FrameHeader
)

// What ReadFrame, WriteFrame and Decode refuse. After any of them the
// connection is of no further use: send an Error frame and close.
var (
	ErrMagic   = errors.New("not an offhook frame")
	ErrVersion = errors.New("frame of another wire version")
	ErrTooLong = errors.New("frame too long")
	ErrKind    = errors.New("unknown frame kind")
	ErrPayload = errors.New("malformed frame")
)

// Kind says what a frame is.
type Kind uint8

// The kinds of frames. The comment names the sender.
const (
	KindHello         Kind = 1 // DLL
	KindWelcome       Kind = 2 // daemon
	KindRequest       Kind = 3 // DLL
	KindReply         Kind = 4 // daemon
	KindCompletion    Kind = 5 // daemon
	KindNotification  Kind = 6 // daemon
	KindNewCallAnswer Kind = 7 // DLL
	KindHeartbeat     Kind = 8 // both
	KindError         Kind = 9 // both
)

// Frame is one frame as it travels: its kind, the number that joins a reply to
// its request (0 elsewhere), and the payload.
type Frame struct {
	Kind    Kind
	ID      uint32
	Payload []byte
}

// WriteFrame writes f with one call of Write. The version in the header is
// Version; a payload above MaxPayload gives ErrTooLong.
func WriteFrame(w io.Writer, f Frame) error {
	if len(f.Payload) > MaxPayload {
		return fmt.Errorf("wire: write frame: %w: %d bytes, at most %d; send less at once", ErrTooLong, len(f.Payload), MaxPayload)
	}
	if _, err := w.Write(f.append(make([]byte, 0, FrameHeader+len(f.Payload)))); err != nil {
		return fmt.Errorf("wire: write frame: %w", err)
	}
	return nil
}

func (f Frame) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, Magic)
	b = append(b, Version, byte(f.Kind), 0, 0)
	b = binary.LittleEndian.AppendUint32(b, f.ID)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(f.Payload)))
	return append(b, f.Payload...)
}

// ReadFrame reads one frame and no byte more; the deadline is the connection's.
// A clean end between frames is io.EOF, an end within one
// io.ErrUnexpectedEOF. Never more than MaxFrame bytes are held.
func ReadFrame(r io.Reader) (Frame, error) {
	var h [FrameHeader]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		if err == io.EOF {
			return Frame{}, err
		}
		return Frame{}, fmt.Errorf("wire: read frame: %w", err)
	}
	f, length, err := parseHeader(h)
	if err != nil {
		return Frame{}, err
	}
	f.Payload = make([]byte, length)
	if _, err := io.ReadFull(r, f.Payload); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, fmt.Errorf("wire: read frame: %w", err)
	}
	return f, nil
}

func parseHeader(h [FrameHeader]byte) (f Frame, length uint32, err error) {
	f = Frame{Kind: Kind(h[5]), ID: binary.LittleEndian.Uint32(h[8:])}
	length = binary.LittleEndian.Uint32(h[12:])
	switch {
	case binary.LittleEndian.Uint32(h[:]) != Magic:
		err = fmt.Errorf("wire: read frame: %w: it starts with % X", ErrMagic, h[:4])
	case h[4] != Version:
		err = fmt.Errorf("wire: read frame: %w: %d, this side speaks %d; install daemon and provider of one release", ErrVersion, h[4], Version)
	case h[6] != 0 || h[7] != 0:
		err = fmt.Errorf("wire: read frame: %w: reserved bytes are not 0", ErrPayload)
	case length > MaxPayload:
		err = fmt.Errorf("wire: read frame: %w: %d bytes announced, at most %d", ErrTooLong, length, MaxPayload)
	}
	return f, length, err
}

// Body is the typed content of a frame: *Hello, *Welcome, *Request, *Reply,
// *Completion, *Notification, *NewCallAnswer, *Heartbeat or *Error.
type Body interface {
	Kind() Kind
	fields(c *codec)
}

// usualPayload is room for most frames, a notification with status and info among them.
const usualPayload = 640

// NewFrame encodes a body. It fails with ErrPayload when a member exceeds
// its bound and with ErrTooLong when the whole does.
func NewFrame(id uint32, b Body) (Frame, error) {
	c := codec{kind: b.Kind(), buf: make([]byte, 0, usualPayload)}
	b.fields(&c)
	if c.err == nil && len(c.buf) > MaxPayload {
		c.err = fmt.Errorf("wire: %s frame: %w: %d bytes, at most %d", c.kind, ErrTooLong, len(c.buf), MaxPayload)
	}
	if c.err != nil {
		return Frame{}, c.err
	}
	return Frame{Kind: b.Kind(), ID: id, Payload: c.buf}, nil
}

// Decode reads the typed content of a frame. The payload must hold it exactly:
// missing and left-over bytes give ErrPayload. The body shares no memory
// with the frame.
func (f Frame) Decode() (Body, error) {
	b := newBody(f.Kind)
	if b == nil {
		return nil, fmt.Errorf("wire: %w: %d", ErrKind, f.Kind)
	}
	c := codec{kind: f.Kind, decode: true, buf: f.Payload}
	b.fields(&c)
	if c.err == nil && len(c.buf) > 0 {
		c.fail("end", fmt.Sprintf("%d bytes left over", len(c.buf)))
	}
	if c.err != nil {
		return nil, c.err
	}
	return b, nil
}

func newBody(k Kind) Body {
	switch k {
	case KindHello:
		return new(Hello)
	case KindWelcome:
		return new(Welcome)
	case KindRequest:
		return new(Request)
	case KindReply:
		return new(Reply)
	case KindCompletion:
		return new(Completion)
	case KindNotification:
		return new(Notification)
	case KindNewCallAnswer:
		return new(NewCallAnswer)
	case KindHeartbeat:
		return new(Heartbeat)
	case KindError:
		return new(Error)
	}
	return nil
}

var kindNames = map[Kind]string{
	KindHello: "hello", KindWelcome: "welcome", KindRequest: "request", KindReply: "reply",
	KindCompletion: "completion", KindNotification: "notification",
	KindNewCallAnswer: "newcall-answer", KindHeartbeat: "heartbeat", KindError: "error",
}

// String gives the kind's word in docs/integrate/wire.md.
func (k Kind) String() string {
	if name, ok := kindNames[k]; ok {
		return name
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

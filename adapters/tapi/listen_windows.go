package tapi

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// pipeAccess is who may open the pipe: SYSTEM, administrators, and NETWORK SERVICE, which the Telephony service runs as.
// Nobody else, and nobody over the network. NETWORK SERVICE may read and write (0x12019b), but not make an instance of
// the pipe (0x4): it cannot pose as the daemon.
const pipeAccess = "D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;NS)"

// pipeListener accepts on a named pipe, one instance at a time in waiting.
type pipeListener struct {
	name     string
	security windows.SecurityAttributes
	mu       sync.Mutex
	waiting  windows.Handle
	closed   bool
}

func listen(address string) (net.Listener, error) {
	sd, err := windows.SecurityDescriptorFromString(pipeAccess)
	if err != nil {
		return nil, addressError(address, err)
	}
	l := &pipeListener{name: address}
	l.security = windows.SecurityAttributes{Length: uint32(unsafe.Sizeof(l.security)), SecurityDescriptor: sd}
	if l.waiting, err = l.instance(windows.FILE_FLAG_FIRST_PIPE_INSTANCE); err != nil {
		return nil, addressError(address, err)
	}
	return l, nil
}

func (l *pipeListener) instance(flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(l.name)
	if err != nil {
		return windows.InvalidHandle, err
	}
	return windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_OVERLAPPED|flags,
		windows.PIPE_TYPE_BYTE|windows.PIPE_REJECT_REMOTE_CLIENTS, windows.PIPE_UNLIMITED_INSTANCES, MaxFrame, MaxFrame, 0, &l.security)
}

// Accept waits for a client on the waiting instance and puts the next one in its place.
func (l *pipeListener) Accept() (net.Conn, error) {
	l.mu.Lock()
	h, closed := l.waiting, l.closed
	l.mu.Unlock()
	if closed {
		return nil, net.ErrClosed
	}
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(event)
	o := &windows.Overlapped{HEvent: event}
	if err = windows.ConnectNamedPipe(h, o); errors.Is(err, windows.ERROR_IO_PENDING) {
		var n uint32
		err = windows.GetOverlappedResult(h, o, &n, true)
	}
	if err != nil && !errors.Is(err, windows.ERROR_PIPE_CONNECTED) {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, net.ErrClosed
	}
	if l.waiting, err = l.instance(0); err != nil {
		return nil, err
	}
	return &pipeConn{os.NewFile(uintptr(h), l.name), pipeAddr(l.name)}, nil
}

// Close ends Accept.
func (l *pipeListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	windows.CancelIoEx(l.waiting, nil)
	return windows.CloseHandle(l.waiting)
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.name) }

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// pipeConn is a connected pipe; os.File does its overlapped reads and writes, with deadlines.
type pipeConn struct {
	*os.File
	addr pipeAddr
}

var _ interface{ SetDeadline(time.Time) error } = (*pipeConn)(nil)

func (c *pipeConn) LocalAddr() net.Addr  { return c.addr }
func (c *pipeConn) RemoteAddr() net.Addr { return c.addr }

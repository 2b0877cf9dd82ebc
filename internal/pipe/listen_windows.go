package pipe

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// Options of a listener.
type Options struct {
	Remote    bool   // clients of other machines may connect, if the security descriptor lets them
	Instances uint32 // connections at a time, the waiting one included; 0 means as many as Windows gives (255)
	Buffer    uint32 // bytes each way that Windows holds; 0 means 64 KiB
}

// Listener accepts on a named pipe, one instance at a time in waiting.
type Listener struct {
	name     string
	o        Options
	security windows.SecurityAttributes
	end      windows.Handle // event: Close was called
	once     sync.Once

	mu      sync.Mutex // held by Accept while it waits
	waiting windows.Handle
}

// Listen makes the pipe, if nobody has one of that name. security is who may open it, in SDDL ([MS-DTYP] 2.5.1).
func Listen(name, security string, o Options) (*Listener, error) {
	sd, err := windows.SecurityDescriptorFromString(security)
	if err != nil {
		return nil, fmt.Errorf("pipe: the security descriptor %s: %w", security, err)
	}
	if o.Instances == 0 {
		o.Instances = windows.PIPE_UNLIMITED_INSTANCES
	}
	if o.Buffer == 0 {
		o.Buffer = 1 << 16
	}
	l := &Listener{name: name, o: o}
	l.security = windows.SecurityAttributes{Length: uint32(unsafe.Sizeof(l.security)), SecurityDescriptor: sd}
	if l.end, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	if l.waiting, err = l.instance(windows.FILE_FLAG_FIRST_PIPE_INSTANCE); err != nil {
		windows.CloseHandle(l.end)
		return nil, fmt.Errorf("pipe: %s cannot be made: %w", name, err)
	}
	return l, nil
}

func (l *Listener) instance(flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(l.name)
	if err != nil {
		return windows.InvalidHandle, err
	}
	mode := uint32(windows.PIPE_TYPE_BYTE | windows.PIPE_REJECT_REMOTE_CLIENTS)
	if l.o.Remote {
		mode = windows.PIPE_TYPE_BYTE
	}
	return windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_OVERLAPPED|flags, mode,
		l.o.Instances, l.o.Buffer, l.o.Buffer, 0, &l.security)
}

// again is how long Accept waits before it asks once more for an instance that Windows did not give.
const again = 50 * time.Millisecond

// Accept waits for a client on the waiting instance and puts the next one in its place. When there are as many
// connections as Options allow, the client in waiting is given out once another one has gone.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		err := l.connect(l.waiting)
		if err == nil {
			break
		}
		if !errors.Is(err, windows.ERROR_NO_DATA) { // else a client came and went; the instance is half open
			return nil, err
		}
		if err := windows.DisconnectNamedPipe(l.waiting); err != nil {
			return nil, fmt.Errorf("pipe: %w", err)
		}
	}
	for {
		next, err := l.instance(0)
		if err == nil {
			c := &Conn{File: os.NewFile(uintptr(l.waiting), l.name), handle: l.waiting, addr: addr(l.name)}
			l.waiting = next
			return c, nil
		}
		if e, _ := windows.WaitForSingleObject(l.end, uint32(again.Milliseconds())); e == windows.WAIT_OBJECT_0 {
			return nil, net.ErrClosed
		}
	}
}

// connect waits until a client is there or Close is called.
func (l *Listener) connect(h windows.Handle) error {
	if e, _ := windows.WaitForSingleObject(l.end, 0); e == windows.WAIT_OBJECT_0 {
		return net.ErrClosed
	}
	event, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	defer windows.CloseHandle(event)
	o := &windows.Overlapped{HEvent: event}
	err = windows.ConnectNamedPipe(h, o)
	if errors.Is(err, windows.ERROR_IO_PENDING) {
		which, _ := windows.WaitForMultipleObjects([]windows.Handle{event, l.end}, false, windows.INFINITE)
		if which != windows.WAIT_OBJECT_0 {
			windows.CancelIoEx(h, o)
		}
		var n uint32
		if err = windows.GetOverlappedResult(h, o, &n, true); errors.Is(err, windows.ERROR_OPERATION_ABORTED) {
			return net.ErrClosed
		}
	}
	if err == nil || errors.Is(err, windows.ERROR_PIPE_CONNECTED) {
		return nil
	}
	return fmt.Errorf("pipe: %w", err)
}

// Close ends Accept and gives the name back, once the connections are closed too.
func (l *Listener) Close() error {
	l.once.Do(func() {
		windows.SetEvent(l.end)
		l.mu.Lock()
		defer l.mu.Unlock()
		windows.CloseHandle(l.waiting)
	})
	return nil
}

// Addr is the pipe's name.
func (l *Listener) Addr() net.Addr { return addr(l.name) }

// Security is the descriptor the instances are made with, as Windows keeps it.
func (l *Listener) Security() (*windows.SECURITY_DESCRIPTOR, error) {
	sd, err := windows.GetSecurityInfo(l.waiting, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	return sd, nil
}

type addr string

func (addr) Network() string  { return "pipe" }
func (a addr) String() string { return string(a) }

// Conn is a connected pipe; os.File does its overlapped reads and writes, with deadlines.
type Conn struct {
	*os.File
	handle windows.Handle
	addr   addr
}

var _ net.Conn = (*Conn)(nil)

// LocalAddr is the pipe's name.
func (c *Conn) LocalAddr() net.Addr { return c.addr }

// RemoteAddr is the pipe's name too.
func (c *Conn) RemoteAddr() net.Addr { return c.addr }

// Handle is the pipe's; it stays the connection's.
func (c *Conn) Handle() windows.Handle { return c.handle }

// ClientPID is the id of the process at the other end, which may have ended since; 0 when Windows does not say, as for
// clients of other machines.
func (c *Conn) ClientPID() uint32 {
	var pid uint32
	if err := windows.GetNamedPipeClientProcessId(c.handle, &pid); err != nil {
		return 0
	}
	return pid
}

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
	Remote    bool   // clients on other machines may connect, if the security descriptor allows it
	Instances uint32 // connections at a time, the waiting instance included; 0 means Windows' limit (255)
	Buffer    uint32 // bytes that Windows buffers each way; 0 means 64 KiB
}

// Listener accepts clients of a named pipe. One instance of the pipe waits for the next client.
type Listener struct {
	name     string
	options  Options
	security windows.SecurityAttributes
	closed   windows.Handle // event: Close was called
	once     sync.Once

	mu      sync.Mutex // held by Accept while it waits
	waiting windows.Handle
}

// Listen makes the pipe, unless another process has one of that name. security says who may open it, in SDDL ([MS-DTYP]
// 2.5.1).
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
	l := &Listener{name: name, options: o}
	l.security = windows.SecurityAttributes{Length: uint32(unsafe.Sizeof(l.security)), SecurityDescriptor: sd}
	if l.closed, err = windows.CreateEvent(nil, 1, 0, nil); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	if l.waiting, err = l.newInstance(windows.FILE_FLAG_FIRST_PIPE_INSTANCE); err != nil {
		windows.CloseHandle(l.closed)
		return nil, fmt.Errorf("pipe: %s cannot be made: %w", name, err)
	}
	return l, nil
}

func (l *Listener) newInstance(flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(l.name)
	if err != nil {
		return windows.InvalidHandle, err
	}
	mode := uint32(windows.PIPE_TYPE_BYTE | windows.PIPE_REJECT_REMOTE_CLIENTS)
	if l.options.Remote {
		mode = windows.PIPE_TYPE_BYTE
	}
	return windows.CreateNamedPipe(name, windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_OVERLAPPED|flags, mode,
		l.options.Instances, l.options.Buffer, l.options.Buffer, 0, &l.security)
}

// instanceRetry is the pause before Accept asks Windows again for an instance that it refused.
const instanceRetry = 50 * time.Millisecond

// Accept waits for a client on the waiting instance and makes the next instance. If there are as many connections as the
// options allow, Accept returns the client once another connection is closed.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		err := l.connect(l.waiting)
		if err == nil {
			break
		}
		if !errors.Is(err, windows.ERROR_NO_DATA) { // a client has closed already; the instance must be disconnected
			return nil, err
		}
		if err := windows.DisconnectNamedPipe(l.waiting); err != nil {
			return nil, fmt.Errorf("pipe: %w", err)
		}
	}
	for {
		next, err := l.newInstance(0)
		if err == nil {
			c := &Conn{File: os.NewFile(uintptr(l.waiting), l.name), handle: l.waiting, addr: addr(l.name)}
			l.waiting = next
			return c, nil
		}
		if e, _ := windows.WaitForSingleObject(l.closed, uint32(instanceRetry.Milliseconds())); e == windows.WAIT_OBJECT_0 {
			return nil, net.ErrClosed
		}
	}
}

// connect waits until a client connects or Close is called.
func (l *Listener) connect(h windows.Handle) error {
	if e, _ := windows.WaitForSingleObject(l.closed, 0); e == windows.WAIT_OBJECT_0 {
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
		which, _ := windows.WaitForMultipleObjects([]windows.Handle{event, l.closed}, false, windows.INFINITE)
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

// Close ends Accept. The name is free once the connections are closed too.
func (l *Listener) Close() error {
	l.once.Do(func() {
		windows.SetEvent(l.closed)
		l.mu.Lock()
		defer l.mu.Unlock()
		windows.CloseHandle(l.waiting)
	})
	return nil
}

// Addr returns the pipe's name.
func (l *Listener) Addr() net.Addr { return addr(l.name) }

// Security returns the security descriptor of the instances, as Windows stores it.
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

// LocalAddr returns the pipe's name.
func (c *Conn) LocalAddr() net.Addr { return c.addr }

// RemoteAddr returns the pipe's name too.
func (c *Conn) RemoteAddr() net.Addr { return c.addr }

// Handle returns the pipe's handle, which the connection closes.
func (c *Conn) Handle() windows.Handle { return c.handle }

// ClientPID returns the id of the client's process, which may have ended meanwhile, and 0 if Windows does not know it, as for
// clients on other machines.
func (c *Conn) ClientPID() uint32 {
	var pid uint32
	if err := windows.GetNamedPipeClientProcessId(c.handle, &pid); err != nil {
		return 0
	}
	return pid
}

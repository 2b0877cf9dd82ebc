package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// busyTimeout is how long a client waits for a free instance of the pipe.
const busyTimeout = 5 * time.Second

// dial opens the pipe. The daemon may identify the client and may not act as it (SECURITY_IDENTIFICATION). dial refuses a
// pipe that another account made under this name, since passwords go through it.
func dial(ctx context.Context, address string) (net.Conn, error) {
	name, err := windows.UTF16PtrFromString(address)
	if err != nil {
		return nil, fmt.Errorf("control: address %q: %w", address, err)
	}
	var h windows.Handle
	for until := time.Now().Add(busyTimeout); ; waitFor(ctx, 20*time.Millisecond) {
		h, err = windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING,
			windows.FILE_FLAG_OVERLAPPED|windows.SECURITY_SQOS_PRESENT|windows.SECURITY_IDENTIFICATION, 0)
		if err == nil {
			break
		}
		if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
			return nil, fmt.Errorf("control: %w at %s", ErrNoDaemon, address)
		}
		if !errors.Is(err, windows.ERROR_PIPE_BUSY) || ctx.Err() != nil || time.Now().After(until) {
			return nil, fmt.Errorf("control: %s: %w", address, err)
		}
	}
	if err := checkOwner(h); err != nil {
		windows.CloseHandle(h)
		return nil, err
	}
	return clientConn{os.NewFile(uintptr(h), address), clientAddr(address)}, nil
}

// clientConn is the client's end of a pipe; os.File does its overlapped reads and writes, with deadlines.
type clientConn struct {
	*os.File
	addr clientAddr
}

func (c clientConn) LocalAddr() net.Addr  { return c.addr }
func (c clientConn) RemoteAddr() net.Addr { return c.addr }

type clientAddr string

func (clientAddr) Network() string  { return "pipe" }
func (a clientAddr) String() string { return string(a) }

// checkOwner accepts pipes of SYSTEM, administrators, the service's account and this user, and refuses all others.
func checkOwner(h windows.Handle) error {
	sd, err := windows.GetSecurityInfo(h, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("control: the pipe's owner cannot be read: %w", err)
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return fmt.Errorf("control: the pipe's owner: %w", err)
	}
	if owner == nil {
		return errors.New("control: the pipe has no owner; nothing was sent")
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return fmt.Errorf("control: this process's account is unknown: %w", err)
	}
	if owner.IsWellKnown(windows.WinLocalSystemSid) || owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) ||
		owner.Equals(me.User.Sid) || owner.String() == ServiceSID(ServiceName) {
		return nil
	}
	return fmt.Errorf("control: the pipe belongs to %s, which is not offhook's service; nothing was sent", owner)
}

package tapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"

	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
	"offhook/internal/pipe"
)

// openPipe is what the provider DLL does: overlapped, and with nothing the server could act with.
func openPipe(name string) (*os.File, error) {
	p, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		h, err := windows.CreateFile(p, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING,
			windows.FILE_FLAG_OVERLAPPED|windows.SECURITY_SQOS_PRESENT|windows.SECURITY_IDENTIFICATION, 0)
		if err == nil {
			return os.NewFile(uintptr(h), name), nil
		}
		if !errors.Is(err, windows.ERROR_PIPE_BUSY) || time.Now().After(until) {
			return nil, err
		}
	}
}

func pipeName(t *testing.T) string {
	return fmt.Sprintf(`\\.\pipe\offhook-test-%d-%s`, os.Getpid(), t.Name())
}

// pipeDLL is a dll on a pipe.
func pipeDLL(t *testing.T, name string) *dll {
	f, err := openPipe(name)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return &dll{t: t, conn: &fileConn{f}}
}

type fileConn struct{ *os.File }

func (c *fileConn) LocalAddr() net.Addr  { return nil }
func (c *fileConn) RemoteAddr() net.Addr { return nil }

func (d *dll) greet() *wire.Welcome {
	d.send(&wire.Hello{WireLow: 1, WireHigh: 1, Bits: 64, Process: uint32(os.Getpid()), Product: "test"})
	w, ok := d.next().(*wire.Welcome)
	require.True(d.t, ok)
	return w
}

func pipeDaemon(t *testing.T) *daemon {
	return newDaemonAt(t, pipeName(t))
}

// TestPipeDescriptor reads back what Windows made of the SDDL: owner and entries of the pipe, with and without machines
// of the network.
func TestPipeDescriptor(t *testing.T) {
	_, account, err := ownAccount()
	require.NoError(t, err)
	for _, grant := range [][]string{nil, {"S-1-5-21-1-2-3-1104"}} {
		text := pipeSecurity(account, account, grant)
		sd, err := windows.SecurityDescriptorFromString(text)
		require.NoError(t, err)
		owner, _, err := sd.Owner()
		require.NoError(t, err)
		require.Equal(t, account, owner.String())
		control, _, err := sd.Control()
		require.NoError(t, err)
		require.NotZero(t, control&windows.SE_DACL_PROTECTED)
		acl, _, err := sd.DACL()
		require.NoError(t, err)
		var got []string
		for i := range uint32(acl.AceCount) {
			var ace *windows.ACCESS_ALLOWED_ACE
			require.NoError(t, windows.GetAce(acl, i, &ace))
			got = append(got, fmt.Sprintf("%d %#x %s", ace.Header.AceType, uint32(ace.Mask), aceSID(ace)))
		}
		want := []string{"1 0x10000000 S-1-5-2", "1 0x10000000 S-1-5-7", "0 0x10000000 S-1-5-18", "0 0x10000000 S-1-5-32-544",
			"0 0x10000000 " + account, "0 0x12019b S-1-5-20"}
		if grant != nil {
			want = []string{"1 0x10000000 S-1-5-7", "0 0x10000000 S-1-5-18", "0 0x10000000 " + account, "0 0x12019b S-1-5-20", "0 0x12019b S-1-5-21-1-2-3-1104"}
		}
		require.Equal(t, want, got)
	}
}

func TestPipeNameIsOurs(t *testing.T) {
	l, err := listen(pipeName(t), access{})
	require.NoError(t, err)
	defer l.Close()
	sd, err := l.(*pipe.Listener).Security()
	require.NoError(t, err)
	owner, _, err := sd.Owner()
	require.NoError(t, err)
	t.Log("owner", owner)
	_, err = listen("tcp:0.0.0.0:1", access{})
	require.ErrorIs(t, err, ErrAddress)
	_, err = listen(pipeName(t)+"x", access{grant: []string{`NOWHERE-KNOWN\NOBODY$`}})
	require.ErrorIs(t, err, ErrAddress, "an account that does not exist")
}

func TestPipeServesTheDLL(t *testing.T) {
	d := pipeDaemon(t)
	c := pipeDLL(t, d.path)
	require.Equal(t, "j1", c.greet().Journal)
	d.f.mu.Lock()
	require.EqualValues(t, os.Getpid(), d.f.session.pid, "the system says who is there")
	d.f.mu.Unlock()
	require.EqualValues(t, 1, c.call(&wire.Request{Function: wire.FuncProviderEnumDevices}).Values[0])
	require.Equal(t, spec.LineErrNone, c.call(&wire.Request{Function: wire.FuncProviderInit, Values: [4]uint32{uint32(spec.Version31), 1, 7, 1}}).Result)
	require.Len(t, c.call(&wire.Request{Function: wire.FuncLineGetDevCaps, DeviceID: 7, Values: [4]uint32{uint32(spec.Version31)}}).Images, 1)
}

func bytesOf(t *testing.T, f wire.Frame) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, wire.WriteFrame(&b, f))
	return b.Bytes()
}

// TestPipeTakesComingAndGoing has clients that leave before they are accepted, without a word, within a frame, and many
// in a row; the next is served as ever.
func TestPipeTakesComingAndGoing(t *testing.T) {
	d := pipeDaemon(t)
	hello, err := wire.NewFrame(0, &wire.Hello{WireLow: 1, WireHigh: 1})
	require.NoError(t, err)
	all := bytesOf(t, hello)
	random := rand.New(rand.NewPCG(1, 2))
	began := time.Now()
	const times = 1000
	for i := range times {
		f, err := openPipe(d.path)
		require.NoError(t, err, "client %d", i)
		switch i % 4 {
		case 0:
		case 1:
			f.Write(all[:random.IntN(len(all))])
		case 2:
			f.Write(all)
		case 3:
			f.Write(bytes.Repeat([]byte{byte(i)}, 40))
		}
		require.NoError(t, f.Close())
	}
	t.Logf("%d clients in %s", times, time.Since(began).Round(time.Millisecond))
	welcome(t, d)
}

// welcome connects until the ones before are gone.
func welcome(t *testing.T, d *daemon) *dll {
	t.Helper()
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c := pipeDLL(t, d.path)
		c.send(&wire.Hello{WireLow: 1, WireHigh: 1})
		c.conn.SetDeadline(time.Now().Add(5 * time.Second))
		f, err := wire.ReadFrame(c.conn)
		if err == nil && f.Kind == wire.KindWelcome {
			return c
		}
		require.True(t, time.Now().Before(until), "never welcome again")
		c.conn.Close()
	}
}

func TestPipeRefusesGarbage(t *testing.T) {
	d := pipeDaemon(t)
	hello, err := wire.NewFrame(0, &wire.Hello{WireLow: 1, WireHigh: 1})
	require.NoError(t, err)
	good := bytesOf(t, hello)
	oversized := bytes.Clone(good)
	oversized[12], oversized[13], oversized[14] = 0xff, 0xff, 0x10
	random := rand.New(rand.NewPCG(3, 4))
	frames := [][]byte{oversized, make([]byte, 64), bytes.Repeat([]byte{0xff}, 2*wire.MaxFrame)}
	for range 100 { // a byte of a hello differs
		b := bytes.Clone(good)
		b[random.IntN(len(b))] ^= byte(1 + random.IntN(255))
		frames = append(frames, b)
	}
	for i, b := range frames {
		f, err := openPipe(d.path)
		require.NoError(t, err)
		f.SetDeadline(time.Now().Add(500 * time.Millisecond))
		go f.Write(b) // the daemon may close before it has read all
		head := make([]byte, 16)
		if _, err = io.ReadFull(f, head); err == nil {
			require.Contains(t, []wire.Kind{wire.KindError, wire.KindWelcome}, wire.Kind(head[5]), "frame %d", i)
		} else { // lengths that announce more than comes: the daemon waits for it, as it should
			require.NotErrorIs(t, err, io.ErrUnexpectedEOF)
		}
		f.Close()
	}
	welcome(t, d)
}

func TestPipeTurnsTheMultitudeAway(t *testing.T) {
	d := pipeDaemon(t)
	first := pipeDLL(t, d.path)
	first.greet()
	var wg sync.WaitGroup
	for range 3 * maxConnections {
		wg.Go(func() {
			f, err := openPipe(d.path)
			if err != nil {
				return // all instances are taken
			}
			defer f.Close()
			f.SetDeadline(time.Now().Add(2 * time.Second))
			f.Read(make([]byte, 1))
		})
	}
	require.EqualValues(t, 1, first.call(&wire.Request{Function: wire.FuncProviderEnumDevices}).Values[0])
	wg.Wait()
	require.EqualValues(t, 1, first.call(&wire.Request{Function: wire.FuncProviderEnumDevices}).Values[0])
}

func TestPipeCloseEndsAccept(t *testing.T) {
	l, err := listen(pipeName(t), access{})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { _, err := l.Accept(); ended <- err }()
	time.Sleep(20 * time.Millisecond) // so that it waits; either way it must end
	require.NoError(t, l.Close())
	select {
	case err := <-ended:
		require.ErrorIs(t, err, net.ErrClosed)
	case <-time.After(5 * time.Second):
		t.Fatal("Accept goes on after Close")
	}
	_, err = l.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	l, err = listen(pipeName(t), access{})
	require.NoError(t, err, "the name is free again")
	require.NoError(t, l.Close())
}

// TestPipeOfADaemon speaks to a whole daemon; tests/wine runs it.
func TestPipeOfADaemon(t *testing.T) {
	name := os.Getenv("OFFHOOK_TEST_PIPE")
	if name == "" {
		t.Skip("no daemon: tests/wine sets OFFHOOK_TEST_PIPE")
	}
	c := pipeDLL(t, name)
	w := c.greet()
	require.NotEmpty(t, w.Journal)
	lines := c.call(&wire.Request{Function: wire.FuncProviderEnumDevices}).Values[0]
	require.EqualValues(t, 6, lines)
	require.Equal(t, spec.LineErrNone, c.call(&wire.Request{Function: wire.FuncProviderInit, Values: [4]uint32{uint32(spec.Version31), 1, 0, lines}}).Result)
	for i := range lines {
		require.NotZero(t, c.call(&wire.Request{Function: wire.FuncLineOpen, DeviceID: i, Values: [4]uint32{uint32(spec.Version31)}}).Values[0])
	}
	fmt.Println("lines are open") // the sign for a call to come in
	seen := map[spec.Message]bool{}
	for !seen[spec.MessageCallState] {
		if n, ok := c.next().(*wire.Notification); ok {
			seen[n.Message] = true
		}
	}
	require.True(t, seen[spec.MessageNewCall])
}

// aceSID is the SID that stands in an entry from SidStart on.
func aceSID(ace *windows.ACCESS_ALLOWED_ACE) *windows.SID {
	return (*windows.SID)(unsafe.Pointer(&ace.SidStart))
}

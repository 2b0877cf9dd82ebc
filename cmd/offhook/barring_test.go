package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/spec"
	"offhook/adapters/tapi/wire"
)

// dllEnd is the DLL's end of the frames.
type dllEnd struct {
	t    *testing.T
	conn net.Conn
	id   uint32
}

func connectProvider(t *testing.T, path string) *dllEnd {
	t.Helper()
	conn, err := net.Dial("unix", path)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	p := &dllEnd{t: t, conn: conn}
	p.send(&wire.Hello{WireLow: 1, WireHigh: 1})
	for {
		switch b := p.next().(type) {
		case *wire.Welcome:
			return p
		case *wire.Error:
			t.Fatalf("refused: %+v", b)
		}
	}
}

func (p *dllEnd) send(b wire.Body) {
	p.t.Helper()
	p.id++
	f, err := wire.NewFrame(p.id, b)
	require.NoError(p.t, err)
	require.NoError(p.t, p.conn.SetDeadline(time.Now().Add(patience)))
	require.NoError(p.t, wire.WriteFrame(p.conn, f))
}

func (p *dllEnd) next() wire.Body {
	p.t.Helper()
	require.NoError(p.t, p.conn.SetDeadline(time.Now().Add(patience)))
	f, err := wire.ReadFrame(p.conn)
	require.NoError(p.t, err)
	b, err := f.Decode()
	require.NoError(p.t, err)
	return b
}

// call asks and waits for the answer; what comes between is passed over.
func (p *dllEnd) call(r *wire.Request) *wire.Reply {
	p.t.Helper()
	p.send(r)
	for {
		if reply, ok := p.next().(*wire.Reply); ok {
			require.Equal(p.t, r.Function, reply.Function)
			return reply
		}
	}
}

// TestBarredNumbers: programs get the documented errors, the log shows what was barred, the PBX receives nothing; an
// emergency call goes through though a pattern fits and the minute is used up.
func TestBarredNumbers(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "tapi.sock")
	h := newDaemonRig(t, "run: {tapi-listen: '"+socket+"', dial-deny: ['0900*', '11?'], dial-limit: 2, numbers-country: '49', dial-areacode: '0711', numbers-extension-digits: 2}")
	p := connectProvider(t, socket)
	values := func(v ...uint32) (a [4]uint32) { copy(a[:], v); return a }
	n := p.call(&wire.Request{Function: wire.FuncProviderEnumDevices}).Values[0]
	require.Equal(t, spec.LineErrNone, p.call(&wire.Request{Function: wire.FuncProviderInit, Values: values(uint32(spec.Version31), 1, 0, n)}).Result)
	var lines []uint32
	for id := range n {
		lines = append(lines, p.call(&wire.Request{Function: wire.FuncLineOpen, DeviceID: id, Values: values(uint32(spec.Version31))}).Values[0])
	}
	request := uint32(0)
	dial := func(line uint32, number string) spec.LineErr {
		t.Helper()
		request++
		return p.call(&wire.Request{Function: wire.FuncLineMakeCall, RequestID: request, Line: line, Text: spec.NewWide(number)}).Result
	}
	before := len(h.pbx.Commands())
	for _, number := range []string{"09001234", "+49 (900) 1234", "0049900 1234", "113"} {
		require.Equal(t, spec.LineErrAddressBlocked, dial(lines[0], number), number)
	}
	require.Len(t, h.pbx.Commands(), before)
	require.True(t, waitFor(func() bool {
		_, ok := h.log.find("a program may not dial this", "rule=0900*", "level=WARN")
		_, too := h.log.find("a program may not dial this", "rule=11?")
		return ok && too
	}), h.log.String())

	require.Equal(t, spec.LineErrNone, dial(lines[0], "0715551200"))
	require.Equal(t, spec.LineErrNone, dial(lines[0], "0715551201"))
	require.Equal(t, spec.LineErrResourceUnavail, dial(lines[0], "0715551202"))
	require.True(t, waitFor(func() bool { _, ok := h.log.find("a program may not dial this", `rule="2 a minute"`); return ok }))
	require.Equal(t, spec.LineErrNone, dial(lines[1], "0715551203"), "each line has its own minute")
	require.Equal(t, spec.LineErrNone, dial(lines[0], "112"))
	require.True(t, waitFor(func() bool {
		for _, c := range h.pbx.Commands() {
			if strings.HasPrefix(c.Name, "base.Dial") && strings.Contains(c.Raw, `"112"`) {
				return true
			}
		}
		return false
	}), "%v", h.pbx.Commands())
}

// TestBarringSettings: what cannot be is refused at the start, with the setting's name.
func TestBarringSettings(t *testing.T) {
	for _, c := range []struct{ flag, says string }{
		{"--dial-deny=09x", `"09x"`}, {"--dial-limit=-1", "-1 numbers a minute"}, {"--dial-emergency=0900123", "emergency number"},
	} {
		code, _, errs := call("", "run", "--user", "a", "--host", "127.0.0.1", "--data-dir", t.TempDir(), "--password-file", passwordFile(t, t.TempDir()), "--tapi-listen", "none", c.flag)
		require.Equal(t, 2, code, errs)
		require.Contains(t, errs, c.says)
	}
}

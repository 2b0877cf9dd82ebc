package support

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadMessage(t *testing.T) {
	for _, c := range []struct {
		text, address, want string
		cut                 bool
	}{
		{"Jan Lorenz (831): Send_TAPI_Event: <0x7366f8b0> Line=0x103cc, Call=0x10355, Msg=0x2 (LINE_CALLSTATE), P1=0x2, P2=0x1, P3=0x4", "831", "LINE_CALLSTATE 0x2 0x1 0x4", false},
		{"Jan (x) Lorenz (831): Send_TAPI_Event: <0x1> Line=0x1, Call=0x0, Msg=0x00000002 (CALLSTATE), P1=0x00000100, P2=0x00000000, P3=0x4\n", "831", "LINE_CALLSTATE 0x100 0x0 0x4", false},
		{"831: Send_TAPI_Event: <0x1> Line=0x1, Call=0x0, Msg=0x1f4 (LINE_NEWCALL), P1=0x7366fa10, P2=0x3c1f008, P3=0x0", "831", "LINE_NEWCALL", false},
		{"A (1): Send_TAPI_Event: <0x1> Line=0x1, Call=0x0, Msg=0x2 (LINE_CALLSTATE), P1=0x2, P2=0x1…", "1", "LINE_CALLSTATE 0x2", true},
		{"A (1): Send_TAPI_Event: <0x1> Line=0x1, Call=0x0, Msg=0x2 (LINE_CALLSTATE)", "1", "LINE_CALLSTATE", true},
		{"ASYNC_COMPLETION: Request=0x5, Result=0x80000048", "", "completion of request 0x5: 0x80000048", false},
	} {
		m, ok := readMessage(c.text)
		require.True(t, ok, c.text)
		require.Equal(t, []any{c.address, c.want, c.cut}, []any{m.address, m.text, m.cut}, c.text)
	}
	for _, text := range []string{"", "Jan Lorenz (831): Send_TAPI_Event: <0x7366f8b0> Line=0x103cc, Ca…", "CmdtspLine::UnsolicitedEvent()", "ASYNC_COMPLETION: Request=0x5",
		"A: Send_TAPI_Event: Msg=0x2", "A: Send_TAPI_Event: Msg=0x2 (LINE", "ASYNC_COMPLETION: Request=0x5, Resu…"} {
		_, ok := readMessage(text)
		require.False(t, ok, text)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add("Jan Lorenz (831): Send_TAPI_Event: <0x7366f8b0> Line=0x103cc, Call=0x10355, Msg=0x2 (LINE_CALLSTATE), P1=0x2, P2=0x1, P3=0x4")
	f.Add("x)(: Send_TAPI_Event: Msg=0x()P1=0x…")
	f.Fuzz(func(t *testing.T, text string) {
		if m, ok := readMessage(text); ok && m.text == "" {
			t.Fatalf("%q says nothing", text)
		}
	})
}

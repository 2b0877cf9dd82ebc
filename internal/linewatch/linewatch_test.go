package linewatch

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/internal/fact"
)

func TestMessageText(t *testing.T) {
	for _, c := range []struct {
		want string
		fact fact.Fact
	}{
		{"CONNECTED ACTIVE", fact.Fact{Msg: "LINE_CALLSTATE", CallState: "CONNECTED", Mode: "ACTIVE"}},
		{"IDLE", fact.Fact{Msg: "LINE_CALLSTATE", CallState: "IDLE"}},
		{"CALLINFO CALLERID|CALLEDID", fact.Fact{Msg: "LINE_CALLINFO", Bits: []string{"CALLERID", "CALLEDID"}}},
		{"completion of request 7: 0", fact.Fact{Msg: "ASYNC_COMPLETION", Request: 7, Result: "0"}},
		{"CLOSE", fact.Fact{Msg: "LINE_CLOSE"}},
	} {
		require.Equal(t, c.want, messageText(&c.fact))
	}
}

// TestRow: a row keeps its columns whatever is in them, and Observe sees the message before it is printed.
func TestRow(t *testing.T) {
	var out strings.Builder
	w := New(&out, projection.Options{})
	var seen []string
	w.Observe = func(f *fact.Fact) {
		require.Empty(t, out.String(), "the row is not printed yet")
		seen = append(seen, f.Msg)
	}
	w.printRow(projection.TAPIMessage{Message: spec.MessageClose, Line: "ida", Address: "41"})
	require.Equal(t, []string{"LINE_CLOSE"}, seen)
	require.Equal(t, strings.Index(header, "Event"), strings.Index(out.String(), "CLOSE"), "%s%s", header, out.String())
	require.Equal(t, "12345678…", column("1234567890", 9))
	require.Equal(t, "Jörg     ", column("Jörg", 9))
	require.Equal(t, "41 Ida Lund", party("41", "Ida Lund"))
	require.Equal(t, "Ida Lund", party("", "Ida Lund"))
	require.Equal(t, "41", party("41", ""))
}

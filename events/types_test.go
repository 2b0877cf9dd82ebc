package events_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
)

// fixedTypes lists every code and name. None of them may change, since journals hold the codes, and traces and fixtures
// the names; rows may be added.
var fixedTypes = []struct {
	code events.Type
	name string
}{
	{1, "call.initiated.v1"}, {2, "call.originated.v1"}, {3, "call.offered.v1"}, {4, "call.delivered.v1"},
	{5, "call.established.v1"}, {6, "call.held.v1"}, {7, "call.retrieved.v1"}, {8, "call.transferred.v1"},
	{9, "call.conferenced.v1"}, {10, "call.diverted.v1"}, {11, "call.failed.v1"}, {12, "call.connection_cleared.v1"},
	{13, "call.cleared.v1"}, {14, "call.info_changed.v1"}, {15, "call.branch_joined.v1"}, {16, "call.deferred.v1"},
	{17, "call.confirmed.v1"}, {32, "line.learned.v1"}, {33, "line.removed.v1"}, {34, "line.phone_changed.v1"},
	{35, "line.pickup_offered.v1"}, {36, "line.pickup_withdrawn.v1"}, {48, "session.up.v1"}, {49, "session.ready.v1"},
	{50, "session.down.v1"}, {51, "session.lost.v1"}, {52, "journal.gap.v1"}, {53, "input.ignored.v1"},
	{54, "notice.raised.v1"},
	{64, "request.issued.v1"}, {65, "request.sent.v1"}, {66, "request.finished.v1"}, {80, "timer.fired.v1"},
}

func TestTypesAreFixed(t *testing.T) {
	known := map[events.Type]string{}
	for _, g := range fixedTypes {
		known[g.code] = g.name
		require.Equal(t, g.name, g.code.String())
	}
	for _, typ := range events.Types() {
		require.Contains(t, known, typ, "%s: add a row to the golden table and a golden file", typ)
	}
	require.Len(t, events.Types(), len(fixedTypes))
}

func TestTypeNamed(t *testing.T) {
	form := regexp.MustCompile(`^[a-z]+\.[a-z_]+\.v[1-9][0-9]*$`)
	seen := map[string]bool{}
	for _, typ := range events.Types() {
		require.Regexp(t, form, typ.String())
		require.False(t, seen[typ.String()], "%s twice", typ)
		seen[typ.String()] = true
		got, ok := events.TypeNamed(typ.String())
		require.True(t, ok)
		require.Equal(t, typ, got)
	}
	former, ok := events.TypeNamed("stanza.ignored.v1")
	require.True(t, ok)
	require.Equal(t, events.InputIgnored, former)
	for _, name := range []string{"", "none", "call.held", "call.held.v2", "CALL.HELD.V1"} {
		got, ok := events.TypeNamed(name)
		require.False(t, ok, name)
		require.Equal(t, events.TypeNone, got)
	}
	for _, code := range []events.Type{0, 18, 31, 95, 96, 255} {
		require.Equal(t, "none", code.String())
	}
}

func TestIsCall(t *testing.T) {
	for _, typ := range events.Types() {
		require.Equal(t, typ.String()[:5] == "call.", typ.IsCall(), typ)
	}
}

func TestWordsAreUnique(t *testing.T) {
	reasons := map[string]events.Reason{}
	for r := range events.Reason(64) {
		name := r.String()
		if got, ok := events.ReasonNamed(name); name != "none" {
			require.True(t, ok)
			require.Equal(t, r, got)
			require.NotContains(t, reasons, name)
			reasons[name] = r
		}
	}
	require.Len(t, reasons, 23)
	kinds := map[string]bool{}
	for k := events.Dial; k <= events.SwapHold; k++ {
		got, ok := events.RequestKindNamed(k.String())
		require.True(t, ok)
		require.Equal(t, k, got)
		require.False(t, kinds[k.String()])
		kinds[k.String()] = true
	}
	_, ok := events.RequestKindNamed("none")
	require.False(t, ok)
	require.Equal(t, "unknown", events.Result(200).String())
	require.Equal(t, "unknown", events.PhoneState(200).String())
}

package conformance

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
	"offhook/engine"
	"offhook/events"
)

// recorded is a good stream: a call that rings, talks, is held and ends.
func recorded(t *testing.T) []projection.TAPIMessage {
	t.Helper()
	var all []projection.TAPIMessage
	p := projection.New(projection.Options{})
	seq := uint64(0)
	apply := func(changes ...engine.Change) {
		seq++
		for i, c := range changes {
			line := tapitest.Ida
			c.Pos, c.At, c.Line = engine.Position{Seq: seq, Index: uint32(i)}, events.Millis(seq*1000), &line
			p.Apply(c, func(n projection.TAPIMessage) { all = append(all, n) })
		}
	}
	apply(engine.Change{Kind: engine.LineUpdated})
	v := engine.CallView{Line: tapitest.Ida.Key, Number: 1, Reason: events.ReasonDirect, Cause: events.ReasonNormal}
	tapitest.Inbound(&v)
	for _, states := range [][]engine.State{{engine.Offering}, {engine.Connected}, {engine.Held}, {engine.Disconnected, engine.Idle}} {
		apply(tapitest.Moves(&v, events.Millis(seq*1000+1000), states...)...)
	}
	return all
}

// TestMonitorFindsEachFault breaks the good stream in one place a time.
func TestMonitorFindsEachFault(t *testing.T) {
	at := func(ns []projection.TAPIMessage, m spec.Message, s spec.CallState) int {
		for i, n := range ns {
			if n.Message == m && n.State == s {
				return i
			}
		}
		t.Fatal("no such message")
		return 0
	}
	for _, c := range []struct {
		rule  string
		spoil func(ns []projection.TAPIMessage) []projection.TAPIMessage
	}{
		{"R-44", func(ns []projection.TAPIMessage) []projection.TAPIMessage { ns[1], ns[2] = ns[2], ns[1]; return ns }},
		{"R-46", func(ns []projection.TAPIMessage) []projection.TAPIMessage { ns[0].Record = nil; return ns }},
		{"R-47", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallState, spec.CallStateConnected)
			ns[i].State, ns[i].Mode = spec.CallStateDialing, 0
			return ns
		}},
		{"R-48", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallState, spec.CallStateConnected)
			ns[i].State, ns[i].Mode = spec.CallStateOnHold, 0
			return ns
		}},
		{"R-49", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallState, spec.CallStateIdle)
			return append(ns, ns[i])
		}},
		{"R-49", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			return ns[:at(ns, spec.MessageCallState, spec.CallStateIdle)]
		}},
		{"R-50", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			ns[at(ns, spec.MessageCallState, spec.CallStateConnected)].Mode = 3
			return ns
		}},
		{"R-25", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallState, spec.CallStateDisconnected)
			ns[i].Mode = uint32(spec.DisconnectModeCancelled)
			return ns
		}},
		{"R-51", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallState, spec.CallStateOnHold)
			ns[i].Record = ns[1].Record
			return ns
		}},
		{"R-53", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallState, spec.CallStateOnHold)
			r := *ns[i].Record
			r.Status.Features = 0
			ns[i].Record = &r
			return ns
		}},
		{"R-54", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallInfo, 0)
			ns[i].Info |= spec.CallInfoStateDisplay
			return ns
		}},
		{"R-54", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageCallInfo, 0)
			return append(ns, ns[i])
		}},
		{"R-57", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			i := at(ns, spec.MessageLineDevState, 0)
			return append(ns[:len(ns):len(ns)], ns[i])
		}},
		{"R-69", func(ns []projection.TAPIMessage) []projection.TAPIMessage { return ns[:len(ns)-1] }},
		{"R-69", func(ns []projection.TAPIMessage) []projection.TAPIMessage { ns[len(ns)-1].Counts.OnHold = 4; return ns }},
		{"R-69", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			ns[len(ns)-1].AddressState = spec.AddressStateNumCalls
			return ns
		}},
		{"R-24", func(ns []projection.TAPIMessage) []projection.TAPIMessage {
			ns[len(ns)-1].AddressState |= spec.AddressStateForward
			return ns
		}},
		{"order", func(ns []projection.TAPIMessage) []projection.TAPIMessage { ns[0].Pos.Seq = 99; return ns }},
	} {
		t.Run(c.rule, func(t *testing.T) {
			m := NewMonitor()
			m.Version = spec.Version14
			if c.rule != "R-25" {
				m.Version = spec.Version31
			}
			var bad []string
			for _, n := range c.spoil(recorded(t)) {
				bad = append(bad, m.Observe(n)...)
			}
			bad = append(append(bad, m.UnsentCounts()...), m.Unfinished()...)
			require.Contains(t, strings.Join(bad, "\n"), c.rule)
		})
	}
	m := NewMonitor()
	for _, n := range recorded(t) {
		require.Empty(t, m.Observe(n))
	}
	require.Zero(t, m.NumLive())
	require.Empty(t, append(m.UnsentCounts(), m.Unfinished()...))
}

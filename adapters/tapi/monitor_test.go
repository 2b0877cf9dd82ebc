package tapi

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/engine"
	"offhook/events"
)

// recorded is a good stream: a call that rings, talks, is held and ends.
func recorded(t *testing.T) []Notice {
	w := newWorld(t, Options{})
	w.talk()
	w.move(1, engine.Held, nil)
	w.end(1, events.ReasonNormal)
	return w.all
}

// TestMonitorFindsEachFault breaks the good stream in one place a time.
func TestMonitorFindsEachFault(t *testing.T) {
	at := func(ns []Notice, m Message, s CallState) int {
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
		spoil func(ns []Notice) []Notice
	}{
		{"R-44", func(ns []Notice) []Notice { ns[1], ns[2] = ns[2], ns[1]; return ns }},
		{"R-46", func(ns []Notice) []Notice { ns[0].Record = nil; return ns }},
		{"R-47", func(ns []Notice) []Notice {
			i := at(ns, MessageCallState, CallStateConnected)
			ns[i].State, ns[i].Mode = CallStateDialing, 0
			return ns
		}},
		{"R-48", func(ns []Notice) []Notice {
			i := at(ns, MessageCallState, CallStateConnected)
			ns[i].State, ns[i].Mode = CallStateOnHold, 0
			return ns
		}},
		{"R-49", func(ns []Notice) []Notice { i := at(ns, MessageCallState, CallStateIdle); return append(ns, ns[i]) }},
		{"R-49", func(ns []Notice) []Notice { return ns[:at(ns, MessageCallState, CallStateIdle)] }},
		{"R-50", func(ns []Notice) []Notice { ns[at(ns, MessageCallState, CallStateConnected)].Mode = 3; return ns }},
		{"R-25", func(ns []Notice) []Notice {
			i := at(ns, MessageCallState, CallStateDisconnected)
			ns[i].Mode = uint32(DisconnectModeCancelled)
			return ns
		}},
		{"R-51", func(ns []Notice) []Notice {
			i := at(ns, MessageCallState, CallStateOnHold)
			ns[i].Record = ns[1].Record
			return ns
		}},
		{"R-53", func(ns []Notice) []Notice {
			i := at(ns, MessageCallState, CallStateOnHold)
			r := *ns[i].Record
			r.Status.Features = 0
			ns[i].Record = &r
			return ns
		}},
		{"R-54", func(ns []Notice) []Notice {
			i := at(ns, MessageCallInfo, 0)
			ns[i].Info |= CallInfoStateDisplay
			return ns
		}},
		{"R-54", func(ns []Notice) []Notice { i := at(ns, MessageCallInfo, 0); return append(ns, ns[i]) }},
		{"R-57", func(ns []Notice) []Notice {
			i := at(ns, MessageLineDevState, 0)
			return append(ns[:len(ns):len(ns)], ns[i])
		}},
		{"R-69", func(ns []Notice) []Notice { return ns[:len(ns)-1] }},
		{"R-69", func(ns []Notice) []Notice { ns[len(ns)-1].Counts.OnHold = 4; return ns }},
		{"R-69", func(ns []Notice) []Notice { ns[len(ns)-1].AddressState = AddressStateNumCalls; return ns }},
		{"R-24", func(ns []Notice) []Notice { ns[len(ns)-1].AddressState |= AddressStateForward; return ns }},
		{"order", func(ns []Notice) []Notice { ns[0].Pos.Seq = 99; return ns }},
	} {
		t.Run(c.rule, func(t *testing.T) {
			m := NewMonitor()
			m.Version = Version14
			if c.rule != "R-25" {
				m.Version = Version31
			}
			var bad []string
			for _, n := range c.spoil(recorded(t)) {
				bad = append(bad, m.Observe(n)...)
			}
			bad = append(append(bad, m.Settled()...), m.Unfinished()...)
			require.Contains(t, strings.Join(bad, "\n"), c.rule)
		})
	}
	m := NewMonitor()
	for _, n := range recorded(t) {
		require.Empty(t, m.Observe(n))
	}
	require.Zero(t, m.Live())
	require.Empty(t, append(m.Settled(), m.Unfinished()...))
}

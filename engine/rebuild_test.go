package engine

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/events"
	"offhook/internal/trace"
)

// TestRebuildKnowsWhatTheRunKnows: the events of a run, applied to a new engine, give the image that the run has, but for
// what stands in unjournaled.
func TestRebuildKnowsWhatTheRunKnows(t *testing.T) {
	login := func(s *Settings) { s.Handshake, s.User = true, "ida" }
	drops := map[dropPhase]int{}
	for seed := uint64(1); seed <= 12; seed++ {
		live, again := randomCore(), randomCore()
		if seed%3 == 0 {
			for _, c := range []**Core{&live, &again} {
				set := (*c).settings
				login(&set)
				*c = NewCore(set, plain{})
			}
		}
		chance := rand.New(rand.NewPCG(seed, 2))
		for i, r := range random(seed, 3_000) {
			aim(live, &r, chance)
			for _, o := range append([]Output(nil), live.Step(r)...) {
				if o.Kind != OutEvent {
					continue
				}
				again.Apply(o.Event)
				if b, ok := o.Event.Body().(events.Ignored); ok && strings.Contains(b.Text(), "ended before it showed") {
					l := again.lines[b.Line()]
					again.releaseHeldBack(l, b.Channel())
					again.endedChannels.add(channelKey{l, strings.Clone(b.Channel())}, again.now, again.now.Add(again.settings.Timers.Closed))
				}
			}
			for _, l := range live.linesByNumber {
				for _, k := range l.expandAll(l.calls) {
					drops[k.drop]++
				}
			}
			if i%5 == 0 {
				require.JSONEq(t, journaled(t, live), journaled(t, again), "seed %d, input %d: %+v", seed, i, r)
			}
		}
	}
	for phase := dropNone; phase <= dropLast; phase++ {
		require.NotZero(t, drops[phase], "no call was in phase %d of a Drop", phase)
	}
}

// aim makes a request one on a call that there is, and a PBX's answer one that is waited for, so that requests get somewhere.
func aim(c *Core, r *trace.Record, chance *rand.Rand) {
	if strings.HasPrefix(r.Raw, "ok id=") || strings.HasPrefix(r.Raw, "fail id=") {
		for id := range c.awaitedReplies { // one is as good as another; take the smallest, to be the same each time
			if old := strings.Fields(r.Raw)[1][3:]; c.awaitedReplies[old] == (awaitedReply{}) || len(id) < len(old) || len(id) == len(old) && id < old {
				r.Raw = strings.Fields(r.Raw)[0] + " id=" + id
			}
		}
	}
	if r.Request == nil || c.lines[r.Request.Line] == nil {
		return
	}
	q := *r.Request
	if l := c.lines[q.Line]; len(l.calls) > 0 && chance.IntN(4) > 0 {
		q.Call = l.calls[chance.IntN(len(l.calls))].number
		if chance.IntN(2) == 0 {
			q.Name = events.Drop.String()
		}
	}
	r.Request = &q
}

// journaled is an image without what no event carries (law_test.go says why for each).
func journaled(t *testing.T, c *Core) string {
	m := c.Image()
	m.Input, m.Now, m.Session.IQs, m.IQs = 0, 0, 0, nil
	m.Lookups, m.Absent = nil, nil
	for i := range m.Requests {
		m.Requests[i].Sent, m.Requests[i].Open = false, 0
	}
	for i := range m.Calls { // that the PBX refused a Hangup
		if m.Calls[i].Drop >= dropRefused {
			m.Calls[i].Drop = dropSent
		}
	}
	kept := m.Deadlines[:0]
	for _, d := range m.Deadlines {
		if d.Kind != timerDropRetry.String() && d.Kind != timerFind.String() {
			kept = append(kept, d)
		}
	}
	m.Deadlines = kept
	b, err := json.Marshal(m)
	require.NoError(t, err)
	return string(b)
}

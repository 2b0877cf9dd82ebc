package projection_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"offhook/adapters/tapi/conformance"
	"offhook/adapters/tapi/internal/tapitest"
	"offhook/adapters/tapi/projection"
	"offhook/engine"
	"offhook/events"
)

// quietDialect says nothing: the events are put in directly.
type quietDialect struct{}

func (quietDialect) Name() string                                        { return "quiet" }
func (quietDialect) Decode(string, engine.Origin, *engine.Observation)   {}
func (quietDialect) Encode(b []byte, _ string, _ engine.Command) []byte  { return b }
func (quietDialect) Login(string, engine.LoginSettings) []engine.Command { return nil }
func (quietDialect) Traits() engine.Traits {
	return engine.Traits{Offers: tapitest.AllActions, Hold: engine.ByDevice, Transfer: engine.ByDevice, Conference: engine.ByDevice, Answer: engine.ByDevice}
}

// TestUnderTheRealEngine puts events into the engine itself: its changes, not the world's, make the same lines, and the
// monitor finds nothing.
func TestUnderTheRealEngine(t *testing.T) {
	w := newWorld(t, projection.Options{})
	w.p, w.m = projection.New(projection.Options{}), conformance.NewMonitor()
	core := engine.NewCore(engine.Settings{}, quietDialect{})
	seq := uint64(0)
	put := func(b events.Body) {
		seq++
		e := events.New(events.Millis(seq*1000), "j", "pbx", events.Cause{}, b).Numbered(seq)
		for _, o := range core.Apply(e) {
			if o.Change != nil {
				w.p.Apply(*o.Change, w.take)
			}
		}
		require.Empty(t, append(w.m.UnsentCounts(), w.m.Unfinished()...))
	}
	call := func(typ events.Type, number uint32, set func(*events.CallFacts)) {
		f := events.CallFacts{Line: "ilund", Call: number, Channel: "c" + string(rune('0'+number)), Device: "d", Reason: events.ReasonDirect}
		f.Source, f.Target = events.Party{Number: "00497115550199", Name: "Vogt Ltd"}, events.Party{Number: "41", Name: "Ida Lund"}
		if set != nil {
			set(&f)
		}
		put(events.NewCall(typ, f))
	}
	from := func(f *events.CallFacts) {
		f.Outbound, f.Source, f.Target = true, f.Target, events.Party{Number: "0301234"}
	}

	put(events.NewLine(events.LineLearned, events.LineFacts{Line: "ilund", User: "ilund", Name: "Ida Lund", Address: "41", Permanent: 1, Devices: []events.Device{{Name: "d"}}}))
	w.out = nil
	call(events.CallOffered, 1, nil)
	w.want(offered)
	call(events.CallEstablished, 1, nil)
	w.want(talking)
	call(events.CallHeld, 1, nil)
	w.want("CALLSTATE call=1 ONHOLD\nADDRESSSTATE NUMCALLS")
	call(events.CallRetrieved, 1, nil)
	w.want("CALLSTATE call=1 CONNECTED ACTIVE\nADDRESSSTATE NUMCALLS")
	call(events.CallInfoChanged, 1, func(f *events.CallFacts) { f.Source = events.Party{Number: "42", Name: "Bo Falk"} })
	w.want(`CALLINFO call=1 REASON|CALLERID|CONNECTEDID|REDIRECTINGID origin=EXTERNAL reason=TRANSFER caller=42 callerName="Bo Falk" called=41 calledName="Ida Lund" connected=42 connectedName="Bo Falk" redirecting=00497115550199`)
	call(events.CallCleared, 1, func(f *events.CallFacts) { f.Cause = events.ReasonNormal })
	w.want("CALLSTATE call=1 DISCONNECTED NORMAL" + over)

	put(events.NewRequest(events.RequestIssued, events.RequestFacts{ID: 7, Kind: events.Dial, Line: "ilund", Call: 2, Number: "0301234"}))
	put(events.NewFinished(events.FinishedFacts{ID: 7, Kind: events.Dial, Line: "ilund", Call: 2}))
	call(events.CallInitiated, 2, func(f *events.CallFacts) { from(f); f.Request, f.Channel = 7, "" })
	w.want("ASYNC_COMPLETION request=7 0\nCALLSTATE call=2 DIALTONE NORMAL\nADDRESSSTATE NUMCALLS|INUSEONE")
	call(events.CallOriginated, 2, func(f *events.CallFacts) { from(f); f.Request = 7 })
	w.want("CALLSTATE call=2 DIALING\nCALLSTATE call=2 PROCEEDING\nCALLSTATE call=2 RINGBACK")
	call(events.CallEstablished, 2, from)
	w.want(`CALLSTATE call=2 CONNECTED ACTIVE
		CALLINFO call=2 CONNECTEDID origin=OUTBOUND reason=DIRECT caller=41 callerName="Ida Lund" called=0301234 connected=0301234`)
	put(events.NewRequest(events.RequestIssued, events.RequestFacts{ID: 8, Kind: events.Drop, Line: "ilund", Call: 2}))
	put(events.NewFinished(events.FinishedFacts{ID: 8, Kind: events.Drop, Line: "ilund", Call: 2}))
	call(events.CallCleared, 2, func(f *events.CallFacts) { from(f); f.Cause = events.ReasonDropped })
	w.want("ASYNC_COMPLETION request=8 0\nCALLSTATE call=2 IDLE\nADDRESSSTATE NUMCALLS|INUSEZERO")
}

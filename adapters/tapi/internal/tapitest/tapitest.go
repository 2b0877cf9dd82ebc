// Package tapitest plays the engine for the tests below adapters/tapi: a line, its calls and the changes the engine would
// send of them, and a storm of changes no engine would send. It holds no checks of its own: those are the monitor's in
// adapters/tapi/conformance and each test's. Nothing outside of tests imports it. Begin with Moves; Storm is for tests that
// run at random.
package tapitest

import (
	"offhook/engine"
	"offhook/events"
)

// AllActions is what a user of the simulated PBX may do.
const AllActions = engine.ActDial | engine.ActAnswer | engine.ActDrop | engine.ActHold | engine.ActUnhold | engine.ActPickup |
	engine.ActBlindTransfer | engine.ActSetupTransfer | engine.ActCompleteTransfer

// Ida is a line in service.
var Ida = engine.LineView{Key: "ilund", User: "ilund", Name: "Ida Lund", Address: "41", Permanent: 1, InService: true, Actions: engine.ActDial | engine.ActPickup}

// Inbound makes the view a call to Ida from outside.
func Inbound(v *engine.CallView) {
	v.Caller = events.Party{Number: "00497115550199", Name: "Vogt Ltd"}
	v.Called = events.Party{Number: "41", Name: "Ida Lund"}
}

// Outbound makes the view a call that Ida dialled.
func Outbound(v *engine.CallView) {
	v.Outbound = true
	v.Caller = events.Party{Number: "41", Name: "Ida Lund"}
	v.Called = events.Party{Number: "0301234"}
}

// Moves takes the view through states at one time, and gives the changes of it.
func Moves(v *engine.CallView, at events.Millis, states ...engine.State) []engine.Change {
	var cs []engine.Change
	for _, to := range states {
		from := v.State
		v.State, v.Entered, v.Actions = to, at, AllActions
		if to == engine.Disconnected || to == engine.Idle {
			v.Actions = 0
		}
		if to == engine.Connected && v.Connected == (events.Party{}) {
			v.Connected = v.Caller
			if v.Outbound {
				v.Connected = v.Called
			}
		}
		c := *v
		cs = append(cs, engine.Change{Kind: engine.CallMoved, Call: &c, From: from, To: to})
	}
	return cs
}

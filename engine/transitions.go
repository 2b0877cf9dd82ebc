package engine

import "offhook/events"

// transition is one row of the table: in any of From, the event leads to To.
type transition struct {
	Event events.Type
	From  []State
	To    State
}

// released is the second half of a call's end: what was disconnected goes idle. It is no event of its own; call.cleared
// makes both steps, or this one alone when our own side ended the call.
const released = events.Type(95)

// live are the states that a call can be in while it exists at the PBX.
var live = []State{Offering, Dialing, Proceeding, Ringback, Busy, Connected, Held, Unknown}

// transitions is THE table: which event moves a call from where to where. Nothing else decides that. An event that is
// not in the table for the call's state is journaled, reported as ignored, and moves nothing.
//
// Rows for events that leave the state as it is (who takes part changed, a branch came or went) stand in stays.
var transitions = []transition{
	{events.CallInitiated, []State{Null}, Dialing},
	{events.CallOffered, []State{Null, Dialing, Unknown}, Offering}, // Dialing: a Pickup that rings first
	{events.CallOriginated, []State{Null, Dialing, Unknown}, Proceeding},
	{events.CallDelivered, []State{Proceeding, Unknown}, Ringback},
	{events.CallEstablished, []State{Null, Offering, Dialing, Proceeding, Ringback, Busy, Held, Unknown}, Connected},
	{events.CallHeld, []State{Null, Connected, Unknown}, Held},
	{events.CallRetrieved, []State{Null, Held, Unknown}, Connected},
	{events.CallFailed, []State{Proceeding, Ringback, Unknown}, Busy},
	{events.CallCleared, live, Disconnected},
	{released, append([]State{Disconnected}, live...), Idle},
	{events.SessionLost, []State{Offering, Dialing, Proceeding, Ringback, Busy, Connected, Held}, Unknown},
}

// stays are the events that a call takes without moving, by the states that allow them.
var stays = []transition{
	{Event: events.CallInfoChanged, From: live},
	{Event: events.CallTransferred, From: live},
	{Event: events.CallDiverted, From: live},
	{Event: events.CallConnectionCleared, From: live},
	{Event: events.CallBranchJoined, From: []State{Offering, Dialing, Proceeding, Ringback, Unknown}},
	{Event: events.CallConferenced, From: []State{Connected, Held, Unknown}},
}

// confirmed lists the states an unknown call may be found in again (decision B13); the step is named after the state.
var confirmed = []State{Offering, Dialing, Proceeding, Ringback, Busy, Connected, Held}

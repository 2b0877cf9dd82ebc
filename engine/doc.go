// Package engine says what is true now: which calls each line has, in which state, and what may be done with them.
//
// # The core
//
// [Core] takes the inputs of one timeline (package trace) and says what follows from each. It has no I/O, no clock and
// no goroutine: time is a field of the input, and a deadline that is reached is an input's consequence. So the same
// inputs give the same outputs, always; a replay is the live run.
//
// An input goes three steps:
//
//  1. Resolve. A [Dialect] reads the stanza into an [Observation]; the resolver finds the line, the call, the branch
//     and the request it is about, and decides which events happened (dispatch.go, line_of_event.go, channel.go, first_event.go, ended.go, reply.go).
//  2. Apply. Each event moves the state (apply*.go) by the one table in transitions.go, and yields changes.
//     This step looks at nothing but state and event: a rebuild from the journal takes it alone ([Core.Apply]).
//  3. Say. Events, changes and commands come out in the order of cause and effect ([Output]).
//
// The goroutines, the clock and the journal are around it in package engine/live. A test of internal/deptest keeps them
// out of this package.
//
// # Words
//
// A line is a PBX user, not a phone. A call is one line's view of a conversation; its branches are the phones that ring
// or talk for it. A request is what a frontend asks for; it changes no state, what happened is what the PBX says
// afterwards (decision B4 has the one exception).
package engine

// Package events says what happened, in words that belong neither to a PBX nor to TAPI.
//
// An [Event] is immutable: its fields are unexported, it is made by a constructor and read through accessors. It carries
//   - its number in the journal (dense, from 1; 0 before it was appended),
//   - its time (UTC, milliseconds; the receive time of its cause, or a timer's deadline),
//   - the journal and the PBX it belongs to,
//   - its cause: the exact raw stanza and the number of the input in the timeline,
//   - and a body: one small struct of a family (call, line, session, request, timer).
//
// The names are those of CSTA (ECMA-269) in the past tense where CSTA has one, with a version: "call.held.v1".
// One table ([Types]) connects names, binary codes and body families; older versions are upgraded where they are read
// (see decode in codec.go) and never rewritten.
//
// A [Journal] keeps events. The order of duties of its user is: append, then tell anyone.
package events

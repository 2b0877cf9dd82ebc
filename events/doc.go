// Package events defines the events: what happened at the PBX and in offhook, in terms that belong neither to one PBX nor
// to TAPI. It also defines the [Journal] that stores them. Begin reading at [Event].
//
// An [Event] is immutable: its fields are unexported, a constructor makes it and accessors read it. It carries
//   - its number in the journal (dense, from 1; 0 before it was appended),
//   - its time (UTC, milliseconds; the receive time of its cause, or a timer's deadline),
//   - the journal and the PBX it belongs to,
//   - its cause: the exact raw stanza and the number of the input in the timeline,
//   - and a body: one small struct of a family (call, line, session, request, timer, ignored input, notice).
//
// The names are those of CSTA (ECMA-269) in the past tense where CSTA has one, with a version: "call.held.v1".
// One table ([Types]) connects names, binary codes and body families; older versions are upgraded where they are read
// (see decode in codec.go) and never rewritten.
//
// A [Journal] stores events. Its user appends an event before it shows what follows from it to any frontend.
package events

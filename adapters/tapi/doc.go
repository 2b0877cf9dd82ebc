// Package tapi makes a Telephony (TAPI) line out of what the engine knows.
//
// It stands on four floors, each of which knows only those below:
//
//   - constants: one type per family of tapi.h values, with their names and the
//     version each came with (CallState, CallFeature, LineErr, …); Legal is the
//     table of state changes; Negotiate, In and the Downgrade functions keep a
//     value from the future away from an older line (rule R-25);
//   - structures: plain Go structs (CallInfo, LineDevCaps, …) whose Encode
//     writes little-endian bytes into a buffer that TAPI owns. One layout table
//     per structure says what lies where, since which version and who owns it;
//     Image is the same free of a buffer. CallParams is decoded. Every text is
//     cleaned by CleanText on its way out;
//   - numbers: CleanDialable for what applications want to dial, Plan for how
//     numbers look to them;
//   - frames: what daemon and provider DLL say to each other (docs/wire.md).
//     Frame, ReadFrame and WriteFrame carry it, the types that implement Body
//     are its content.
//
// Above them stands the projection, a pure function from changes of the engine
// to TAPI messages (decision A4).
//
// The values and layouts are those of Microsoft's tapi.h and tspi.h; "decision
// TAPI-…" in comments is a record in docs/decisions, "rule R-…" a row of
// docs/conformance.md.
// Everything that comes from outside (names, LINECALLPARAMS, frames) is bounded
// before it is used.
package tapi

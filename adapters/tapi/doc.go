// Package tapi serves Windows telephony (TAPI): Frontend listens on a pipe or socket, speaks the frame protocol to the
// provider DLL and keeps the line table that the DLL shows while no daemon runs.
//
// What it serves is made in the packages below it, each of which knows only those named before it:
//
//   - spec: Microsoft's contract, as constants, structures and tables;
//   - wire: the frames between daemon and DLL;
//   - projection: changes of the engine become TAPI messages;
//   - conformance: a monitor that finds broken rules in a stream of messages;
//   - provider: TSPI for one host, as Go values.
//
// This package decides nothing about calls. tsp holds the DLL, in C. A newcomer begins with Frontend.Run, or with package
// projection for what TAPI is told.
//
// The values and layouts are those of Microsoft's tapi.h and tspi.h; "decision TAPI-…" in comments is a
// record in docs/develop/decisions, "rule R-…" a row of docs/develop/conformance.md. Everything that comes from outside (names, LINECALLPARAMS, frames) is bounded before it is used.
package tapi

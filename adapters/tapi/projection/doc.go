// Package projection turns changes of the engine into messages to TAPI, in two stages (decision A4). Projection shows every
// line as open, in one version: replay, fixtures and the web see this stage. HostFilter then decides which of them one
// host gets: it knows which lines the host has open, at which version, and which calls were announced to it.
//
// Both are pure functions of their own view and the input: no clock, no I/O, no goroutine, no handles. A replay therefore
// gives the messages of the live run. Begin with Projection.Apply; docs/develop/tapi-mapping.md lists what it sends, row by row.
package projection

// Package spec is Microsoft's contract of TAPI as data. It has one type for each family of constants in tapi.h, with the
// names and the version of each value (CallState, CallFeature, LineErr, …); Legal is the table of state changes; Negotiate,
// In and the Downgrade functions keep a newer value from an older line (rule R-25). The structures are plain Go structs
// (CallInfo, LineDevCaps, …): Encode writes one into a buffer that TAPI owns, and Image is the same free of a buffer. One
// layout table for each structure says what lies where, since which version and who owns it.
//
// The package knows neither calls nor the engine, and it has no state, no I/O and no clock. Begin with CallState in
// constants_call.go and CallInfo in structs_call.go; testdata holds the values of tapi.h that the tests compare with.
package spec

// Package dialplan holds the rules for telephone numbers. Clean makes a number of what a program wants to dial,
// Plan says how numbers are written for the PBX and for the reader, Rules rewrite them, and Barring says which of them may
// not be dialled and how many a minute may.
//
// The package knows neither TAPI nor the PBX: a caller turns its errors into its own codes. engine/live asks Barring before it
// takes a request of any frontend. All but Barring, which counts by
// the clock and writes to the log, is pure. Begin with Clean and Plan.
package dialplan

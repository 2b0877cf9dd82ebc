// Package wire is the frame protocol between the daemon and the provider DLL (docs/integrate/wire.md), and the line table file that
// the DLL reads while no daemon runs. ReadFrame and WriteFrame carry a Frame; NewFrame and Frame.Decode turn one into the
// types that implement Body, and back. Function lists the TSPI functions that a Request may name.
//
// The package opens no connection and answers no request. Everything it reads is bounded before it is kept. Begin with Frame
// and Body in wire.go; testdata/frames holds every kind byte for byte, for both sides of the protocol.
package wire

// Package provider is TSPI, the interface of a telephony service provider, as Go values for one host. It owns the handles
// and device ids of the host, checks requests and hands them to the engine, and queues the messages to it. Functions
// have the names of TSPI's and return LINEERR codes. Serve answers a request frame; Body makes a frame from a message.
//
// The package opens no connection: package tapi does, and a test can play the host without one. Begin with Provider and
// its Next; request.go holds the requests of programs, adopt.go what a restarted daemon takes over from the DLL.
package provider

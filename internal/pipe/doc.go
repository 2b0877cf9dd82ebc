// Package pipe listens on Windows named pipes as package net listens on sockets: Listen returns a net.Listener whose
// connections have deadlines and know the client's process. On other systems the package is empty. Begin reading at
// [Listen].
//
// The pipe's name belongs to one process from Listen to Close: one instance of the pipe waits for a client at all times, and
// the first one is made with FILE_FLAG_FIRST_PIPE_INSTANCE. A security descriptor says who may connect. Other machines
// are refused unless Options.Remote. A client that closes before it was accepted has no effect. Close ends a waiting Accept.
package pipe

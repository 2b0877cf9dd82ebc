// Package pipe listens on Windows named pipes as on sockets: Listen gives a net.Listener whose connections have deadlines
// and know who is at the other end. On other systems the package is empty.
//
// What it takes care of: the name belongs to one process from Listen to Close, because an instance of the pipe waits
// at all times and the first one is made with FILE_FLAG_FIRST_PIPE_INSTANCE; who may connect stands in a security
// descriptor; machines other than this one are kept out unless Options.Remote; a client that comes and goes before it
// was accepted leaves nothing behind; Close ends an Accept that waits.
package pipe

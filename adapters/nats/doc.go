// Package nats keeps a journal (package events) and its snapshots on NATS JetStream.
//
// # Where
//
// With [Config].Dir a nats-server runs inside this process, stores under that directory and opens no port (unless Listen
// asks for one). The directory is locked: two servers on one store lose acknowledged messages silently (decision A7).
// With [Config].URL the same code uses an external server or cluster.
//
// # What is stored
//
// A journal is one stream with one subject, offhook.NAME.events. One message is one pack (decision A8): up to 256 events
// or 512 KiB in their binary form, one S2 block of their raw stanzas in which what neighbours share stands once, and a
// checksum over all of it (see pack.go). Event numbers are ours, dense from 1; the header Offhook-First of each message
// names its first, so the message with a given event is found by halving the stream's sequence numbers.
// The journal's id is made once, with the stream, and stands in the stream's metadata.
//
// Snapshots have a small stream of their own. One is packed with S2, guarded by a checksum and cut into messages below the
// server's max_payload, with the subjects offhook.NAME.snapshots.EVENT.FIRST.COUNT.CHUNK: the event it is at, the stream
// sequence of its first chunk, how many there are and which one this is. The list of subjects therefore tells whole ones
// from what an interrupted save left; that is never read and goes with the next save. The two newest are kept.
//
// # One writer
//
// Every message is published with the stream sequence that must be the last; somebody else's message makes it fail, and
// that is events.ErrConflict. After a publish without an answer the last message is read again: the same content means
// success. The message id (journal and first number) makes the server itself refuse a second copy.
//
// # What a power cut can lose
//
// [SyncInterval], the default, leaves acknowledged events in the system's cache for up to Config.SyncEvery (10 s): the end
// of the process, even by kill -9, loses nothing, a power cut or a crash of the machine loses up to that long.
// [SyncAlways] waits for the disk before it acknowledges and loses nothing, for a wait per pack. With URL the server's
// own setting (sync_interval) and its replicas decide.
//
// # When it cannot store
//
// No room and no answer in time are events.ErrFull (decision A9). An embedded server does not recover from a full disk by
// itself; the next Append (or [Journal.Reopen]) stops it and opens it again, not more often than a growing pause allows.
//
// # Forgetting
//
// With KeepAge or KeepBytes old packs are removed, but never one that a kept snapshot needs (decision A10): before the
// first snapshot nothing is. MaxStore is the hard limit; at it appends meet events.ErrFull.
package nats

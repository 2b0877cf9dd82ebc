// Package nats stores a journal (package events) and its engine images on NATS JetStream. Begin reading at [Open].
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
// or 512 KiB in their binary form, their raw stanzas in one S2 block, and a checksum (package pack). Event numbers are
// offhook's, dense from 1, not the stream's sequences; the header Offhook-First of each message names its first event, and
// a binary search over the sequences finds the message with a given event. The journal's id is made once, with the stream,
// and stands in the stream's metadata.
//
// Engine images have a small stream of their own. An image is compressed with S2, has a checksum, and is cut into chunks,
// messages below the server's max_payload, with the subjects offhook.NAME.snapshots.EVENT.FIRST.COUNT.CHUNK: the image's
// event, the stream sequence of its first chunk, the count of chunks and the number of this one. So the stream's list of
// subjects shows which images are complete. What an interrupted save left is never read; the next save removes it. The two
// newest images are kept.
//
// # One writer
//
// Every message is published with the stream sequence that must be the last. If another program published meanwhile, the
// server refuses it, which is events.ErrConflict. After a publish without an answer the journal reads the last message
// again: the same content means success. The message id (journal and first number) makes the server refuse a second copy.
//
// # What a power cut can lose
//
// [SyncInterval], the default, leaves acknowledged events in the system's cache for up to Config.SyncEvery (10 s): the end
// of the process, even by kill -9, loses nothing; a power cut or a crash of the machine loses the events of that time.
// [SyncAlways] waits for the disk before it acknowledges each pack, and loses nothing. With URL the server's own setting
// (sync_interval) and its replicas decide.
//
// # When it cannot store
//
// Append returns events.ErrFull if there is no room or no answer in time (decision A9). An embedded server does not recover
// from a full disk by itself; the next Append (or [Journal.Reopen]) stops it and opens it again, with growing pauses
// between the tries.
//
// # Retention
//
// With KeepAge or KeepBytes old packs are removed, but never one that a kept engine image needs (decision A10), so nothing
// is removed before the first engine image is saved. MaxStore is the hard limit, where Append returns events.ErrFull.
package nats

// Package disk stores the journal in plain files, the default on workstations (decision A13). It has no goroutine and no
// timer of its own, so that an idle journal costs nothing. Begin reading at [Open].
//
// A directory holds
//
//	offhook.lock          held by the process that has the journal open
//	journal.id            the journal's id, made once
//	NNNNNNNNNNNNNNNNNNNN.pack   a segment: packs (package pack) from the event of that number on, each after its length
//	NNNNNNNNNNNNNNNNNNNN.snap   an engine image at that event
//
// An append writes whole packs at the end of the newest segment, which is closed at about 4 MiB. A crash can leave an
// incomplete pack only at the end of the newest segment; it was never acknowledged, and Open cuts it off. Damage anywhere
// else is events.ErrCorrupt where it is read. A full disk gives events.ErrFull, and what was written of the batch is cut
// off again.
//
// With SyncInterval an acknowledged event survives the end of the process at once, and a power cut once an append that
// comes ten seconds after the last flush has flushed again; with SyncAlways each append waits for the disk.
//
// With KeepAge or KeepBytes old segments are removed whole, but never one that a kept engine image needs (decision A10).
package disk

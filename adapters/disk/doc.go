// Package disk is the journal in plain files: what a workstation keeps (decision A13). It has no goroutine and no timer
// of its own, so an idle one wakes nothing.
//
// A directory holds
//
//	offhook.lock          held by the process that has the journal open
//	journal.id            the journal's id, made once
//	NNNNNNNNNNNNNNNNNNNN.pack   a segment: packs (package pack) from the event of that number on, each behind its length
//	NNNNNNNNNNNNNNNNNNNN.snap   a snapshot as of that event
//
// An append writes whole packs at the end of the newest segment, which is closed at about 4 MiB. What a crash left half
// written is at the end of the newest segment, was never acknowledged, and is cut off when the journal is opened; damage
// anywhere else is events.ErrCorrupt where it is read. A full disk gives events.ErrFull, and what was written of the pack
// is taken back.
//
// With SyncInterval an acknowledged event survives the end of the process at once and a power cut ten seconds later, or
// with the next append after that; SyncAlways waits for the disk every time.
//
// With KeepAge or KeepBytes old segments are removed whole, but never one that a kept snapshot needs (decision A10).
package disk

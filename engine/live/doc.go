// Package live runs the engine: its goroutines, its clock and its journal. It gives the core of package engine one
// timeline, makes events durable, and passes on to frontends what changed.
//
// # The loop
//
// [Loop] does this for each input, in this order:
//
//	stamp it with a time that does not go back          (sequence.go)
//	engine.Core.Step                                    → events, changes, commands
//	write it to the trace, if one is being captured
//	append the events to the journal, in packs          (commit.go); wait for the acknowledgement
//	only then show the changes to the frontends         (feed.go), and send the commands to the PBX
//
// [Rebuild] rebuilds from the journal, and from an image if there is one, what the loop begins with.
//
// # Frontends
//
// A [Frontend] reads the feed, a bounded buffer of changes, at its own position ([Reader]). One that is too slow falls out of
// the feed and gets a snapshot; it never slows the engine or another frontend. A journal that does not acknowledge stops everything behind
// it: nothing is shown that could be lost (decision A9).
package live

// Package replay plays a timeline that was written down into the engine and says what followed from it. The same inputs
// give the same facts, always: that is what makes a replay equal a live run (decision A1).
//
// [Run] plays captured files, which package source reads, and prints the facts as text or as JSON; [RunJournal] plays the
// events of a journal without resolving anything; [Check] plays scenarios, which package scenario reads and writes,
// compares what followed with what they expect and, if asked, rewrites them. The text that Run prints is a scenario
// again, so a field trace becomes a fixture by redaction and review.
//
// replay knows the engine and nothing of XMPP or TAPI. [Options.Open] gives it the [Parts] of a run: the dialect that
// reads stanzas, the projector that shows changes as messages to TAPI, the splitter that cuts files into stanzas, and
// how a number to dial is cleaned up. It is called once a run with the settings a scenario names; package wiring opens
// the real parts. Begin reading at [Player].
//
// Each scenario is checked twice: the facts in their live order, and its events alone through the journal's codec into
// a new engine, which must give the same states and messages and know the same in the end.
package replay

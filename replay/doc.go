// Package replay feeds a stored timeline to the engine and writes what follows. The same inputs always give the same facts,
// so a replay equals the live run (decision A1).
//
// [Run] replays captured files, which package source reads, and writes the facts as text or as JSON; [RunJournal] replays
// the events of a journal without resolving anything; [Check] runs scenarios, which package scenario reads and writes, and
// compares the facts with the expected ones or rewrites these. The text that Run writes is a scenario again, so that a
// trace from the field becomes a fixture by redaction and review.
//
// replay knows the engine and nothing of XMPP or TAPI. [Options.Open] gives it the [Parts] of a run: the dialect that
// reads stanzas, the projector that shows changes as messages to TAPI, the splitter that cuts files into stanzas, and
// how a number to dial is cleaned up. It is called once a run, with the settings that the input names; package wiring makes
// the real parts. Begin reading at [Player].
//
// Each scenario is checked twice: its facts in their live order, and its events alone, stored and read by the journal's
// codec and applied to a new engine, which must give the same states and messages and have the same state in the end.
package replay

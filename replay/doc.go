// Package replay gives the engine a timeline that was written down, and says what followed from it.
//
// The same inputs give the same facts, always: that is what makes a replay equal a live run (decision A1). Three
// things can be written down, and each has its way in here:
//
//   - a trace (ndjson, decision A1), a bare file of stanzas, or the log of an XML stream, plain or gzipped, from files or
//     from standard input: [Run] prints what followed, as text or as JSON;
//   - the events of a journal: [RunJournal] applies them without resolving anything;
//   - a scenario: steps with what is expected of them. [Check] runs them, shows differences and, if asked, rewrites.
//
// The text that Run prints is a scenario again, so a field trace becomes a fixture by redaction and review.
//
// # What is handed in
//
// replay knows the engine and nothing of XMPP or TAPI. [Options.Open] gives it the [Parts] of a run: the dialect that
// reads stanzas, the projector that shows changes as messages to TAPI, the splitter that cuts files into stanzas, and
// how a number to dial is cleaned up. It is called once a run with the settings a scenario names.
//
// # The scenario form (decision D3)
//
// A file is a list of steps. A step is a line with a verb, for some verbs a stanza, then "----" and exactly what
// followed, one fact a line (package fact). A blank line ends it. Without "----" nothing may follow, but for config, of
// which it is not looked at then. Lines that begin with # are comments; they survive
// a rewrite. Values with blanks are quoted as in Go. Times are HH:MM:SS.mmm on 1970-01-01, or RFC 3339.
//
//	config key=value…                  settings; only before all other steps; see below
//	recv at=TIME                       the stanza that follows came in; it ends at its closing tag
//	tspi at=TIME lineAnswer key=value… a request of TAPI: line=, call=, number=, request=, consult=, mode=
//	request at=TIME dial key=value…    the same in the engine's words, its number not cleaned up
//	drop at=TIME, resume at=TIME       the session to the PBX goes and comes; code=, text=, jid=, domain=
//	tick TIME                          time passes: deadlines up to here fire
//	skip at=TIME code=C text=T         an input was passed over as unreadable; raw=
//	gap at=TIME code=C text=T          the journal did not acknowledge for a while
//	start at=TIME                      a start record, as JSON on the next line
//	calls                              lists the open calls and what may be done with them
//
// The keys of config: role (user, supervisor), user, users, handshake, learn, version, to, journal, source,
// experimental, timers.NAME, at; a line of its own for each line: line (extension), user, name, supervisor, and for
// each phone device, caps, kind, roaming. Every other key (tapi.…, numbers.…, dial.…, pascom.…) goes to Options.Open.
// Without any config lines are learned from what names them, as in a bare file.
//
// Each scenario is checked twice: the facts in their live order, and its events alone through the journal's codec into
// a new engine, which must give the same states and messages and know the same in the end.
package replay

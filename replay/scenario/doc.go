// Package scenario reads and writes the scenario form (decision D3): a text of steps, each an input with the facts that
// are expected to follow from it. It parses a scenario, prints it again with its comments, turns a record of a trace into
// a step and a step into a record, and shows how two lists of facts differ. It runs nothing: package replay feeds the
// steps to the engine and compares. Begin reading at [Parse] and [StepText].
//
// # The scenario form (decision D3)
//
// A file is a list of steps. A step is a line with a verb, for some verbs a stanza, then "----" and exactly what
// followed, one fact a line (package fact). A blank line ends it. Without "----" nothing may follow from the step; what
// follows from config is then not compared. Lines that begin with # are comments; a rewrite keeps them. Values with
// blanks are quoted as in Go. Times are HH:MM:SS.mmm on 1970-01-01, or RFC 3339.
//
//	config key=value…                  settings; only before all other steps; see below
//	recv at=TIME                       the stanza below came in; it ends at its closing tag
//	tspi at=TIME lineAnswer key=value… a request of TAPI: line=, call=, number=, request=, consult=, mode=
//	request at=TIME dial key=value…    the same in the engine's words, its number not cleaned up
//	drop at=TIME, resume at=TIME       the session to the PBX goes and comes; code=, text=, jid=, domain=
//	tick TIME                          time passes: deadlines up to here expire
//	skip at=TIME code=C text=T         an input was left out as unreadable; raw=
//	gap at=TIME code=C text=T          the journal did not acknowledge for a while
//	start at=TIME                      a start record, as JSON on the next line
//	calls                              lists the open calls and what may be done with them
//
// The keys of config: role (user, supervisor), user, users, handshake, learn, version, command-to, journal,
// source, experimental, timers.NAME, at; a line of its own for each line: line (extension), user, name, supervisor, and for
// each phone device, caps, kind, roaming. Every other key (tapi-…, numbers-…, dial-…, dialect, pascom-…) goes to the Options.Open of
// package replay. Without any config step, lines are learned from the stanzas that name them, as for a file of stanzas.
package scenario

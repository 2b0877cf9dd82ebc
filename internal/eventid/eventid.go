// Package eventid has the ids of the Windows event log, and attaches one to a log call.
//
// A message that administrators watch for carries an ID as an attribute; its text may then be reworded, and rules of a
// monitoring system that look at the id keep working. The numbers are an interface: docs/operate/windows-service.md lists them,
// and none is given another meaning. On Windows the service's log handler (internal/winservice) reads the attribute and
// writes the event; every other handler shows it as eventid=NUMBER, so that one rule fits the logs of both systems. The
// package imports the standard library only and may be imported by every package that logs. A newcomer begins with Attr.
package eventid

import "log/slog"

// ID is an id of the Windows event log. EventCreate.exe, whose message file shows our texts, knows 1 to 1000.
type ID uint32

// The ids, as docs/operate/windows-service.md lists them.
const (
	OtherWarning ID = 2 // a warning without an id of its own
	OtherError   ID = 3 // an error without an id of its own

	DaemonStarted   ID = 100 // also after a change of the settings
	DaemonEnded     ID = 101
	StopTookTooLong ID = 102

	SessionUp       ID = 110
	SessionDown     ID = 111 // or a login failed
	PasswordRefused ID = 112 // no further attempt
	LoginHeldBack   ID = 113

	Journal ID = 120 // it does not keep up, cannot be written, or is damaged

	ProviderRepaired ID = 130
	ProviderDamaged  ID = 131

	SettingsUnusable    ID = 140
	SettingsChanged     ID = 141
	PasswordNotAccepted ID = 142 // a password file that was left for the service

	ControlChannelClosed ID = 150

	Notice ID = 160 // what an operator must know; the attribute code says what
)

// Key is the attribute's key where a log shows it.
const Key = "eventid"

// Attr returns the attribute for a log call: log.Warn("…", eventid.SessionDown.Attr(), …).
func (id ID) Attr() slog.Attr { return slog.Any(Key, id) }

// Of returns the id that an attribute carries.
func Of(a slog.Attr) (id ID, ok bool) {
	id, ok = a.Value.Any().(ID)
	return id, ok
}

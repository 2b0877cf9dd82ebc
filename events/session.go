package events

// SessionFacts describe the connection to the PBX.
type SessionFacts struct {
	JID    string // our bound full JID (RFC 6120 clause 7); empty when down
	Domain string // the XMPP domain of the PBX
	Code   string // why it went down, a stable word such as "reset"
	Text   string // the same for people
}

// Session is an event of the session family; journal.gap belongs to it too.
type Session struct {
	typ Type
	f   SessionFacts
}

// NewSession makes the body; t is one of the Session… types or JournalGap.
func NewSession(t Type, f SessionFacts) Session { return Session{t, f} }

// Type is the entry in the type table.
func (s Session) Type() Type { return s.typ }

// Facts is a copy of what the event knows.
func (s Session) Facts() SessionFacts { return s.f }

func (s Session) encode(w *writer) {
	for _, v := range [...]string{s.f.JID, s.f.Domain, s.f.Code, s.f.Text} {
		w.text(v)
	}
}

func decodeSession(t Type, r *reader) Body {
	return Session{t, SessionFacts{JID: r.text(), Domain: r.text(), Code: r.text(), Text: r.text()}}
}

// Ignored is an input in the PBX's own namespace, or an unreadable one, that changed nothing. It is kept so that
// nothing is lost silently.
type Ignored struct {
	line, channel string
	code, text    string
}

// NewIgnored makes the body of stanza.ignored. code is a stable word ("stranger", "no-change", …), text says it to
// people; line and channel may be empty.
func NewIgnored(line, channel, code, text string) Ignored { return Ignored{line, channel, code, text} }

// Type is the entry in the type table.
func (Ignored) Type() Type { return StanzaIgnored }

// Line is the key of the line concerned, if it is known.
func (i Ignored) Line() string { return i.line }

// Channel is the branch concerned, if it is known.
func (i Ignored) Channel() string { return i.channel }

// Code is the stable word.
func (i Ignored) Code() string { return i.code }

// Text is the reason for people.
func (i Ignored) Text() string { return i.text }

func (i Ignored) encode(w *writer) {
	for _, v := range [...]string{i.line, i.channel, i.code, i.text} {
		w.text(v)
	}
}

func decodeIgnored(_ Type, r *reader) Body {
	return Ignored{r.text(), r.text(), r.text(), r.text()}
}

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

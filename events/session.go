package events

// SessionFacts describe the connection to the PBX.
type SessionFacts struct {
	JID    string // our bound full JID (RFC 6120 clause 7); empty when down
	Domain string // the XMPP domain of the PBX
	Code   string // why it went down, a stable word such as "reset"
	Text   string // the same for people
}

// Session is the body of the session events and of journal.gap.
type Session struct {
	typ Type
	f   SessionFacts
}

// NewSession makes the body; t is one of the Session… types or JournalGap.
func NewSession(t Type, f SessionFacts) Session { return Session{t, f} }

// Type is the entry in the type table.
func (s Session) Type() Type { return s.typ }

// Facts returns a copy of the event's content.
func (s Session) Facts() SessionFacts { return s.f }

func (s Session) encode(w *encoder) {
	for _, v := range [...]string{s.f.JID, s.f.Domain, s.f.Code, s.f.Text} {
		w.text(v)
	}
}

func decodeSession(t Type, r *decoder) Body {
	return Session{t, SessionFacts{JID: r.text(), Domain: r.text(), Code: r.text(), Text: r.text()}}
}

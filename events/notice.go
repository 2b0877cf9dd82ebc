package events

// Severity says how urgent a notice is for an operator.
type Severity uint8

// The severities. Their numbers are stored.
const (
	SeverityInfo     Severity = iota // for information; nothing has to be done
	SeverityWarning                  // something does not work for some users, or may stop working
	SeverityCritical                 // lines or calls are missing until an operator acts
	severityLimit
)

var severityNames = [severityLimit]string{"info", "warning", "critical"}

// String is the word in text and JSON: info, warning or critical.
func (s Severity) String() string {
	if s < severityLimit {
		return severityNames[s]
	}
	return "unknown"
}

// NoticeFacts describe something that an operator must know.
type NoticeFacts struct {
	Severity Severity
	Code     string // a stable word, such as "no-role"
	Text     string // the same for people: what happened and what to do
	Line     string // the key of the line concerned; empty when none or all are
}

// Notice is the body of notice.raised: something that an operator must know, kept in the journal, logged by the daemon and
// shown by offhook status. It changes no line and no call.
type Notice struct{ f NoticeFacts }

// NewNotice makes the body.
func NewNotice(f NoticeFacts) Notice { return Notice{f} }

// Type is the entry in the type table.
func (Notice) Type() Type { return NoticeRaised }

// Facts returns a copy of the notice's content.
func (n Notice) Facts() NoticeFacts { return n.f }

func (n Notice) encode(w *encoder) {
	w.uint(uint64(n.f.Severity))
	for _, v := range [...]string{n.f.Code, n.f.Text, n.f.Line} {
		w.text(v)
	}
}

func decodeNotice(_ Type, r *decoder) Body {
	return Notice{NoticeFacts{Severity: Severity(r.enum("severity", uint8(severityLimit))), Code: r.text(), Text: r.text(), Line: r.text()}}
}

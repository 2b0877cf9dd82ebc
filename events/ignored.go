package events

// Ignored is the body of input.ignored: an input from the PBX, or an unreadable one, that changed nothing. It is stored so
// that no input is lost without a record.
type Ignored struct {
	line, channel string
	code, text    string
}

// NewIgnored makes the body of input.ignored. code is a stable word ("stranger", "no-change", …), text says it to
// people; line and channel may be empty.
func NewIgnored(line, channel, code, text string) Ignored { return Ignored{line, channel, code, text} }

// Type is the entry in the type table.
func (Ignored) Type() Type { return InputIgnored }

// Line is the key of the line concerned, if it is known.
func (i Ignored) Line() string { return i.line }

// Channel is the branch concerned, if it is known.
func (i Ignored) Channel() string { return i.channel }

// Code is the stable word.
func (i Ignored) Code() string { return i.code }

// Text is the reason for people.
func (i Ignored) Text() string { return i.text }

func (i Ignored) encode(w *encoder) {
	for _, v := range [...]string{i.line, i.channel, i.code, i.text} {
		w.text(v)
	}
}

// decodeIgnored reads an ignored input. Journals that are older than notice.raised hold notices as ignored inputs with the
// codes of formerNotices; those are read as notices.
func decodeIgnored(_ Type, r *decoder) Body {
	i := Ignored{r.text(), r.text(), r.text(), r.text()}
	if severity, ok := formerNotices[i.code]; ok {
		return Notice{NoticeFacts{Severity: severity, Code: i.code, Text: i.text, Line: i.line}}
	}
	return i
}

// formerNotices are the codes of ignored inputs that became notices, with their severities.
var formerNotices = map[string]Severity{"no-role": SeverityCritical, "login-refused": SeverityCritical, "login-unanswered": SeverityWarning, "user-unknown": SeverityWarning,
	"bad-start": SeverityCritical}

package scenario

import (
	"errors"
	"fmt"
	"strings"

	"offhook/engine"
	"offhook/events"
	"offhook/internal/trace"
	"offhook/replay/source"
)

// ErrInvalid says that a scenario file is not written as the form wants it. Exit code 1.
var ErrInvalid = errors.New("replay: not a scenario")

// Scenario is a file of steps, each with what is expected to follow.
type Scenario struct {
	Steps    []Step
	config   config
	trailing string // what stands behind the last step: comments
}

// Step is one input and what is expected of it.
type Step struct {
	Line int      // where it begins in the file, from 1
	Want []string // the facts in their text form

	Verb Verb

	written      string // as written: comments, the step itself; without the separator
	factComments string // comments among the facts
	hasSeparator bool   // the separator stands there
	record       trace.Record
	request      *stepRequest
}

// Verb is what a step does.
type Verb string

// The verbs.
const (
	VerbConfig  Verb = "config"
	VerbRecv    Verb = "recv"
	VerbTSPI    Verb = "tspi"
	VerbRequest Verb = "request"
	VerbDrop    Verb = "drop"
	VerbResume  Verb = "resume"
	VerbTick    Verb = "tick"
	VerbSkip    Verb = "skip"
	VerbGap     Verb = "gap"
	VerbStart   Verb = "start"
	VerbCalls   Verb = "calls"
)

// MaxSize bounds a scenario file.
const MaxSize = 64 << 20

// Parse reads the scenario form. The error wraps ErrInvalid and names the line.
func Parse(text string) (*Scenario, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrInvalid, MaxSize)
	}
	p := parser{rest: strings.ReplaceAll(text, "\r\n", "\n"), line: 1, s: &Scenario{}}
	for {
		more, err := p.step()
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrInvalid, p.at, err)
		}
		if !more {
			return p.s, nil
		}
	}
}

// String writes the scenario as it was read, with what is expected now.
func (s *Scenario) String() string {
	var b strings.Builder
	for i := range s.Steps {
		st := &s.Steps[i]
		b.WriteString(st.written)
		if st.hasSeparator || len(st.Want) > 0 {
			b.WriteString(Separator + "\n")
		}
		b.WriteString(st.factComments)
		for _, w := range st.Want {
			b.WriteString(w + "\n")
		}
		if i < len(s.Steps)-1 || s.trailing != "" {
			b.WriteByte('\n')
		}
	}
	b.WriteString(s.trailing)
	return b.String()
}

// Settings are the engine's that the config steps name.
func (s *Scenario) Settings() engine.Settings { return s.config.settings() }

// PartSettings are those that are not the engine's, such as "tapi.version".
func (s *Scenario) PartSettings() map[string]string { return s.config.partSettings }

// Begin is the moment of the config steps, in milliseconds since 1970.
func (s *Scenario) Begin() int64 { return s.config.at }

// Records are the inputs of the scenario, as a trace would have them. What a TSPI function refuses at once is not among
// them.
func (s *Scenario) Records(d engine.Dialect, dialable NumberCleaner) []trace.Record {
	var all []trace.Record
	for i := range s.Steps {
		st := &s.Steps[i]
		switch st.Verb {
		case VerbConfig:
			core := engine.NewCore(s.Settings(), d)
			all = append(all, core.StartRecord(events.Millis(s.Begin()), false))
		case VerbCalls:
		default:
			if r, _, refused := st.Input(dialable); refused == "" {
				all = append(all, r)
			}
		}
	}
	return all
}

// Input is the record to feed. Where a TSPI function refuses a request at once, refused is the error that function
// returns: such a request never enters the timeline.
func (st *Step) Input(dialable NumberCleaner) (r trace.Record, function, refused string) {
	r = st.record
	if st.request == nil {
		return r, "", ""
	}
	q, refused := st.request.toRecord(dialable)
	r.Request = &q
	return r, st.request.function, refused
}

// Expects says whether the step says what follows: settings need not.
func (st *Step) Expects() bool { return st.hasSeparator || st.Verb != VerbConfig }

// Title is the step's own line.
func (st *Step) Title() string {
	for l := range strings.Lines(st.written) {
		if l = strings.TrimRight(l, "\n"); !isBlankOrComment(l) {
			return l
		}
	}
	return string(st.Verb)
}

type parser struct {
	rest       string
	line       int // of rest
	at         int // of the step under way
	s          *Scenario
	configDone bool // a step other than config was seen
}

// next takes a line, without its end.
func (p *parser) next() string {
	l, rest, _ := strings.Cut(p.rest, "\n")
	p.rest = rest
	p.line++
	return strings.TrimRight(l, " \t")
}

// peek looks at the next line.
func (p *parser) peek() string {
	l, _, _ := strings.Cut(p.rest, "\n")
	return strings.TrimRight(l, " \t")
}

func isBlankOrComment(l string) bool { return l == "" || l[0] == '#' }

// step reads one step; false at the end of the file.
func (p *parser) step() (bool, error) {
	head := p.readComments("")
	if p.at = p.line; p.rest == "" {
		p.s.trailing = strings.TrimRight(head, "\n")
		if p.s.trailing != "" {
			p.s.trailing += "\n"
		}
		return false, nil
	}
	st := Step{Line: p.line}
	first := p.next()
	name, args, _ := strings.Cut(first, " ")
	st.Verb = Verb(name)
	words, err := parseArguments(args)
	if err != nil {
		return false, err
	}
	st.written = head + first + "\n"
	if err := p.readBody(&st, words); err != nil {
		return false, err
	}
	if err := p.readExpected(&st); err != nil {
		return false, err
	}
	p.s.Steps = append(p.s.Steps, st)
	return true, nil
}

// readComments takes blank lines and comments; blank lines at the beginning are not kept.
func (p *parser) readComments(head string) string {
	for p.rest != "" && isBlankOrComment(p.peek()) {
		if l := p.next(); l != "" || head != "" && !strings.HasSuffix(head, "\n\n") {
			head += l + "\n"
		}
	}
	return head
}

// readBody reads what belongs to the verb.
func (p *parser) readBody(st *Step, words []argument) error {
	if st.Verb == VerbConfig {
		return p.readConfig(st, words)
	}
	p.configDone = true
	if st.Verb == VerbCalls {
		if len(words) > 0 {
			return fmt.Errorf("calls takes nothing")
		}
		return nil
	}
	if st.Verb == VerbTick && len(words) == 1 && words[0].key == "" {
		words[0].key = "at"
	}
	at, words, err := cutTime(words)
	if err != nil {
		return err
	}
	st.record.At = at
	switch st.Verb {
	case VerbTSPI, VerbRequest:
		st.record.Kind = trace.Request
		st.request, err = parseStepRequest(words, st.Verb == VerbTSPI)
		return err
	}
	if err := st.setFields(words); err != nil {
		return err
	}
	return p.readBelow(st)
}

// cutTime takes at=TIME, which stands first.
func cutTime(words []argument) (int64, []argument, error) {
	if len(words) == 0 || words[0].key != "at" {
		return 0, nil, fmt.Errorf("at=TIME is missing behind the verb")
	}
	at, err := parseTime(words[0].value)
	return at, words[1:], err
}

var verbKinds = map[Verb]trace.Kind{VerbRecv: trace.In, VerbDrop: trace.Down, VerbResume: trace.Up, VerbTick: trace.Timer,
	VerbSkip: trace.Skipped, VerbGap: trace.Gap, VerbStart: trace.Start}

// setFields takes the words of a record's own step.
func (st *Step) setFields(words []argument) error {
	r := &st.record
	var ok bool
	if r.Kind, ok = verbKinds[st.Verb]; !ok {
		return fmt.Errorf("unknown verb %q", st.Verb)
	}
	fields := map[string]*string{}
	switch st.Verb {
	case VerbRecv:
		fields["raw"] = &r.Raw
	case VerbDrop, VerbGap:
		fields["code"], fields["text"] = &r.Code, &r.Text
	case VerbSkip:
		fields["code"], fields["text"], fields["raw"] = &r.Code, &r.Text, &r.Raw
	case VerbResume:
		fields["jid"], fields["domain"] = &r.JID, &r.Domain
	}
	for _, p := range words {
		f := fields[p.key]
		if f == nil {
			return fmt.Errorf("%s takes no %q", st.Verb, p.key)
		}
		*f = p.value
	}
	return nil
}

// readBelow reads what stands below the line of some steps: a stanza, or the JSON of a start record.
func (p *parser) readBelow(st *Step) error {
	switch {
	case st.Verb == VerbStart:
		l := p.next()
		if !strings.HasPrefix(l, "{") {
			return fmt.Errorf("below start there is the record's JSON on one line")
		}
		st.written += l + "\n"
		st.record.Start = []byte(l)
	case st.Verb == VerbRecv && st.record.Raw == "":
		for p.rest != "" && p.peek() == "" {
			p.next()
		}
		end := source.StanzaEnd(p.rest)
		if end < 0 || p.rest[0] != '<' {
			return fmt.Errorf("below recv there is no stanza that ends")
		}
		st.record.Raw = p.rest[:end]
		p.line += strings.Count(st.record.Raw, "\n")
		p.rest = p.rest[end:]
		st.written += st.record.Raw + "\n"
		if l := p.next(); l != "" {
			return fmt.Errorf("behind the stanza there is %q", l)
		}
	}
	return nil
}

// readConfig reads config lines, the comments between them included, up to what follows from them.
func (p *parser) readConfig(st *Step, words []argument) error {
	if p.configDone {
		return fmt.Errorf("config stands before all other steps")
	}
	for {
		if err := p.s.config.addLine(words); err != nil {
			return err
		}
		rest, line := p.rest, p.line
		between := p.readComments(st.written)
		if !strings.HasPrefix(p.peek(), "config ") {
			p.rest, p.line = rest, line
			break
		}
		p.at = p.line
		l := p.next()
		st.written = between + l + "\n"
		var err error
		if words, err = parseArguments(strings.TrimPrefix(l, "config ")); err != nil {
			return err
		}
	}
	p.configDone = true
	return nil
}

// readExpected reads what is expected to follow, up to a blank line. Without the separator nothing is.
func (p *parser) readExpected(st *Step) error {
	rest, line := p.rest, p.line
	for p.rest != "" && p.peek() == "" {
		p.next()
	}
	if p.rest == "" || p.next() != Separator {
		p.rest, p.line = rest, line
		return nil
	}
	st.hasSeparator = true
	for p.rest != "" {
		l := p.next()
		if l == "" {
			return nil
		}
		if l[0] == '#' {
			st.factComments += l + "\n"
			continue
		}
		st.Want = append(st.Want, l)
	}
	return nil
}

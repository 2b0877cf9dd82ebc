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

// ErrInvalid says that a text is not a scenario, or that its settings cannot be used. Exit code 1.
var ErrInvalid = errors.New("replay: not a scenario")

// Scenario is a file of steps, each with what is expected to follow.
type Scenario struct {
	Steps    []Step
	config   config
	trailing string // comments after the last step
}

// Step is one input and the facts that are expected to follow.
type Step struct {
	Line int      // number of its line in the file, from 1
	Want []string // the expected facts in their text form

	Verb Verb

	written      string // as written: comments, the step itself; without the separator
	factComments string // comments among the facts
	hasSeparator bool   // the separator stands there
	record       trace.Record
	request      *stepRequest
}

// Verb is the first word of a step: what it does.
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

// MaxSize bounds the bytes of a scenario file.
const MaxSize = 64 << 20

// Parse reads a scenario. The error wraps ErrInvalid and names the line.
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

// String returns the scenario as it was read, with the facts that are in Want now.
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

// Settings returns the engine's settings that the config lines name.
func (s *Scenario) Settings() engine.Settings { return s.config.settings() }

// PartSettings returns the settings that are not the engine's, such as "tapi-version".
func (s *Scenario) PartSettings() map[string]string { return s.config.partSettings }

// Begin returns the time of the config lines in milliseconds since 1970.
func (s *Scenario) Begin() int64 { return s.config.at }

// Records returns the inputs of the scenario, as a trace would have them, without requests that a TSPI function refuses at
// once.
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

// Input returns the record of the step. If the step's TSPI function refuses the request at once, refused is the error that
// the function returns; such a request never enters the timeline.
func (st *Step) Input(dialable NumberCleaner) (r trace.Record, function, refused string) {
	r = st.record
	if st.request == nil {
		return r, "", ""
	}
	q, refused := st.request.toRecord(dialable)
	r.Request = &q
	return r, st.request.function, refused
}

// Expects reports whether the facts of the step are compared. Config lines without a separator are not.
func (st *Step) Expects() bool { return st.hasSeparator || st.Verb != VerbConfig }

// Title returns the line of the step, without comments and what stands below it.
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

// next reads a line, without its end.
func (p *parser) next() string {
	l, rest, _ := strings.Cut(p.rest, "\n")
	p.rest = rest
	p.line++
	return strings.TrimRight(l, " \t")
}

// peek returns the next line and does not read it.
func (p *parser) peek() string {
	l, _, _ := strings.Cut(p.rest, "\n")
	return strings.TrimRight(l, " \t")
}

// isBlankOrComment reports whether a line belongs to no step.
func isBlankOrComment(l string) bool { return l == "" || l[0] == '#' }

// step reads one step. It returns false at the end of the file.
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

// readComments reads blank lines and comments and appends them to head, but no blank lines at its beginning.
func (p *parser) readComments(head string) string {
	for p.rest != "" && isBlankOrComment(p.peek()) {
		if l := p.next(); l != "" || head != "" && !strings.HasSuffix(head, "\n\n") {
			head += l + "\n"
		}
	}
	return head
}

// readBody reads the arguments of the verb and what stands below its line.
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

// cutTime reads at=TIME, the first argument, and returns the others.
func cutTime(words []argument) (int64, []argument, error) {
	if len(words) == 0 || words[0].key != "at" {
		return 0, nil, fmt.Errorf("at=TIME is missing after the verb")
	}
	at, err := parseTime(words[0].value)
	return at, words[1:], err
}

var verbKinds = map[Verb]trace.Kind{VerbRecv: trace.In, VerbDrop: trace.Down, VerbResume: trace.Up, VerbTick: trace.Timer,
	VerbSkip: trace.Skipped, VerbGap: trace.Gap, VerbStart: trace.Start}

// setFields sets the record's fields from the arguments of its step.
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

// readBelow reads what stands below the line of a step: the stanza of recv, the JSON of start.
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
			return fmt.Errorf("after the stanza there is %q", l)
		}
	}
	return nil
}

// readConfig reads config lines and the comments between them, up to the expected facts.
func (p *parser) readConfig(st *Step, words []argument) error {
	if p.configDone {
		return fmt.Errorf("config stands before all other steps")
	}
	for {
		if err := p.s.config.setAll(words); err != nil {
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

// readExpected reads the expected facts, up to a blank line. Without the separator there are none.
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

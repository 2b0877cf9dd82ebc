package replay

import (
	"fmt"
	"strings"

	"offhook/internal/trace"
)

// Scenario is a file of steps, each with what is expected to follow.
type Scenario struct {
	Steps  []Step
	config config
	tail   string // what stands behind the last step: comments
}

// Step is one input and what is expected of it.
type Step struct {
	Line int      // where it begins in the file, from 1
	Want []string // the facts in their text form

	verb   verb
	head   string // as written: comments, the step itself; without the separator
	notes  string // comments among the facts
	said   bool   // the separator stands there
	record trace.Record
	asked  *asked
}

// verb is what a step does.
type verb string

const (
	verbConfig verb = "config"
	verbRecv   verb = "recv"
	verbTspi   verb = "tspi"
	verbAsk    verb = "request"
	verbDrop   verb = "drop"
	verbResume verb = "resume"
	verbTick   verb = "tick"
	verbSkip   verb = "skip"
	verbGap    verb = "gap"
	verbStart  verb = "start"
	verbCalls  verb = "calls"
)

// maxScenario bounds a scenario file.
const maxScenario = 64 << 20

// ParseScenario reads the scenario form. The error wraps ErrScenario and names the line.
func ParseScenario(text string) (*Scenario, error) {
	if len(text) > maxScenario {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrScenario, maxScenario)
	}
	p := parser{rest: strings.ReplaceAll(text, "\r\n", "\n"), line: 1, s: &Scenario{}}
	for {
		more, err := p.step()
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrScenario, p.at, err)
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
		b.WriteString(st.head)
		if st.said || len(st.Want) > 0 {
			b.WriteString(separator + "\n")
		}
		b.WriteString(st.notes)
		for _, w := range st.Want {
			b.WriteString(w + "\n")
		}
		if i < len(s.Steps)-1 || s.tail != "" {
			b.WriteByte('\n')
		}
	}
	b.WriteString(s.tail)
	return b.String()
}

type parser struct {
	rest string
	line int // of rest
	at   int // of the step under way
	s    *Scenario
	past bool // a step other than config was seen
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

func idle(l string) bool { return l == "" || l[0] == '#' }

// step reads one step; false at the end of the file.
func (p *parser) step() (bool, error) {
	head := p.idle("")
	if p.at = p.line; p.rest == "" {
		p.s.tail = strings.TrimRight(head, "\n")
		if p.s.tail != "" {
			p.s.tail += "\n"
		}
		return false, nil
	}
	st := Step{Line: p.line}
	first := p.next()
	name, args, _ := strings.Cut(first, " ")
	st.verb = verb(name)
	words, err := parsePairs(args)
	if err != nil {
		return false, err
	}
	st.head = head + first + "\n"
	if err := p.body(&st, words); err != nil {
		return false, err
	}
	if err := p.want(&st); err != nil {
		return false, err
	}
	p.s.Steps = append(p.s.Steps, st)
	return true, nil
}

// idle takes blank lines and comments; blank lines at the beginning are not kept.
func (p *parser) idle(head string) string {
	for p.rest != "" && idle(p.peek()) {
		if l := p.next(); l != "" || head != "" && !strings.HasSuffix(head, "\n\n") {
			head += l + "\n"
		}
	}
	return head
}

// body reads what belongs to the verb.
func (p *parser) body(st *Step, words []pair) error {
	if st.verb == verbConfig {
		return p.configs(st, words)
	}
	p.past = true
	if st.verb == verbCalls {
		if len(words) > 0 {
			return fmt.Errorf("calls takes nothing")
		}
		return nil
	}
	if st.verb == verbTick && len(words) == 1 && words[0].key == "" {
		words[0].key = "at"
	}
	at, words, err := takeTime(words)
	if err != nil {
		return err
	}
	st.record.At = at
	switch st.verb {
	case verbTspi, verbAsk:
		st.record.Kind = trace.Request
		st.asked, err = parseAsked(words, st.verb == verbTspi)
		return err
	}
	if err := st.fill(words); err != nil {
		return err
	}
	return p.below(st)
}

// takeTime takes at=TIME, which stands first.
func takeTime(words []pair) (int64, []pair, error) {
	if len(words) == 0 || words[0].key != "at" {
		return 0, nil, fmt.Errorf("at=TIME is missing behind the verb")
	}
	at, err := parseTime(words[0].value)
	return at, words[1:], err
}

var verbKinds = map[verb]trace.Kind{verbRecv: trace.In, verbDrop: trace.Down, verbResume: trace.Up, verbTick: trace.Timer,
	verbSkip: trace.Skipped, verbGap: trace.Gap, verbStart: trace.Start}

// fill takes the words of a record's own step.
func (st *Step) fill(words []pair) error {
	r := &st.record
	var ok bool
	if r.Kind, ok = verbKinds[st.verb]; !ok {
		return fmt.Errorf("unknown verb %q", st.verb)
	}
	fields := map[string]*string{}
	switch st.verb {
	case verbRecv:
		fields["raw"] = &r.Raw
	case verbDrop, verbGap:
		fields["code"], fields["text"] = &r.Code, &r.Text
	case verbSkip:
		fields["code"], fields["text"], fields["raw"] = &r.Code, &r.Text, &r.Raw
	case verbResume:
		fields["jid"], fields["domain"] = &r.JID, &r.Domain
	}
	for _, p := range words {
		f := fields[p.key]
		if f == nil {
			return fmt.Errorf("%s takes no %q", st.verb, p.key)
		}
		*f = p.value
	}
	return nil
}

// below reads what stands below the line of some steps: a stanza, or the JSON of a start record.
func (p *parser) below(st *Step) error {
	switch {
	case st.verb == verbStart:
		l := p.next()
		if !strings.HasPrefix(l, "{") {
			return fmt.Errorf("below start there is the record's JSON on one line")
		}
		st.head += l + "\n"
		st.record.Start = []byte(l)
	case st.verb == verbRecv && st.record.Raw == "":
		for p.rest != "" && p.peek() == "" {
			p.next()
		}
		end := stanzaEnd(p.rest)
		if end < 0 || p.rest[0] != '<' {
			return fmt.Errorf("below recv there is no stanza that ends")
		}
		st.record.Raw = p.rest[:end]
		p.line += strings.Count(st.record.Raw, "\n")
		p.rest = p.rest[end:]
		st.head += st.record.Raw + "\n"
		if l := p.next(); l != "" {
			return fmt.Errorf("behind the stanza there is %q", l)
		}
	}
	return nil
}

// configs reads config lines, the comments between them included, up to what follows from them.
func (p *parser) configs(st *Step, words []pair) error {
	if p.past {
		return fmt.Errorf("config stands before all other steps")
	}
	for {
		if err := p.s.config.parse(words); err != nil {
			return err
		}
		rest, line := p.rest, p.line
		between := p.idle(st.head)
		if !strings.HasPrefix(p.peek(), "config ") {
			p.rest, p.line = rest, line
			break
		}
		p.at = p.line
		l := p.next()
		st.head = between + l + "\n"
		var err error
		if words, err = parsePairs(strings.TrimPrefix(l, "config ")); err != nil {
			return err
		}
	}
	p.past = true
	return nil
}

// want reads what is expected to follow, up to a blank line. Without the separator nothing is.
func (p *parser) want(st *Step) error {
	rest, line := p.rest, p.line
	for p.rest != "" && p.peek() == "" {
		p.next()
	}
	if p.rest == "" || p.next() != separator {
		p.rest, p.line = rest, line
		return nil
	}
	st.said = true
	for p.rest != "" {
		l := p.next()
		if l == "" {
			return nil
		}
		if l[0] == '#' {
			st.notes += l + "\n"
			continue
		}
		st.Want = append(st.Want, l)
	}
	return nil
}

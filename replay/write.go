package replay

import (
	"bufio"
	"io"
	"strings"

	"offhook/internal/fact"
	"offhook/internal/trace"
	"offhook/replay/scenario"
)

// writer writes facts in one of the formats, buffered; the first error of the way out sticks.
type writer struct {
	out   *bufio.Writer
	json  bool
	parts Parts
	set   map[string]string
	facts []byte // of the step under way, in text
	line  []byte
	err   error

	written bool // a group of facts stands above
}

func newWriter(out io.Writer, o Options, parts Parts) *writer {
	return &writer{out: bufio.NewWriterSize(out, 64<<10), json: o.Format == JSON, parts: parts, set: o.Set}
}

// fact takes a fact of the step under way.
func (w *writer) fact(f *fact.Fact) {
	if w.json {
		w.line = append(f.AppendJSON(w.line[:0]), '\n')
		w.write(w.line)
		return
	}
	w.facts = append(f.AppendText(w.facts), '\n')
}

func (w *writer) write(b []byte) {
	if _, err := w.out.Write(b); err != nil && w.err == nil {
		w.err = err
	}
}

// step writes an input and what followed. What is nobody's business, and what changes nothing by its nature, is left
// out; when time fired something with it, that is shown as a tick.
func (w *writer) step(r *trace.Record, outside bool) {
	if w.json {
		return
	}
	quiet := outside || r.Kind == trace.Timer || r.Kind == trace.Out
	if quiet && len(w.facts) == 0 {
		return
	}
	head := scenario.TickText(r.At)
	switch {
	case r.Kind == trace.Start && w.written: // config stands before all other steps
		head = scenario.StartText(r)
	case r.Kind == trace.Start:
		head = scenario.StepText(w.parts.Dialect, w.parts.Dialable, r)
		if strings.HasPrefix(head, string(scenario.VerbConfig)) {
			head += scenario.SettingsText(w.set) // behind the record's own, so that they stand above them
		} else if len(w.set) > 0 {
			head = scenario.SettingsText(w.set) + "\n" + head
		}
	case !quiet:
		head = scenario.StepText(w.parts.Dialect, w.parts.Dialable, r)
	}
	w.apart()
	w.write([]byte(head + scenario.Separator + "\n"))
	w.drain()
}

// drain writes the facts that wait, in text.
func (w *writer) drain() {
	w.write(w.facts)
	w.written = w.written || len(w.facts) > 0
	w.facts = w.facts[:0]
}

// apart puts the blank line between two groups of facts.
func (w *writer) apart() {
	if w.written && !w.json {
		w.write([]byte("\n"))
	}
	w.written = true
}

// flush ends the run for the projector; what it says belongs to the last step.
func (w *writer) flush(p *Player) {
	p.Close()
	if len(w.facts) > 0 && !w.written {
		w.write([]byte(scenario.TickText(0) + scenario.Separator + "\n"))
	}
	w.drain()
}

// close writes the final note and gives the first error of the way out.
func (w *writer) close(s Summary) error {
	if !w.json {
		w.apart()
		w.write([]byte("# " + s.String() + "\n"))
	}
	if err := w.out.Flush(); err != nil && w.err == nil {
		w.err = err
	}
	return w.err
}

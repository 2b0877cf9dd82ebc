package replay

import (
	"bufio"
	"io"

	"offhook/internal/fact"
	"offhook/internal/trace"
)

// writer writes facts in one of the formats, buffered; the first error of the way out sticks.
type writer struct {
	out   *bufio.Writer
	json  bool
	parts Parts
	facts []byte // of the step under way, in text
	line  []byte
	err   error
}

func newWriter(out io.Writer, f Format, parts Parts) *writer {
	return &writer{out: bufio.NewWriterSize(out, 64<<10), json: f == JSON, parts: parts}
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
	head := "tick " + formatTime(r.At) + "\n"
	if !quiet {
		head = stepText(w.parts, r)
	}
	w.write([]byte(head + separator + "\n"))
	w.apart()
}

// apart ends a group of facts.
func (w *writer) apart() {
	w.write(w.facts)
	w.facts = w.facts[:0]
	if !w.json {
		w.write([]byte("\n"))
	}
}

// flush ends the run for the projector.
func (w *writer) flush(p *Player) {
	p.Close()
	if len(w.facts) > 0 {
		w.apart()
	}
}

// close writes the final note and gives the first error of the way out.
func (w *writer) close(s Summary) error {
	if !w.json {
		w.write([]byte("# " + s.String() + "\n"))
	}
	if err := w.out.Flush(); err != nil && w.err == nil {
		w.err = err
	}
	return w.err
}

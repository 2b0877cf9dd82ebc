package replay

import (
	"bufio"
	"io"
	"strings"

	"offhook/engine"
	"offhook/internal/changejson"
	"offhook/internal/fact"
	"offhook/internal/trace"
	"offhook/replay/scenario"
)

// writer writes facts in one of the formats, buffered. It keeps the first error of the output.
type writer struct {
	out          *bufio.Writer
	json         bool // one object a line, facts or changes
	changes      bool
	parts        Parts
	partSettings map[string]string
	pending      []byte // facts of the current step, in text
	buf          []byte
	err          error

	written bool // something was written before
}

func newWriter(out io.Writer, o Options, parts Parts) *writer {
	return &writer{out: bufio.NewWriterSize(out, 64<<10), json: o.Format == JSON || o.Format == Changes, changes: o.Format == Changes, parts: parts, partSettings: o.PartSettings}
}

// addFact adds a fact of the current step.
func (w *writer) addFact(f *fact.Fact) {
	switch {
	case w.changes:
		return
	case w.json:
		w.buf = append(f.AppendJSON(w.buf[:0]), '\n')
		w.write(w.buf)
		return
	}
	w.pending = append(f.AppendText(w.pending), '\n')
}

// observeChanges lets the player give its changes to the writer, if the format is that of changes.
func (w *writer) observeChanges(p *Player) {
	if !w.changes {
		return
	}
	encoder := func() changejson.Encoder { return changejson.Encoder{Source: p.core.Settings().Source} }
	p.onChange = func(c *engine.Change) { w.write(append(encoder().AppendChange(nil, c), '\n')) }
	p.onSnapshot = func(s *engine.Snapshot) { w.write(append(encoder().AppendSnapshot(nil, s), '\n')) }
}

func (w *writer) write(b []byte) {
	if _, err := w.out.Write(b); err != nil && w.err == nil {
		w.err = err
	}
}

// writeStep writes a record as a step with the facts that followed. It leaves out stanzas that the engine passed over, timer
// records and outgoing stanzas; if deadlines expired at that time, it writes a tick with the facts instead.
func (w *writer) writeStep(r *trace.Record, passedOver bool) {
	if w.json {
		return
	}
	quiet := passedOver || r.Kind == trace.Timer || r.Kind == trace.Out
	if quiet && len(w.pending) == 0 {
		return
	}
	head := scenario.TickText(r.At)
	switch {
	case r.Kind == trace.Start && w.written: // config stands before all other steps
		head = scenario.StartText(r)
	case r.Kind == trace.Start:
		head = scenario.StepText(w.parts.Dialect, w.parts.CleanNumber, r)
		if strings.HasPrefix(head, string(scenario.VerbConfig)) {
			head += scenario.SettingsText(w.partSettings) // after the record's own settings, so that they take precedence
		} else if len(w.partSettings) > 0 {
			head = scenario.SettingsText(w.partSettings) + "\n" + head
		}
	case !quiet:
		head = scenario.StepText(w.parts.Dialect, w.parts.CleanNumber, r)
	}
	w.separate()
	w.write([]byte(head + scenario.Separator + "\n"))
	w.writePending()
}

// writePending writes the facts of the current step, in text.
func (w *writer) writePending() {
	w.write(w.pending)
	w.written = w.written || len(w.pending) > 0
	w.pending = w.pending[:0]
}

// separate writes the blank line between two groups of facts.
func (w *writer) separate() {
	if w.written && !w.json {
		w.write([]byte("\n"))
	}
	w.written = true
}

// finish ends the run; what the projector emits then belongs to the last step.
func (w *writer) finish(p *Player) {
	p.Close()
	if len(w.pending) > 0 && !w.written {
		w.write([]byte(scenario.TickText(0) + scenario.Separator + "\n"))
	}
	w.writePending()
}

// close writes the summary and returns the first error of the output.
func (w *writer) close(s Summary) error {
	if !w.json {
		w.separate()
		w.write([]byte("# " + s.String() + "\n"))
	}
	if err := w.out.Flush(); err != nil && w.err == nil {
		w.err = err
	}
	return w.err
}

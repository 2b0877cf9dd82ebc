package replay

import (
	"offhook/engine"
	"offhook/events"
	"offhook/internal/fact"
)

// endOfStream is what the client sends to close a session (RFC 6120 clause 4.4).
const endOfStream = "</stream:stream>"

// showOutputs emits the facts of one input's outputs, in order.
func (p *Player) showOutputs(out []engine.Output) {
	for i := range out {
		switch o := &out[i]; o.Kind {
		case engine.OutEvent:
			if p.onEvent != nil {
				p.onEvent(o.Event)
			}
			p.showEvent(&o.Event)
		case engine.OutChange:
			p.showChange(o.Change)
		case engine.OutSend:
			p.commands.add(o.Raw)
			p.fact = fact.Fact{Kind: fact.Send, At: int64(p.core.Now()), Raw: o.Raw}
			p.emit(&p.fact)
		case engine.OutClose:
			p.fact = fact.Fact{Kind: fact.Send, At: int64(p.core.Now()), Raw: endOfStream}
			p.emit(&p.fact)
		}
	}
}

// showEvent shows an event; an ignored input and a notice are shown by their change only.
func (p *Player) showEvent(e *events.Event) {
	p.summary.Events++
	b := e.Body()
	if b.Type() == events.InputIgnored || b.Type() == events.NoticeRaised {
		return
	}
	if l, ok := b.(events.Line); ok {
		f := l.Facts()
		p.addresses[f.Line] = f.Address
	}
	p.fields = e.AppendFields(p.fields[:0])
	f := &p.fact
	*f = fact.Fact{Kind: fact.Event, At: int64(e.At()), Seq: e.Seq(), Name: e.Name(), Source: e.Source(), Fields: f.Fields[:0]}
	for _, x := range p.fields {
		if x.Key == "line" {
			f.Line = p.lineName(x.Value)
			x.Value = f.Line
		}
		f.Fields = append(f.Fields, fact.Field(x))
	}
	p.emit(f)
}

// lineName returns the address of a line, or its key while its address is unknown.
func (p *Player) lineName(key string) string {
	if a := p.addresses[key]; a != "" {
		return a
	}
	return key
}

// learnAddress keeps the address of a line.
func (p *Player) learnAddress(l *engine.LineView) {
	if l != nil && l.Address != p.addresses[l.Key] {
		p.addresses[l.Key] = l.Address
	}
}

// showChange emits the fact of a change, if it has one, and those that the projector makes of it.
func (p *Player) showChange(c *engine.Change) {
	p.learnAddress(c.Line)
	if p.onChange != nil {
		p.onChange(c)
	}
	fields := p.fact.Fields
	switch c.Kind {
	case engine.CallMoved:
		p.fact = fact.Fact{Kind: fact.State, At: int64(c.At), Line: p.lineName(c.Call.Line), Call: c.Call.Number,
			Channel: c.Call.Channel, From: c.From.String(), To: c.To.String(), Fields: fields}
		p.emit(&p.fact)
	case engine.InputIgnored:
		p.fact = fact.Fact{Kind: fact.Ignored, At: int64(c.At), Seq: c.Pos.Seq, Code: c.Code, Text: c.Text, Channel: c.Channel,
			Fields: fields}
		if c.Line != nil {
			p.fact.Line = p.lineName(c.Line.Key)
		}
		if c.Event == events.InputIgnored {
			p.fact.Raw = c.Raw
		}
		p.emit(&p.fact)
		return
	case engine.NoticeRaised:
		p.fact = fact.Fact{Kind: fact.Notice, At: int64(c.At), Seq: c.Pos.Seq, Severity: c.Severity.String(), Code: c.Code, Text: c.Text,
			Fields: fields}
		if c.Line != nil {
			p.fact.Line = p.lineName(c.Line.Key)
		}
		p.emit(&p.fact)
		return
	}
	if p.parts.Projector != nil {
		p.parts.Projector.Apply(*c, p.emitFact)
	}
}

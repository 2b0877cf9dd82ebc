package provider

import (
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
)

// MessageImages marks a HostMessage that is nothing to TAPI: a new copy of what GetCallStatus and GetCallInfo answer,
// for a host that keeps copies (docs/integrate/wire.md, "images only"). Its number lies outside those of LINE_ messages.
const MessageImages spec.Message = 0xFFFFFFFF

// NextWithImages is Next for a host that keeps copies of its own: it gives out MessageImages as well.
func (p *Provider) NextWithImages() (HostMessage, bool) { return p.next(true) }

// refresh takes over features that changed without a message: TAPI has none for them, and LINE_CALLSTATE may not be
// repeated. It takes its turn behind the messages on their way.
func (p *Provider) refresh(key projection.CallKey) {
	c := p.byCall[key]
	r, ok := p.proj.Call(key.Line, key.Call)
	if c == nil || !ok {
		return
	}
	last := c.latest(p)
	if last == nil || last.Status.State != r.Status.State {
		return
	}
	if last.Status.Features == r.Status.Features && last.Status.Features2 == r.Status.Features2 {
		return
	}
	copied := *last
	copied.Status.Features, copied.Status.Features2 = r.Status.Features, r.Status.Features2
	p.queueImages(c, &copied)
}

// queueImages lets the record be the host's copy when the messages before it were given out.
func (p *Provider) queueImages(c *hostedCall, r *projection.CallRecord) {
	n := projection.Notice{Message: MessageImages, Line: c.line.key, Call: c.number, Record: r, Pos: p.proj.Pos(), At: p.proj.At()}
	if l := p.proj.LineView(c.line.key); l != nil {
		n.Address = l.Address
	}
	p.out = append(p.out, HostMessage{Notice: n, HDLine: c.line.handle, HDCall: c.handle})
}

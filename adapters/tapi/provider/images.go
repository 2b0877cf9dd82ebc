package provider

import (
	"offhook/adapters/tapi/projection"
	"offhook/adapters/tapi/spec"
)

// MessageImages marks a HostMessage that TAPI does not get: a new copy of what GetCallStatus and GetCallInfo answer,
// for a host that keeps copies (docs/integrate/wire.md, "images only"). Its number lies outside those of LINE_ messages.
const MessageImages spec.Message = 0xFFFFFFFF

// NextWithImages is Next for a host that keeps copies of its own: it returns MessageImages as well.
func (p *Provider) NextWithImages() (HostMessage, bool) { return p.next(true) }

// refreshFeatures queues new copies when features changed without a message: TAPI has none for them, and LINE_CALLSTATE may
// not be repeated. The copies come after the messages that are queued already.
func (p *Provider) refreshFeatures(key projection.CallKey) {
	c := p.byCall[key]
	r, ok := p.proj.Call(key.Line, key.Call)
	if c == nil || !ok {
		return
	}
	last := c.latestRecord(p)
	if last == nil || last.Status.State != r.Status.State {
		return
	}
	if last.Status.Features == r.Status.Features && last.Status.Features2 == r.Status.Features2 {
		return
	}
	changed := *last
	changed.Status.Features, changed.Status.Features2 = r.Status.Features, r.Status.Features2
	p.queueImages(c, &changed)
}

// queueImages queues a record that becomes the host's copy after the messages before it.
func (p *Provider) queueImages(c *hostedCall, r *projection.CallRecord) {
	n := projection.TAPIMessage{Message: MessageImages, Line: c.line.key, Call: c.number, Record: r, Pos: p.proj.Pos(), At: p.proj.At()}
	if l := p.proj.LineView(c.line.key); l != nil {
		n.Address = l.Address
	}
	p.queued = append(p.queued, HostMessage{TAPIMessage: n, HDLine: c.line.handle, HDCall: c.handle})
}

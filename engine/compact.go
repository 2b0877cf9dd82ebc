package engine

import (
	"offhook/events"
)

// A server with a hundred thousand live calls hears of few of them in any second; most talk. A call that only talks is
// parked: packed into one string of some hundred bytes, and made whole again by the
// next event of its line. Nothing else can tell: what is kept and what follows from it are the same. Below awakeLimit
// calls nothing is ever parked.

// expandedLimit is how many calls stay expanded.
const expandedLimit = 2048

// compactor knows which calls are expanded.
type compactor struct {
	expanded []*call // oldest first; ended ones stay until callEnded removes them
	ended    int
	limit    int
}

// expand gives the call its body back.
func (p *compactor) expand(l *line, k *call) {
	if k.body != nil {
		return
	}
	k.body = expandBody(l, k.number, k.compacted)
	k.compacted = ""
	p.expanded = append(p.expanded, k)
}

// readBody returns the call's body; a compacted call stays compacted.
func (k *call) readBody(l *line) *body {
	if k.body == nil {
		return expandBody(l, k.number, k.compacted)
	}
	return k.body
}

// callEnded notes that a call ended.
func (p *compactor) callEnded() {
	if p.ended++; p.ended > 64 && p.ended > len(p.expanded)/2 {
		kept := p.expanded[:0]
		for _, k := range p.expanded {
			if k.view.State != Idle {
				kept = append(kept, k)
			}
		}
		clear(p.expanded[len(kept):])
		p.expanded, p.ended = kept, 0
	}
}

// compactTries bounds how many calls one input looks at.
const compactTries = 8

// compact compacts the calls that have been expanded longest, while there are too many.
func (c *Core) compact() {
	p := &c.compactor
	for tries := 0; len(p.expanded) > p.limit && tries < compactTries; tries++ {
		k := p.expanded[0]
		p.expanded[0] = nil
		p.expanded = p.expanded[1:]
		switch {
		case k.view.State == Idle:
			p.ended--
		case k.compactable():
			k.compact()
		default:
			p.expanded = append(p.expanded, k)
		}
	}
}

// compactable says that only its line and its channels refer to the call.
func (k *call) compactable() bool {
	still := k.view.State == Connected || k.view.State == Held || k.view.State == Unknown
	return still && k.dropDeadline == nil && k.ringDeadline == nil && k.endDeadline == nil && k.pairedAs == pairKey{} && k.drop == dropNone &&
		len(k.line.requests) == 0
}

// compact stores the call's body in a string.
func (k *call) compact() {
	w := compactCodec{writing: true, out: make([]byte, 0, 256)}
	k.body.codecFields(&w)
	k.compacted, k.body = string(w.out), nil
}

func expandBody(l *line, number uint32, packed string) *body {
	b := &body{line: l}
	b.codecFields(&compactCodec{in: packed})
	b.view.Line, b.view.Number = l.view.Key, number
	return b
}

// codecFields lists every field of a compactable call in the order in which they are stored, for both directions.
func (b *body) codecFields(p *compactCodec) {
	n := uint64(len(b.branches))
	p.number(&n)
	if !p.writing && n > 0 {
		b.branches = make([]branch, n)
	}
	for i := range b.branches {
		b.branches[i].codecFields(p)
	}
	v := &b.view
	p.bits(&v.Outbound, &v.Internal, &v.Stale)
	codecInt(p, &v.State)
	codecInt(p, &v.Began)
	p.since(&v.Entered, v.Began)
	p.since(&v.TalkSince, v.Began)
	codecInt(p, &v.Reason)
	codecInt(p, &v.Cause)
	codecInt(p, &v.Actions)
	codecInt(p, &v.Request)
	codecInt(p, &v.Related)
	codecInt(p, &b.stateBeforeUnknown)
	codecInt(p, &b.heardInSession)
	codecInt(p, &b.transferSeen)
	codecInt(p, &b.redirectSeen)
	codecInt(p, &b.dropRequest)
	for _, party := range [...]*events.Party{&v.Caller, &v.Called, &v.Connected, &v.Redirecting, &v.Redirection} {
		p.text(&party.Number)
		p.text(&party.Name)
	}
	p.text(&v.Display)
	p.text(&v.Channel)
}

func (b *branch) codecFields(p *compactCodec) {
	p.bits(&b.ownRing, &b.answered, &b.hangupSent)
	codecInt(p, &b.heardInSession)
	p.text(&b.channel)
	p.text(&b.device)
}

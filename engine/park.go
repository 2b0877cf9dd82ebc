package engine

import (
	"offhook/events"
)

// A server with a hundred thousand live calls hears of few of them in any second; most talk. A call that only talks is
// parked: packed into one string of some hundred bytes, and made whole again by the
// next event of its line. Nothing else can tell: what is kept and what follows from it are the same. Below awakeLimit
// calls nothing is ever parked.

// awakeLimit is how many calls are kept whole.
const awakeLimit = 2048

// lot knows which calls are whole.
type lot struct {
	awake []*call // oldest first; ended ones stay until they are swept out
	ended int
	limit int
}

// wake makes the call whole.
func (p *lot) wake(l *line, k *call) {
	if k.body != nil {
		return
	}
	k.body = unpack(l, k.number, k.packed)
	k.packed = ""
	p.awake = append(p.awake, k)
}

// read is the call's body; a parked one stays parked.
func (k *call) read(l *line) *body {
	if k.body == nil {
		return unpack(l, k.number, k.packed)
	}
	return k.body
}

// gone says that the call is over.
func (p *lot) gone() {
	if p.ended++; p.ended > 64 && p.ended > len(p.awake)/2 {
		kept := p.awake[:0]
		for _, k := range p.awake {
			if k.view.State != Idle {
				kept = append(kept, k)
			}
		}
		clear(p.awake[len(kept):])
		p.awake, p.ended = kept, 0
	}
}

// parkTries bounds what one input does for others' calls.
const parkTries = 8

// park packs the calls that were whole the longest, while there are too many.
func (c *Core) park() {
	p := &c.lot
	for tries := 0; len(p.awake) > p.limit && tries < parkTries; tries++ {
		k := p.awake[0]
		p.awake[0] = nil
		p.awake = p.awake[1:]
		switch {
		case k.view.State == Idle:
			p.ended--
		case k.rests():
			k.pack()
		default:
			p.awake = append(p.awake, k)
		}
	}
}

// rests says that nothing but its line and its channels knows the call.
func (k *call) rests() bool {
	still := k.view.State == Connected || k.view.State == Held || k.view.State == Unknown
	return still && k.guard == nil && k.ring == nil && k.wait == nil && k.paired == pairKey{} && k.drop == dropNone &&
		len(k.line.requests) == 0
}

// pack parks the call.
func (k *call) pack() {
	w := packer{packing: true, out: make([]byte, 0, 256)}
	k.body.pass(&w)
	k.packed, k.body = string(w.out), nil
}

func unpack(l *line, number uint32, packed string) *body {
	b := &body{line: l}
	b.pass(&packer{in: packed})
	b.view.Line, b.view.Number = l.view.Key, number
	return b
}

// pass names every field of a call that rests, in the order in which they are packed, and goes over them either way.
func (b *body) pass(p *packer) {
	n := uint64(len(b.branches))
	p.number(&n)
	if !p.packing && n > 0 {
		b.branches = make([]branch, n)
	}
	for i := range b.branches {
		b.branches[i].pass(p)
	}
	v := &b.view
	p.bits(&v.Outbound, &v.Internal, &v.Stale)
	pass(p, &v.State)
	pass(p, &v.Began)
	p.since(&v.Entered, v.Began)
	p.since(&v.TalkSince, v.Began)
	pass(p, &v.Reason)
	pass(p, &v.Cause)
	pass(p, &v.Actions)
	pass(p, &v.Request)
	pass(p, &v.Related)
	pass(p, &b.before)
	pass(p, &b.session)
	pass(p, &b.moved)
	pass(p, &b.diverted)
	pass(p, &b.dropBy)
	for _, party := range [...]*events.Party{&v.Caller, &v.Called, &v.Connected, &v.Redirecting, &v.Redirection} {
		p.text(&party.Number)
		p.text(&party.Name)
	}
	p.text(&v.Display)
	p.text(&v.Channel)
}

func (b *branch) pass(p *packer) {
	p.bits(&b.own, &b.answered, &b.hungUp)
	pass(p, &b.session)
	p.text(&b.channel)
	p.text(&b.device)
}

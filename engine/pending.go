package engine

import "offhook/events"

// pendingDial is the dialled call that an outbound event belongs to: among several the one whose number shares the longest
// tail of digits with the event's, else one of this session, else the oldest (decision B4). A Dial without a reply yet is
// accepted by the event.
func (c *Core) pendingDial(l *line, f *events.CallFacts) *call {
	k, q := c.bestDial(l, func(number string) int { return commonTail(number, f.Target.Number) })
	return c.acceptedCall(k, q)
}

// pendingOwnRing is the dialled call that makes the own phone ring first: same user, and the other party is the dialled
// number, the own number or empty (decision B4).
func (c *Core) pendingOwnRing(l *line, f *events.CallFacts) *call {
	k, q := c.bestDial(l, func(number string) int {
		s := f.Source.Number
		switch {
		case sameNumber(s, number):
			return 1 + len(number)
		case s == "" || s == l.view.Address || sameNumber(s, l.view.Address):
			return 0
		}
		return -1
	})
	return c.acceptedCall(k, q)
}

// bestDial looks through our Dials that have no channel yet, unanswered ones and accepted ones, oldest first.
func (c *Core) bestDial(l *line, score func(number string) int) (best *call, open *request) {
	top, at, stale := -1, events.Millis(0), false
	consider := func(k *call, q *request, number string, since events.Millis) {
		if c.now.Sub(since) > c.settings.Timers.OwnRing {
			return
		}
		old := k != nil && k.view.Stale // its event may have come while the session was away
		s := score(number)
		if s > top || s == top && s >= 0 && (stale && !old || stale == old && since < at) {
			best, open, top, at, stale = k, q, s, since, old
		}
	}
	for _, k := range l.recentCalls() {
		if k.view.State == Dialing && k.view.Outbound && k.hasNoOutboundBranch() {
			consider(k, nil, k.view.Called.Number, k.view.Began)
		}
	}
	for _, q := range l.requests {
		if q.facts.Kind == events.Dial && q.sent {
			consider(nil, q, q.facts.Number, q.at)
		}
	}
	return best, open
}

// hasNoOutboundBranch says that no outbound branch of the call is known.
func (k *call) hasNoOutboundBranch() bool {
	for i := range k.branches {
		if !k.branches[i].ownRing {
			return false
		}
	}
	return true
}

func (c *Core) acceptedCall(k *call, q *request) *call {
	if q == nil {
		return k
	}
	l, number := q.line, q.facts.Call
	c.acceptRequest(q)
	return l.call(number)
}

// pendingPickup is the call of our Pickup that an inbound event belongs to.
func (c *Core) pendingPickup(l *line, f *events.CallFacts) *call {
	for _, k := range l.recentCalls() {
		if k.view.State == Dialing && !k.view.Outbound && len(k.branches) == 0 && pickupFits(&k.view, f) {
			return k
		}
	}
	for _, q := range l.requests {
		if q.facts.Kind != events.PickupCall || !q.sent {
			continue
		}
		if from := l.pickupCaller(q.facts.Number); from.Number == "" || f.Source.Number == "" || sameNumber(from.Number, f.Source.Number) {
			return c.acceptedCall(nil, q)
		}
	}
	return nil
}

func pickupFits(v *CallView, f *events.CallFacts) bool {
	return v.Caller.Number == "" || f.Source.Number == "" || sameNumber(v.Caller.Number, f.Source.Number)
}

// commonTail is the length of the tail of digits that two numbers share.
func commonTail(a, b string) int {
	n := 0
	i, j := len(a)-1, len(b)-1
	for {
		for i >= 0 && !isDialDigit(a[i]) {
			i--
		}
		for j >= 0 && !isDialDigit(b[j]) {
			j--
		}
		if i < 0 || j < 0 || a[i] != b[j] {
			return n
		}
		n, i, j = n+1, i-1, j-1
	}
}

func isDialDigit(c byte) bool { return '0' <= c && c <= '9' || c == '*' || c == '#' }

// sameNumber says whether two spellings mean one number: the same digits, or one is the tail of the other but for
// leading zeros and country code, from six digits on.
func sameNumber(a, b string) bool {
	if a == b {
		return a != ""
	}
	n := commonTail(a, b)
	short := min(significantDigits(a), significantDigits(b))
	return n >= short && (short >= 6 || short > 0 && significantDigits(a) == significantDigits(b) && n == significantDigits(a))
}

// significantDigits counts the digits behind leading zeros.
func significantDigits(s string) int {
	n, started := 0, false
	for i := 0; i < len(s); i++ {
		if isDialDigit(s[i]) && (s[i] != '0' || started) {
			started = true
			n++
		}
	}
	return n
}

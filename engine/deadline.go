package engine

import "offhook/events"

// timerKind names a deadline. All deadlines stand in one table, one list a kind (decision A2).
type timerKind uint8

const (
	timerGrace     timerKind = iota // the session stays lost
	timerFind                       // the next user may be looked up
	timerLogin                      // the PBX did not answer our login
	timerRequest                    // a request was not answered
	timerDropGuard                  // a call whose Drop was accepted
	timerDropRetry                  // a call whose Drop was refused
	timerOwnRing                    // a Dial without a first event
	timerOffering                   // a call that only rings
	timerHoldBack                   // a ring held back
	timerKey                        // a hold key in flight
	timerRedirect                   // a redirected call
	timerStale                      // a stale call on a free phone
	timerRing                       // a ringing call rings again
	timerKinds
)

var timerNames = [timerKinds]string{"session-grace", "find-user", "login", "request", "drop-guard", "drop-retry", "own-ring",
	"offering", "hold-back", "hold-key", "redirected", "stale", "ring-cycle"}

func (k timerKind) String() string { return timerNames[k] }

func timerNamed(name string) (timerKind, bool) {
	for k, n := range timerNames {
		if n == name {
			return timerKind(k), true
		}
	}
	return 0, false
}

// deadline is one armed timer; it belongs to a call, a request, a line or the session.
type deadline struct {
	kind       timerKind
	at         events.Millis
	line       *line
	call       *call
	request    *request
	channel    string // timerHoldBack; of timerKey the phone
	by         uint32 // timerKey: the request that pressed it
	prev, next *deadline
	armed      bool
}

// deadlines is the table: a list a kind. Since a kind's duration is constant and time does not go back, arming appends.
type deadlines struct {
	first, last [timerKinds]*deadline
}

// arm puts d into its list; the walk back is for deadlines that come out of a snapshot.
func (t *deadlines) arm(d *deadline) *deadline {
	d.armed = true
	after := t.last[d.kind]
	for after != nil && after.at > d.at {
		after = after.prev
	}
	d.prev = after
	if after == nil {
		d.next, t.first[d.kind] = t.first[d.kind], d
	} else {
		d.next, after.next = after.next, d
	}
	if d.next == nil {
		t.last[d.kind] = d
	} else {
		d.next.prev = d
	}
	return d
}

// disarm takes d out; nil and one that is out already are allowed.
func (t *deadlines) disarm(d *deadline) {
	if d == nil || !d.armed {
		return
	}
	d.armed = false
	if d.prev == nil {
		t.first[d.kind] = d.next
	} else {
		d.prev.next = d.next
	}
	if d.next == nil {
		t.last[d.kind] = d.prev
	} else {
		d.next.prev = d.prev
	}
	d.prev, d.next = nil, nil
}

// due is the earliest deadline, nil if none is armed. Equal deadlines fire in the order of their kinds, then of arming.
func (t *deadlines) due() *deadline {
	var best *deadline
	for _, d := range t.first {
		if d != nil && (best == nil || d.at < best.at) {
			best = d
		}
	}
	return best
}

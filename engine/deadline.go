package engine

import "offhook/events"

// deadline is one armed timer; it belongs to a call, a request, a line or the session.
type deadline struct {
	kind       timerKind
	at         events.Millis
	line       *line
	call       *call
	request    *request
	channel    string // timerHoldBack; of timerHoldKey the phone
	pressedBy  uint32 // timerHoldKey: the request that pressed it
	prev, next *deadline
	armed      bool
}

// deadlines is the table: a list a kind. Since a kind's duration is constant and time does not go back, arming appends.
type deadlines struct {
	first, last [timerKinds]*deadline
}

// arm puts d into its list; the walk back is for deadlines that are restored from an engine image.
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

// cancel takes d out; nil and one that is out already are allowed.
func (t *deadlines) cancel(d *deadline) {
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

// earliest is the earliest deadline, nil if none is armed. Equal deadlines fire in the order of their kinds, then of arming.
func (t *deadlines) earliest() *deadline {
	var best *deadline
	for _, d := range t.first {
		if d != nil && (best == nil || d.at < best.at) {
			best = d
		}
	}
	return best
}

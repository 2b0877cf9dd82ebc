package engine

import "offhook/events"

// A Drop's way (decision B7) is carried by events that are there anyway: the request, the beginning of its call, the
// first event of a branch, the deadline after a refusal and the request's outcome. That the PBX refused a Hangup is no
// event; it is known until the request's deadline or the session's end (dropRefused).

// acceptsDrop says whether a Drop of the call is sent, or remembered, when it is asked for now.
func (c *Core) acceptsDrop(k *call) bool {
	return (k.line.view.InService || !c.session.lost) && c.offered.Has(ActDrop) && c.actions(k).Has(ActDrop)
}

// beginDrop notes that a request drops its call, unless another one does already.
func (c *Core) beginDrop(q *request) {
	if q.line == nil || q.facts.Kind != events.Drop {
		return
	}
	k := q.line.call(q.facts.Call)
	if k == nil || k.drop > dropRemembered || !c.acceptsDrop(k) {
		return
	}
	if len(k.branches) == 0 {
		k.drop, k.dropRequest = dropRemembered, q.facts.ID
		return
	}
	k.markHangups(q)
}

// markHangups marks all branches of the call for a Hangup of the request.
func (k *call) markHangups(q *request) {
	k.drop = dropSent
	if q != nil {
		k.dropRequest = q.facts.ID
	}
	for i := range k.branches {
		k.branches[i].hangupSent = true
	}
}

// openDrop is the oldest open Drop of the call.
func (k *call) openDrop() *request {
	for _, q := range k.line.requests {
		if q.isDropOf(k) && !q.facts.Queued {
			return q
		}
	}
	return nil
}

// rememberDropOfDial notes a Drop of a call that was asked for while its Dial was not answered yet.
func (c *Core) rememberDropOfDial(k *call) {
	if q := k.openDrop(); q != nil {
		k.drop, k.dropRequest = dropRemembered, q.facts.ID
	}
}

// dropNewBranches marks a call's branches for a Hangup when it gets a new one and its Drop was remembered, or refused on
// the others.
func (c *Core) dropNewBranches(k *call) {
	if k.drop == dropSent || k.drop == dropTaken || k.drop == dropLast {
		return
	}
	if q := k.openDrop(); q != nil || k.drop == dropRemembered { // without a request: it has timed out already; the call is dropped all the same
		k.markHangups(q)
	}
}

package engine

import "offhook/events"

// A Drop's way (decision B7) is carried by events that are there anyway: the request, the beginning of its call, the
// first event of a branch, the deadline after a refusal and the request's outcome. That the PBX refused a Hangup is no
// event; it is known until the request's deadline or the session's end (dropRefused).

// takesDrop says whether a Drop of the call is sent, or remembered, when it is asked for now.
func (c *Core) takesDrop(k *call) bool {
	return (k.line.view.InService || !c.session.lost) && c.offers.Has(ActDrop) && c.actions(k).Has(ActDrop)
}

// beginDrop notes that a request drops its call, unless another one does already.
func (c *Core) beginDrop(q *request) {
	if q.line == nil || q.f.Kind != events.Drop {
		return
	}
	k := q.line.call(q.f.Call)
	if k == nil || k.drop > dropRemembered || !c.takesDrop(k) {
		return
	}
	if len(k.branches) == 0 {
		k.drop, k.dropBy = dropRemembered, q.f.ID
		return
	}
	k.markHangups(q)
}

// markHangups marks all branches of the call for a Hangup of the request.
func (k *call) markHangups(q *request) {
	k.drop = dropSent
	if q != nil {
		k.dropBy = q.f.ID
	}
	for i := range k.branches {
		k.branches[i].hungUp = true
	}
}

// openDrop is the oldest open Drop of the call.
func (k *call) openDrop() *request {
	for _, q := range k.line.requests {
		if q.drops(k) && !q.f.Queued {
			return q
		}
	}
	return nil
}

// dropBegun notes a Drop of a call that was asked for while its Dial was not answered yet.
func (c *Core) dropBegun(k *call) {
	if q := k.openDrop(); q != nil {
		k.drop, k.dropBy = dropRemembered, q.f.ID
	}
}

// dropBranches marks a call's branches for a Hangup when it gets a new one and its Drop was remembered, or refused on
// the others.
func (c *Core) dropBranches(k *call) {
	if k.drop == dropSent || k.drop == dropTaken || k.drop == dropLast {
		return
	}
	if q := k.openDrop(); q != nil || k.drop == dropRemembered { // without a request: who asked was told a timeout; the wish stands
		k.markHangups(q)
	}
}

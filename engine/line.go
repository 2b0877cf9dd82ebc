package engine

import (
	"slices"

	"offhook/events"
)

// line is a PBX user as the engine keeps it.
type line struct {
	view         LineView
	sharedView   *LineView
	requests     []*request               // open ones, oldest first
	calls        []*call                  // live, oldest first
	heldBack     map[string]*heldBackRing // rings held back, by channel (decision B6)
	pickups      []events.PickupFacts     // calls ringing at colleagues
	keysInFlight map[string]*deadline     // hold keys in flight, by device (keys.go)
	compactor    *compactor
	ownerGuessed bool // learned in a bare file from an event that named no user (decision D1)
}

// heldBackRing is an inbound ring from the own number.
type heldBackRing struct {
	facts events.CallFacts
	wait  *deadline
}

// scanLimit bounds how many calls of a line one event looks at.
const scanLimit = 64

// recentCalls are the newest calls of the line, at most scanLimit.
func (l *line) recentCalls() []*call {
	return l.expandAll(l.calls[max(0, len(l.calls)-scanLimit):])
}

// expandAll expands calls of the line.
func (l *line) expandAll(calls []*call) []*call {
	for _, k := range calls {
		l.compactor.expand(l, k)
	}
	return calls
}

func (l *line) call(number uint32) *call {
	for i := len(l.calls) - 1; i >= 0; i-- {
		if k := l.calls[i]; k.number == number {
			l.compactor.expand(l, k)
			return k
		}
	}
	return nil
}

// anyDeviceCan says whether any phone of the user has the capability; phones never told about are assumed to (decision B10).
func (l *line) anyDeviceCan(capability string) bool {
	if len(l.view.Devices) == 0 {
		return true
	}
	return slices.ContainsFunc(l.view.Devices, func(d events.Device) bool { return d.Can(capability) })
}

// deviceCan says the same of one phone by name; a phone that is not in the list was never told about.
func (l *line) deviceCan(name, capability string) bool {
	for _, d := range l.view.Devices {
		if d.Name == name {
			return d.Can(capability)
		}
	}
	return true
}

// currentView is an immutable copy of the view; readers share it until invalidateView.
func (l *line) currentView() *LineView {
	if l.sharedView == nil {
		v := l.view
		v.Offers = len(l.pickups)
		l.sharedView = &v
	}
	return l.sharedView
}

// invalidateView must be called before the view changes.
func (l *line) invalidateView() { l.sharedView = nil }

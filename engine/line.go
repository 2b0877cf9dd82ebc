package engine

import (
	"slices"

	"offhook/events"
)

// line is a PBX user as the engine keeps it.
type line struct {
	view     LineView
	snap     *LineView
	requests []*request           // open ones, oldest first
	calls    []*call              // live, oldest first
	deferred map[string]*heldBack // rings held back, by channel (decision B6)
	offers   []events.PickupFacts // calls ringing at colleagues
	keys     map[string]*deadline // hold keys in flight, by device (keys.go)
	lot      *lot
	guessed  bool // a bare file's, learned from an event that named nobody (decision D1)
}

// heldBack is an inbound ring from the own number.
type heldBack struct {
	facts events.CallFacts
	wait  *deadline
}

// scanLimit bounds what one event looks at when a line carries absurdly many calls.
const scanLimit = 64

// recent are the newest calls of the line, at most scanLimit.
func (l *line) recent() []*call {
	return l.whole(l.calls[max(0, len(l.calls)-scanLimit):])
}

// whole wakes calls of the line.
func (l *line) whole(calls []*call) []*call {
	for _, k := range calls {
		l.lot.wake(l, k)
	}
	return calls
}

func (l *line) call(number uint32) *call {
	for i := len(l.calls) - 1; i >= 0; i-- {
		if k := l.calls[i]; k.number == number {
			l.lot.wake(l, k)
			return k
		}
	}
	return nil
}

// can says whether any phone of the user has the capability; phones never told about are assumed to (decision B10).
func (l *line) can(capability string) bool {
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

// snapshot is a view that nobody changes any more; it is shared until touch.
func (l *line) snapshot() *LineView {
	if l.snap == nil {
		v := l.view
		v.Offers = len(l.offers)
		l.snap = &v
	}
	return l.snap
}

// touch says that the view is about to change.
func (l *line) touch() { l.snap = nil }

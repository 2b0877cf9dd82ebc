package engine

import (
	"slices"
	"strings"

	"offhook/events"
)

// An event's text may be part of a stanza or of a whole pack of the journal. What the engine keeps for longer than a
// request lives is copied, so that a line does not keep half a megabyte alive for a name of ten letters.

// cloneLineFacts is the facts with text of its own.
func cloneLineFacts(f events.LineFacts) events.LineFacts {
	f.Line, f.User, f.Name, f.Address = strings.Clone(f.Line), strings.Clone(f.User), strings.Clone(f.Name), strings.Clone(f.Address)
	f.Devices = slices.Clone(f.Devices)
	for i := range f.Devices {
		d := &f.Devices[i]
		d.Name, d.Kind, d.Capabilities = strings.Clone(d.Name), strings.Clone(d.Kind), slices.Clone(d.Capabilities)
		for j, c := range d.Capabilities {
			d.Capabilities[j] = strings.Clone(c)
		}
	}
	return f
}

// clonePickup is the offer with text of its own.
func clonePickup(f events.PickupFacts) events.PickupFacts {
	f.Line, f.Colleague, f.Number = strings.Clone(f.Line), strings.Clone(f.Colleague), strings.Clone(f.Number)
	f.Caller = events.Party{Number: strings.Clone(f.Caller.Number), Name: strings.Clone(f.Caller.Name)}
	return f
}

// cloneHeldBackFacts is the facts of a ring held back with text of their own.
func cloneHeldBackFacts(l *line, f *events.CallFacts) events.CallFacts {
	p := cloneCallFacts(f)
	p.Line, p.Channel, p.Device, p.RefChannel = l.view.Key, strings.Clone(f.Channel), strings.Clone(f.Device), strings.Clone(f.RefChannel)
	return p
}

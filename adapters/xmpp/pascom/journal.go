package pascom

import (
	"offhook/engine"
	"offhook/events"
)

// observeJournal reads journal.JournalEntry, the PBX's record of an ended call. Its owner is the attribute userName.
func observeJournal(p *node, o *engine.Observation) {
	o.User = token(trim(p.value("userName")))
	if o.User == "" && trim(p.value("userName")) != "" {
		ignore(o, "bad-field", "userName: "+clean(p.value("userName")))
		return
	}
	inbound, ok := truth(p.value("inbound"))
	if !ok {
		ignore(o, "bad-field", "inbound: "+clean(p.value("inbound")))
		return
	}
	number := cleanNumber(p.value("number"))
	if withheld(number) {
		number = ""
	}
	o.Kind = engine.ObsCallRecord
	o.Record = engine.CallRecord{Number: number, Inbound: inbound,
		At: events.Millis(millis(p.value("timestamp"))), Result: clean(p.value("result"))}
}

// observeLocation reads location.SetLocation: somebody sat down at another phone. The user is named by the event or,
// failing that, by the occupied location; empty: the session's own.
func observeLocation(p *node, o *engine.Observation) {
	o.Kind = engine.ObsRelocated
	for _, name := range [...]string{"username", "userName"} {
		if o.User == "" {
			o.User = token(trim(p.value(name)))
		}
	}
	p.each("Location", func(l *node) {
		if o.User == "" {
			o.User = token(trim(l.value("username")))
		}
	})
}

package pascom

import (
	"offhook/engine"
	"offhook/events"
)

// observeJournal reads journal.JournalEntry, the PBX's record of an ended call. The attribute userName names its user.
func observeJournal(p *node, o *engine.Observation) {
	o.User = identifier(trimSpace(p.childOrAttr("userName")))
	if o.User == "" && trimSpace(p.childOrAttr("userName")) != "" {
		ignoreStanza(o, "bad-field", "userName: "+cleanText(p.childOrAttr("userName")))
		return
	}
	inbound, ok := parseBool(p.childOrAttr("inbound"))
	if !ok {
		ignoreStanza(o, "bad-field", "inbound: "+cleanText(p.childOrAttr("inbound")))
		return
	}
	number := cleanNumber(p.childOrAttr("number"))
	if isWithheld(number) {
		number = ""
	}
	o.Kind = engine.ObsCallRecord
	o.Record = engine.CallRecord{Number: number, Inbound: inbound,
		At: events.Millis(parseMillis(p.childOrAttr("timestamp"))), Result: cleanText(p.childOrAttr("result"))}
}

// observeLocation reads location.SetLocation: a user has moved to another phone. The user is named by the event or,
// failing that, by the occupied location; an empty user is the session's own.
func observeLocation(p *node, o *engine.Observation) {
	o.Kind = engine.ObsRelocated
	for _, name := range [...]string{"username", "userName"} {
		if o.User == "" {
			o.User = identifier(trimSpace(p.childOrAttr(name)))
		}
	}
	p.eachDescendant("Location", func(l *node) {
		if o.User == "" {
			o.User = identifier(trimSpace(l.childOrAttr("username")))
		}
	})
}

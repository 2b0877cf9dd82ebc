package pascom

import (
	"offhook/engine"
	"offhook/events"
)

// phoneResource is the resource of the PBX's own session for each user, which mirrors the state of their phones.
const phoneResource = "phone"

// observePresence reads the presence of user@domain/phone; every other presence is a person's and counts as foreign.
func observePresence(e *simpleStanza, where engine.Origin, o *engine.Observation) {
	o.Kind = engine.ObsForeign
	user, domain, resource := splitJID(e.from)
	if user = identifier(user); user == "" || resource != phoneResource || !equalFoldASCII(domain, pbxDomain(e.to, where)) {
		return
	}
	switch {
	case e.stanzaType == "unavailable":
		o.Phone = events.PhoneGone
	case e.stanzaType != "": // subscriptions, probes, errors
		return
	case trimSpace(e.show) == "dnd":
		o.Phone = events.PhoneInCall
	default:
		o.Phone = events.PhoneFree
	}
	o.Kind, o.User = engine.ObsPhone, user
}

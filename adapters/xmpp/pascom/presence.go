package pascom

import (
	"offhook/engine"
	"offhook/events"
)

// phoneResource is the resource of the PBX's own session for each user, which mirrors the state of his phones.
const phoneResource = "phone"

// observePresence reads the presence of user@domain/phone; every other presence is a person's and foreign.
func observePresence(e *event, where engine.Origin, o *engine.Observation) {
	o.Kind = engine.ObsForeign
	user, domain, resource := splitJID(e.from)
	if user = token(user); user == "" || resource != phoneResource || !sameFold(domain, domainOf(e.to, where)) {
		return
	}
	switch {
	case e.typ == "unavailable":
		o.Phone = events.PhoneGone
	case e.typ != "": // subscriptions, probes, errors
		return
	case trim(e.show) == "dnd":
		o.Phone = events.PhoneInCall
	default:
		o.Phone = events.PhoneFree
	}
	o.Kind, o.User = engine.ObsPhone, user
}

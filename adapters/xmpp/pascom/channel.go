package pascom

import (
	"offhook/engine"
	"offhook/events"
)

// channelKind reads eventType; 0 for a type nobody knows.
func channelKind(s string) engine.ChannelKind {
	switch s {
	case "ringing":
		return engine.ChannelRinging
	case "busy":
		return engine.ChannelTalking
	case "hold":
		return engine.ChannelHeld
	case "unhold":
		return engine.ChannelRetrieved
	case "transfer":
		return engine.ChannelTransferred
	case "rename":
		return engine.ChannelRenamed
	case "redirect":
		return engine.ChannelRedirected
	case "hangup":
		return engine.ChannelEnded
	}
	return 0
}

// observeChannel reads base.ChannelEvent. Owner and channel are told even of an event that is ignored.
func (d *Dialect) observeChannel(e *event, o *engine.Observation) {
	f, facts := &e.f, &o.Facts
	o.User = token(trim(f[fieldUser]))
	facts.Channel = token(trim(f[fieldID]))
	o.Channel = channelKind(trim(f[fieldType]))
	var ok, ok2 bool
	facts.Outbound, ok = truth(f[fieldOutbound])
	facts.Internal, ok2 = truth(f[fieldInternal])
	switch {
	case !goodEvent(e, o.Channel != 0, facts.Channel, o):
	case !ok:
		ignore(o, "bad-field", "outbound: "+clean(f[fieldOutbound]))
	case !ok2:
		ignore(o, "bad-field", "internal: "+clean(f[fieldInternal]))
	default:
		o.Kind = engine.ObsChannel
		d.fillFacts(e, facts)
	}
}

func (d *Dialect) fillFacts(e *event, facts *events.CallFacts) {
	f := &e.f
	facts.Device = d.deviceName(f[fieldDevice], f[fieldDeviceID])
	facts.Source = party(f[fieldSourceNumber], f[fieldSourceName], f[fieldSourceCallerID])
	facts.Target = party(f[fieldTargetNumber], f[fieldTargetName], f[fieldTargetCallerID])
	if f[fieldFromNumber] != "" || f[fieldFromName] != "" {
		facts.Forwarder = party(f[fieldFromNumber], f[fieldFromName], "")
	}
	facts.TalkSince = events.Millis(millis(f[fieldBusySince]))
	facts.RefChannel = token(trim(f[fieldRefChannel]))
	if f[fieldDetails] != "" || len(e.labels) > 0 {
		facts.Display = display(f[fieldDetails], e.labels)
		facts.Cause = causeOf(f[fieldDetails])
	}
}

// goodEvent checks what ChannelEvent and PickupEvent share: a type, a known one, an id, nothing contradictory.
func goodEvent(e *event, known bool, id string, o *engine.Observation) bool {
	switch {
	case e.twice != "":
		ignore(o, "bad-field", e.twice+" written twice with different content")
	case trim(e.f[fieldType]) == "":
		ignore(o, "missing-field", "eventType")
	case !known:
		ignore(o, "unknown-event-type", clean(e.f[fieldType]))
	case trim(e.f[fieldID]) == "":
		ignore(o, "missing-field", "eventId")
	case id == "":
		ignore(o, "bad-field", "eventId: "+clean(e.f[fieldID]))
	case o.User == "" && trim(e.f[fieldUser]) != "": // else it would pass for the session's own
		ignore(o, "bad-field", "username: "+clean(e.f[fieldUser]))
	default:
		return true
	}
	return false
}

// deviceName is the phone as commands shall name it (open question: 19.x tells an id instead of the name).
func (d *Dialect) deviceName(name, id string) string {
	name, id = token(name), token(id)
	if name == "" || id != "" && d.opts.Device == DeviceID {
		return id
	}
	return name
}

// truth reads a boolean: true, false (in any case), 1, 0; empty or missing is false.
func truth(s string) (v, ok bool) {
	switch s = trim(s); {
	case s == "false" || s == "" || s == "0" || sameFold(s, "false"):
		return false, true
	case s == "true" || s == "1" || sameFold(s, "true"):
		return true, true
	}
	return false, false
}

// millis reads a time in epoch milliseconds; what is none is 0.
func millis(s string) (v int64) {
	s = trim(s)
	if len(s) > 15 {
		return 0
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		v = v*10 + int64(s[i]-'0')
	}
	return v
}

// observePickup reads base.PickupEvent: eventId is the colleague's user name, target his number.
func (d *Dialect) observePickup(e *event, o *engine.Observation) {
	f := &e.f
	o.User = token(trim(f[fieldUser]))
	kind := trim(f[fieldType])
	o.Offered = kind == "ringing"
	colleague := token(trim(f[fieldID]))
	if !goodEvent(e, o.Offered || kind == "gone", colleague, o) {
		return
	}
	o.Kind = engine.ObsPickup
	o.Pickup = events.PickupFacts{Colleague: colleague, Number: cleanNumber(f[fieldTarget]),
		Caller: party(f[fieldSourceNumber], f[fieldSourceName], f[fieldSourceCallerID])}
}

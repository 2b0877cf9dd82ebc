package pascom

import (
	"offhook/engine"
	"offhook/events"
)

// channelKind reads eventType; 0 for an unknown type.
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

// observeChannel reads base.ChannelEvent. It sets user and channel also for an event that is ignored.
func (d *Dialect) observeChannel(e *simpleStanza, o *engine.Observation) {
	f, facts := &e.fields, &o.Facts
	o.User = identifier(trimSpace(f[fieldUser]))
	facts.Channel = identifier(trimSpace(f[fieldID]))
	o.Channel = channelKind(trimSpace(f[fieldType]))
	var ok, ok2 bool
	facts.Outbound, ok = parseBool(f[fieldOutbound])
	facts.Internal, ok2 = parseBool(f[fieldInternal])
	switch {
	case !checkEvent(e, o.Channel != 0, facts.Channel, o):
	case !ok:
		ignoreStanza(o, "bad-field", "outbound: "+cleanText(f[fieldOutbound]))
	case !ok2:
		ignoreStanza(o, "bad-field", "internal: "+cleanText(f[fieldInternal]))
	default:
		o.Kind = engine.ObsChannel
		d.readFacts(e, facts)
	}
}

func (d *Dialect) readFacts(e *simpleStanza, facts *events.CallFacts) {
	f := &e.fields
	facts.Device = d.deviceName(f[fieldDevice], f[fieldDeviceID])
	facts.Source = party(f[fieldSourceNumber], f[fieldSourceName], f[fieldSourceCallerID])
	facts.Target = party(f[fieldTargetNumber], f[fieldTargetName], f[fieldTargetCallerID])
	if f[fieldFromNumber] != "" || f[fieldFromName] != "" {
		facts.Forwarder = party(f[fieldFromNumber], f[fieldFromName], "")
	}
	facts.TalkSince = events.Millis(parseMillis(f[fieldBusySince]))
	facts.RefChannel = identifier(trimSpace(f[fieldRefChannel]))
	if f[fieldDetails] != "" || len(e.labels) > 0 {
		facts.Display = display(f[fieldDetails], e.labels)
		facts.Cause = causeOf(f[fieldDetails])
	}
}

// checkEvent checks what ChannelEvent and PickupEvent share: a type, a known one, an id, nothing contradictory.
func checkEvent(e *simpleStanza, known bool, id string, o *engine.Observation) bool {
	switch {
	case e.conflicting != "":
		ignoreStanza(o, "bad-field", e.conflicting+" written twice with different content")
	case trimSpace(e.fields[fieldType]) == "":
		ignoreStanza(o, "missing-field", "eventType")
	case !known:
		ignoreStanza(o, "unknown-event-type", cleanText(e.fields[fieldType]))
	case trimSpace(e.fields[fieldID]) == "":
		ignoreStanza(o, "missing-field", "eventId")
	case id == "":
		ignoreStanza(o, "bad-field", "eventId: "+cleanText(e.fields[fieldID]))
	case o.User == "" && trimSpace(e.fields[fieldUser]) != "": // without a user the event would count as the session's own
		ignoreStanza(o, "bad-field", "username: "+cleanText(e.fields[fieldUser]))
	default:
		return true
	}
	return false
}

// deviceName returns the name of the phone that commands use (open question: 19.x sends an id instead of the name).
func (d *Dialect) deviceName(name, id string) string {
	name, id = identifier(name), identifier(id)
	if name == "" || id != "" && d.opts.Device == DeviceID {
		return id
	}
	return name
}

// parseBool reads a boolean: true, false (in any case), 1, 0; empty or missing is false.
func parseBool(s string) (v, ok bool) {
	switch s = trimSpace(s); {
	case s == "false" || s == "" || s == "0" || equalFoldASCII(s, "false"):
		return false, true
	case s == "true" || s == "1" || equalFoldASCII(s, "true"):
		return true, true
	}
	return false, false
}

// parseMillis reads a time in epoch milliseconds; anything else is 0.
func parseMillis(s string) (v int64) {
	s = trimSpace(s)
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

// observePickup reads base.PickupEvent: eventId is the colleague's user name, target their number.
func (d *Dialect) observePickup(e *simpleStanza, o *engine.Observation) {
	f := &e.fields
	o.User = identifier(trimSpace(f[fieldUser]))
	kind := trimSpace(f[fieldType])
	o.Offered = kind == "ringing"
	colleague := identifier(trimSpace(f[fieldID]))
	if !checkEvent(e, o.Offered || kind == "gone", colleague, o) {
		return
	}
	o.Kind = engine.ObsPickup
	o.Pickup = events.PickupFacts{Colleague: colleague, Number: cleanNumber(f[fieldTarget]),
		Caller: party(f[fieldSourceNumber], f[fieldSourceName], f[fieldSourceCallerID])}
}

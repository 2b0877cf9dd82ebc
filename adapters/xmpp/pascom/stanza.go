package pascom

import (
	"strings"

	"offhook/engine"
)

// clientNamespace is the namespace of stanzas; raw ones often lack it, as it is declared on the stream.
const clientNamespace = "jabber:client"

// decodeTree reads a stanza that the strict steps could not read.
func (d *Dialect) decodeTree(raw string, where engine.Origin, o *engine.Observation) {
	root, err := parseTree(raw)
	if err != nil {
		ignoreStanza(o, "malformed", cleanText(err.Error()))
		return
	}
	o.Kind = engine.ObsForeign
	if root.space != "" && root.space != clientNamespace {
		return
	}
	e := &simpleStanza{to: root.attr("to"), from: root.attr("from"), stanzaType: root.attr("type"), id: root.attr("id")}
	o.To = sessionUser(e.to, where)
	switch root.name {
	case "message":
		d.observeMessage(root, e, where, o)
	case "presence":
		observePresenceTree(root, e, where, o)
	case "iq":
		d.observeIQ(root, e, where, o)
	}
}

func observePresenceTree(root *node, e *simpleStanza, where engine.Origin, o *engine.Observation) {
	e.form = formPresence
	if k := root.child("show"); k != nil {
		e.show = k.text
	}
	observePresence(e, where, o)
	if p, _ := findPayload(root); p != nil && o.Kind == engine.ObsForeign {
		ignorePayload(p, e, where, o)
	}
}

// observeMessage reads an event of the PBX.
func (d *Dialect) observeMessage(root *node, e *simpleStanza, where engine.Origin, o *engine.Observation) {
	p, known := findPayload(root)
	if p == nil || e.stanzaType == "groupchat" {
		return
	}
	if !known {
		ignorePayload(p, e, where, o)
		return
	}
	if e.readPayload(p); e.form != formNone {
		d.observe(e, where, o)
		return
	}
	name := withoutModule(p.name)
	switch {
	case e.stanzaType != "error" && name == "JournalEntry" && fromPBX(e.from, pbxDomain(e.to, where)):
		observeJournal(p, o)
	case e.stanzaType != "error" && name == "SetLocation" && fromPBX(e.from, pbxDomain(e.to, where)):
		observeLocation(p, o)
	default:
		ignorePayload(p, e, where, o)
	}
}

// ignorePayload ignores a payload that offhook does not use or that the PBX did not send.
func ignorePayload(p *node, e *simpleStanza, where engine.Origin, o *engine.Observation) {
	switch {
	case !fromPBX(e.from, pbxDomain(e.to, where)):
		ignoreUntrusted(e.from, o)
	case p.name == "cmd":
		ignoreStanza(o, "empty", "cmd without a payload")
	default:
		ignoreStanza(o, "not-used", cleanText(p.name))
	}
}

var knownPayloads = map[string]bool{"ChannelEvent": true, "PickupEvent": true, "JournalEntry": true, "SetLocation": true,
	"Success": true, "Failure": true, "UserInfo": true, "SubscriptionList": true}

// findPayload finds the payload among the direct children of a stanza: the first of a known name in any cmd, else the
// first there is, else the cmd itself (or another element of the namespace in its place); nil if there is none.
func findPayload(root *node) (first *node, known bool) {
	for _, c := range root.children {
		if c.space != namespace {
			continue
		}
		if first == nil {
			first = c
		}
		for _, p := range c.children {
			switch {
			case c.name != "cmd" || p.space != namespace:
			case knownPayloads[withoutModule(p.name)]:
				return p, true
			case first == c:
				first = p
			}
		}
	}
	return first, false
}

// withoutModule drops the module that some documents write before an element's name ("base.Success").
func withoutModule(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// readPayload reads a ChannelEvent or PickupEvent into the event, like the strict steps; form tells whether it is one.
func (e *simpleStanza) readPayload(p *node) {
	switch withoutModule(p.name) {
	case "ChannelEvent":
		e.form = formChannel
	case "PickupEvent":
		e.form = formPickup
	default:
		return
	}
	var seen [fieldCount]bool
	for _, k := range p.children {
		f, ok := fieldNamed(k.name)
		if !ok || k.space != namespace {
			continue
		}
		text := k.text
		if f == fieldLabels {
			e.labels, text = append(e.labels, labelsOf(k)...), ""
		}
		if seen[f] && text != e.fields[f] {
			e.conflicting = fieldNames[f]
		}
		seen[f], e.fields[f] = true, text
		if f == fieldDevice && e.fields[fieldDeviceID] == "" {
			e.fields[fieldDeviceID] = k.attr("id")
		}
	}
	for f := range e.fields {
		if e.fields[f] == "" && field(f) != fieldLabels {
			e.fields[f] = p.attr(fieldNames[f])
		}
	}
}

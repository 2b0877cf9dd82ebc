package pascom

import (
	"strings"

	"offhook/engine"
)

// client is the namespace of stanzas; raw ones often lack it, as it is declared on the stream.
const client = "jabber:client"

// decodeTree reads what the strict steps left over.
func (d *Dialect) decodeTree(raw string, where engine.Origin, o *engine.Observation) {
	root, err := parse(raw)
	if err != nil {
		ignore(o, "malformed", clean(err.Error()))
		return
	}
	o.Kind = engine.ObsForeign
	if root.space != "" && root.space != client {
		return
	}
	e := &event{to: root.attr("to"), from: root.attr("from"), typ: root.attr("type"), id: root.attr("id")}
	o.To = sessionUser(e.to, where)
	switch root.name {
	case "message":
		d.treeMessage(root, e, where, o)
	case "presence":
		treePresence(root, e, where, o)
	case "iq":
		d.treeIQ(root, e, where, o)
	}
}

func treePresence(root *node, e *event, where engine.Origin, o *engine.Observation) {
	e.form = formPresence
	if k := root.kid("show"); k != nil {
		e.show = k.text
	}
	observePresence(e, where, o)
	if p, _ := payload(root); p != nil && o.Kind == engine.ObsForeign {
		refuse(p, e, where, o)
	}
}

// treeMessage reads an event of the PBX.
func (d *Dialect) treeMessage(root *node, e *event, where engine.Origin, o *engine.Observation) {
	p, known := payload(root)
	if p == nil || e.typ == "groupchat" {
		return
	}
	if !known {
		refuse(p, e, where, o)
		return
	}
	if e.flatten(p); e.form != formNone {
		d.observe(e, where, o)
		return
	}
	name := bareName(p.name)
	switch {
	case e.typ != "error" && name == "JournalEntry" && fromPBX(e.from, domainOf(e.to, where)):
		observeJournal(p, o)
	case e.typ != "error" && name == "SetLocation" && fromPBX(e.from, domainOf(e.to, where)):
		observeLocation(p, o)
	default:
		refuse(p, e, where, o)
	}
}

// refuse ignores a payload that is no event offhook knows: a stranger's, or of no use.
func refuse(p *node, e *event, where engine.Origin, o *engine.Observation) {
	switch {
	case !fromPBX(e.from, domainOf(e.to, where)):
		stranger(e.from, o)
	case p.name == "cmd":
		ignore(o, "empty", "cmd without a payload")
	default:
		ignore(o, "not-used", clean(p.name))
	}
}

var knownPayloads = map[string]bool{"ChannelEvent": true, "PickupEvent": true, "JournalEntry": true, "SetLocation": true,
	"Success": true, "Failure": true, "UserInfo": true, "SubscriptionList": true}

// payload finds the payload among the direct children of a stanza: the first of a known name in any cmd, else the
// first there is, else the cmd itself (or whatever of the namespace stands in its place); nil if there is none.
func payload(root *node) (first *node, known bool) {
	for _, c := range root.kids {
		if c.space != namespace {
			continue
		}
		if first == nil {
			first = c
		}
		for _, p := range c.kids {
			switch {
			case c.name != "cmd" || p.space != namespace:
			case knownPayloads[bareName(p.name)]:
				return p, true
			case first == c:
				first = p
			}
		}
	}
	return first, false
}

// bareName drops the module that some documents write before an element's name ("base.Success").
func bareName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// flatten reads a ChannelEvent or PickupEvent into the event, like the strict steps; form tells whether it is one.
func (e *event) flatten(p *node) {
	switch bareName(p.name) {
	case "ChannelEvent":
		e.form = formChannel
	case "PickupEvent":
		e.form = formPickup
	default:
		return
	}
	var seen [fieldCount]bool
	for _, k := range p.kids {
		f, ok := fieldNamed(k.name)
		if !ok || k.space != namespace {
			continue
		}
		text := k.text
		if f == fieldLabels {
			e.labels, text = append(e.labels, labelsOf(k)...), ""
		}
		if seen[f] && text != e.f[f] {
			e.twice = fieldNames[f]
		}
		seen[f], e.f[f] = true, text
		if f == fieldDevice && e.f[fieldDeviceID] == "" {
			e.f[fieldDeviceID] = k.attr("id")
		}
	}
	for f := range e.f {
		if e.f[f] == "" && field(f) != fieldLabels {
			e.f[f] = p.attr(fieldNames[f])
		}
	}
}

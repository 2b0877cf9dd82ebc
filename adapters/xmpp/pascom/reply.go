package pascom

import (
	"offhook/engine"
)

// The namespaces of replies that are not pascom's.
const (
	rosterNamespace = "jabber:iq:roster"                    // RFC 6121 clause 2
	errorNamespace  = "urn:ietf:params:xml:ns:xmpp-stanzas" // RFC 6120 clause 8.3
)

// treeIQ reads an IQ: results and errors are replies, unless a stranger sent them; everything else is not the PBX's.
func (d *Dialect) treeIQ(root *node, e *event, where engine.Origin, o *engine.Observation) {
	p, _ := payload(root)
	reply := e.typ == "result" || e.typ == "error"
	switch {
	case !reply && p != nil:
		refuse(p, e, where, o)
	case !reply:
	case d.mayReply(e.from, e.to, where) && token(e.id) != "":
		o.Kind, o.ID = engine.ObsReply, token(e.id)
		d.reply(root, e, where, o)
	case p != nil && token(e.id) == "" && d.mayReply(e.from, e.to, where):
		ignore(o, "missing-field", "id")
	case p != nil:
		stranger(e.from, o)
	}
}

func (d *Dialect) reply(root *node, e *event, where engine.Origin, o *engine.Observation) {
	if e.typ == "error" {
		o.Reply = engine.ReplyError
		o.Code, o.Text = errorWords(root)
		return
	}
	if p, known := payload(root); known {
		d.payloadReply(p, o)
		return
	}
	if len(root.kids) == 0 {
		o.Reply = engine.ReplyOK
		return
	}
	q := root.kids[0]
	if q.space == rosterNamespace && q.name == "query" {
		o.Reply, o.Users = engine.ReplyUsers, rosterUsers(q, domainOf(e.to, where))
		return
	}
	if p, _ := payload(root); p != nil {
		q = p
	}
	o.Reply, o.Text = engine.ReplyOther, clean(q.name)
}

// payloadReply reads a pascom answer. A refusal is an IQ result too: the PBX reserves IQ errors for its own troubles.
func (d *Dialect) payloadReply(p *node, o *engine.Observation) {
	o.Named = true
	switch bareName(p.name) {
	case "Success":
		o.Reply, o.Text = engine.ReplyOK, clean(p.value("message"))
	case "Failure":
		o.Reply, o.Text = engine.ReplyFailed, clean(p.value("message"))
	case "SubscriptionList":
		o.Reply = engine.ReplyOK
	case "UserInfo":
		o.Reply, o.Found = engine.ReplyUser, d.userInfo(p)
	default: // an event in a reply
		o.Reply, o.Text = engine.ReplyOther, clean(p.name)
	}
}

// errorWords is the condition of an IQ error and the condition with the server's text.
func errorWords(root *node) (condition, text string) {
	condition = "undefined-condition"
	for _, e := range root.kids {
		if e.name != "error" || e.space != root.space {
			continue
		}
		words := ""
		for _, k := range e.kids {
			switch {
			case k.space == errorNamespace && k.name == "text":
				words = clean(k.text)
			case k.space == errorNamespace:
				condition = clean(k.name)
			}
		}
		if words != "" {
			return condition, cut(condition + ": " + words)
		}
		break
	}
	return condition, condition
}

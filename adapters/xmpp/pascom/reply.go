package pascom

import (
	"offhook/engine"
)

// The namespaces of replies that are not pascom's.
const (
	rosterNamespace = "jabber:iq:roster"                    // RFC 6121 clause 2
	errorNamespace  = "urn:ietf:params:xml:ns:xmpp-stanzas" // RFC 6120 clause 8.3
)

// observeIQ reads an IQ: results and errors are replies, if the sender is trusted; other IQs are not from the PBX.
func (d *Dialect) observeIQ(root *node, e *simpleStanza, where engine.Origin, o *engine.Observation) {
	p, _ := findPayload(root)
	reply := e.stanzaType == "result" || e.stanzaType == "error"
	switch {
	case !reply && p != nil:
		ignorePayload(p, e, where, o)
	case !reply:
	case d.trustsReply(e.from, e.to, where) && identifier(e.id) != "":
		o.Kind, o.ID = engine.ObsReply, identifier(e.id)
		d.observeReply(root, e, where, o)
	case p != nil && identifier(e.id) == "" && d.trustsReply(e.from, e.to, where):
		ignoreStanza(o, "missing-field", "id")
	case p != nil:
		ignoreUntrusted(e.from, o)
	}
}

func (d *Dialect) observeReply(root *node, e *simpleStanza, where engine.Origin, o *engine.Observation) {
	if e.stanzaType == "error" {
		o.Reply = engine.ReplyError
		o.Code, o.Text = errorWords(root)
		return
	}
	if p, known := findPayload(root); known {
		d.observePayloadReply(p, o)
		return
	}
	if len(root.children) == 0 {
		o.Reply = engine.ReplyOK
		return
	}
	q := root.children[0]
	if q.space == rosterNamespace && q.name == "query" {
		o.Reply, o.Users = engine.ReplyUsers, rosterUsers(q, pbxDomain(e.to, where))
		return
	}
	if p, _ := findPayload(root); p != nil {
		q = p
	}
	o.Reply, o.Text = engine.ReplyOther, cleanText(q.name)
}

// observePayloadReply reads the payload of a reply. A refused command is an IQ result too: the PBX sends IQ errors only
// when it fails itself.
func (d *Dialect) observePayloadReply(p *node, o *engine.Observation) {
	o.Named = true
	switch withoutModule(p.name) {
	case "Success":
		o.Reply, o.Text = engine.ReplyOK, cleanText(p.childOrAttr("message"))
	case "Failure":
		o.Reply, o.Text = engine.ReplyFailed, cleanText(p.childOrAttr("message"))
	case "SubscriptionList":
		o.Reply = engine.ReplyOK
	case "UserInfo":
		o.Reply, o.Found = engine.ReplyUser, d.readUserInfo(p)
	default: // an event in a reply
		o.Reply, o.Text = engine.ReplyOther, cleanText(p.name)
	}
}

// errorWords returns the condition of an IQ error, and the condition with the server's text.
func errorWords(root *node) (condition, text string) {
	condition = "undefined-condition"
	for _, e := range root.children {
		if e.name != "error" || e.space != root.space {
			continue
		}
		words := ""
		for _, k := range e.children {
			switch {
			case k.space == errorNamespace && k.name == "text":
				words = cleanText(k.text)
			case k.space == errorNamespace:
				condition = cleanText(k.name)
			}
		}
		if words != "" {
			return condition, truncateText(condition + ": " + words)
		}
		break
	}
	return condition, condition
}

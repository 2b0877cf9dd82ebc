package pbx

import (
	"strconv"
	"strings"
)

// receive receives one stanza of a direct session.
func (s *Server) receive(ss *session, n *node) {
	if s.lock() != nil {
		return
	}
	defer s.unlockAndAnnounce()
	switch n.name.Local {
	case "iq":
		s.receiveIQ(ss, n)
	case "presence":
		s.receivePresence(ss, n)
	case "message":
		s.routeMessage(ss, n)
	}
}

func (s *Server) receiveIQ(ss *session, n *node) {
	id, kind := n.get("id"), n.get("type")
	if kind == "result" || kind == "error" {
		s.receivePong(ss, n)
		return
	}
	if len(n.kids) != 1 || kind != "get" && kind != "set" {
		ss.send(ss.errorReply(id, "modify", "bad-request"))
		return
	}
	if to := n.get("to"); strings.Contains(to, "/") && !strings.EqualFold(to, ss.jid) {
		s.routeIQ(ss, n, to)
		return
	}
	payload := n.kids[0]
	if payload.name.Space == nsCmd && payload.name.Local == "cmd" {
		s.receiveCommand(ss, n, payload)
		return
	}
	s.replyStandard(ss, id, kind, payload)
}

// replyStandard replies to requests that every XMPP server serves.
func (s *Server) replyStandard(ss *session, id, kind string, payload *node) {
	key := kind + " " + payload.name.Space
	switch key {
	case "get " + nsPing, "set " + nsSession:
		ss.send(ss.resultReply(id, nil))
	case "get " + nsRoster:
		ss.send(ss.resultReply(id, s.roster(ss.user)))
	case "get " + nsVersion:
		var w xmlWriter
		w.open("query", "xmlns", nsVersion)
		w.leaf("name", "simulated pascom PBX")
		w.leaf("version", "1")
		w.end("query")
		ss.send(ss.resultReply(id, w.Bytes()))
	case "get " + nsDisco:
		var w xmlWriter
		w.open("query", "xmlns", nsDisco)
		w.empty("identity", "category", "server", "type", "im", "name", "simulated pascom PBX")
		for _, f := range []string{nsDisco, nsItems, nsPing, nsVersion, nsRoster, nsCmd} {
			w.empty("feature", "var", f)
		}
		w.end("query")
		ss.send(ss.resultReply(id, w.Bytes()))
	case "get " + nsItems:
		var w xmlWriter
		w.open("query", "xmlns", nsItems)
		w.empty("item", "jid", s.eventAddress())
		w.end("query")
		ss.send(ss.resultReply(id, w.Bytes()))
	default:
		ss.send(ss.errorReply(id, "cancel", "service-unavailable"))
	}
}

// eventAddress returns the JID that events come from.
func (s *Server) eventAddress() string {
	if s.component != nil {
		return s.component.name
	}
	return "pbx." + s.cfg.Domain
}

// roster returns the roster of a user: every other enabled user and every queue.
func (s *Server) roster(asker *user) []byte {
	var w xmlWriter
	w.open("query", "xmlns", nsRoster)
	item := func(node, name, group string) {
		w.open("item", "jid", node+"@"+s.cfg.Domain, "name", name, "subscription", "both")
		w.leaf("group", group)
		w.end("item")
	}
	for _, u := range s.userList {
		if u != asker && !u.Disabled {
			item(u.node, u.Name, "Users")
		}
	}
	for _, q := range s.queueOrder {
		item(q.node, q.Name, "Queues")
	}
	w.end("query")
	return w.Bytes()
}

// receivePong receives the answer to a ping of the PBX. Behind the component an error means
// that the session has ended.
func (s *Server) receivePong(ss *session, n *node) {
	id := n.get("id")
	answer := s.pings[id]
	if answer == nil {
		return
	}
	delete(s.pings, id)
	close(answer)
	if e := n.child("", "error"); ss.conn == nil && e != nil && e.child(nsStanzas, "feature-not-implemented") == nil {
		s.remove(ss)
	}
}

// readdress returns a client's stanza with other addresses.
func readdress(n *node, from, to string) []byte {
	c := *n
	c.attr = nil
	for _, a := range n.attr {
		if a.Name.Local != "from" && a.Name.Local != "to" {
			c.attr = append(c.attr, a)
		}
	}
	var w xmlWriter
	c.write(&w, c.name.Space)
	head := "<" + c.name.Local
	var out xmlWriter
	out.tag(c.name.Local, []string{"from", from, "to", to})
	out.Write(w.Bytes()[len(head):])
	return out.Bytes()
}

func (s *Server) routeIQ(ss *session, n *node, to string) {
	for _, other := range s.sessions {
		if other.jid == to {
			other.send(readdress(n, ss.jid, to))
			return
		}
	}
	ss.send(ss.errorReply(n.get("id"), "cancel", "service-unavailable"))
}

// routeMessage delivers a message to a full JID, or to the available sessions of a
// bare JID whose priority is not negative (RFC 6121, 8.5.2).
func (s *Server) routeMessage(ss *session, n *node) {
	to := n.get("to")
	bare, resource, _ := strings.Cut(to, "/")
	for _, other := range s.sessions {
		if other.jid == to || resource == "" && other.available && other.priority >= 0 &&
			strings.EqualFold(other.user.bare(s.cfg.Domain), bare) {
			other.send(readdress(n, ss.jid, to))
		}
	}
}

// receivePresence stores the session's presence and, after the initial one, sends it that of all users.
func (s *Server) receivePresence(ss *session, n *node) {
	kind := n.get("type")
	if kind != "" && kind != "unavailable" || n.get("to") != "" {
		return // subscriptions and directed presence are ignored
	}
	was := ss.available
	ss.available, ss.presence = kind == "", n.kids
	ss.priority, _ = strconv.Atoi(n.childText("priority"))
	s.broadcastPresence(ss)
	if ss.available && !was {
		s.sendAllPresence(ss)
	}
}

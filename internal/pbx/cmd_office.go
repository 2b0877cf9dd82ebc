package pbx

import (
	"strconv"
	"strings"
)

func findOwnJournal(s *Server, ss *session, n *node) answer { return s.journalReply(ss.user, n) }

func findJournalOf(s *Server, ss *session, n *node) answer {
	u, err := s.actor(ss, n.get("identity"))
	if err != nil {
		return failure(err.Error())
	}
	return s.journalReply(u, n)
}

func (s *Server) journalReply(u *user, n *node) answer {
	count, good := limit(n.get("limit"), 100)
	if !good {
		return failure("invalid limit")
	}
	return reply(cmdPayload("journal", func(w *xmlw) { s.writeJournal(w, u, count) }))
}

// phonebook serves FindAll and Find; query is looked for in every field.
func phonebook(s *Server, ss *session, n *node) answer {
	query := strings.ToLower(n.get("query"))
	return reply(cmdPayload("phonebook", func(w *xmlw) {
		w.open("PhonebookList")
		for _, u := range s.order {
			if !u.Disabled && strings.Contains(strings.ToLower(u.Name+"\n"+u.Extension), query) {
				phonebookEntry(w, u)
			}
		}
		w.end("PhonebookList")
	}))
}

// phonebookEntry: the id of an internal user is the display name, not the login.
func phonebookEntry(w *xmlw, u *user) {
	first, last := "", u.Name
	if i := strings.LastIndex(u.Name, " "); i > 0 {
		first, last = u.Name[:i], u.Name[i+1:]
	}
	w.open("PhonebookEntry")
	w.leaf("type", "011account")
	w.leaf("id", u.Name)
	w.leaf("firstname", first)
	w.leaf("surname", last)
	w.leaf("phone", u.Extension)
	for _, empty := range []string{"fax", "mobile", "homephone", "email"} {
		w.leaf(empty, "")
	}
	w.leaf("displayname", u.Name)
	w.leaf("organisation", "")
	w.empty("LabelList")
	w.end("PhonebookEntry")
}

// findLocations answers with module base, as the published samples do.
func findLocations(s *Server, ss *session, n *node) answer {
	return reply(cmdPayload("base", func(w *xmlw) {
		w.open("LocationList")
		for _, u := range s.order {
			writeLocation(w, u, false, false)
		}
		w.end("LocationList")
	}))
}

func relocate(s *Server, ss *session, n *node) answer {
	to := n.get("location")
	if to == "" || len(to) > 200 {
		return failure("no such location")
	}
	return ok(func() { s.moveTo(ss.user, to, "login") })
}

func logoutLocation(s *Server, ss *session, n *node) answer {
	return ok(func() { s.moveTo(ss.user, "Desk "+ss.user.Extension, "logout") })
}

func (s *Server) moveTo(u *user, location, eventType string) {
	u.location = location
	s.publish("location", "SetLocation", func(o *user) bool { return o == u }, nil, func(w *xmlw) {
		w.open("SetLocation", "eventType", eventType)
		w.open("LocationList")
		writeLocation(w, u, false, true)
		w.end("LocationList")
		w.end("SetLocation")
	})
}

func findRedirects(s *Server, ss *session, n *node) answer {
	return reply(cmdPayload("redirect", func(w *xmlw) { writeRedirect(w, ss.user) }))
}

func prepareDial(s *Server, ss *session, n *node) answer {
	if n.get("device") == "" || n.get("target") == "" {
		return failure("device or target missing")
	}
	return reply(cmdPayload("mobile", func(w *xmlw) { w.empty("ReadyToDial", "gateway", s.cfg.MailboxCode) }))
}

// monitor starts or stops recording a channel; nothing is kept.
func monitor(verb string) handler {
	return func(s *Server, ss *session, n *node) answer {
		l, err := s.ownLeg(ss, n.get("channel"))
		if err != nil {
			return failure(err.Error())
		}
		return ok(func() { s.recordEvent(l, strings.ToLower(verb)) })
	}
}

func (s *Server) recordEvent(l *leg, eventType string) {
	head, tail := l.channel, ""
	if peer := l.call.opposite(l).leg; peer != nil && peer != l {
		tail = peer.channel
	}
	if !l.outbound {
		head, tail = tail, head
	}
	s.publish("monitor", "RecordEvent", func(u *user) bool { return u == l.user }, nil, func(w *xmlw) {
		w.open("RecordEvent", "eventType", eventType, "eventId", "record-"+strconv.Itoa(l.call.id),
			"ruleId", "", "permission", "allow", "identity", l.user.Login, "file", "")
		w.leaf("headchannel", head)
		w.leaf("tailchannel", tail)
		w.end("RecordEvent")
	})
}

func noRecord(s *Server, ss *session, n *node) answer { return failure("no such record") }

// archive serves the chat archive, which is empty.
func archive(element string) handler {
	return func(s *Server, ss *session, n *node) answer {
		return reply(cmdPayload("archive", func(w *xmlw) { w.empty(element) }))
	}
}

package pbx

import (
	"strconv"
	"strings"
)

func findOwnRecordsCommand(s *Server, ss *session, n *node) commandReply {
	return s.recordsReply(ss.user, n)
}

func findRecordsOfCommand(s *Server, ss *session, n *node) commandReply {
	u, err := s.actingUser(ss, n.get("identity"))
	if err != nil {
		return failureReply(err.Error())
	}
	return s.recordsReply(u, n)
}

func (s *Server) recordsReply(u *user, n *node) commandReply {
	count, good := readLimit(n.get("limit"), 100)
	if !good {
		return failureReply("invalid limit")
	}
	return payloadReply(cmdPayload("journal", func(w *xmlWriter) { s.writeCallRecords(w, u, count) }))
}

// phonebookCommand serves FindAll and Find. It searches for query in every field.
func phonebookCommand(s *Server, ss *session, n *node) commandReply {
	query := strings.ToLower(n.get("query"))
	return payloadReply(cmdPayload("phonebook", func(w *xmlWriter) {
		w.open("PhonebookList")
		for _, u := range s.userList {
			if !u.Disabled && strings.Contains(strings.ToLower(u.Name+"\n"+u.Extension), query) {
				writePhonebookEntry(w, u)
			}
		}
		w.end("PhonebookList")
	}))
}

// writePhonebookEntry writes an entry. As in the samples, the id of an internal user is the display name, not the login.
func writePhonebookEntry(w *xmlWriter, u *user) {
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

// findLocationsCommand replies with module base, as the published samples do.
func findLocationsCommand(s *Server, ss *session, n *node) commandReply {
	return payloadReply(cmdPayload("base", func(w *xmlWriter) {
		w.open("LocationList")
		for _, u := range s.userList {
			writeLocation(w, u, false, false)
		}
		w.end("LocationList")
	}))
}

func relocateCommand(s *Server, ss *session, n *node) commandReply {
	to := n.get("location")
	if to == "" || len(to) > 200 {
		return failureReply("no such location")
	}
	return successReply(func() { s.moveUser(ss.user, to, "login") })
}

func logoutLocationCommand(s *Server, ss *session, n *node) commandReply {
	return successReply(func() { s.moveUser(ss.user, "Desk "+ss.user.Extension, "logout") })
}

func (s *Server) moveUser(u *user, location, eventType string) {
	u.location = location
	s.publish("location", "SetLocation", func(o *user) bool { return o == u }, nil, func(w *xmlWriter) {
		w.open("SetLocation", "eventType", eventType)
		w.open("LocationList")
		writeLocation(w, u, false, true)
		w.end("LocationList")
		w.end("SetLocation")
	})
}

func findRedirectsCommand(s *Server, ss *session, n *node) commandReply {
	return payloadReply(cmdPayload("redirect", func(w *xmlWriter) { writeRedirect(w, ss.user) }))
}

func prepareDialCommand(s *Server, ss *session, n *node) commandReply {
	if n.get("device") == "" || n.get("target") == "" {
		return failureReply("device or target missing")
	}
	return payloadReply(cmdPayload("mobile", func(w *xmlWriter) { w.empty("ReadyToDial", "gateway", s.cfg.MailboxCode) }))
}

// monitorCommand starts or stops the recording of a channel. It stores no audio.
func monitorCommand(verb string) handler {
	return func(s *Server, ss *session, n *node) commandReply {
		l, err := s.controlledBranch(ss, n.get("channel"))
		if err != nil {
			return failureReply(err.Error())
		}
		return successReply(func() { s.publishRecording(l, strings.ToLower(verb)) })
	}
}

func (s *Server) publishRecording(l *branch, eventType string) {
	head, tail := l.channel, ""
	if peer := l.call.opposite(l).branch; peer != nil && peer != l {
		tail = peer.channel
	}
	if !l.outbound {
		head, tail = tail, head
	}
	s.publish("monitor", "RecordEvent", func(u *user) bool { return u == l.user }, nil, func(w *xmlWriter) {
		w.open("RecordEvent", "eventType", eventType, "eventId", "record-"+strconv.Itoa(l.call.id),
			"ruleId", "", "permission", "allow", "identity", l.user.Login, "file", "")
		w.leaf("headchannel", head)
		w.leaf("tailchannel", tail)
		w.end("RecordEvent")
	})
}

func noRecordingCommand(s *Server, ss *session, n *node) commandReply {
	return failureReply("no such record")
}

// archiveCommand serves the chat archive, which is always empty.
func archiveCommand(element string) handler {
	return func(s *Server, ss *session, n *node) commandReply {
		return payloadReply(cmdPayload("archive", func(w *xmlWriter) { w.empty(element) }))
	}
}

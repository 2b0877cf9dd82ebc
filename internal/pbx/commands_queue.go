package pbx

import (
	"strconv"
	"strings"
)

// memberRow holds the values of one QueueMemberState.
type memberRow struct {
	user  *user
	queue string
	m     *membership
}

func (s *Server) membershipsOf(u *user) []memberRow {
	var rows []memberRow
	for _, q := range s.queueOrder {
		if m := u.memberships[q.Name]; m != nil {
			rows = append(rows, memberRow{u, q.Name, m})
		}
	}
	return rows
}

func writeMemberStates(w *xmlWriter, rows []memberRow) {
	w.open("QueueMemberStates")
	for _, r := range rows {
		writeMemberState(w, r)
	}
	w.end("QueueMemberStates")
}

func writeMemberState(w *xmlWriter, r memberRow) {
	w.empty("QueueMemberState", "agent", r.user.Login, "queue", r.queue, "dynamic", "false",
		"loggedin", strconv.FormatBool(r.m.loggedIn), "paused", strconv.FormatBool(r.m.paused), "pauseReason", r.m.reason)
}

func ownQueuesCommand(s *Server, ss *session, n *node) commandReply {
	return payloadReply(cmdPayload("queue", func(w *xmlWriter) {
		w.open("QueueStates")
		for _, r := range s.membershipsOf(ss.user) {
			s.writeQueueState(w, s.queueNamed(r.queue))
		}
		w.end("QueueStates")
	}))
}

func oneQueueCommand(s *Server, ss *session, n *node) commandReply {
	q := s.queueNamed(n.get("name"))
	if q == nil {
		return failureReply("no such queue")
	}
	return payloadReply(cmdPayload("queue", func(w *xmlWriter) { s.writeQueueState(w, q) }))
}

// queueNamed returns the queue with that name or login, compared case-insensitively, as the published samples need.
func (s *Server) queueNamed(name string) *queue {
	for _, q := range s.queueOrder {
		if strings.EqualFold(q.Name, name) || strings.EqualFold(q.Login, name) {
			return q
		}
	}
	return nil
}

func (s *Server) writeQueueState(w *xmlWriter, q *queue) {
	w.open("QueueState", "jid", q.node+"@"+s.cfg.Domain, "name", q.Name)
	w.empty("QueueCallEntryList")
	var rows []memberRow
	for _, login := range q.Members {
		u := s.users[strings.ToLower(login)]
		rows = append(rows, memberRow{u, q.Name, u.memberships[q.Name]})
	}
	writeMemberStates(w, rows)
	w.open("QueuePauseReasonList")
	w.open("QueuePauseReason", "code", "1")
	w.leaf("reason", "Break")
	w.end("QueuePauseReason")
	w.end("QueuePauseReasonList")
	w.end("QueueState")
}

// agentCommand returns the handler of a login or pause command, which publishes a QueueMemberState after each success.
func agentCommand(change func(m *membership, n *node)) handler {
	return func(s *Server, ss *session, n *node) commandReply {
		q := s.queueNamed(n.get("queue"))
		if q == nil {
			return failureReply("no such queue")
		}
		m := ss.user.memberships[q.Name]
		if m == nil {
			return failureReply("not a member of the queue")
		}
		u := ss.user
		return successReply(func() {
			change(m, n)
			s.publish("queue", "QueueMemberState", func(o *user) bool { return o == u || o.memberships[q.Name] != nil },
				map[string]string{"queue": q.Name}, func(w *xmlWriter) { writeMemberState(w, memberRow{u, q.Name, m}) })
		})
	}
}

func agentLogin(m *membership, n *node)   { m.loggedIn = true }
func agentLogout(m *membership, n *node)  { m.loggedIn, m.paused, m.reason = false, false, "" }
func agentPause(m *membership, n *node)   { m.paused, m.reason = true, n.get("reason") }
func agentUnpause(m *membership, n *node) { m.paused, m.reason = false, "" }

package pbx

import (
	"strconv"
	"strings"
)

// memberRow is one QueueMemberState.
type memberRow struct {
	user  *user
	queue string
	m     *membership
}

func (s *Server) membershipsOf(u *user) []memberRow {
	var rows []memberRow
	for _, q := range s.queueOrder {
		if m := u.queueSeen[q.Name]; m != nil {
			rows = append(rows, memberRow{u, q.Name, m})
		}
	}
	return rows
}

func memberStates(w *xmlw, rows []memberRow) {
	w.open("QueueMemberStates")
	for _, r := range rows {
		memberState(w, r)
	}
	w.end("QueueMemberStates")
}

func memberState(w *xmlw, r memberRow) {
	w.empty("QueueMemberState", "agent", r.user.Login, "queue", r.queue, "dynamic", "false",
		"loggedin", strconv.FormatBool(r.m.loggedIn), "paused", strconv.FormatBool(r.m.paused), "pauseReason", r.m.reason)
}

func ownQueues(s *Server, ss *session, n *node) answer {
	return reply(cmdPayload("queue", func(w *xmlw) {
		w.open("QueueStates")
		for _, r := range s.membershipsOf(ss.user) {
			s.queueState(w, s.queueNamed(r.queue))
		}
		w.end("QueueStates")
	}))
}

func oneQueue(s *Server, ss *session, n *node) answer {
	q := s.queueNamed(n.get("name"))
	if q == nil {
		return failure("no such queue")
	}
	return reply(cmdPayload("queue", func(w *xmlw) { s.queueState(w, q) }))
}

// queueNamed tolerates the case, as the published samples need.
func (s *Server) queueNamed(name string) *queue {
	for _, q := range s.queueOrder {
		if strings.EqualFold(q.Name, name) || strings.EqualFold(q.Login, name) {
			return q
		}
	}
	return nil
}

func (s *Server) queueState(w *xmlw, q *queue) {
	w.open("QueueState", "jid", q.node+"@"+s.cfg.Domain, "name", q.Name)
	w.empty("QueueCallEntryList")
	var rows []memberRow
	for _, login := range q.Members {
		u := s.users[strings.ToLower(login)]
		rows = append(rows, memberRow{u, q.Name, u.queueSeen[q.Name]})
	}
	memberStates(w, rows)
	w.open("QueuePauseReasonList")
	w.open("QueuePauseReason", "code", "1")
	w.leaf("reason", "Break")
	w.end("QueuePauseReason")
	w.end("QueuePauseReasonList")
	w.end("QueueState")
}

// agent serves the login and pause commands; every success is told as QueueMemberState.
func agent(change func(m *membership, n *node)) handler {
	return func(s *Server, ss *session, n *node) answer {
		q := s.queueNamed(n.get("queue"))
		if q == nil {
			return failure("no such queue")
		}
		m := ss.user.queueSeen[q.Name]
		if m == nil {
			return failure("not a member of the queue")
		}
		u := ss.user
		return ok(func() {
			change(m, n)
			s.publish("queue", "QueueMemberState", func(o *user) bool { return o == u || o.queueSeen[q.Name] != nil },
				map[string]string{"queue": q.Name}, func(w *xmlw) { memberState(w, memberRow{u, q.Name, m}) })
		})
	}
}

func agentLogin(m *membership, n *node)   { m.loggedIn = true }
func agentLogout(m *membership, n *node)  { m.loggedIn, m.paused, m.reason = false, false, "" }
func agentPause(m *membership, n *node)   { m.paused, m.reason = true, n.get("reason") }
func agentUnpause(m *membership, n *node) { m.paused, m.reason = false, "" }

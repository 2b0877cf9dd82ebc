package pbx

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// session is one logged-in client, direct or behind the component.
type session struct {
	s              *Server
	user           *user
	jid            string // full
	out            *outbox
	conn           *conn // nil behind the component
	subs           []subscription
	clientInfoSeen bool // the client has sent ClientInfo
	available      bool
	priority       int
	presence       []*node // children of the last <presence/>
}

// openSession makes the session of a connection and ends an older one with that resource.
func (s *Server) openSession(c *conn, u *user, resource string) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if resource == "" {
		s.pingNo++
		resource = "pbx-" + strconv.Itoa(s.pingNo)
	}
	ss := &session{s: s, user: u, jid: u.bare(s.cfg.Domain) + "/" + resource, out: c.out, conn: c}
	for _, old := range slices.Clone(s.sessions) {
		if old.jid == ss.jid {
			s.remove(old)
			go old.conn.endStream("conflict")
		}
	}
	s.sessions = append(s.sessions, ss)
	if s.cfg.PingEvery > 0 {
		s.schedulePing(ss)
	}
	s.notifyWaiters()
	return ss
}

func (s *Server) removeSession(ss *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(ss)
}

// remove removes the session and tells the others. The caller holds s.mu.
func (s *Server) remove(ss *session) {
	i := slices.Index(s.sessions, ss)
	if i < 0 {
		return
	}
	s.sessions = slices.Delete(s.sessions, i, i+1)
	if ss.available {
		ss.available = false
		s.broadcastPresence(ss)
	}
	s.notifyWaiters()
}

func (ss *session) send(b []byte) { ss.out.put(b) }

// resultReply returns the result of an IQ; payload may be empty.
func (ss *session) resultReply(id string, payload []byte) []byte {
	var w xmlWriter
	w.open("iq", ss.addressed("type", "result", "id", id)...)
	w.Write(payload)
	w.end("iq")
	return w.Bytes()
}

// errorReply returns an IQ error with a condition of RFC 6120, 8.3.3.
func (ss *session) errorReply(id, kind, condition string) []byte {
	var w xmlWriter
	w.open("iq", ss.addressed("type", "error", "id", id)...)
	w.open("error", "type", kind)
	w.empty(condition, "xmlns", nsStanzas)
	w.end("error")
	w.end("iq")
	return w.Bytes()
}

// addressed adds `to`, and for a component `from`, to the attributes of a stanza.
func (ss *session) addressed(attrs ...string) []string {
	attrs = append(attrs, "to", ss.jid)
	if ss.conn == nil {
		attrs = append(attrs, "from", ss.s.component.name)
	}
	return attrs
}

// Sessions returns the full JIDs of the sessions, in login order.
func (s *Server) Sessions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var l []string
	for _, ss := range s.sessions {
		l = append(l, ss.jid)
	}
	return l
}

// WaitLogin returns once a session of the user has sent ClientInfo, with its full JID.
func (s *Server) WaitLogin(ctx context.Context, login string) (jid string, err error) {
	err = s.await(ctx, "login of "+login, func() bool {
		for _, ss := range s.sessions {
			if strings.EqualFold(ss.user.Login, login) && ss.clientInfoSeen {
				jid = ss.jid
				return true
			}
		}
		return false
	})
	return jid, err
}

// WaitLogout returns once the user has no session.
func (s *Server) WaitLogout(ctx context.Context, login string) error {
	return s.await(ctx, "logout of "+login, func() bool {
		return !slices.ContainsFunc(s.sessions, func(ss *session) bool { return strings.EqualFold(ss.user.Login, login) })
	})
}

// sessionsOf returns the sessions of a login. The caller holds s.mu.
func (s *Server) sessionsOf(login string) ([]*session, error) {
	var l []*session
	for _, ss := range s.sessions {
		if strings.EqualFold(ss.user.Login, login) {
			l = append(l, ss)
		}
	}
	if len(l) == 0 {
		return nil, fmt.Errorf("pbx: %q has no session: wait for its login first", login)
	}
	return l, nil
}

// RawTo writes bytes unchanged to every session of the user, well-formed or not.
func (s *Server) RawTo(login, stanza string) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.unlockAndAnnounce()
	l, err := s.sessionsOf(login)
	for _, ss := range l {
		ss.send([]byte(stanza))
	}
	return err
}

// Ping sends an XEP-0199 ping to every session of the user and waits for all
// answers; an error reply counts as one.
func (s *Server) Ping(ctx context.Context, login string) error {
	if err := s.lock(); err != nil {
		return err
	}
	l, err := s.sessionsOf(login)
	var answers []chan struct{}
	for _, ss := range l {
		answers = append(answers, s.ping(ss))
	}
	s.unlockAndAnnounce()
	for _, a := range answers {
		select {
		case <-a:
		case <-s.done:
			return ErrClosed
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("pbx: %q does not answer a ping", login), context.Cause(ctx))
		}
	}
	return err
}

// ping sends a ping and returns a channel that is closed at the answer. The caller holds s.mu.
func (s *Server) ping(ss *session) chan struct{} {
	s.pingNo++
	id := "pbx-ping-" + strconv.Itoa(s.pingNo)
	answer := make(chan struct{})
	s.pings[id] = answer
	from := s.cfg.Domain
	if ss.conn == nil {
		from = s.component.name
	}
	var w xmlWriter
	w.open("iq", "type", "get", "id", id, "from", from, "to", ss.jid)
	w.empty("ping", "xmlns", nsPing)
	w.end("iq")
	ss.send(w.Bytes())
	return answer
}

// schedulePing pings a session every Config.PingEvery and ends it if it does not answer. The caller holds s.mu.
func (s *Server) schedulePing(ss *session) {
	s.after(s.cfg.PingEvery, nil, func() {
		if !slices.Contains(s.sessions, ss) {
			return
		}
		answer := s.ping(ss)
		s.after(s.cfg.PingTimeout, nil, func() {
			select {
			case <-answer:
			default:
				s.closeSilent(ss)
			}
		})
		s.schedulePing(ss)
	})
}

func (s *Server) closeSilent(ss *session) {
	s.log.Info("session does not answer pings", "jid", ss.jid)
	if ss.conn != nil {
		go ss.conn.endStream("connection-timeout")
	}
	s.remove(ss)
}

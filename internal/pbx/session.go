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
	s          *Server
	user       *user
	jid        string // full
	out        *outbox
	conn       *conn // nil behind the component
	subs       []subscription
	introduced bool // ClientInfo was seen
	available  bool
	priority   int
	presence   []*node // children of the last <presence/>
}

// open makes the session of a connection, kicking an older one with that resource.
func (s *Server) open(c *conn, u *user, resource string) *session {
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
			go old.conn.end("conflict")
		}
	}
	s.sessions = append(s.sessions, ss)
	if s.cfg.PingEvery > 0 {
		s.pingLater(ss)
	}
	s.wake()
	return ss
}

func (s *Server) forget(ss *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(ss)
}

// remove takes the session off the list and tells the others; s.mu held.
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
	s.wake()
}

func (ss *session) send(b []byte) { ss.out.put(b) }

// result answers an IQ; payload may be empty.
func (ss *session) result(id string, payload []byte) []byte {
	var w xmlw
	w.open("iq", ss.address("type", "result", "id", id)...)
	w.Write(payload)
	w.end("iq")
	return w.Bytes()
}

// fail answers an IQ with an error condition of RFC 6120, 8.3.3.
func (ss *session) fail(id, kind, condition string) []byte {
	var w xmlw
	w.open("iq", ss.address("type", "error", "id", id)...)
	w.open("error", "type", kind)
	w.empty(condition, "xmlns", nsStanzas)
	w.end("error")
	w.end("iq")
	return w.Bytes()
}

// address adds `to`, and the `from` that only a component must give.
func (ss *session) address(attrs ...string) []string {
	attrs = append(attrs, "to", ss.jid)
	if ss.conn == nil {
		attrs = append(attrs, "from", ss.s.component.name)
	}
	return attrs
}

// Sessions lists the full JIDs logged in, in login order.
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
			if strings.EqualFold(ss.user.Login, login) && ss.introduced {
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

// sessionsOf finds the sessions of a login; s.mu held.
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

// RawTo writes bytes verbatim to every session of the user, well-formed or not.
func (s *Server) RawTo(login, stanza string) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	l, err := s.sessionsOf(login)
	for _, ss := range l {
		ss.send([]byte(stanza))
	}
	return err
}

// Ping sends an XEP-0199 ping to every session of the user and waits for all
// answers; an error reply counts as one.
func (s *Server) Ping(ctx context.Context, login string) error {
	if err := s.enter(); err != nil {
		return err
	}
	l, err := s.sessionsOf(login)
	var answers []chan struct{}
	for _, ss := range l {
		answers = append(answers, s.ping(ss))
	}
	s.leave()
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

// ping sends one; the channel closes with the answer. s.mu held.
func (s *Server) ping(ss *session) chan struct{} {
	s.pingNo++
	id := "pbx-ping-" + strconv.Itoa(s.pingNo)
	answer := make(chan struct{})
	s.pings[id] = answer
	from := s.cfg.Domain
	if ss.conn == nil {
		from = s.component.name
	}
	var w xmlw
	w.open("iq", "type", "get", "id", id, "from", from, "to", ss.jid)
	w.empty("ping", "xmlns", nsPing)
	w.end("iq")
	ss.send(w.Bytes())
	return answer
}

// pingLater keeps asking; a silent session is cut off. s.mu held.
func (s *Server) pingLater(ss *session) {
	s.after(s.cfg.PingEvery, nil, func() {
		if !slices.Contains(s.sessions, ss) {
			return
		}
		answer := s.ping(ss)
		s.after(s.cfg.PingTimeout, nil, func() {
			select {
			case <-answer:
			default:
				s.cutOff(ss)
			}
		})
		s.pingLater(ss)
	})
}

func (s *Server) cutOff(ss *session) {
	s.log.Info("session does not answer pings", "jid", ss.jid)
	if ss.conn != nil {
		go ss.conn.end("connection-timeout")
	}
	s.remove(ss)
}

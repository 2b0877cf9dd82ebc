package pbx

import (
	"fmt"
	"slices"
	"strings"
)

// user is a User with what the PBX knows about him at the moment.
type user struct {
	User
	node      string // JID node: the login in lower case
	id        int
	legs      []*leg // oldest first
	phone     string // /phone state last announced
	forced    string // SetPhone's word, empty: derived
	creds     credentials
	location  string // where he is logged in
	journal   []journalEntry
	queueSeen map[string]*membership
}

type membership struct {
	loggedIn, paused bool
	reason           string
}

func (u *user) bare(domain string) string { return u.node + "@" + domain }
func (u *user) party() party              { return party{u.Name, u.Extension} }

func (u *user) supervisor() bool {
	return slices.ContainsFunc(u.Roles, func(r Role) bool { return slices.Contains(r.Types, "xmpp.supervisor") })
}

// device finds a phone by name; an empty name means the first one with the capability.
func (u *user) device(name, capability string) (*Device, error) {
	for i := range u.Devices {
		d := &u.Devices[i]
		if name != "" && d.Name != name {
			continue
		}
		if slices.Contains(d.Caps, capability) {
			return d, nil
		}
		if name != "" {
			return nil, fmt.Errorf("device cannot %s", capability)
		}
	}
	if name != "" {
		return nil, fmt.Errorf("no such device")
	}
	return nil, fmt.Errorf("no device can %s", capability)
}

type queue struct {
	Queue
	node string
}

// addUser enters a user; s.mu held (or the server not yet started).
func (s *Server) addUser(u User) error {
	node := strings.ToLower(u.Login)
	switch {
	case node == "" || strings.ContainsAny(node, "@/ <>\"'&:"):
		return fmt.Errorf("%w: login %q: use letters, digits, dot, dash", ErrConfig, u.Login)
	case strings.HasPrefix(node, "q_"):
		return fmt.Errorf("%w: login %q: q_ names are queues, list it in Queues", ErrConfig, u.Login)
	case s.users[node] != nil:
		return fmt.Errorf("%w: login %q twice", ErrConfig, u.Login)
	case u.Extension != "" && s.numberTaken(u.Extension):
		return fmt.Errorf("%w: extension %q twice", ErrConfig, u.Extension)
	}
	u.Devices = slices.Clone(u.Devices)
	for i := range u.Devices {
		d := &u.Devices[i]
		if d.Name == "" || slices.ContainsFunc(u.Devices[:i], func(e Device) bool { return e.Name == d.Name }) {
			return fmt.Errorf("%w: user %q: device names must be given and differ (%q)", ErrConfig, u.Login, d.Name)
		}
		if d.Type == "" {
			d.Type = "Generic SIP Phone"
		}
		if d.Peer == "" {
			d.Peer = fmt.Sprintf("p%s%c", u.Extension, 'a'+rune(i%26))
		}
	}
	n := &user{User: u, node: node, id: 100 + len(s.order), location: "Desk " + u.Extension, queueSeen: map[string]*membership{}}
	creds, derived := s.derived[u.Password] // a large office with one password would take seconds
	if !derived {
		var err error
		if creds, err = newCredentials(u.Password); err != nil {
			return fmt.Errorf("%w: user %q: %w", ErrConfig, u.Login, err)
		}
		s.derived[u.Password] = creds
	}
	n.creds = creds
	s.users[node] = n
	s.order = append(s.order, n)
	n.phone = n.phoneState()
	return nil
}

func (s *Server) addQueue(q Queue) error {
	node := strings.ToLower(q.Login)
	if !strings.HasPrefix(node, "q_") || s.queues[node] != nil || q.Extension == "" || s.numberTaken(q.Extension) {
		return fmt.Errorf("%w: queue %q, extension %q: the login must begin with q_, both must be new", ErrConfig, q.Login, q.Extension)
	}
	for _, m := range q.Members {
		u := s.users[strings.ToLower(m)]
		if u == nil {
			return fmt.Errorf("%w: queue %q: no user %q", ErrConfig, q.Login, m)
		}
		u.queueSeen[q.Name] = &membership{loggedIn: true}
	}
	n := &queue{q, node}
	s.queues[node] = n
	s.queueOrder = append(s.queueOrder, n)
	return nil
}

func (s *Server) addPickupGroup(name string, logins []string) error {
	for _, l := range logins {
		if s.users[strings.ToLower(l)] == nil {
			return fmt.Errorf("%w: pickup group %q: no user %q", ErrConfig, name, l)
		}
	}
	s.groups[name] = logins
	return nil
}

func (s *Server) numberTaken(ext string) bool {
	return slices.ContainsFunc(s.order, func(u *user) bool { return u.Extension == ext }) || s.queueByNumber(ext) != nil
}

func (s *Server) queueByNumber(ext string) *queue {
	for _, q := range s.queueOrder {
		if q.Extension == ext {
			return q
		}
	}
	return nil
}

func (s *Server) byNumber(ext string) *user {
	for _, u := range s.order {
		if ext != "" && u.Extension == ext {
			return u
		}
	}
	return nil
}

// find takes an extension, a login, a bare or full JID of the own domain.
func (s *Server) find(who string) *user {
	if u := s.byNumber(who); u != nil {
		return u
	}
	node, rest, isJID := strings.Cut(who, "@")
	if host, _, _ := strings.Cut(rest, "/"); isJID && !strings.EqualFold(host, s.cfg.Domain) {
		return nil
	}
	return s.users[strings.ToLower(node)]
}

// colleagues tells whether the two share a pickup group.
func (s *Server) colleagues(a, b *user) bool {
	has := func(g []string, u *user) bool {
		return slices.ContainsFunc(g, func(l string) bool { return strings.EqualFold(l, u.Login) })
	}
	for _, g := range s.groups {
		if has(g, a) && has(g, b) {
			return true
		}
	}
	return false
}

// SetRoles gives a user other roles. The PBX tells them with the next login, as the original does.
func (s *Server) SetRoles(login string, roles ...Role) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[strings.ToLower(login)]
	if u == nil {
		return fmt.Errorf("%w: no user %q", ErrConfig, login)
	}
	u.Roles = slices.Clone(roles)
	return nil
}

package pbx

import (
	"fmt"
	"slices"
	"strings"
)

// user is a User with its current state.
type user struct {
	User
	node           string // JID node: the login in lower case
	id             int
	branches       []*branch // oldest first
	announcedPhone string    // the /phone state that was announced last
	forcedPhone    string    // the state that SetPhone has set; empty: as the calls say
	credentials    credentials
	location       string // where the user is logged in
	callRecords    []callRecord
	memberships    map[string]*membership
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

// device returns the phone of that name, or for an empty name the first one with the capability.
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

// addUser adds a user. The caller holds s.mu, or the server is not started yet.
func (s *Server) addUser(u User) error {
	node := strings.ToLower(u.Login)
	switch {
	case node == "" || strings.ContainsAny(node, "@/ <>\"'&:"):
		return fmt.Errorf("%w: login %q: use letters, digits, dot, dash", ErrConfig, u.Login)
	case strings.HasPrefix(node, "q_"):
		return fmt.Errorf("%w: login %q: q_ names are queues, list it in Queues", ErrConfig, u.Login)
	case s.users[node] != nil:
		return fmt.Errorf("%w: login %q twice", ErrConfig, u.Login)
	case u.Extension != "" && s.isExtensionTaken(u.Extension):
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
	n := &user{User: u, node: node, id: 100 + len(s.userList), location: "Desk " + u.Extension, memberships: map[string]*membership{}}
	creds, derived := s.credentialCache[u.Password] // cached: deriving the keys of a large office with one password takes seconds
	if !derived {
		var err error
		if creds, err = newCredentials(u.Password); err != nil {
			return fmt.Errorf("%w: user %q: %w", ErrConfig, u.Login, err)
		}
		s.credentialCache[u.Password] = creds
	}
	n.credentials = creds
	s.users[node] = n
	s.userList = append(s.userList, n)
	n.announcedPhone = n.phoneState()
	return nil
}

func (s *Server) addQueue(q Queue) error {
	node := strings.ToLower(q.Login)
	if !strings.HasPrefix(node, "q_") || s.queues[node] != nil || q.Extension == "" || s.isExtensionTaken(q.Extension) {
		return fmt.Errorf("%w: queue %q, extension %q: the login must begin with q_, both must be new", ErrConfig, q.Login, q.Extension)
	}
	for _, m := range q.Members {
		u := s.users[strings.ToLower(m)]
		if u == nil {
			return fmt.Errorf("%w: queue %q: no user %q", ErrConfig, q.Login, m)
		}
		u.memberships[q.Name] = &membership{loggedIn: true}
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
	s.pickupGroups[name] = logins
	return nil
}

func (s *Server) isExtensionTaken(ext string) bool {
	return slices.ContainsFunc(s.userList, func(u *user) bool { return u.Extension == ext }) || s.queueByExtension(ext) != nil
}

func (s *Server) queueByExtension(ext string) *queue {
	for _, q := range s.queueOrder {
		if q.Extension == ext {
			return q
		}
	}
	return nil
}

func (s *Server) userByExtension(ext string) *user {
	for _, u := range s.userList {
		if ext != "" && u.Extension == ext {
			return u
		}
	}
	return nil
}

// findUser returns the user with an extension, a login, or a bare or full JID of the PBX's domain.
func (s *Server) findUser(who string) *user {
	if u := s.userByExtension(who); u != nil {
		return u
	}
	node, rest, isJID := strings.Cut(who, "@")
	if host, _, _ := strings.Cut(rest, "/"); isJID && !strings.EqualFold(host, s.cfg.Domain) {
		return nil
	}
	return s.users[strings.ToLower(node)]
}

// sharePickupGroup reports whether two users are in the same pickup group.
func (s *Server) sharePickupGroup(a, b *user) bool {
	has := func(g []string, u *user) bool {
		return slices.ContainsFunc(g, func(l string) bool { return strings.EqualFold(l, u.Login) })
	}
	for _, g := range s.pickupGroups {
		if has(g, a) && has(g, b) {
			return true
		}
	}
	return false
}

// SetRoles replaces the roles of a user. The PBX sends them at the next login, as the original does.
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

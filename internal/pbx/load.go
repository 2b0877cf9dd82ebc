package pbx

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Load makes n inbound calls, one user after the other, as fast as the sessions accept the events: "Load 1" from
// 00301000001, and so on. Users without a registered phone are left out.
func (s *Server) Load(n int) error {
	if err := s.lock(); err != nil {
		return err
	}
	defer s.unlockAndAnnounce()
	var to []*user
	for _, u := range s.userList {
		if u.Extension != "" && len(u.Devices) > 0 && !u.Unregistered && !u.Disabled {
			to = append(to, u)
		}
	}
	if len(to) == 0 {
		return fmt.Errorf("%w: no user has a phone to call", ErrNoSuchUser)
	}
	for i := 1; i <= n; i++ {
		c := s.newCall()
		c.a = side{outside: true, party: party{fmt.Sprint("Load ", i), fmt.Sprintf("00301%06d", i)}}
		c.callTarget(to[(i-1)%len(to)].Extension, party{})
	}
	return nil
}

func parseLoad(a []string) (action, error) {
	n, err := parseCount(a[0])
	if err == nil && n > maxLoad {
		err = fmt.Errorf("%d calls: at most %d at once", n, maxLoad)
	}
	if err != nil {
		return nil, err
	}
	return onServer(func(s *Server) error { return s.Load(n) })
}

const maxLoad = 10_000

// parseAll returns an action that does another one for every user, and skips users without such a call.
func parseAll(a []string) (action, error) {
	if !slices.Contains([]string{"answer", "decline", "hangup", "hold", "unhold", "far-hangup"}, a[0]) {
		return nil, fmt.Errorf("%q: write all answer, decline, hangup, hold, unhold or far-hangup", a[0])
	}
	verb := actionVerbs[a[0]]
	return func(ctx context.Context, r *scriptRun) error {
		for _, who := range r.s.logins() {
			run, err := verb.parse([]string{who})
			if err == nil {
				err = run(ctx, r)
			}
			if err != nil && !errors.Is(err, ErrNoCall) {
				return err
			}
		}
		return nil
	}, nil
}

// logins returns the logins of all users, in the order of the configuration.
func (s *Server) logins() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := make([]string, len(s.userList))
	for i, u := range s.userList {
		l[i] = u.Login
	}
	return l
}

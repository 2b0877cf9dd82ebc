package pbx

import "fmt"

// ID returns the number of the call; a server counts from 1.
func (c *Call) ID() int { return c.id }

// Ended reports whether the call has ended.
func (c *Call) Ended() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.ended
}

// Channel returns the channel of the user's branch, of the first one when several
// phones ring, and "" if the user has none in this call.
func (c *Call) Channel(who string) string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, l := range c.branches() {
		if u := c.s.findUser(who); u != nil && l.user == u {
			return l.channel
		}
	}
	return ""
}

// AnswerFar makes the outside party that is being called answer.
func (c *Call) AnswerFar() error {
	return c.onFar("an outside party being called", func() bool { return c.answerFar() })
}

// DeclineFar makes the outside party that is being called refuse.
func (c *Call) DeclineFar() error {
	return c.onFar("an outside party being called", func() bool {
		if c.outsideTarget == "" {
			return false
		}
		c.endCall()
		return true
	})
}

// HangupFar makes the outside party hang up, whether the call was answered or not.
func (c *Call) HangupFar() error {
	return c.onFar("an outside party", func() bool {
		if !c.a.outside && !c.b.outside && c.outsideTarget == "" {
			return false
		}
		c.endCall()
		return true
	})
}

// RenameFar changes the number and name of the outside party.
func (c *Call) RenameFar(number, name string) error {
	return c.onFar("an outside party in conversation", func() bool {
		p := party{name, number}
		switch {
		case c.a.outside && c.b.isSet():
			c.a.party = p
			c.renameFar(c.b, p, false)
		case c.b.outside:
			c.b.party = p
			c.renameFar(c.a, p, false)
		default:
			return false
		}
		return true
	})
}

func (c *Call) onFar(needs string, fn func() bool) error {
	if err := c.s.lock(); err != nil {
		return err
	}
	defer c.s.unlockAndAnnounce()
	if c.ended || !fn() {
		return fmt.Errorf("%w: call %d does not have %s", ErrNoCall, c.id, needs)
	}
	return nil
}

// CallOf returns the user's call: the active one, else the latest.
func (s *Server) CallOf(who string) (c *Call, err error) {
	err = s.withUser(who, func(u *user) error {
		l := u.currentBranch()
		return onBranch(l, who, "present", func() { c = l.call })
	})
	return c, err
}

// Calls returns how many calls are in progress.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

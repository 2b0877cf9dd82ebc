package pbx

import "fmt"

// ID numbers the calls of a server from 1.
func (c *Call) ID() int { return c.id }

// Ended tells whether everybody has hung up.
func (c *Call) Ended() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.ended
}

// Channel is the channel name of the user's leg, the first one when several
// phones ring; empty if he has none in this call.
func (c *Call) Channel(who string) string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, l := range c.legs() {
		if u := c.s.find(who); u != nil && l.user == u {
			return l.channel
		}
	}
	return ""
}

// AnswerFar lets the outside party that is being called answer.
func (c *Call) AnswerFar() error {
	return c.far("an outside party being called", func() bool { return c.answerFar() })
}

// DeclineFar lets the outside party that is being called refuse.
func (c *Call) DeclineFar() error {
	return c.far("an outside party being called", func() bool {
		if c.dialling == "" {
			return false
		}
		c.end()
		return true
	})
}

// HangupFar lets the outside party hang up, answered or not.
func (c *Call) HangupFar() error {
	return c.far("an outside party", func() bool {
		if !c.a.outside && !c.b.outside && c.dialling == "" {
			return false
		}
		c.end()
		return true
	})
}

// RenameFar changes the number and name under which the outside party is shown.
func (c *Call) RenameFar(number, name string) error {
	return c.far("an outside party in conversation", func() bool {
		p := party{name, number}
		switch {
		case c.a.outside && c.b.set():
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

func (c *Call) far(needs string, fn func() bool) error {
	if err := c.s.enter(); err != nil {
		return err
	}
	defer c.s.leave()
	if c.ended || !fn() {
		return fmt.Errorf("%w: call %d has not %s", ErrNoCall, c.id, needs)
	}
	return nil
}

// CallOf is the call the user is in (active, else the most recent).
func (s *Server) CallOf(who string) (c *Call, err error) {
	err = s.verb(who, func(u *user) error {
		l := u.current()
		return act(l, who, "present", func() { c = l.call })
	})
	return c, err
}

// Calls counts the calls in progress.
func (s *Server) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

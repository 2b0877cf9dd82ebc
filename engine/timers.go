package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"offhook/events"
)

// Timers are the durations of the engine's one table of deadlines (decision A2). All are settings; zero takes the
// default.
type Timers struct {
	SessionGrace time.Duration // a lost session is hidden this long; default 5 s
	Request      time.Duration // an unanswered request fails; default 10 s
	DropGuard    time.Duration // a call whose Drop was accepted ends without a hangup event; default 10 s
	DropRetry    time.Duration // a refused Drop waits for the hangup; default 2 s (decision B7)
	OwnRing      time.Duration // after a Dial: its own ring, and its first event at all; default 60 s
	Offering     time.Duration // a call that only rings; default 2 min
	Branch       time.Duration // a further phone may join a ringing call; default 2 s
	HoldBack     time.Duration // an inbound ring from the own number is held back; default 3 s (decision B6)
	Key          time.Duration // a pressed hold key is in flight; default 5 s (decision B9)
	Redirected   time.Duration // a redirected call without hangup on a free phone; default 5 s
	StaleFree    time.Duration // a stale call on a free phone; default 3 s (decision B13)
	Closed       time.Duration // ended branches are remembered; default 30 s
	Evidence     time.Duration // "answered elsewhere" is looked for this far back; default 2 s (decision B3)
	Pair         time.Duration // two sides of an internal call begin this close; default 5 s (decision B12)
	Transfer     time.Duration // a hangup after "transfer" is the transfer's; default 30 s (decision B2)
	RingCycle    time.Duration // a ringing call is shown to ring again; default off (decision B14)
}

// DefaultTimers are the table's defaults.
func DefaultTimers() Timers {
	return Timers{
		SessionGrace: 5 * time.Second, Request: 10 * time.Second, DropGuard: 10 * time.Second, DropRetry: 2 * time.Second,
		OwnRing: 60 * time.Second, Offering: 2 * time.Minute, Branch: 2 * time.Second, HoldBack: 3 * time.Second,
		Key: 5 * time.Second, Redirected: 5 * time.Second, StaleFree: 3 * time.Second, Closed: 30 * time.Second,
		Evidence: 2 * time.Second, Pair: 5 * time.Second, Transfer: 30 * time.Second,
	}
}

// NamedTimer is a duration of the table with its name in settings and scenarios.
type NamedTimer struct {
	Name  string
	Value *time.Duration
}

// Named lists the table in its order; setting a value sets the timer.
func (t *Timers) Named() []NamedTimer {
	return []NamedTimer{
		{"session-grace", &t.SessionGrace}, {"request", &t.Request}, {"drop-guard", &t.DropGuard}, {"drop-retry", &t.DropRetry},
		{"own-ring", &t.OwnRing}, {"offering", &t.Offering}, {"branch", &t.Branch}, {"hold-back", &t.HoldBack}, {"key", &t.Key},
		{"redirected", &t.Redirected}, {"stale-free", &t.StaleFree}, {"closed", &t.Closed}, {"evidence", &t.Evidence},
		{"pair", &t.Pair}, {"transfer", &t.Transfer}, {"ring-cycle", &t.RingCycle},
	}
}

// ErrTimer says that a timer's name or duration cannot be used.
var ErrTimer = errors.New("engine: unusable timer")

// Set sets a timer by its name; it must be between a millisecond and a day. Errors wrap ErrTimer.
func (t *Timers) Set(name string, d time.Duration) error {
	if d < time.Millisecond || d > 24*time.Hour {
		return fmt.Errorf("%w: %s=%s is not between 1ms and 24h", ErrTimer, name, d)
	}
	var known []string
	for _, n := range t.Named() {
		if n.Name == name {
			*n.Value = d
			return nil
		}
		known = append(known, n.Name)
	}
	return fmt.Errorf("%w: no timer %q; there are %s", ErrTimer, name, strings.Join(known, ", "))
}

// withDefaults fills what is zero.
func (t Timers) withDefaults() Timers {
	d := DefaultTimers()
	have, want := t.Named(), d.Named()
	for i := range have {
		if *have[i].Value == 0 {
			*have[i].Value = *want[i].Value
		}
	}
	return t
}

// timerKind names a deadline. All deadlines stand in one table, one list a kind (decision A2).
type timerKind uint8

const (
	timerGrace     timerKind = iota // the session stays lost
	timerFind                       // the next user may be looked up
	timerLogin                      // the PBX did not answer our login
	timerRequest                    // a request was not answered
	timerDropGuard                  // a call whose Drop was accepted
	timerDropRetry                  // a call whose Drop was refused
	timerOwnRing                    // a Dial without a first event
	timerOffering                   // a call that only rings
	timerHoldBack                   // a ring held back
	timerHoldKey                    // a hold key in flight
	timerRedirect                   // a redirected call
	timerStale                      // a stale call on a free phone
	timerRing                       // a ringing call rings again
	timerKinds
)

var timerNames = [timerKinds]string{"session-grace", "find-user", "login", "request", "drop-guard", "drop-retry", "own-ring",
	"offering", "hold-back", "hold-key", "redirected", "stale", "ring-cycle"}

func (k timerKind) String() string { return timerNames[k] }

func timerNamed(name string) (timerKind, bool) {
	for k, n := range timerNames {
		if n == name {
			return timerKind(k), true
		}
	}
	return 0, false
}

// expireDeadline is a deadline that was reached: it is journaled with its own time, then what it means happens (decision A2).
func (c *Core) expireDeadline(d *deadline) {
	k := d.call
	var held *heldBackRing
	if d.kind == timerHoldBack {
		held = d.line.heldBack[d.channel]
	}
	c.record(events.NewTimer(d.facts()))
	switch d.kind {
	case timerGrace:
		c.record(events.NewSession(events.SessionLost, events.SessionFacts{Domain: c.session.domain}))
	case timerLogin:
		c.notice(events.SeverityWarning, "", "login-unanswered", "the PBX did not answer the login in time; the session is opened again. If it goes on, look at the load of the PBX")
		c.out = append(c.out, Output{Kind: OutClose, Raw: "login-unanswered"})
	case timerFind:
		c.nextLookup()
	case timerRequest:
		c.requestTimeout(d.request)
	case timerDropGuard:
		c.clearCall(k, "", events.ReasonDropped)
	case timerDropRetry:
		c.dropRetry(k)
	case timerOwnRing:
		c.clearCall(k, "", events.ReasonUnavailable)
	case timerOffering:
		c.clearCall(k, "", events.ReasonExpired)
	case timerRedirect:
		if k.line.view.Phone == events.PhoneFree {
			c.clearCall(k, "", events.ReasonForwarded)
		}
	case timerStale:
		c.clearCall(k, "", events.ReasonLost)
	case timerHoldBack:
		if held != nil {
			t := events.CallOffered
			if held.facts.TalkSince != 0 {
				t = events.CallEstablished
			}
			f := held.facts
			c.beginCall(d.line, t, &f)
		}
	}
}

// expireDeadlines handles every deadline up to a moment, in order.
func (c *Core) expireDeadlines(until events.Millis) {
	for d := c.timers.earliest(); d != nil && d.at <= until; d = c.timers.earliest() {
		c.now = max(c.now, d.at)
		c.expireDeadline(d)
	}
}

func (c *Core) requestTimeout(q *request) {
	if q == nil || c.requests[q.facts.ID] != q {
		return
	}
	if q.facts.Queued {
		c.finishRequest(q, events.ResultTimeout, "no session to the PBX within the deadline; it was never sent")
		return
	}
	c.finishRequest(q, events.ResultTimeout, "the PBX did not answer within the deadline")
}

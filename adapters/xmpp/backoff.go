package xmpp

import (
	"math/rand/v2"
	"time"
)

// conflictDelay keeps two installations with one resource from ending each other's session in turns
// (decision C2).
const conflictDelay = 60 * time.Second

// backoffState counts the attempts since the last stable session.
type backoffState struct {
	Backoff
	failed int
}

// nextDelay returns how long to wait after a session or a login ended with that code. lived is how long the
// session was up.
func (r *backoffState) nextDelay(code Code, lived time.Duration) time.Duration {
	if lived >= r.Stable {
		r.failed = 0
	}
	limit := r.Max
	if r.failed < 16 {
		limit = min(r.Max, r.Min<<(r.failed+1))
	}
	r.failed++
	wait := r.Min
	if limit > r.Min {
		wait += rand.N(limit - r.Min)
	}
	if code == CodeConflict {
		wait += conflictDelay
	}
	return wait
}
